"""What a Task calls on a laptop, and what it is answered: functions, builds, any AWS API; errors under AWS's names."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event as Flag
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import Event, TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.local.aws import Aws
from handrail.local.builds import CodeBuildError
from handrail.local.integrations import Integrations
from handrail.local.store import Stored
from handrail.task import TaskError

EXECUTION = Stored("arn:run", "run", "m", "{}", "{}", "RUNNING", 0.0)
INVOKE = "arn:aws:states:::lambda:invoke"
SYNC = "arn:aws:states:::codebuild:startBuild.sync"
SDK = "arn:aws:states:::aws-sdk:"


class Busy(TaskError):
    """The cluster is busy."""


def busy(event: Any, _context: object) -> None:
    raise Busy(event["name"])


def leave(event: Any, _context: object) -> None:
    sys.exit(3)


def unnamed(event: Any, _context: object) -> None:
    raise FileNotFoundError(os.fsdecode(b"\xff"))


FUNCTIONS: Mapping[str, Callable[[Any, object], Any]] = {
    "echo": lambda event, _context: event,
    "busy": busy,
    "broken": lambda event, _context: event["nope"],
    "leave": leave,
    "unnamed": unnamed,
    "set": lambda _event, _context: {1},
    "endless": lambda _event, _context: float("inf"),
    "half": lambda _event, _context: "\ud800",
}


@dataclass
class Builds:
    """CodeBuild with builds that end when they are told to, or at once; `accepting` holds StartBuild up."""

    ends: str = "SUCCEEDED"
    hanging: bool = False
    started: list[Mapping[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    accepting: Flag = field(default_factory=Flag)
    over: Flag = field(default_factory=Flag)

    def __post_init__(self) -> None:
        self.accepting.set()

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.accepting.wait(10)
        if request["projectName"] == "nope":
            raise CodeBuildError("ResourceNotFoundException", "There is no project nope.")
        self.started.append(request)
        return {"build": self.build("IN_PROGRESS")}

    def stop(self, id: str) -> dict[str, Any]:
        self.stopped.append(id)
        self.ends = "STOPPED"
        self.over.set()
        return {}

    def wait(self, id: str, timeout: float | None = None) -> dict[str, Any]:
        assert not self.hanging or self.over.wait(10)
        return self.build(self.ends)

    def build(self, status: str) -> dict[str, Any]:
        environment = {"environmentVariables": [{"name": "lowerCase", "value": "v", "type": "PLAINTEXT"}]}
        return {"id": "p:1", "buildStatus": status, "environment": environment, "exportedEnvironmentVariables": []}


class Begun:
    """A task under way, and what happens to it."""

    def __init__(self, integrations: Integrations, resource: str, arguments: Any) -> None:
        self.happenings: SimpleQueue[Callable[[float], Event]] = SimpleQueue()
        task = RunTask(5, resource, arguments, "A", "token")
        self.cancel = integrations.begin(task, EXECUTION, self.happenings.put)

    def next(self) -> Any:
        """The next event; it is taken at 1 s."""
        return self.happenings.get(timeout=20)(1.0)


def local(builds: Builds | None = None, aws: Aws | None = None) -> Integrations:
    def client(service: str, account: str, region: str) -> Any:
        assert aws is not None
        return aws.client(service, account, region)

    return Integrations(FUNCTIONS, lambda: builds or Builds(), client)


def invoked(name: str, payload: Any) -> Any:
    return Begun(local(), INVOKE, {"FunctionName": name, "Payload": payload}).next()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    yield aws
    aws.close()


# ---------------------------------------------------------------------- functions


@pytest.mark.parametrize(
    ("name", "payload", "returned"),
    [
        pytest.param("echo", {"a": [1, None, "é"]}, {"a": [1, None, "é"]}, id="by its name"),
        pytest.param("arn:aws:lambda:eu-west-1:123456789012:function:echo:live", 1, 1, id="by its ARN"),
        pytest.param("123456789012:function:echo", 1, 1, id="by a partial ARN"),
        pytest.param("echo:$LATEST", 1, 1, id="with a version"),
        pytest.param("echo", '{"a": 1}', {"a": 1}, id="a text that is JSON"),
        pytest.param("echo", None, {}, id="no payload"),
    ],
)
def test_a_function_is_invoked(name: str, payload: Any, returned: Any) -> None:
    """`lambda:invoke` answers with the payload and with what the Lambda API says around it."""
    answer = invoked(name, payload)

    assert isinstance(answer, TaskSucceeded)
    assert isinstance(answer.output, dict)
    assert answer.output["Payload"] == returned
    assert [answer.output[name] for name in ("ExecutedVersion", "StatusCode")] == ["$LATEST", 200]


def test_a_function_called_by_its_own_arn_answers_bare() -> None:
    """Without the integration, what the function returns is the result."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:echo"

    assert Begun(local(), arn, {"a": 1}).next() == TaskSucceeded(1.0, 5, {"a": 1})


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        pytest.param("busy", "Busy", "The cluster is busy. orders", id="an error that a machine may answer"),
        pytest.param("broken", "KeyError", "'nope'", id="any exception"),
        pytest.param("leave", "Runtime.ExitError", "Runtime exited with error: exit status 3", id="sys.exit"),
        pytest.param("unnamed", "FileNotFoundError", "?", id="a text that is none"),
        pytest.param("set", "Runtime.MarshalError", "Unable to marshal response: Object of type set", id="no JSON"),
        pytest.param("endless", "Runtime.MarshalError", "Unable to marshal response: Out of range", id="no number"),
        pytest.param("half", "Runtime.MarshalError", "Unable to marshal response: ", id="no text"),
    ],
)
def test_a_functions_error_is_shown_as_lambda_shows_it(name: str, error: str, message: str) -> None:
    """The error is the exception's class, the cause Lambda's JSON; whatever a function does, there is an answer."""
    failed = invoked(name, {"name": "orders"})

    cause = json.loads(failed.cause)
    assert (type(failed), failed.error, cause["errorType"]) == (TaskFailed, error, error)
    assert cause["errorMessage"].startswith(message)
    failed.cause.encode()


