"""Executions that start others: what the parent is told of its child, and what becomes of one when the other ends."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from handrail.local.driver import Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.machines import ByName, Runbooks
from handrail.local.store import Store
from tests.local.driving import Seen, machine, result, types

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
CHILD = "arn:aws:states:us-east-1:123456789012:execution:child:kid"
START = "arn:aws:states:::states:startExecution"
CHILDREN = {
    "child": {"Type": "Pass", "Result": {"b": 1}, "End": True},
    "broken": {"Type": "Fail", "Error": "Boom", "Cause": "why"},
    "slow": {"Type": "Wait", "Seconds": 9_000, "End": True},
}


@dataclass
class Machines(ByName):
    """Machines of one state."""

    definitions: dict[str, str] = field(default_factory=dict)

    def definition(self, arn: str) -> tuple[str, str] | None:
        name = arn.rpartition(":")[2]
        return (name, self.definitions[name]) if name in self.definitions else None


def no_builds() -> Builds:
    raise AssertionError("no build here")


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        made = Driver(store, Integrations({}, no_builds, lambda *_place: None, lambda: made))
        flows = {name: {"StartAt": "A", "States": {"A": state}} for name, state in CHILDREN.items()}
        made.machines = Machines({name: json.dumps(flow) for name, flow in flows.items()})
        yield made
        made.close()


def parent(pattern: str = "", child: str = "child", **asked: Any) -> str:
    arn = MACHINE.replace("child", child)
    return machine(START + pattern, Parameters={"StateMachineArn": arn, "Name": "kid", **asked})


def shown(told: dict[str, Any]) -> dict[str, Any]:
    """Without what differs every time."""
    return {name: value for name, value in told.items() if name not in ("StartDate", "StopDate") and "Sdk" not in name}


def test_starting_answers_at_once(driver: Driver) -> None:
    """The parent is told the child's ARN, with the exchange around it, and goes on."""
    status, told, *_ = result(driver, driver.start("m", parent(child="slow"), "{}", "run"))
    assert (status, list(told)) == (
        "SUCCEEDED", ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"],
    )  # fmt: skip
    assert told["ExecutionArn"] == CHILD.replace("child", "slow")
    assert isinstance(told["StartDate"], int)
    assert driver.describe(told["ExecutionArn"]).status == "RUNNING"


