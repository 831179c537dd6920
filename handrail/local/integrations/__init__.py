"""The services that a Task may call on a laptop: functions, builds, other machines, and everything that boto3 reaches.

What a call answers, and how its errors are named, is the Developer Guide's "Integrating services" for each of them.

Resource ──► row of the table ──► answer ─┬─► the task's result
                                          └─► submitted: with `.waitForTaskToken`, whoever has the token goes on
"""

from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.engine.resources import LAMBDA, SERVICE_ARN, resource
from handrail.local.conductor import Answer
from handrail.local.integrations.call import Builds, Call, Executions, Function, Reach, Row
from handrail.local.integrations.codebuild import ROWS as BUILDS
from handrail.local.integrations.executions import ROWS as EXECUTIONS
from handrail.local.integrations.functions import call_function, invoke
from handrail.local.integrations.optimized import ROWS as OPTIMIZED
from handrail.local.integrations.sdk import call_service
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


def nobody() -> Executions:
    raise ServiceError("States.Runtime", "Nothing here can start another execution.")


class Integrations:
    """Does the work of Task states, each in a thread of its own."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        builds: Callable[[], Builds],
        client: Callable[[str], Any],
        executions: Callable[[], Executions] = nobody,
    ) -> None:
        self.reach = Reach(functions, builds, client, executions)

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        call = Call(task, execution, answer, self.reach)
        Thread(target=work, args=(call,), name=f"handrail-task-{task.task}", daemon=True).start()
        return call.cancel


def work(call: Call) -> None:
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
    # A callback makes the same request; only what happens to its answer differs.
    pattern = "" if found["pattern"] in (None, "waitForTaskToken") else f".{found['pattern']}"
    action = f"{found['type']}:{found['action']}{pattern}"
    if action in TABLE:
        return TABLE[action]
    if pattern:
        known = ", ".join(sorted(TABLE))
        raise ServiceError("States.Runtime", f"{action} cannot be run on a laptop yet. These can: {known}.")
    service = found["type"].removeprefix("aws-sdk:")
    return lambda call: call_service(call, service, found["action"])
