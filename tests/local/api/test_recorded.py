"""What was recorded on AWS comes through the API as well: over HTTP, asked by boto3, history and all."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import own
from tests.conformance.matching import differences, verdict
from tests.conformance.recordings import GROUPS, HERE, cases, outcome, recorded, tolerated
from tests.local.api.recorded import KINDS, Endpoint, endpoint, run_calls

here = pytest.mark.skipif(
    not HERE, reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)"
)

# A case that subtracts times tells to the millisecond when something happens; here a clock goes on meanwhile.
TO_THE_MOMENT = "State.EnteredTime"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with endpoint(tmp_path_factory.mktemp("api")) as found:
        yield found


@here
@pytest.mark.parametrize("group", GROUPS)
def test_every_recording_of_a_machine_is_told_as_on_aws(api: Endpoint, group: str) -> None:
    """Status, output, error, cause and the whole history are AWS's; so are TestState's answers and refused machines."""
    outcomes = {case["id"]: outcome(case, api.run) for case in cases(group) if case["kind"] in KINDS}
    different = {id: how for id, how in outcomes.items() if how != tolerated(id)}
    assert different == {}, Counter(outcomes.values())


@here
def test_every_recorded_sequence_of_calls_is_answered_as_on_aws(tmp_path: Path) -> None:
    """Machines, versions, aliases, tags, activities, executions: each answer and each refusal, to the word."""
    outcomes = {
        case["id"]: outcome(case, lambda case, place=number: run_calls(case, tmp_path / str(place)))  # type: ignore[misc]
        for number, case in enumerate(recorded("api"))
    }
    assert {id: how for id, how in outcomes.items() if how != "full"} == {}, Counter(outcomes.values())


@pytest.mark.parametrize("group", own.GROUPS)
def test_what_the_documentation_says_is_told_through_the_api(api: Endpoint, group: str) -> None:
    """The same of our own cases, which every clone has."""
    untimed = [case for case in own.cases(group) if case["kind"] in KINDS and TO_THE_MOMENT not in str(case)]
    outcomes = {case["id"]: verdict(differences(case, api.run(case))) for case in untimed}
    assert {id: how for id, how in outcomes.items() if how != "full"} == {}, Counter(outcomes.values())
