"""What was recorded on AWS comes through the API as well: over HTTP, asked by boto3, history and all."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.recordings import GROUPS, HERE, cases, outcome, tolerated
from tests.local.api.recorded import KINDS, Endpoint, endpoint

pytestmark = pytest.mark.skipif(
    not HERE, reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)"
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with endpoint(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.mark.parametrize("group", GROUPS)
def test_every_recorded_execution_and_tested_state_is_told_as_on_aws(api: Endpoint, group: str) -> None:
    """Status, output, error, cause and the whole history are AWS's; so is what TestState answers."""
    outcomes = {case["id"]: outcome(case, api.run) for case in cases(group) if case["kind"] in KINDS}
    different = {id: how for id, how in outcomes.items() if how != tolerated(id)}
    assert different == {}, Counter(outcomes.values())
