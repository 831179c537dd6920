"""Variables that hide a function which is called where they are seen."""

from typing import Any

import pytest

from handrail.asl.check import check
from tests.asl.samples import task

COUNTED = {"n": "{% $count($states.input) %}"}


def machine(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    states = {"A": {**first, "Next": "B"}, "B": {**second, "End": True}}
    return {"StartAt": "A", "QueryLanguage": "JSONata", "States": states}


def inside(state: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [{"StartAt": "I", "States": {"I": {**state, "End": True}}}]}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **fields}


def caught(**fields: Any) -> dict[str, Any]:
    step = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", **fields}])
    return {name: value for name, value in step.items() if name != "End"}


@pytest.mark.parametrize(
    ("definition", "pointers"),
    [
        pytest.param(
            machine(passing(Assign={"count": 1}), passing(Output=COUNTED)), ["/States/A/Assign/count"], id="called"
        ),
        pytest.param(
            machine(passing(Assign={"count": 1}), inside(passing(Output=COUNTED))),
            ["/States/A/Assign/count"],
            id="called inside",
        ),
        pytest.param(
            machine(caught(Assign={"count": 1}), passing(Output=COUNTED)),
            ["/States/A/Catch/0/Assign/count"],
            id="by a catcher",
        ),
        pytest.param(machine(passing(Assign={"count": 1}), passing(Output="{% $count %}")), [], id="only read"),
        pytest.param(machine(passing(Assign={"total": 1}), passing(Output=COUNTED)), [], id="another name"),
        pytest.param(machine(passing(Assign={"sum": 1}), passing(Output=COUNTED)), [], id="another function"),
        pytest.param(machine(passing(Assign={"count": 1}), passing(Output="$count(1)")), [], id="a plain text"),
        pytest.param(
            machine(inside(passing(Assign={"count": 1})), passing(Output=COUNTED)), [], id="called where it is not seen"
        ),
    ],
)
def test_a_hidden_function_is_told(definition: dict[str, Any], pointers: list[str]) -> None:
    """AWS accepts such a machine, and fails the call with T1006; a name that does no harm is left alone."""
    found = [(finding.severity, finding.code, finding.pointer) for finding in check(definition)]

    assert found == [("WARNING", "HIDDEN_FUNCTION", pointer) for pointer in pointers]


def test_a_mixed_machine_is_told() -> None:
    """A JSONPath state assigns what a JSONata state then cannot call."""
    counting = {**passing(Output=COUNTED), "QueryLanguage": "JSONata", "End": True}
    states: dict[str, Any] = {"A": passing(Assign={"count.$": "$.n"}, Next="B"), "B": counting}
    [finding] = check({"StartAt": "A", "States": states})

    assert finding.pointer == "/States/A/Assign/count.$"
    assert finding.message == (
        "The variable 'count' hides the function $count, which this machine calls. Give the variable another name."
    )
