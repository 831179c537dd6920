"""What any server of Step Functions must do for a boto3 client: each takes a client, and fails where it does not.

They are asked of our own server, and where it can be had of LocalStack, whose answers they must fit as well.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest

ROLE = "arn:aws:iam::000000000000:role/states"

HELLO = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Result": {"said": "hello"}, "ResultPath": "$.first", "Next": "Second"},
        "Second": {"Type": "Wait", "Seconds": 0, "End": True},
    },
}

REFUSE = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Refused", "Cause": "Not today."}}}

Smoke = Callable[[Any], None]


@contextmanager
def machine(states: Any, definition: Mapping[str, Any], type: str = "STANDARD") -> Iterator[str]:
    """A new machine, by its ARN; gone afterwards."""
    name, text = f"smoke-{uuid4().hex[:8]}", json.dumps(definition)
    arn: str = states.create_state_machine(name=name, definition=text, roleArn=ROLE, type=type)["stateMachineArn"]
    yield arn
    states.delete_state_machine(stateMachineArn=arn)


def ended(states: Any, arn: str) -> dict[str, Any]:
    """An execution when it has ended, within 20 seconds."""
    until = monotonic() + 20
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert monotonic() < until, f"{arn} did not end"
        sleep(0.02)
    return dict(found)


def runs_a_machine(states: Any) -> None:
    """Create, start, describe."""
    with machine(states, HELLO) as arn:
        begun = states.start_execution(stateMachineArn=arn, input='{"a": 1}')
        found = ended(states, begun["executionArn"])

    assert found["status"] == "SUCCEEDED"
    assert json.loads(found["output"]) == {"a": 1, "first": {"said": "hello"}}
    assert found["stopDate"] >= found["startDate"]


def tells_a_failure(states: Any) -> None:
    """Error and cause are those of the state."""
    with machine(states, REFUSE) as arn:
        found = ended(states, states.start_execution(stateMachineArn=arn)["executionArn"])

    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Refused", "Not today.")


def pages_a_history(states: Any) -> None:
    """The paginator gives every event once, forwards and backwards."""
    with machine(states, HELLO) as arn:
        execution = states.start_execution(stateMachineArn=arn)["executionArn"]
        ended(states, execution)
        paginator = states.get_paginator("get_execution_history")
        asked = {"executionArn": execution, "PaginationConfig": {"PageSize": 2}}
        pages = [*paginator.paginate(**asked)]
        back = [event for page in paginator.paginate(**asked, reverseOrder=True) for event in page["events"]]
    events = [event for page in pages for event in page["events"]]

    assert [len(page["events"]) for page in pages] == [2, 2, 2]
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert back == events[::-1]
    assert [events[0]["type"], events[-1]["type"]] == ["ExecutionStarted", "ExecutionSucceeded"]


def lists_executions(states: Any) -> None:
    """By page, by status, and the machines themselves."""
    with machine(states, HELLO) as arn:
        started = {states.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(5)}
        for execution in started:
            ended(states, execution)
        asked = {"stateMachineArn": arn, "PaginationConfig": {"PageSize": 2}}
        paginator = states.get_paginator("list_executions")
        found = [one["executionArn"] for page in paginator.paginate(**asked) for one in page["executions"]]
        failed = states.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"]
        pages = states.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 1})
        machines = [one["stateMachineArn"] for page in pages for one in page["stateMachines"]]

    assert (len(found), {*found}, failed) == (5, started, [])
    assert machines.count(arn) == 1


def works_for_an_activity(states: Any) -> None:
    """A worker takes a task and answers it."""
    activity = states.create_activity(name=f"smoke-{uuid4().hex[:8]}")["activityArn"]
    task = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": activity, "End": True}}}
    with machine(states, task) as arn:
        execution = states.start_execution(stateMachineArn=arn, input='{"n": 1}')["executionArn"]
        given = states.get_activity_task(activityArn=activity, workerName="me")
        states.send_task_success(taskToken=given["taskToken"], output='{"n": 2}')
        found = ended(states, execution)
    states.delete_activity(activityArn=activity)

    assert json.loads(given["input"]) == {"n": 1}
    assert json.loads(found["output"]) == {"n": 2}


def answers_at_once(states: Any) -> None:
    """StartSyncExecution gives the output of an Express machine, and its failure as an answer."""
    with machine(states, HELLO, "EXPRESS") as arn:
        good = states.start_sync_execution(stateMachineArn=arn, input="{}")
    with machine(states, REFUSE, "EXPRESS") as arn:
        bad = states.start_sync_execution(stateMachineArn=arn)

    assert (good["status"], json.loads(good["output"])) == ("SUCCEEDED", {"first": {"said": "hello"}})
    assert (bad["status"], bad["error"]) == ("FAILED", "Refused")


def tests_a_state(states: Any) -> None:
    """TestState runs one state and says where it would go."""
    state = json.dumps({"Type": "Pass", "Result": {"b": 2}, "ResultPath": "$.x", "Next": "Other"})
    told = states.test_state(definition=state, roleArn=ROLE, input='{"a": 1}')

    assert (told["status"], told["nextState"]) == ("SUCCEEDED", "Other")
    assert json.loads(told["output"]) == {"a": 1, "x": {"b": 2}}


def refuses_what_is_not_there(states: Any) -> None:
    """boto3 raises the service's own errors."""
    nowhere = "arn:aws:states:us-east-1:000000000000:{}:none"
    with pytest.raises(states.exceptions.StateMachineDoesNotExist):
        states.start_execution(stateMachineArn=nowhere.format("stateMachine"))
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn=nowhere.format("execution") + ":none")
    with pytest.raises(states.exceptions.InvalidDefinition):
        states.create_state_machine(name="bad", definition="{}", roleArn=ROLE)


SMOKES: tuple[Smoke, ...] = (
    runs_a_machine,
    tells_a_failure,
    pages_a_history,
    lists_executions,
    works_for_an_activity,
    answers_at_once,
    tests_a_state,
    refuses_what_is_not_there,
)

each_smoke = pytest.mark.parametrize("smoke", [pytest.param(smoke, id=smoke.__name__) for smoke in SMOKES])
