"""Through the endpoint and boto3, AWS's recordings come out as they were: requests, refusals, executions, histories.

Each kind of request has its sample in every run; `make prove` asks all of them.
"""

import json
import os
from typing import Any

import pytest

from tests.conformance import own
from tests.conformance.endpoint_adapter import KINDS, run
from tests.conformance.matching import differences, verdict
from tests.conformance.recordings import FOLDER, GROUPS, HERE, outcome, tolerated

EVERY = 1 if os.environ.get("HANDRAIL_PROVE") else 15

# What an asynchronous Express execution came to stands in CloudWatch Logs only.
UNTOLD = "test_express_async"

# Hours, races, and moments that are told to the second, are for the virtual clock.
TIMED = ("map", "parallel", "retry", "timeouts", "wait")


def recorded(group: str) -> list[dict[str, Any]]:
    lines = (FOLDER / "aws-recorded" / f"{group}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if answerable(case)]


def answerable(case: dict[str, Any]) -> bool:
    if case["kind"] != "execution":
        return case["kind"] in KINDS
    return case.get("needs") in (None, ["s3"]) and UNTOLD not in case["id"]


@pytest.mark.skipif(not HERE, reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)")
@pytest.mark.parametrize("group", ["api", *GROUPS])
def test_the_endpoint_answers_as_aws_did(group: str) -> None:
    """Whatever is not answered as recorded is an exception with a reason."""
    cases = recorded(group)[::EVERY]
    outcomes = {case["id"]: outcome(case, run) for case in cases}

    assert {id: how for id, how in outcomes.items() if how != tolerated(id)} == {}


@pytest.mark.parametrize("group", [group for group in own.GROUPS if group not in TIMED])
def test_the_endpoint_answers_as_the_documentation_says(group: str) -> None:
    """The same of our own cases, whose engine is the same."""
    cases = [case for case in own.cases(group) if answerable(case)][:: EVERY * 2]

    assert {case["id"]: verdict(differences(case, run(case))) for case in cases} == {
        case["id"]: "full" for case in cases
    }
