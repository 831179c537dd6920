"""What an earlier process left of an execution: where it stood, and what it was waiting for."""

from dataclasses import dataclass, field

from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, CancelTimer, RunTask, SetTimer
from handrail.engine.events import TaskFailed, TaskStarted, TaskSubmitted, TaskSucceeded, TimerFired
from handrail.local.replay import new
from handrail.local.store import Store, Stored


@dataclass
class Leftover:
    """An execution made again from its journal; `place` is where its journal goes on.

    `taken` are the tasks that somebody outside has: a worker took them, or a service accepted their request.
    """

    execution: Execution
    place: int = 0
    tasks: dict[int, RunTask] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    timers: dict[int, float] = field(default_factory=dict)


def leftover(store: Store, stored: Stored) -> Leftover:
    """Replay an execution, and keep what it asked for and was not answered."""
    left = Leftover(new(stored))
    for event in store.journal(stored.arn):
        match event:
            case TaskStarted() | TaskSubmitted():
                left.taken.add(event.task)
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
                    left.timers[command.timer] = command.at
                case CancelTimer():
                    left.timers.pop(command.timer, None)
        left.place += 1
    return left
