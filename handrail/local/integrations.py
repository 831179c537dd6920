"""The services that a Task may call on a laptop: functions in this process, builds, and everything that boto3 reaches.

What a call answers, and how its errors are named, is the Developer Guide's "Integrating services" for each of them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock, Thread
from typing import Any, Protocol
from uuid import uuid4

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from handrail.asl.model import Json
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.engine.resources import LAMBDA, SERVICE_ARN, lambda_event, resource
from handrail.errors import did_you_mean
from handrail.local.driver import ACCOUNT, Answer
from handrail.local.objects import ACTIONS, call_s3
from handrail.local.refusals import ServiceError, error_name, refused
from handrail.local.shapes import from_service, to_service
from handrail.local.store import Stored
from handrail.task import failure

Function = Callable[[Any, object], Any]
"""A function as Lambda calls it: with the event and the context."""


class Builds(Protocol):
    """CodeBuild, as far as Step Functions uses it."""

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]: ...

    def stop(self, id: str) -> dict[str, Any]: ...

    def wait(self, id: str, timeout: float | None = None) -> dict[str, Any]: ...


@dataclass
class Call:
    """One task under way."""

    task: RunTask
    execution: Stored
    answer: Answer
    cancels: list[Callable[[], object]] = field(default_factory=list)
    cancelled: bool = False
    lock: Lock = field(default_factory=Lock)

    def submitted(self, output: Json) -> None:
        """The service has taken the request; its work goes on."""
        task = self.task.task
        self.answer(lambda at: TaskSubmitted(at, task, output))

    def on_cancel(self, cancel: Callable[[], object]) -> None:
        """How to stop the work; done at once where the task was given up in the meantime."""
        with self.lock:
            self.cancels.append(cancel)
            late = self.cancelled
        if late:
            cancel()

    def cancel(self) -> None:
        with self.lock:
            self.cancelled = True
            cancels = list(self.cancels)
        for cancel in cancels:
            cancel()


class Integrations:
    """Does the work of Task states, each in a thread of its own."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        builds: Callable[[], Builds],
        client: Callable[[str], Any],
    ) -> None:
        self.functions = functions
        self.builds = builds
        self.client = client

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        call = Call(task, execution, answer)
        Thread(target=self.work, args=(call,), name=f"handrail-task-{task.task}", daemon=True).start()
        return call.cancel

    def work(self, call: Call) -> None:
        """Do the work and tell how it ended; whatever goes wrong is an answer too, or the execution would hang."""
        task = call.task.task
        try:
            output = self.find(call.task.resource)(self, call)
        except ServiceError as error:
            failed = error
        except BaseException as error:  # noqa: BLE001  # nothing may leave the execution waiting
            failed = ServiceError("States.Runtime", f"{type(error).__name__}: {error}")
        else:
            call.answer(lambda at: TaskSucceeded(at, task, output))
            return
        # A file's name in an error may be no text; what cannot be written down would end the driver.
        cause = failed.cause.encode(errors="replace").decode()
        call.answer(lambda at: TaskFailed(at, task, failed.error, cause))

    def find(self, arn: str) -> Callable[["Integrations", Call], Json]:
        """The row of the table for a Resource."""
        if resource(arn).events is LAMBDA:
            return call_function
        found = SERVICE_ARN.fullmatch(arn)
        if found is None:
            raise ServiceError("States.Runtime", f"The resource {arn} is not one that a laptop can run.")
        action = f"{found['type']}:{found['action']}{'.' + found['pattern'] if found['pattern'] else ''}"
        if action in TABLE:
            return TABLE[action]
        if found["pattern"]:
            known = ", ".join(sorted(TABLE))
            raise ServiceError("States.Runtime", f"{action} cannot be run on a laptop yet. These can: {known}.")
        service = found["type"].removeprefix("aws-sdk:")
        return lambda integrations, call: call_service(integrations, call, service, found["action"])


# ---------------------------------------------------------------------- Lambda


def call_function(integrations: Integrations, call: Call) -> Json:
    """A function called by its own ARN answers with what it returned."""
    return run_function(integrations, call.task.resource, call.task.arguments)


def invoke(integrations: Integrations, call: Call) -> Json:
    """`lambda:invoke` answers with the Payload and what the Lambda API says around it."""
    arguments = call.task.arguments
    if not isinstance(arguments, dict) or not isinstance(arguments.get("FunctionName"), str):
        raise ServiceError("States.Runtime", "lambda:invoke needs a FunctionName.")
    payload = run_function(integrations, str(arguments["FunctionName"]), lambda_event(arguments.get("Payload")))
    request = str(uuid4())
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {"HttpStatusCode": 200, "HttpHeaders": {}, "AllHttpHeaders": {}},
        "SdkResponseMetadata": {"RequestId": request},
        "StatusCode": 200,
    }


