"""What the driver's own thread does: take an event, write it down, let the engine act on it, carry out what it wants.

event ──► journal ──► engine ──► watchers ──► commands: work, timers, tokens, activities, the end
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import randbits
from threading import Event as Flag
from typing import Protocol

from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, CancelTimer, Command, Finished, RunTask, SetTimer
from handrail.engine.events import Event, Redriven, Started, TaskFailed, TaskStarted, TaskSucceeded, TimerFired
from handrail.engine.resources import ACTIVITY, resource
from handrail.engine.values import text_of
from handrail.local.activities import Activities, Assigned, Waiting
from handrail.local.alarms import Alarms, Clock
from handrail.local.leftover import leftover
from handrail.local.loop import Loop
from handrail.local.store import Store, Stored
from handrail.local.tokens import Place, Tokens

logger = logging.getLogger(__name__)

Happening = Callable[[float], Event]
"""An event that only lacks its time, which is when the driver takes it."""
Answer = Callable[[Happening], None]
Watcher = Callable[[Execution, int], None]
"""Told after every event: the execution, and how long its history was before."""


CUT_OFF = "The process that ran this task was killed, or its machine went down."


class Work(Protocol):
    """What does the work of Task states."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        """Begin a task without blocking; `answer` is called with what happens. Gives what cancels the work."""
        ...


@dataclass
class Running:
    """An execution in progress."""

    execution: Execution
    stored: Stored
    place: int = 0
    cancels: dict[int, Callable[[], None]] = field(default_factory=dict)
    ended: Flag = field(default_factory=Flag)


class Conductor(Loop):
    """What happens to executions: all but `happened` is for its own thread, which takes jobs from the inbox."""

    def __init__(self, store: Store, work: Work, clock: Clock) -> None:
        super().__init__()
        self.store = store
        self.work = work
        self.clock = clock
        self.watchers: list[Watcher] = []
        self.ended_listeners: list[Callable[[Stored], None]] = []
        self.running: dict[str, Running] = {}
        self.alarms = Alarms(clock)
        self.tokens = Tokens()
        self.activities = Activities()

    def happened(self, arn: str, happening: Happening) -> None:
        """Tell an execution, from any thread, what happened to it."""
        self.inbox.put(lambda: self.take(arn, happening))

    def begin_work(self, waiting: Waiting, worker: str | None) -> bool:
        """Record that a worker has a task; False where the task was over before."""
        running = self.running.get(waiting.execution)
        if running is None or waiting.task not in running.execution.tasks:
            return False
        self.take(waiting.execution, lambda at: TaskStarted(at, waiting.task, worker))
        return True

    def ring(self) -> None:
        """Fire every timer whose time has come."""
        for alarm in self.alarms.due():
            self.take(alarm.arn, lambda at, timer=alarm.timer: TimerFired(at, timer))  # type: ignore[misc]

    def pause(self) -> float | None:
        return self.alarms.pause()

    def broke(self) -> None:
        for running in list(self.running.values()):
            running.ended.set()

    def begin(self, running: Running) -> None:
        self.store.add(running.stored)
        self.begin_first(running)

    def begin_first(self, running: Running) -> None:
        self.take(running.stored.arn, lambda at: Started(at, running.stored.input, randbits(64)))

    def pick_up(self, stored: Stored) -> None:
        """Let an execution of an earlier process go on."""
        left = leftover(self.store, stored)
        running = self.running[stored.arn] = Running(left.execution, stored, left.place)
        if left.place == 0:
            self.begin_first(running)
        for timer, at in left.timers.items():
            self.alarms.set(at, stored.arn, timer)
        waiting = {id for id, task in left.tasks.items() if waits(task, taken=id in left.taken)}
        for id in sorted(waiting):
            self.open(running, left.tasks[id], queued=id not in left.taken)
        for id in sorted(left.tasks.keys() - waiting):
            self.take(stored.arn, cut_off(id))

    def begin_again(self, running: Running, event: Redriven) -> None:
        self.store.redriven(running.stored.arn, running.place, event)
        running.stored = self.store.find(running.stored.arn)
        self.act(running, event)

    def take(self, arn: str, happening: Happening) -> None:
        """Write an event down, and act on it."""
        running = self.running.get(arn)
        if running is None:
            return
        event = happening(self.clock.now())
        try:
            self.store.append(arn, running.place, event)
        except (TypeError, ValueError, RecursionError) as error:
            # What a task answered is no JSON; that is this task's failure and nobody else's.
            event = TaskFailed(event.at, event.task, "States.Runtime", f"The answer is no JSON: {error}")  # type: ignore[union-attr]
            self.store.append(arn, running.place, event)
        self.act(running, event)

    def act(self, running: Running, event: Event) -> None:
        """Let the engine act on what has been written down, and carry out what it wants."""
        before = len(running.execution.events)
        commands = self.advance(running, event)
        self.tell(running.execution, before)
        for command in commands:
            self.carry_out(running, command)

    def advance(self, running: Running, event: Event) -> list[Command]:
        """What the engine wants after an event; a task for an activity that is none has failed at once."""
        running.place += 1
        if isinstance(event, TaskSucceeded | TaskFailed):
            self.over(running, event.task)
        wanted: list[Command] = []
        for command in advance(running.execution, event):
            if isinstance(command, RunTask) and self.is_nowhere(command.resource):
                cause = f"The activity {command.resource} does not exist."
                refusal = TaskFailed(event.at, command.task, "States.Runtime", cause, "schedule")
                self.store.append(running.stored.arn, running.place, refusal)
                wanted += self.advance(running, refusal)
            else:
                wanted.append(command)
        return wanted

    def is_nowhere(self, arn: str) -> bool:
        return resource(arn).events is ACTIVITY and not self.activities.exists(arn)

    def over(self, running: Running, task: int) -> Callable[[], None]:
        """Nobody waits for a task any more; gives what cancels its work."""
        self.tokens.closed(running.stored.arn, task)
        return running.cancels.pop(task, lambda: None)

    def tell(self, execution: Execution, before: int) -> None:
        """Tell whoever watches; what goes wrong while somebody looks on is no matter of the execution."""
        for watcher in self.watchers:
            try:
                watcher(execution, before)
            except Exception:
                logger.exception("A watcher of %s failed", execution.name)

    def carry_out(self, running: Running, command: Command) -> None:
        arn = running.stored.arn
        match command:
            case SetTimer(timer, at):
                self.alarms.set(at, arn, timer)
            case CancelTimer(timer):
                self.alarms.cancel(arn, timer)
            case RunTask():
                self.open(running, command)
            case CancelTask(task):
                give_up(self.over(running, task))
            case Finished():
                self.finish(running, command)

    def open(self, running: Running, task: RunTask, *, queued: bool = True) -> None:
        """Have a task done, or let it wait for whoever has its token; `queued` is whether it has to be given out."""
        arn, kind = running.stored.arn, resource(task.resource)
        if kind.calls_back:
            self.tokens.opened(task.token, Place(arn, task.task, task.resource))
        if queued and kind.events is ACTIVITY:
            waiting = Waiting(arn, task.task, Assigned(task.token, text_of(task.arguments)))
            running.cancels[task.task] = self.activities.add(task.resource, waiting)
        elif queued:
            answer: Answer = lambda happening: self.happened(arn, happening)  # noqa: E731
            running.cancels[task.task] = self.work.begin(task, running.stored, answer)

    def finish(self, running: Running, end: Finished) -> None:
        stored, execution = running.stored, running.execution
        stopped = execution.stopped_at or self.clock.now()
        self.store.ended(stored.arn, end.status, stopped, end.output, end.error, end.cause)
        self.tokens.ended(stored.arn)
        self.tell_end(self.store.find(stored.arn))
        del self.running[stored.arn]
        running.ended.set()

    def tell_end(self, stored: Stored) -> None:
        """Tell who wants to know of ends, before whoever waits goes on; their trouble is none of the execution."""
        for listener in self.ended_listeners:
            try:
                listener(stored)
            except Exception:
                logger.exception("A listener of the end of %s failed", stored.name)


def waits(task: RunTask, *, taken: bool) -> bool:
    """Whether a task of a process that is gone can still be answered: by who has its token, or will be given it."""
    kind = resource(task.resource)
    return kind.events is ACTIVITY or (kind.pattern == "waitForTaskToken" and taken)


def cut_off(task: int) -> Happening:
    return lambda at: TaskFailed(at, task, "States.TaskFailed", CUT_OFF)


def give_up(cancel: Callable[[], None]) -> None:
    """Cancel a task's work; where that fails, nobody waits for it any more all the same."""
    try:
        cancel()
    except Exception:
        logger.exception("Work could not be cancelled")
