"""What an earlier process left of an execution: where it stood, and what it was waiting for."""

from dataclasses import dataclass, field

from handrail.asl.model import Json
from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, CancelTimer, RunTask, SetTimer
from handrail.engine.events import TaskFailed, TaskStarted, TaskSubmitted, TaskSucceeded, TimerFired
from handrail.local.replay import new
from handrail.local.store import Store, Stored


@dataclass
class Leftover:
    """An execution made again from its journal; `place` is where its journal goes on.

    `taken` are the tasks that somebody outside has, each with what was answered then: a worker took them, or a service
    accepted their request. `timers` are those that are set, each with the moment at which it was.
    """

    execution: Execution
    place: int = 0
    tasks: dict[int, RunTask] = field(default_factory=dict)
    taken: dict[int, Json] = field(default_factory=dict)
    timers: dict[int, tuple[float, SetTimer]] = field(default_factory=dict)


def leftover(store: Store, stored: Stored) -> Leftover:
    """Replay an execution, and keep what it asked for and was not answered."""
    left = Leftover(new(stored))
    for event in store.journal(stored.arn):
        match event:
            case TaskStarted():
                left.taken[event.task] = None
            case TaskSubmitted():
                left.taken[event.task] = event.output
            case TaskSucceeded() | TaskFailed():
                left.tasks.pop(event.task, None)
            case TimerFired():
                left.timers.pop(event.timer, None)
        for command in advance(left.execution, event):
            match command:
                case RunTask():
                    left.tasks[command.task] = command
                case CancelTask():
                    left.tasks.pop(command.task, None)
                case SetTimer():
                    left.timers[command.timer] = event.at, command
                case CancelTimer():
                    left.timers.pop(command.timer, None)
        left.place += 1
    return left
