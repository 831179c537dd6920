"""Step Functions called by a machine: other executions, task tokens, activities; all by the driver that runs it.

Source: "Start a new Step Functions workflow from a running execution" in the Developer Guide, and recordings from AWS.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from json import loads
from typing import Any
from uuid import uuid4

from handrail.asl.model import Json
from handrail.engine.redrive import BY_STATUS
from handrail.engine.values import parsed_input, text_of
from handrail.errors import HandrailError
from handrail.local.apierror import ApiError
from handrail.local.integrations.call import Call, Executions, Row
from handrail.local.integrations.metadata import with_metadata
from handrail.local.refusals import ServiceError, cause_of_old, cause_of_sdk, error_name
from handrail.local.store import Stored


def begin(executions: Executions, asked: Mapping[str, Json]) -> Stored:
    """Start an execution as StartExecution does; the Input is JSON, or text that holds it.

    Raises ApiError: StateMachineDoesNotExist, InvalidExecutionInput, ExecutionAlreadyExists, InvalidDefinition.
    """
    machine = str(asked.get("StateMachineArn"))
    found = executions.machines.definition(machine)
    if found is None:
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'")
    given = asked.get("Input")
    text = "{}" if given is None else given if isinstance(given, str) else text_of(given)
    try:
        parsed_input(text)
    except ValueError as error:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
    try:
        arn = executions.start(*found, text, str(asked.get("Name") or uuid4()))
    except ApiError:
        raise
    except HandrailError as error:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from None
    return executions.describe(arn)


def milliseconds(seconds: float | None) -> Json:
    """A time as the older SDK writes it into JSON."""
    return None if seconds is None else round(seconds * 1000)


def written(seconds: float) -> str:
    """A time as the newer SDK writes it: `2026-01-05T09:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---------------------------------------------------------------------- states:startExecution


def refused_start(refusal: ApiError) -> ServiceError:
    cause = cause_of_old(str(refusal), "AWSStepFunctions", 400, refusal.code, str(uuid4()))
    return ServiceError(f"StepFunctions.{error_name(refusal.code)}", cause)


def submit(call: Call) -> Stored:
    try:
        return begin(call.reach.executions(), call.arguments)
    except ApiError as refusal:
        raise refused_start(refusal) from refusal


def start(call: Call) -> Json:
    """Start an execution, and answer with its ARN."""
    return accepted(submit(call))


def accepted(child: Stored) -> Json:
    return with_metadata({"ExecutionArn": child.arn, "StartDate": milliseconds(child.started)})


def start_and_wait(read: Callable[[str], Json]) -> Row:
    """Start an execution and answer with its description; `read` makes its input and output what is wanted."""

    def run(call: Call) -> Json:
        executions = call.reach.executions()
        child = submit(call)
        call.on_cancel(lambda: executions.stop(child.arn))
        call.submitted(accepted(child))
        executions.wait(child.arn)
        ended = executions.describe(child.arn)
        told = described(ended, read)
        if ended.status != "SUCCEEDED":
            raise ServiceError("States.TaskFailed", text_of(told))
        return told

    return run


def described(child: Stored, read: Callable[[str], Json]) -> dict[str, Json]:
    """An ended execution, as DescribeExecution tells it."""
    parts = child.arn.split(":")
    told: dict[str, Json] = {
        "Cause": child.cause,
        "Error": child.error,
        "ExecutionArn": child.arn,
        "Input": read(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "RedriveCount": child.redrive_count,
        "RedriveStatus": "NOT_REDRIVABLE" if child.status == "SUCCEEDED" else "REDRIVABLE",
        "RedriveStatusReason": BY_STATUS.format(child.status) if child.status == "SUCCEEDED" else None,
        "StartDate": milliseconds(child.started),
        "StateMachineArn": ":".join([*parts[:5], "stateMachine", child.machine]),
        "Status": child.status,
        "StopDate": milliseconds(child.stopped),
    }
    if child.output is not None:
        told |= {"Output": read(child.output), "OutputDetails": {"Included": True}}
    return {name: value for name, value in sorted(told.items()) if value is not None}


# ---------------------------------------------------------------------- aws-sdk:sfn


def sdk(action: Callable[[Executions, Mapping[str, Any]], dict[str, Json]]) -> Row:
    """An action of the API as the newer SDK calls it."""

    def run(call: Call) -> Json:
        try:
            return action(call.reach.executions(), call.arguments)
        except ApiError as refusal:
            cause = cause_of_sdk(str(refusal), "Sfn", {"HTTPStatusCode": 400, "RequestId": str(uuid4())})
            raise ServiceError(f"Sfn.{error_name(refusal.code)}", cause) from refusal

    return run


def start_execution(executions: Executions, asked: Mapping[str, Any]) -> dict[str, Json]:
    child = begin(executions, asked)
    return {"ExecutionArn": child.arn, "StartDate": written(child.started)}


def send_success(executions: Executions, asked: Mapping[str, Any]) -> dict[str, Json]:
    executions.task_succeeded(str(asked.get("TaskToken")), str(asked.get("Output")))
    return {}


def send_failure(executions: Executions, asked: Mapping[str, Any]) -> dict[str, Json]:
    executions.task_failed(str(asked.get("TaskToken")), asked.get("Error"), asked.get("Cause"))
    return {}


def send_heartbeat(executions: Executions, asked: Mapping[str, Any]) -> dict[str, Json]:
    executions.task_heartbeat(str(asked.get("TaskToken")))
    return {}


def get_task(executions: Executions, asked: Mapping[str, Any]) -> dict[str, Json]:
    found = executions.get_activity_task(str(asked.get("ActivityArn")), asked.get("WorkerName"))
    return {} if found is None else {"Input": found.input, "TaskToken": found.token}


ROWS: Mapping[str, Row] = {
    "states:startExecution": start,
    "states:startExecution.sync": start_and_wait(lambda text: text),
    "states:startExecution.sync:2": start_and_wait(loads),
    "aws-sdk:sfn:getActivityTask": sdk(get_task),
    "aws-sdk:sfn:sendTaskFailure": sdk(send_failure),
    "aws-sdk:sfn:sendTaskHeartbeat": sdk(send_heartbeat),
    "aws-sdk:sfn:sendTaskSuccess": sdk(send_success),
    "aws-sdk:sfn:startExecution": sdk(start_execution),
}
