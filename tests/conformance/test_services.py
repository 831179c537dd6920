"""Tasks that call other services end as on AWS: recordings through boto3 over HTTP, zips, and this machine's services.

The recordings are not part of this repository. HANDRAIL_CONFORMANCE names their folder; without it they are looked for
beside the repository, and the tests are skipped where they are not found.
"""

import os
from collections.abc import Mapping

import pytest

from tests.conformance.matching import Verdict
from tests.conformance.recordings import CALLING, HERE, calling, tolerated
from tests.conformance.services_adapter import outcomes

# Some of them wait for real, and each function is a process: a sample of them each time, all of them when proving.
EVERY = [case for group in CALLING for case in calling(group)] if HERE else []
CASES = EVERY[:: 1 if os.environ.get("HANDRAIL_PROVE") else 4]

pytestmark = pytest.mark.skipif(
    not HERE, reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)"
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Verdict]:
    return outcomes(CASES, tmp_path_factory.mktemp("services"))


@pytest.mark.parametrize("id", [f"{case['id']}" for case in CASES])
def test_every_recorded_call_of_a_service_ends_as_on_aws(found: Mapping[str, Verdict], id: str) -> None:
    """Status, output, error and history are AWS's, but for what is listed with its reason."""
    assert found[id] == tolerated(id)
