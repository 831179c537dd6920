"""Step Functions called by a machine: other executions, task tokens, activities; all by the driver that runs it.

Source: "Start a new Step Functions workflow from a running execution" in the Developer Guide, and recordings from AWS.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from json import loads
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from handrail.asl.model import Json
from handrail.engine.redrive import BY_STATUS
from handrail.engine.values import parsed_input, text_of
from handrail.errors import HandrailError
from handrail.local.apierror import ApiError
from handrail.local.integrations.call import Call, Executions, Row
from handrail.local.integrations.metadata import with_metadata
from handrail.local.refusals import ServiceError, cause_of_old, cause_of_sdk, error_name
from handrail.local.store import Stored


def begin(
    executions: Executions, asked: Mapping[str, Json], name: str = "", first: Callable[[Stored], None] | None = None
) -> Stored:
    """Start an execution as StartExecution does; the Input is JSON, or text that holds it, `name` its name by default.

    `first` is called once nothing stands in the way of the execution, and before anything of it happens.
    Raises ApiError: StateMachineDoesNotExist, InvalidExecutionInput, ExecutionAlreadyExists, InvalidDefinition.
    """
    given = asked.get("Input")
    text = "{}" if given is None else given if isinstance(given, str) else text_of(given)
    try:
        parsed_input(text)
    except ValueError as error:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
    called, at = str(asked.get("Name") or name or uuid4()), executions.clock.now()
    try:
        wanted = executions.machines.execution(str(asked.get("StateMachineArn")), called, text, at)
        return executions.begin(wanted, first)
    except ApiError:
        raise
    except HandrailError as error:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from None


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
    # A child may call back at once: what it answers has to have been submitted before.
    first = (lambda child: call.submitted(accepted(child))) if call.calls_back else None
    try:
        return begin(call.reach.executions(), call.arguments, name_of(call), first)
    except ApiError as refusal:
        raise refused_start(refusal) from refusal


def name_of(call: Call) -> str:
    """The child's name where the task gives none: after the task, so that it is found again by a later process."""
    return str(uuid5(NAMESPACE_OID, f"{call.execution.arn} {call.task.task} {call.task.token}"))


def submitted_before(call: Call) -> Stored:
    """The child of a task of an earlier process; begun now, where that process did not come to it."""
    if isinstance(call.before, dict):
        return call.reach.executions().describe(str(call.before.get("ExecutionArn")))
    try:
        return submit(call)
    except ServiceError as refusal:
        child = child_of(call)
        # One that is older than its parent is somebody else's of the same name.
        if child is None or child.started < call.execution.started:
            raise refusal from None
        return child


def child_of(call: Call) -> Stored | None:
    """The execution that a task's request names, if there is one."""
    executions = call.reach.executions()
    machine, name = str(call.arguments.get("StateMachineArn")), str(call.arguments.get("Name") or name_of(call))
    try:
        return executions.describe(executions.machines.execution(machine, name, "{}", executions.clock.now()).arn)
    except HandrailError:
        return None


def start(call: Call) -> Json:
    """Start an execution, and answer with its ARN."""
    return accepted(submit(call))


def accepted(child: Stored) -> Json:
    return with_metadata({"ExecutionArn": child.arn, "StartDate": milliseconds(child.started)})


def start_and_wait(read: Callable[[str], Json], submit: Callable[[Call], Stored] = submit) -> Row:
    """Start an execution and answer with its description; `read` makes its input and output what is wanted."""

    def run(call: Call) -> Json:
        executions = call.reach.executions()
        child = submit(call)
        call.on_cancel(lambda: executions.stop(child.arn))
        if call.before is None:
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
        "StateMachineArn": child.machine_arn,
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

REJOINED: Mapping[str, Row] = {
    "states:startExecution": lambda call: accepted(submitted_before(call)),
    "states:startExecution.sync": start_and_wait(lambda text: text, submitted_before),
    "states:startExecution.sync:2": start_and_wait(loads, submitted_before),
}
"""The same for a task of an earlier process: its child is joined, and not started twice."""
