"""The engine does what AWS's documentation says, case by case; a clone without the recordings proves it too."""

from typing import Any

import pytest

from tests.conformance.own import GROUPS, cases, outcome, unlike
from tests.conformance.renaming import renamed

EVERY = [pytest.param(case, id=case["id"]) for group in GROUPS for case in cases(group)]


@pytest.mark.parametrize("case", EVERY)
def test_every_case_is_answered_as_its_page_says(case: dict[str, Any]) -> None:
    """Status, output, error and all else that a case names is what comes out."""
    assert unlike(case) == []


@pytest.mark.parametrize("group", GROUPS)
def test_states_and_functions_may_be_called_anything(group: str) -> None:
    """With every state and function renamed, each case is answered as before, so no name is special."""
    assert [case["id"] for case in cases(group) if outcome(renamed(case)) != "full"] == []


def test_every_case_names_itself_and_its_page() -> None:
    """Each id is unique and begins with its group, and each case names the page that says so; there are 150 or more."""
    every = [case for group in GROUPS for case in cases(group)]
    assert len({case["id"] for case in every}) == len(every) >= 150
    assert all(case["id"].startswith(f"{case['group']}/") for case in every)
    assert all(case["source"].startswith("https://") for case in every)
