"""The engine gives what AWS gave: executions and refusals recorded on AWS, compared to the event."""

from collections import Counter

import pytest

from tests.conformance.recordings import GROUPS, HERE, cases, outcome, tolerated
from tests.conformance.renaming import renamed

pytestmark = pytest.mark.skipif(
    not HERE, reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)"
)


@pytest.mark.parametrize("group", GROUPS)
def test_every_recorded_execution_ends_as_on_aws_with_the_same_history(group: str) -> None:
    """Each recorded definition and input gives AWS's status, output and error, and AWS's history."""
    outcomes = {case["id"]: outcome(case) for case in cases(group)}
    different = {id: how for id, how in outcomes.items() if how != tolerated(id)}
    assert different == {}, Counter(outcomes.values())


@pytest.mark.parametrize("group", GROUPS)
def test_states_and_functions_may_be_called_anything(group: str) -> None:
    """With every state and function renamed, each recording agrees as far as it did, so no name is special."""
    outcomes = {case["id"]: outcome(renamed(case)) for case in cases(group)}
    assert {id: how for id, how in outcomes.items() if how != tolerated(id)} == {}
