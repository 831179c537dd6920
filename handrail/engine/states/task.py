"""The Task state: it asks the world outside for work and waits for the answer."""

from collections.abc import Callable
from typing import Any

from handrail.asl.model import Json, State
from handrail.engine import events as happened
from handrail.engine.commands import CancelTask, RunTask
from handrail.engine.dataflow import ExpressionDataflow, expression, template
from handrail.engine.execution import Branch, Execution
from handrail.engine.failure import FAULTS, Failure, Silence, WorkFailure, as_failure
from handrail.engine.numbers import Measure, measure
from handrail.engine.resources import Limits, Resource, resource
from handrail.engine.retry import LONGEST
from handrail.engine.states.compiled import Compiled
from handrail.engine.values import text_of, too_large


class Task(Compiled):
    """A unit of work: a Lambda function, an activity, or a service that Step Functions calls."""

    __slots__ = ("heartbeat", "resource", "role", "timeout")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.resource: Resource = resource(str(state.fields["Resource"]))
        self.timeout = measure(state, "TimeoutSeconds")
        self.heartbeat = measure(state, "HeartbeatSeconds")
        self.role = role(self, state)

    def run(self, execution: Execution, branch: Branch) -> None:
        called = self.resource
        token = execution.token()
        # The token is part of the Context Object that the arguments may read.
        branch.token = token if called.calls_back else None
        arguments = self.data.arguments(branch)
        limits = Limits(seconds(self.timeout, branch), seconds(self.heartbeat, branch), self.role(branch))
        details = called.scheduled_details(arguments, limits, execution.region)
        scheduled = branch.previous = execution.record(called.events.scheduled, branch.previous, details)
        if called.starts_at_once:
            branch.previous = execution.record(called.events.started, scheduled, called.identity or None)
        wait = branch.waiting = execution.tasks[scheduled] = TaskWait(branch, self, scheduled, limits)
        wait.set_timers(execution)
        execution.commands.append(
            RunTask(
                task=scheduled,
                resource=called.arn,
                arguments=arguments,
                state=self.name,
                token=token,
                timeout=limits.timeout,
                heartbeat=limits.heartbeat,
                role=limits.role,
            )
        )


def seconds(limit: Measure | None, branch: Branch) -> int | None:
    """TimeoutSeconds or HeartbeatSeconds."""
    if limit is None:
        return None
    found = limit.whole(branch)
    if not 0 <= found <= LONGEST:
        raise limit.refusal(f"{limit.name} must be between 0 and {LONGEST} but was: {found}")
    return found


def role(task: Task, state: State) -> Callable[[Branch], str | None]:
    """The RoleArn of Credentials."""
    if "Credentials" not in state.fields:
        return lambda _branch: None
    data = task.data
    if isinstance(data, ExpressionDataflow):
        credentials = expression(state.fields, "Credentials")
        return lambda branch: role_arn(credentials(data.states(branch), branch) if credentials else None)
    templated = template(state.fields, "Credentials")
    return lambda branch: role_arn(templated(data.effective_input(branch), branch) if templated else None)


def role_arn(credentials: Json) -> str | None:
    return str(credentials["RoleArn"]) if isinstance(credentials, dict) and "RoleArn" in credentials else None


