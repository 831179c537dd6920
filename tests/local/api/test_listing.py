"""ListExecutions: the newest first, by status, by redrive, by version and alias, page by page."""

from typing import Any

import pytest

from tests.local.api.serving import PREFIX, Site
from tests.local.driving import CALLBACK

MACHINE = f"{PREFIX}:stateMachine:flips"
FLIP = {
    "A": {"Type": "Choice", "Choices": [{"Variable": "$.ask", "IsPresent": True, "Next": "Ask"}], "Default": "Fail"},
    "Ask": {"Type": "Task", "Resource": CALLBACK, "End": True},
    "Fail": {"Type": "Fail"},
}


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("flips", FLIP)
    site.machines.add("quick", {"A": {"Type": "Pass", "End": True}}, type="EXPRESS")
    version, alias = site.machines.qualify(MACHINE, 1), site.machines.qualify(MACHINE, 1, "PROD")
    site.run(MACHINE, name="failed")
    site.call("redrive_execution", executionArn=site.run(version, name="redriven"))
    site.ended(f"{PREFIX}:execution:flips:redriven")
    site.call("stop_execution", executionArn=site.start(alias, name="stopped", input='{"ask": 1}'))
    site.start(MACHINE, name="runs", input='{"ask": 1}')
    site.run(f"{PREFIX}:stateMachine:quick")
    return site


def names(site: Site, **given: Any) -> list[str]:
    return [
        each["name"] for each in site.call("list_executions", **{"stateMachineArn": MACHINE, **given})["executions"]
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param({}, ["runs", "stopped", "redriven", "failed"], id="all, the newest first"),
        pytest.param({"statusFilter": "FAILED"}, ["redriven", "failed"], id="failed"),
        pytest.param({"statusFilter": "RUNNING"}, ["runs"], id="running"),
        pytest.param({"statusFilter": "TIMED_OUT"}, [], id="none"),
        pytest.param({"redriveFilter": "REDRIVEN"}, ["redriven"], id="redriven"),
        pytest.param({"redriveFilter": "NOT_REDRIVEN", "statusFilter": "FAILED"}, ["failed"], id="both filters"),
        pytest.param({"stateMachineArn": f"{MACHINE}:1"}, ["stopped", "redriven"], id="of a version"),
        pytest.param({"stateMachineArn": f"{MACHINE}:PROD"}, ["stopped"], id="of an alias"),
    ],
)
def test_the_executions_that_fit_are_listed(site: Site, given: dict[str, Any], found: list[str]) -> None:
    """Ordered by when they ended, or began where they run."""
    assert names(site, **given) == found


def test_an_entry_tells_what_aws_tells_of_it(site: Site) -> None:
    """Data of an execution is not in a list."""
    told = site.call("list_executions", stateMachineArn=MACHINE, redriveFilter="REDRIVEN")["executions"][0]
    assert told.keys() == {
        *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate"),
        *("redriveCount", "redriveDate", "stateMachineVersionArn"),
    }


def test_the_pages_together_are_the_list(site: Site) -> None:
    """The last page has no token, also where it is full."""
    first = site.call("list_executions", stateMachineArn=MACHINE, maxResults=2)
    second = site.call("list_executions", stateMachineArn=MACHINE, maxResults=2, nextToken=first["nextToken"])
    assert [each["name"] for page in (first, second) for each in page["executions"]] == names(site)
    assert "nextToken" not in second


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"stateMachineArn": f"{PREFIX}:stateMachine:quick"}, "StateMachineTypeNotSupported", id="Express"),
        pytest.param({"stateMachineArn": f"{PREFIX}:stateMachine:none"}, "StateMachineDoesNotExist", id="no machine"),
        pytest.param({}, "ValidationException", id="of nothing"),
        pytest.param({"stateMachineArn": MACHINE, "mapRunArn": "arn"}, "ValidationException", id="of two things"),
        pytest.param(
            {"stateMachineArn": MACHINE, "statusFilter": "PENDING_REDRIVE"}, "ValidationException", id="children's"
        ),
        pytest.param({"stateMachineArn": MACHINE, "nextToken": "x"}, "InvalidToken", id="no token"),
        pytest.param({"mapRunArn": "arn:x"}, "InvalidArn", id="no ARN of a Map Run"),
        pytest.param({"mapRunArn": f"{PREFIX}:mapRun:flips/l:none"}, "ResourceNotFound", id="no Map Run"),
    ],
)
def test_what_cannot_be_listed_is_refused(site: Site, given: dict[str, Any], code: str) -> None:
    """With AWS's code."""
    assert site.refused("list_executions", **given)[0] == code