@pytest.mark.parametrize(
    ("resource", "arguments", "error", "told"),
    [
        pytest.param(INVOKE, {"FunctionName": "ecko"}, "Lambda.ResourceNotFoundException", 'mean "echo"?', id="near"),
        pytest.param(INVOKE, {}, "States.Runtime", "lambda:invoke needs a FunctionName", id="no name"),
        pytest.param("arn:x", {}, "States.Runtime", "arn:x is not one that a laptop can run", id="no resource"),
        pytest.param(
            "arn:aws:states:::ecs:runTask.sync", {}, "States.Runtime", "ecs:runTask.sync cannot be run", id="not yet"
        ),
    ],
)
def test_what_is_not_there_is_told(resource: str, arguments: Any, error: str, told: str) -> None:
    """A function or a service that a laptop does not have fails the task in words."""
    failed = Begun(local(), resource, arguments).next()

    assert (type(failed), failed.error) == (TaskFailed, error)
    assert told in failed.cause


# ---------------------------------------------------------------------- builds


def variables(value: str) -> dict[str, Any]:
    return {
        "ProjectName": "p",
        "EnvironmentVariablesOverride": [{"Name": "HOW", "Type": "PLAINTEXT", "Value": value}],
    }


def test_a_build_is_submitted_and_waited_for() -> None:
    """`startBuild.sync` speaks Step Functions' names; names and values of variables are data and stay."""
    builds = Builds()
    task = Begun(local(builds), SYNC, variables("x"))
    submitted, succeeded = task.next(), task.next()

    assert builds.started[0]["environmentVariablesOverride"] == [{"name": "HOW", "type": "PLAINTEXT", "value": "x"}]
    assert (type(submitted), submitted.output["Build"]["BuildStatus"]) == (TaskSubmitted, "IN_PROGRESS")
    assert (type(succeeded), succeeded.output["Build"]["BuildStatus"]) == (TaskSucceeded, "SUCCEEDED")
    assert succeeded.output["Build"]["Environment"] == {
        "EnvironmentVariables": [{"Name": "lowerCase", "Value": "v", "Type": "PLAINTEXT"}]
    }


def test_without_sync_nobody_waits() -> None:
    """`startBuild` answers with the build that has begun."""
    started = Begun(local(Builds(hanging=True)), SYNC.removesuffix(".sync"), variables("x")).next()

    assert (type(started), started.output["Build"]["BuildStatus"]) == (TaskSucceeded, "IN_PROGRESS")


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "STOPPED", "FAULT"])
def test_a_build_that_did_not_succeed_fails_the_task(status: str) -> None:
    """The error is States.TaskFailed, the cause the build as Step Functions shows it."""
    task = Begun(local(Builds(ends=status)), SYNC, variables("x"))
    task.next()
    failed = task.next()

    assert (type(failed), failed.error) == (TaskFailed, "States.TaskFailed")
    assert json.loads(failed.cause)["Build"]["BuildStatus"] == status