def run_function(integrations: Integrations, name: str, event: Json) -> Json:
    """Call a function in this process, as Lambda would: JSON in, JSON out, errors as Lambda shows them."""
    short = function_name(name)
    function = integrations.functions.get(short)
    if function is None:
        raise ServiceError(
            "Lambda.ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:{short}."
            + did_you_mean(short, integrations.functions),
        )
    try:
        result = function(json.loads(json.dumps(event)), None)
    except SystemExit as error:
        text = f"Runtime exited with error: exit status {error.code if isinstance(error.code, int) else 1}"
        raise function_failed("Runtime.ExitError", {"errorMessage": text}) from error
    except Exception as error:  # whatever a function raises is its answer
        shown = failure(error)
        raise function_failed(shown["errorType"], {**shown, "stackTrace": shown["stackTrace"][1:]}) from error
    return marshalled(result)


def marshalled(result: Any) -> Json:
    """What a function returned, as JSON; Lambda's runtime refuses what is none."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        text = f"Unable to marshal response: {error}"
        raise function_failed("Runtime.MarshalError", {"errorMessage": text, "stackTrace": []}) from error
    return json.loads(text)  # type: ignore[no-any-return]


def function_failed(error: str, shown: Mapping[str, Any]) -> ServiceError:
    """A function's failure, with the cause that Lambda makes of it."""
    cause = {"errorType": error, **shown, "requestId": str(uuid4())}
    return ServiceError(error, json.dumps(cause, ensure_ascii=False))


def function_name(name: str) -> str:
    """The name in a function's ARN or partial ARN, without version or alias."""
    found = re.fullmatch(r"(?:arn:[\w-]+:lambda:[\w-]+:)?(?:\d{12}:)?(?:function:)?([\w.-]+)(?::[\w$-]+)?", name)
    return found[1] if found else name


# ---------------------------------------------------------------------- CodeBuild


def start_build(integrations: Integrations, call: Call) -> Json:
    """Start a build and answer with it."""
    return shown_build(begin_build(integrations, call)["build"])


def start_build_and_wait(integrations: Integrations, call: Call) -> Json:
    """Start a build, wait until it ends, and answer with it; one that did not succeed fails the task."""
    builds = integrations.builds()
    begun = begin_build(integrations, call)["build"]
    call.on_cancel(lambda: builds.stop(begun["id"]))
    call.submitted(shown_build(begun))
    ended = builds.wait(begun["id"])
    if ended["buildStatus"] != "SUCCEEDED":
        raise ServiceError("States.TaskFailed", json.dumps(shown_build(ended), ensure_ascii=False))
    return shown_build(ended)


def begin_build(integrations: Integrations, call: Call) -> dict[str, Any]:
    request = to_service(call.task.arguments, codebuild_shape("StartBuildInput"))
    try:
        return integrations.builds().start(request)
    except ClientError as error:
        told = error.response["Error"]
        raise ServiceError(f"CodeBuild.{error_name(told['Code'])}", told["Message"]) from error


def shown_build(build: dict[str, Any]) -> Json:
    return {"Build": from_service(build, codebuild_shape("Build"))}


@cache
def codebuild_shape(name: str) -> Any:
    return get_session().get_service_model("codebuild").shape_for(name)


# ---------------------------------------------------------------------- any AWS API


def call_service(integrations: Integrations, call: Call, service: str, action: str) -> Json:
    """Call an AWS API action by its name in the SDK (`describeDBClusters`)."""
    client = integrations.client(SERVICES.get(service, service))
    model = client.meta.service_model
    name = action[:1].upper() + action[1:]
    if name not in model.operation_names:
        near = did_you_mean(name, model.operation_names)
        raise ServiceError("States.Runtime", f"{service} has no action {action}.{near}")
    operation = model.operation_model(name)
    try:
        answer = getattr(client, xform_name(name))(**to_service(call.task.arguments, operation.input_shape))
    except ClientError as error:
        raise refused(model, error) from error
    except BotoCoreError as error:
        raise ServiceError("States.Runtime", str(error)) from error
    return from_service(answer, operation.output_shape) if operation.output_shape else {}


SERVICES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs", "cloudwatch": "cloudwatch"}
"""Services that Step Functions calls by another name than boto3."""


def objects(action: str) -> Callable[[Integrations, Call], Json]:
    """What a Distributed Map reads and writes."""
    return lambda integrations, call: call_s3(integrations.client("s3"), action, call.task.arguments)


TABLE: dict[str, Callable[[Integrations, Call], Json]] = {
    **{action: objects(action) for action in ACTIONS},
    "lambda:invoke": invoke,
    "codebuild:startBuild": start_build,
    "codebuild:startBuild.sync": start_build_and_wait,
}
