"""ValidateStateMachineDefinition tells all that is wrong with a definition, as CreateStateMachine would see it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.api.serving import Site
from tests.local.driving import CALLBACK


def defined(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


GOOD = defined(A={"Type": "Pass", "End": True})
LOST = defined(A={"Type": "Pass", "Next": "B"}, C={"Type": "Succeed"})
CALLS = defined(A={"Type": "Task", "Resource": CALLBACK, "End": True})


@pytest.mark.parametrize(
    ("definition", "type", "codes"),
    [
        pytest.param(GOOD, "STANDARD", [], id="good"),
        pytest.param(LOST, "STANDARD", ["MISSING_TRANSITION_TARGET"] * 2, id="all that is wrong"),
        pytest.param(CALLS, "STANDARD", [], id="good for a Standard machine"),
        pytest.param(CALLS, "EXPRESS", ["SCHEMA_VALIDATION_FAILED"], id="not for an Express machine"),
        pytest.param("{", "STANDARD", ["INVALID_JSON_DESCRIPTION"], id="no JSON"),
        pytest.param("[" * 100_000, "STANDARD", ["TOO_DEEPLY_NESTED"], id="too deep"),
    ],
)
def test_a_definition_is_judged_for_its_type(site: Site, definition: str, type: str, codes: list[str]) -> None:
    """FAIL comes with what is wrong; nothing is made."""
    told = site.call("validate_state_machine_definition", definition=definition, type=type)
    assert [each["code"] for each in told["diagnostics"]] == codes
    assert (told["result"], told["truncated"]) == ("FAIL" if codes else "OK", False)
    assert site.call("list_state_machines")["stateMachines"] == []


@pytest.mark.parametrize(
    ("most", "told", "truncated"),
    [
        pytest.param({}, 2, False, id="all"),
        pytest.param({"maxResults": 2}, 2, False, id="just enough"),
        pytest.param({"maxResults": 1}, 1, True, id="too few"),
        pytest.param({"maxResults": 0}, 2, False, id="as many as usual"),
    ],
)
def test_so_many_diagnostics_are_told_at_most(site: Site, most: Mapping[str, int], told: int, truncated: bool) -> None:
    """And that there are more."""
    found = site.call("validate_state_machine_definition", definition=LOST, **most)
    assert (len(found["diagnostics"]), found["truncated"], found["result"]) == (told, truncated, "FAIL")