class TaskWait:
    """A branch that waits for the answer of a task."""

    __slots__ = ("branch", "id", "limits", "state", "timers")

    def __init__(self, branch: Branch, state: Task, id: int, limits: Limits) -> None:
        self.branch = branch
        self.state = state
        self.id = id
        self.limits = limits
        self.timers: dict[str, int] = {}

    def set_timers(self, execution: Execution) -> None:
        if self.limits.timeout is not None:
            self.set_timer(execution, "timeout", self.limits.timeout, Failure("States.Timeout"))
        # Nobody can be alive before a worker has taken the task.
        if self.state.resource.starts_at_once:
            self.await_heartbeat(execution)

    def await_heartbeat(self, execution: Execution) -> None:
        if self.limits.heartbeat is not None:
            self.set_timer(execution, "heartbeat", self.limits.heartbeat, Silence())

    def set_timer(self, execution: Execution, kind: str, limit: int, failure: Failure) -> None:
        self.timers[kind] = execution.set_timer(limit, lambda: self.over(execution, failure))

    def forget(self, execution: Execution) -> None:
        """Nothing more is awaited from this task."""
        execution.tasks.pop(self.id, None)
        for timer in self.timers.values():
            execution.cancel_timer(timer)

    def cancel(self, execution: Execution, after: int) -> None:
        self.forget(execution)
        execution.commands.append(CancelTask(self.id))

    def over(self, execution: Execution, failure: Failure) -> None:
        """A time limit has passed: AWS records the timeout and stops the work."""
        self.cancel(execution, self.branch.previous)
        called = self.state.resource
        self.branch.previous = execution.record(
            called.events.timed_out, self.branch.previous, {**called.identity, "error": failure.error}
        )
        execution.proceed(self.branch, execution.handle(self.branch, failure))

    def tell(self, execution: Execution, event: Any) -> None:
        """Take an event about this task."""
        ANSWERS[type(event)](self, execution, event)

    def started(self, execution: Execution, event: happened.TaskStarted) -> None:
        details = {"workerName": event.worker} if event.worker else None
        self.branch.previous = execution.record(self.state.resource.events.started, self.branch.previous, details)
        self.await_heartbeat(execution)

    def submitted(self, execution: Execution, event: happened.TaskSubmitted) -> None:
        called = self.state.resource
        self.branch.previous = execution.record(
            called.events.submitted, self.branch.previous, {**called.identity, **output(text_of(event.output))}
        )

    def heartbeat(self, execution: Execution, event: happened.TaskHeartbeat) -> None:
        timer = self.timers.get("heartbeat")
        if timer is not None:
            execution.cancel_timer(timer)
            self.await_heartbeat(execution)

    def succeeded(self, execution: Execution, event: happened.TaskSucceeded) -> None:
        called, branch = self.state.resource, self.branch
        try:
            text = text_of(event.output)
        except FAULTS as fault:
            self.fail(execution, as_failure(fault))
            return
        if too_large(text):
            self.fail(execution, Failure("States.DataLimitExceeded", RESULT_TOO_LARGE.format(called.named)))
            return
        self.forget(execution)
        branch.previous = execution.record(
            called.events.succeeded, branch.previous, {**called.identity, **output(text)}
        )
        self.state.resume(execution, branch, event.output)

    def failed(self, execution: Execution, event: happened.TaskFailed) -> None:
        failure = WorkFailure(event.error or "", event.cause or "")
        if event.phase == "schedule":
            self.never_scheduled(execution, failure)
        else:
            self.fail(execution, failure, event.phase)

    def never_scheduled(self, execution: Execution, failure: Failure) -> None:
        """There is nobody for the work, as its activity was deleted: AWS does not record that it was scheduled."""
        self.forget(execution)
        if self.id == len(execution.events):
            self.branch.previous = execution.events.pop().previous
        execution.proceed(self.branch, execution.refused(self.branch, failure))

    def fail(self, execution: Execution, failure: Failure, phase: str = "run") -> None:
        self.forget(execution)
        called = self.state.resource
        types = {
            "run": called.events.failed,
            "start": called.events.start_failed,
            "submit": called.events.submit_failed,
        }
        told = {"error": failure.error, "cause": failure.cause}
        details = {**called.identity, **{name: text for name, text in told.items() if text}}
        self.branch.previous = execution.record(types[phase], self.branch.previous, details)
        execution.proceed(self.branch, execution.handle(self.branch, failure))


def output(text: str) -> dict[str, Any]:
    return {"output": text, "outputDetails": {"truncated": False}}


RESULT_TOO_LARGE = (
    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."
)

ANSWERS: dict[type, Callable[[TaskWait, Execution, Any], None]] = {
    happened.TaskStarted: TaskWait.started,
    happened.TaskSubmitted: TaskWait.submitted,
    happened.TaskSucceeded: TaskWait.succeeded,
    happened.TaskFailed: TaskWait.failed,
    happened.TaskHeartbeat: TaskWait.heartbeat,
}
