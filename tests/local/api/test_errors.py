"""Each error that botocore declares for an operation on executions is met here, or there is a reason why it is not."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.session import get_session

from handrail.local.api import executions, history, listing, mapruns, sync, tasks, teststate
from tests.local.api.serving import PREFIX, Site
from tests.local.driving import CALLBACK

MODULES = (executions, history, listing, mapruns, sync, tasks, teststate)
OPERATIONS = sorted(name for module in MODULES for name in module.OPERATIONS)

NO_KEYS = "nothing here is encrypted with a key of KMS, so no key can be missing, disabled or asked too often"
REASONS: Mapping[str, str] = {
    "KmsAccessDeniedException": NO_KEYS,
    "KmsInvalidStateException": NO_KEYS,
    "KmsThrottlingException": NO_KEYS,
    "ExecutionLimitExceeded": "a million executions may be open on AWS; here there is no such limit",
    "StateMachineDeleting": "a machine that is deleted is gone at once, and is not found any more",
}
"""Errors that never happen here."""

MACHINE, QUICK, NONE = (f"{PREFIX}:stateMachine:{name}" for name in ("good", "quick", "none"))
EXECUTION = f"{PREFIX}:execution:good:none"
OF_MACHINE: dict[str, Any] = {"stateMachineArn": MACHINE}
OF_QUICK: dict[str, Any] = {"stateMachineArn": QUICK}
TOKEN = {"taskToken": "none"}
RUN = f"{PREFIX}:mapRun:good/l:none"

Cases = Mapping[str, Mapping[str, Any]]


def by_arn(name: str, arn: str, missing: str) -> Cases:
    return {"InvalidArn": {name: "none"}, missing: {name: arn}}


def of_execution() -> Cases:
    return by_arn("executionArn", EXECUTION, "ExecutionDoesNotExist")


def over(site: Site) -> dict[str, Any]:
    """The token of a task that has been answered."""
    site.start(f"{PREFIX}:stateMachine:asks")
    token = site.work.token()
    site.call("send_task_success", taskToken=token, output="1")
    return {"taskToken": token}


def gone(site: Site) -> dict[str, Any]:
    """The token of a task whose activity was deleted since."""
    activity = f"{PREFIX}:activity:gone"
    site.api.driver.activities.create(activity)
    site.start(site.machines.add("goes", {"A": {"Type": "Task", "Resource": activity, "End": True}}))
    token = site.call("get_activity_task", activityArn=activity)["taskToken"]
    site.api.driver.activities.delete(activity)
    return {"taskToken": token}


def crowded(site: Site) -> dict[str, Any]:
    """An activity at which a thousand workers wait."""
    arn = f"{PREFIX}:activity:crowded"
    site.api.driver.activities.create(arn)
    site.api.pollers.counts[arn] = tasks.MOST_POLLERS
    return {"activityArn": arn}


def ended(site: Site) -> dict[str, Any]:
    return {"executionArn": site.run(MACHINE)}


def twice(site: Site) -> dict[str, Any]:
    site.run(MACHINE, name="twice")
    return {**OF_MACHINE, "name": "twice"}


LONG = "x" * 300
STARTS: Cases = {
    "InvalidArn": {"stateMachineArn": "none"},
    "InvalidExecutionInput": {"input": "{"},
    "InvalidName": {"name": "a b"},
    "StateMachineDoesNotExist": {"stateMachineArn": NONE},
}
ANSWERS: Mapping[str, Any] = {"InvalidToken": TOKEN, "TaskTimedOut": over, "TaskDoesNotExist": gone}
CASES: Mapping[str, Mapping[str, Any]] = {
    "DescribeExecution": of_execution(),
    "DescribeMapRun": by_arn("mapRunArn", RUN, "ResourceNotFound"),
    "DescribeStateMachineForExecution": of_execution(),
    "GetActivityTask": {
        **by_arn("activityArn", f"{PREFIX}:activity:none", "ActivityDoesNotExist"),
        "ActivityWorkerLimitExceeded": crowded,
    },
    "GetExecutionHistory": {**of_execution(), "InvalidToken": lambda site: {**ended(site), "nextToken": "x"}},
    "ListExecutions": {
        **by_arn("stateMachineArn", NONE, "StateMachineDoesNotExist"),
        "InvalidToken": {**OF_MACHINE, "nextToken": "x"},
        "ResourceNotFound": {"mapRunArn": RUN},
        "StateMachineTypeNotSupported": OF_QUICK,
        "ValidationException": {"maxResults": 1001, **OF_MACHINE},
    },
    "ListMapRuns": {**of_execution(), "InvalidToken": lambda site: {**ended(site), "nextToken": "x"}},
    "RedriveExecution": {
        **of_execution(),
        "ExecutionNotRedrivable": ended,
        "ValidationException": {"executionArn": EXECUTION, "clientToken": "é"},
    },
    "SendTaskFailure": ANSWERS,
    "SendTaskHeartbeat": ANSWERS,
    "SendTaskSuccess": {**ANSWERS, "InvalidOutput": lambda site: {"taskToken": waiting(site), "output": "{"}},
    "StartExecution": {
        **{name: {**OF_MACHINE, **members} for name, members in STARTS.items()},
        "ExecutionAlreadyExists": twice,
        "ValidationException": {**OF_MACHINE, "name": "x" * 81},
    },
    "StartSyncExecution": {
        **{name: {**OF_QUICK, **members} for name, members in STARTS.items()},
        "StateMachineTypeNotSupported": OF_MACHINE,
    },
    "StopExecution": {**of_execution(), "ValidationException": {"executionArn": EXECUTION, "error": LONG}},
    "TestState": {
        "InvalidArn": {"definition": "{}", "roleArn": "none"},
        "InvalidDefinition": {"definition": "{}"},
        "InvalidExecutionInput": {"definition": '{"Type":"Succeed"}', "input": "{"},
        "ValidationException": {"definition": '{"Type":"Succeed"}', "inspectionLevel": "ALL"},
    },
    "UpdateMapRun": {
        **by_arn("mapRunArn", RUN, "ResourceNotFound"),
        "ValidationException": {"mapRunArn": RUN, "maxConcurrency": -1},
    },
}
"""What to ask, by the operation and the error that is answered; a function prepares what it needs."""

ALSO = {"SendTaskSuccess": {"output": "1"}}
"""What a request needs besides."""


def waiting(site: Site) -> str:
    site.start(f"{PREFIX}:stateMachine:asks")
    return str(site.work.token())


def declared() -> Iterator[tuple[str, str]]:
    model = get_session().get_service_model("stepfunctions")
    for operation in OPERATIONS:
        for error in model.operation_model(operation).error_shapes:
            yield operation, error.name


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("good", {"A": {"Type": "Pass", "End": True}})
    site.machines.add("quick", {"A": {"Type": "Pass", "End": True}}, "EXPRESS")
    site.machines.add("asks", {"A": {"Type": "Task", "Resource": CALLBACK, "End": True}})
    return site


@pytest.mark.parametrize(("operation", "error"), [pair for pair in declared() if pair[1] not in REASONS])
def test_each_declared_error_is_answered(site: Site, operation: str, error: str) -> None:
    """By a request that deserves it, with its code and a message."""
    case = CASES[operation][error]
    asked = case(site) if callable(case) else case
    # botocore checks some of it before it asks; what is checked here is what the server says to those who do not.
    code, message = site.ask(operation, {**ALSO.get(operation, {}), **asked})
    assert (code, bool(message)) == (error, True)


def test_the_table_has_no_row_too_many() -> None:
    """Each case is of an error that is declared, and no error has both a case and a reason."""
    rows = {(operation, error) for operation, errors in CASES.items() for error in errors}
    assert rows == {pair for pair in declared() if pair[1] not in REASONS}
    assert set(REASONS) <= {error for _, error in declared()}
