"""The services that a Task may call on a laptop: functions, builds, other machines, and everything that boto3 reaches.

What a call answers, and how its errors are named, is the Developer Guide's "Integrating services" for each of them.

Resource ──► row of the table ──► answer ─┬─► the task's result
                                          └─► submitted: with `.waitForTaskToken`, whoever has the token goes on
"""

from collections.abc import Callable, Mapping
from threading import Thread

from handrail.asl.model import Json
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.engine.resources import LAMBDA, SERVICE_ARN, resource
from handrail.local.conductor import Answer
from handrail.local.integrations.call import Builds, Call, Client, Executions, Function, Reach, Row
from handrail.local.integrations.codebuild import ROWS as BUILDS
from handrail.local.integrations.executions import REJOINED
from handrail.local.integrations.executions import ROWS as EXECUTIONS
from handrail.local.integrations.functions import call_function, invoke
from handrail.local.integrations.optimized import ROWS as OPTIMIZED
from handrail.local.integrations.sdk import call_service
from handrail.local.lambdas.functions import Functions
from handrail.local.objects import ACTIONS, call_s3
from handrail.local.refusals import ServiceError
from handrail.local.store import Stored

__all__ = ["Builds", "Executions", "Function", "Integrations"]


def objects(action: str) -> Row:
    """What a Distributed Map reads and writes."""
    return lambda call: call_s3(call.client("s3"), action, call.task.arguments)


TABLE: dict[str, Row] = {
    **{action: objects(action) for action in ACTIONS},
    "lambda:invoke": invoke,
    **BUILDS,
    **EXECUTIONS,
    **OPTIMIZED,
}
"""What is called by a name of Step Functions' own; anything else is an AWS API action."""

AGAIN: dict[str, Row] = {**{action: objects(action) for action in ACTIONS}, **REJOINED}
"""What a task of an earlier process goes on with: a second time is no harm, or it is known what the first one did."""


def nobody() -> Executions:
    raise ServiceError("States.Runtime", "Nothing here can start another execution.")


class Integrations:
    """Does the work of Task states, each in a thread of its own."""

    def __init__(
        self,
        functions: Mapping[str, Function] | Functions,
        builds: Callable[[], Builds],
        client: Client,
        executions: Callable[[], Executions] = nobody,
    ) -> None:
        known = functions if isinstance(functions, Functions) else Functions(functions)
        self.reach = Reach(known, builds, client, executions)

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        return begun(Call(task, execution, answer, self.reach), find)

    def rejoin(self, task: RunTask, execution: Stored, before: Json, answer: Answer) -> Callable[[], None] | None:
        """Go on with a task of an earlier process, where it is not the process that did the work."""
        if action_of(task.resource) not in AGAIN:
            return None
        return begun(Call(task, execution, answer, self.reach, before), lambda arn: AGAIN[action_of(arn)])


def begun(call: Call, find: Callable[[str], Row]) -> Callable[[], None]:
    """Do the work in a thread of its own; gives what cancels it."""
    Thread(target=work, args=(call, find), name=f"handrail-task-{call.task.task}", daemon=True).start()
    return call.cancel


def work(call: Call, find: Callable[[str], Row]) -> None:
    """Do the work and tell how it ended; whatever goes wrong is an answer too, or the execution would hang."""
    task = call.task.task
    try:
        output = find(call.task.resource)(call)
    except ServiceError as error:
        failed = error
    except BaseException as error:  # noqa: BLE001  # nothing may leave the execution waiting
        failed = ServiceError("States.Runtime", f"{type(error).__name__}: {error}")
    else:
        if call.calls_back:
            call.submitted(output)
        else:
            call.answer(lambda at: TaskSucceeded(at, task, output))
        return
    # A file's name in an error may be no text; what cannot be written down would end the driver.
    cause = failed.cause.encode(errors="replace").decode()
    call.answer(lambda at: TaskFailed(at, task, failed.error, cause))


def find(arn: str) -> Row:
    """The row of the table for a Resource."""
    if resource(arn).events is LAMBDA:
        return call_function
    found = SERVICE_ARN.fullmatch(arn)
    if found is None:
        raise ServiceError("States.Runtime", f"The resource {arn} is not one that a laptop can run.")
    action = action_of(arn)
    if action in TABLE:
        return TABLE[action]
    if action != f"{found['type']}:{found['action']}":
        known = ", ".join(sorted(TABLE))
        raise ServiceError("States.Runtime", f"{action} cannot be run on a laptop yet. These can: {known}.")
    service = found["type"].removeprefix("aws-sdk:")
    return lambda call: call_service(call, service, found["action"])


def action_of(arn: str) -> str:
    """What a Resource calls, as the tables name it: `states:startExecution.sync`; empty for what is no service."""
    found = SERVICE_ARN.fullmatch(arn)
    if found is None:
        return ""
    # A callback makes the same request; only what happens to its answer differs.
    pattern = "" if found["pattern"] in (None, "waitForTaskToken") else f".{found['pattern']}"
    return f"{found['type']}:{found['action']}{pattern}"