def test_a_request_that_codebuild_refuses_fails_the_task() -> None:
    """The error has the service's name, so that a machine can retry a full queue."""
    failed = Begun(local(), SYNC, {"ProjectName": "nope"}).next()

    assert (failed.error, failed.cause) == ("CodeBuild.ResourceNotFoundException", "There is no project nope.")


@pytest.mark.parametrize("late", [pytest.param(False, id="while it runs"), pytest.param(True, id="before it began")])
def test_a_cancelled_task_stops_its_build(late: bool) -> None:
    """Whenever the task is given up, the build does not go on."""
    builds = Builds(hanging=True)
    if late:
        builds.accepting.clear()
    task = Begun(local(builds), SYNC, variables("x"))
    if not late:
        task.next()
    task.cancel()
    builds.accepting.set()

    assert builds.over.wait(10)
    assert builds.stopped == ["p:1"]


# ---------------------------------------------------------------------- any AWS API


def called(aws: Aws, action: str, **arguments: Any) -> Any:
    return Begun(local(aws=aws), SDK + action, arguments).next()


def test_members_are_titled_and_keys_stay(aws: Aws) -> None:
    """A structure's members get a capital letter, whatever the service calls them; keys of maps are data."""
    tags = {"Team": "web", "lowerCase": "x"}
    made = called(aws, "cloudwatchlogs:createLogGroup", LogGroupName="g", Tags=tags)
    [group] = called(aws, "cloudwatchlogs:describeLogGroups", LogGroupNamePrefix="g").output["LogGroups"]
    read = called(aws, "cloudwatchlogs:listTagsForResource", ResourceArn=group["Arn"].removesuffix(":*"))

    assert made == TaskSucceeded(1.0, 5, {})
    assert group["LogGroupName"] == "g"
    assert read.output == {"Tags": tags}


@pytest.mark.parametrize(
    ("body", "read"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param({"a": [1, False]}, '{"a":[1,false]}', id="anything else as JSON"),
    ],
)
def test_a_body_goes_and_comes_as_text(aws: Aws, body: Any, read: str) -> None:
    """What is bytes in the SDK is text in a payload, and a time is a text in UTC."""
    called(aws, "s3:putObject", Bucket=aws.bucket.name, Key="k", Body=body)
    answer = called(aws, "s3:getObject", Bucket=aws.bucket.name, Key="k").output

    assert answer["Body"] == read
    assert answer["LastModified"].endswith("Z")
    assert "ResponseMetadata" not in answer


@pytest.mark.parametrize(
    ("action", "arguments", "error", "told"),
    [
        pytest.param("s3:listObjects", {"Bucket": "nope"}, "S3.NoSuchBucketException",
                     "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ", id="S3"),
        pytest.param("rds:startDBCluster", {"DbClusterIdentifier": "no"}, "Rds.DbClusterNotFoundException",
                     "(Service: Rds, Status Code: 404, Request ID: ", id="a fault"),
        pytest.param("dynamodb:getItem", {"TableName": "nope", "Key": {"id": {"S": "1"}}},
                     "DynamoDb.ResourceNotFoundException", "(Service: DynamoDb, Status Code: 400", id="two words"),
        pytest.param("sts:assumeRole", {"RoleArn": "x"}, "States.Runtime", "RoleSessionName", id="wrong parameters"),
        pytest.param("s3:listBukets", {}, "States.Runtime", 'Did you mean "ListBuckets"?', id="no such action"),
        pytest.param("s4:list", {}, "States.Runtime", "boto3 has no service s4", id="no such service"),
    ],
)  # fmt: skip
def test_an_error_has_the_name_that_step_functions_gives_it(
    aws: Aws, action: str, arguments: dict[str, Any], error: str, told: str
) -> None:
    """Named as the SDK for Java names it, as recordings from AWS have it; the cause tells service and status."""
    failed = called(aws, action, **arguments)

    assert (type(failed), failed.error) == (TaskFailed, error)
    assert told in failed.cause
