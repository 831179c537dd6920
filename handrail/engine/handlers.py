"""What each event from outside does to an execution.

event ──► its handler here ──► branches run until each waits ──► commands
"""

from collections.abc import Callable
from typing import Any

from handrail.engine import events as happened
from handrail.engine.commands import Command
from handrail.engine.execution import Branch, Execution
from handrail.engine.history import WHOLE
from handrail.engine.randomness import Generator
from handrail.engine.redrive import against
from handrail.engine.values import parsed_input


def advance(execution: Execution, event: happened.Event) -> list[Command]:
    """Tell an execution what happened, and get what it wants done.

    After its end only Redriven changes anything, and only where `handrail.engine.redrive` has nothing against it.
    """
    if (execution.status == "RUNNING") != isinstance(event, happened.Redriven):
        execution.now = event.at
        HANDLERS[type(event)](execution, event)
        execution.settle()
    commands, execution.commands = execution.commands, []
    return commands


def begin(execution: Execution, event: happened.Started) -> None:
    execution.started_at = event.at
    execution.generator = Generator(event.seed)
    execution.input = parsed_input(event.input)
    execution.identify()
    details = {"input": event.input, "inputDetails": WHOLE, "roleArn": execution.role}
    execution.record("ExecutionStarted", 0, details)
    limit(execution)
    # The first state follows no event: AWS gives it 0, as it does ExecutionStarted.
    execution.root = Branch(execution, execution.start, execution.input, {}, 0, input_text=event.input)
    execution.as_sent = execution.root
    execution.ready.append(execution.root)


def limit(execution: Execution) -> None:
    """TimeoutSeconds of the machine begins."""
    if execution.timeout is not None:
        execution.set_timer(execution.timeout, lambda: time_out(execution))


def time_out(execution: Execution) -> None:
    """TimeoutSeconds of the machine is over."""
    execution.record("ExecutionTimedOut", 0, {"error": "States.Timeout"})
    execution.finish("TIMED_OUT", error="States.Timeout")


def stop(execution: Execution, event: happened.Stopped) -> None:
    if event.child is not None:
        tell_runs(execution, event)
        return
    details = {name: text for name, text in (("error", event.error), ("cause", event.cause)) if text is not None}
    execution.record("ExecutionAborted", 0, details)
    execution.finish("ABORTED", error=event.error, cause=event.cause)


def redrive(execution: Execution, event: happened.Redriven) -> None:
    """Run again from where it ended: same input, same variables, a new time limit.

    Source: "Restarting state machine executions with redrive" in the Developer Guide; ids as AWS was seen to give them.
    """
    if execution.root is None or against(execution, event.at):
        return
    execution.status, execution.stopped_at = "RUNNING", None
    execution.output = execution.error = execution.cause = None
    execution.redrives += 1
    execution.redriven_at = event.at
    execution.identify()
    execution.redriven_id = execution.record(
        "ExecutionRedriven", len(execution.events), {"redriveCount": execution.redrives}
    )
    limit(execution)
    execution.go_on(execution.root)


def fire(execution: Execution, event: happened.TimerFired) -> None:
    then = execution.timers.pop(event.timer, None)
    if then is not None:
        then()


def tell_task(execution: Execution, event: Any) -> None:
    """An event about a task goes to the wait of the branch that runs it; late answers find none."""
    wait = execution.tasks.get(event.task)
    if wait is not None:
        wait.tell(execution, event)


def tell_runs(execution: Execution, event: Any) -> None:
    """An event about a Map Run, or about a child in one, goes to all of them; it is known there by its ARN."""
    for run in list(execution.map_runs.values()):
        run.tell(event)


HANDLERS: dict[type, Callable[[Execution, Any], None]] = {
    happened.Started: begin,
    happened.TaskStarted: tell_task,
    happened.TaskSubmitted: tell_task,
    happened.TaskSucceeded: tell_task,
    happened.TaskFailed: tell_task,
    happened.TaskHeartbeat: tell_task,
    happened.TimerFired: fire,
    happened.Stopped: stop,
    happened.Redriven: redrive,
    happened.MapRunUpdated: tell_runs,
}