@pytest.mark.parametrize(
    ("pattern", "given", "taken"),
    [
        pytest.param(".sync", '{"a":1}', '{"b":1}', id="as JSON text"),
        pytest.param(".sync:2", {"a": 1}, {"b": 1}, id="as JSON"),
    ],
)
def test_waiting_answers_with_the_childs_description(driver: Driver, pattern: str, given: Any, taken: Any) -> None:
    """The parent's result is what DescribeExecution tells, input and output as its pattern has them."""
    arn = driver.start("m", parent(pattern, Input={"a": 1}), "{}", "run")
    status, told, *_ = result(driver, arn)
    assert status == "SUCCEEDED"
    assert shown(told) == {
        "ExecutionArn": CHILD,
        "Input": given,
        "InputDetails": {"Included": True},
        "Name": "kid",
        "Output": taken,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StateMachineArn": MACHINE,
        "Status": "SUCCEEDED",
    }
    assert types(driver, arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_child_that_fails_fails_its_parents_task(driver: Driver) -> None:
    """The error is States.TaskFailed, the cause the child's description."""
    arn = driver.start("m", parent(".sync", "broken"), "{}", "run")
    status, _, error, cause = result(driver, arn)
    assert (status, error) == ("FAILED", "States.TaskFailed")
    told = json.loads(cause or "")
    assert [told[name] for name in ("Status", "Error", "Cause", "RedriveStatus")] == [
        "FAILED", "Boom", "why", "REDRIVABLE",
    ]  # fmt: skip
    assert "Output" not in told


@pytest.mark.parametrize(
    ("given", "input"),
    [
        pytest.param(None, "{}", id="nothing"),
        pytest.param([1, "é"], '[1,"é"]', id="JSON"),
        pytest.param('{"a": 1}', '{"a": 1}', id="text that holds JSON goes as it is"),
    ],
)
def test_a_child_is_given_its_input(driver: Driver, given: Any, input: str) -> None:
    """The Input member is the child's input."""
    _, told, *_ = result(driver, driver.start("m", parent(".sync", Input=given), "{}", "run"))
    assert told["Input"] == input


def test_a_child_can_know_who_started_it(driver: Driver) -> None:
    """The member that the console goes by reaches the child like any other."""
    asked = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}
    arn = driver.start("m", parent(".sync:2", Input=asked), "{}", "run")
    assert result(driver, arn)[1]["Input"] == {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": arn}


@pytest.mark.parametrize(
    ("asked", "error", "cause"),
    [
        pytest.param({"StateMachineArn": f"{MACHINE}-no"}, "StateMachineDoesNotExist", f"'{MACHINE}-no'", id="none"),
        pytest.param({"Input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input", id="no JSON"),
        pytest.param({"Name": "taken"}, "ExecutionAlreadyExists", "Execution Already Exists: 'arn", id="a name twice"),
    ],
)  # fmt: skip
def test_a_start_that_is_refused_fails_the_task(driver: Driver, asked: Any, error: str, cause: str) -> None:
    """Errors have Step Functions' names, and are told in the words of AWS's older SDK."""
    definition = driver.machines.execution("child", None, "{}", 0).definition
    assert driver.wait(driver.start("child", definition, "[]", "taken"), 10)
    status, _, told, why = result(driver, driver.start("m", parent(**asked), "{}", "run"))
    assert (status, told) == ("FAILED", f"StepFunctions.{error}Exception")
    assert cause in (why or "")
    assert f"(Service: AWSStepFunctions; Status Code: 400; Error Code: {error}; Request ID: " in (why or "")


def test_a_running_child_of_the_same_name_and_input_is_the_same(driver: Driver) -> None:
    """StartExecution is idempotent while the execution runs."""
    two = [driver.start("m", parent(child="slow"), "{}", name) for name in ("one", "two")]
    arns = {result(driver, arn)[1]["ExecutionArn"] for arn in two}
    assert arns == {CHILD.replace("child", "slow")}


def test_stopping_the_parent_stops_the_child_it_waits_for(driver: Driver) -> None:
    """Nothing goes on that nobody waits for."""
    seen = Seen(driver)
    arn = driver.start("m", parent(".sync", "slow"), "{}", "run")
    seen.until("TaskSubmitted")
    driver.stop(arn)
    assert driver.wait(arn, 10)
    assert result(driver, CHILD.replace("child", "slow"))[0] == "ABORTED"


def test_a_token_ends_the_wait_for_a_child(driver: Driver) -> None:
    """Whoever has the token of a `.sync` task may answer it before the child ends; the child goes on."""
    seen = Seen(driver)
    asked = {"token.$": "$$.Task.Token"}
    arn = driver.start("m", parent(".sync", "slow", Input=asked), "{}", "run")
    seen.until("TaskSubmitted")
    child = driver.describe(CHILD.replace("child", "slow"))
    driver.task_succeeded(json.loads(child.input)["token"], '"early"')
    assert result(driver, arn)[:2] == ("SUCCEEDED", "early")
    assert driver.describe(child.arn).status == "RUNNING"


def test_a_child_may_call_back(driver: Driver) -> None:
    """With `.waitForTaskToken` the child is started, and the parent waits for an answer instead of for its end."""
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Parameters": {"TaskToken.$": "$.token", "Output": '"called"'},
        "End": True,
    }
    driver.machines = Machines({"child": json.dumps({"StartAt": "S", "States": {"S": send}})})
    arn = driver.start("m", parent(".waitForTaskToken", Input={"token.$": "$$.Task.Token"}), "{}", "run")
    assert result(driver, arn)[:2] == ("SUCCEEDED", "called")
    assert "TaskSubmitted" in types(driver, arn)


@pytest.mark.parametrize(
    ("action", "asked", "error"),
    [
        pytest.param("sendTaskHeartbeat", {"TaskToken": "x"}, "Sfn.InvalidTokenException", id="no token"),
        pytest.param("sendTaskFailure", {"TaskToken": "0" * 48}, "Sfn.TaskTimedOutException", id="a task that is over"),
        pytest.param("getActivityTask", {"ActivityArn": "a"}, "Sfn.ActivityDoesNotExistException", id="no activity"),
        pytest.param("startExecution", {"StateMachineArn": "x"}, "Sfn.StateMachineDoesNotExistException", id="none"),
    ],
)  # fmt: skip
def test_the_sdk_tells_refusals_in_its_own_words(driver: Driver, action: str, asked: Any, error: str) -> None:
    """Called as `aws-sdk:sfn`, errors are the newer SDK's."""
    task = machine(f"arn:aws:states:::aws-sdk:sfn:{action}", Parameters=asked)
    _, _, told, why = result(driver, driver.start("m", task, "{}", "run"))
    assert told == error
    assert "(Service: Sfn, Status Code: 400, Request ID: " in (why or "")
    assert (why or "").endswith(") (SDK Attempt Count: 1)")


@dataclass
class Catalogue:
    """One runbook, as far as Runbooks looks at it."""

    runbooks: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("tidy", "tidy", id="its name"),
        pytest.param("handrail-tidy", "tidy", id="its deployed name"),
        pytest.param(MACHINE.replace("child", "tidy"), "tidy", id="its ARN"),
        pytest.param(MACHINE.replace("child", "handrail-tidy:7"), "tidy", id="the ARN of a version"),
        pytest.param(MACHINE, None, id="none"),
    ],
)
def test_a_runbook_is_found_by_name_and_by_arn(asked: str, found: str | None) -> None:
    """A project's runbooks may start each other by what they are called here or in AWS."""

    class Runbook:
        class machine:  # noqa: N801
            @staticmethod
            def definition() -> dict[str, object]:
                return {"StartAt": "A"}

    given: Any = Catalogue({"tidy": Runbook})
    assert (Runbooks(given).definition(asked) or (None,))[0] == found


def test_each_execution_is_told_of_in_order(driver: Driver) -> None:
    """The parent ends after its child."""
    ended: SimpleQueue[str] = SimpleQueue()
    driver.ended_listeners.append(lambda stored: ended.put(stored.machine))
    driver.start("m", parent(".sync"), "{}", "run")
    assert [ended.get(timeout=10) for _ in range(2)] == ["child", "m"]
