"""What the driver's own thread does: take an event, write it down, let the engine act on it, carry out what it wants.

event ──► journal ──► engine ──► watchers ──► commands: work, timers, tokens, activities, the end
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import randbits
from threading import Event as Flag
from typing import Protocol, runtime_checkable

from handrail.asl.model import Json
from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, CancelTimer, Command, Finished, RunTask, SetTimer
from handrail.engine.events import Event, Redriven, Started, Stopped, TaskFailed, TaskStarted, TaskSucceeded, TimerFired
from handrail.engine.resources import ACTIVITY, resource
from handrail.engine.values import text_of
from handrail.local.activities import Activities, Assigned, Waiting
from handrail.local.alarms import Alarms, Clock
from handrail.local.later import afterwards
from handrail.local.leftover import Leftover, leftover
from handrail.local.loop import Loop
from handrail.local.mocked import Mocked, happenings
from handrail.local.replay import CUT_OFF as ENDED
from handrail.local.replay import UNREADABLE, end, sealed
from handrail.local.store import Store, Stored
from handrail.local.tokens import Place, Tokens

logger = logging.getLogger(__name__)

Happening = Callable[[float], Event]
"""An event that only lacks its time, which is when the driver takes it."""
Answer = Callable[[Happening], None]
Watcher = Callable[[Execution, int], None]
"""Told after every event: the execution, and how long its history was before."""

Keeper = Callable[[Stored, Execution], object]
"""Given an execution that has ended, to which nothing happens any more, before it is taken out of those that run."""


CUT_OFF = (
    "The process that ran this task has ended before the task did: it was stopped or killed, or its machine went down."
)
"""Why a task failed that was under way when its process ended."""


class Work(Protocol):
    """What does the work of Task states."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        """Begin a task without blocking; `answer` is called with what happens. Gives what cancels the work."""
        ...


@runtime_checkable
class Rejoining(Protocol):
    """Work some of which outlives the process that began it."""

    def rejoin(self, task: RunTask, execution: Stored, before: Json, answer: Answer) -> Callable[[], None] | None:
        """Go on with a task of an earlier process; `before` is what was answered when its request was accepted.

        None where what became of it cannot be known, else what cancels the work.
        """
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
    """What happens to executions: `happened` and `admit` are for any thread, the rest for its own, which takes jobs.

    `wait_scale` makes Waits and the pauses before retries longer or shorter; time limits stay what they are.
    """

    def __init__(self, store: Store, work: Work, clock: Clock) -> None:
        super().__init__()
        self.store = store
        self.work = work
        self.clock = clock
        self.watchers: list[Watcher] = []
        self.begun_listeners: list[Callable[[Stored], None]] = []
        self.ended_listeners: list[Callable[[Stored], None]] = []
        self.keepers: list[Keeper] = []
        self.broken_listeners: list[Callable[[], None]] = []
        self.wait_scale = 1.0
        self.running: dict[str, Running] = {}
        self.alarms = Alarms(clock)
        self.tokens = Tokens()
        self.activities = Activities()
        self.mocked = Mocked(store)

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
        for listener in self.broken_listeners:
            listener()

    def admit(self, running: Running, first: Callable[[Stored], None] | None = None) -> None:
        """Keep a new execution, in any thread; it begins with the next job, once `first` has been told of it.

        Raises HandrailError where it cannot be written; there is none then.
        """
        stored = running.stored
        # Known before it is in the store, or it would be taken for one that an earlier process left there.
        self.running[stored.arn] = running
        try:
            self.store.add(stored)
        except BaseException:
            del self.running[stored.arn]
            running.ended.set()
            raise
        if first is not None:
            first(stored)
        self.tell_all(self.begun_listeners, stored)
        # In its place before anybody hears of it, so that nothing happens to it before it begins.
        self.inbox.lay(lambda: self.begin_first(running))
        afterwards(self.inbox.ring)

    def begin_first(self, running: Running) -> None:
        self.take(running.stored.arn, lambda at: Started(at, running.stored.input, randbits(64)))

    def pick_up(self, left: Sequence[Stored]) -> None:
        """Let executions of an earlier process go on."""
        # All are known before the first goes on: one may be waiting for another.
        found = [(running, rest) for stored in left for running, rest in self.made_again(stored)]
        for running, rest in found:
            self.go_on(running, rest)

    def made_again(self, stored: Stored) -> Iterator[tuple[Running, Leftover]]:
        """An execution as its journal tells it; one that had ended, or that nobody can go on with, ends here."""
        why = ""
        try:
            left = leftover(self.store, stored)
            if left.execution.status == "RUNNING":
                running = self.running[stored.arn] = Running(left.execution, stored, left.place)
                yield running, left
                return
        except Exception as error:  # noqa: BLE001  # whatever it is, everything else goes on
            why = str(error)
            logger.error("%s cannot go on: %s", stored.name, error)
        end(self.store, stored, Stopped(self.clock.now(), ENDED, f"{UNREADABLE} {why}"))
        self.tell_all(self.ended_listeners, self.store.find(stored.arn))

    def go_on(self, running: Running, left: Leftover) -> None:
        """Wait for what an execution was waiting for; a task of which nobody can know has failed."""
        arn = running.stored.arn
        if left.place == 0:
            self.tell_all(self.begun_listeners, running.stored)
            self.begin_first(running)
        for at, timer in left.timers.values():
            self.set_alarm(arn, at, timer)
        lost = [id for id, task in left.tasks.items() if not self.rejoined(running, task, left.taken)]
        for id in sorted(lost):
            self.take(arn, cut_off(id))

    def rejoined(self, running: Running, task: RunTask, taken: Mapping[int, Json]) -> bool:
        """Whether a task of an earlier process can still be answered."""
        if self.mock(running, task, taken=task.task in taken):
            return True
        if waits(task, taken=task.task in taken):
            self.open(running, task, queued=task.task not in taken)
            return True
        if not isinstance(self.work, Rejoining):
            return False
        answer: Answer = lambda happening: self.happened(running.stored.arn, happening)  # noqa: E731
        cancel = self.work.rejoin(task, running.stored, taken.get(task.task), answer)
        if cancel is None:
            return False
        self.open(running, task, queued=False)
        running.cancels[task.task] = cancel
        return True

    def set_alarm(self, arn: str, now: float, timer: SetTimer) -> None:
        """Set a timer that the engine asked for at `now`."""
        at = now + (timer.at - now) * self.wait_scale if timer.pauses else timer.at
        self.alarms.set(at, arn, timer.timer)

    def begin_again(self, running: Running, event: Redriven) -> None:
        self.store.redriven(running.stored.arn, running.place, event)
        running.stored = self.store.find(running.stored.arn)
        self.tell_all(self.begun_listeners, running.stored)
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
            if isinstance(command, RunTask) and self.is_nowhere(running, command):
                cause = f"The activity {command.resource} does not exist."
                refusal = TaskFailed(event.at, command.task, "States.Runtime", cause, "schedule")
                self.store.append(running.stored.arn, running.place, refusal)
                wanted += self.advance(running, refusal)
            else:
                wanted.append(command)
        return wanted

    def is_nowhere(self, running: Running, task: RunTask) -> bool:
        lost = resource(task.resource).events is ACTIVITY and not self.activities.exists(task.resource)
        return lost and self.mocked.response(running.stored, task) is None

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
            case SetTimer():
                self.set_alarm(arn, running.execution.now, command)
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
        if queued and self.mock(running, task):
            return
        arn, kind = running.stored.arn, resource(task.resource)
        if kind.calls_back:
            self.tokens.opened(task.token, Place(arn, task.task, task.resource))
        if queued and kind.events is ACTIVITY:
            waiting = Waiting(arn, task.task, Assigned(task.token, text_of(task.arguments)))
            running.cancels[task.task] = self.activities.add(task.resource, waiting)
        elif queued:
            answer: Answer = lambda happening: self.happened(arn, happening)  # noqa: E731
            running.cancels[task.task] = self.work.begin(task, running.stored, answer)

    def mock(self, running: Running, task: RunTask, *, taken: bool = False) -> bool:
        """Answer a task at once where its execution has a mocked answer for it; whether it has."""
        response = self.mocked.response(running.stored, task)
        if response is None:
            return False
        for happening in happenings(task, response, taken=taken):
            self.happened(running.stored.arn, happening)
        return True

    def finish(self, running: Running, end: Finished) -> None:
        arn = running.stored.arn
        stopped = running.execution.stopped_at or self.clock.now()
        self.store.ended(arn, end.status, stopped, end.output, end.error, end.cause)
        self.tokens.ended(arn)
        self.mocked.ended(arn)
        stored = running.stored.ended(end.status, stopped, end.output, end.error, end.cause)
        self.tell_all(self.ended_listeners, stored)
        sealed(running.execution)
        for keeper in self.keepers:
            keeper(stored, running.execution)
        del self.running[arn]
        running.ended.set()

    def tell_all(self, listeners: Sequence[Callable[[Stored], None]], stored: Stored) -> None:
        """Tell who wants to know, before whoever waits goes on; their trouble is none of the execution."""
        for listener in listeners:
            try:
                listener(stored)
            except Exception:
                logger.exception("A listener of %s, which is %s, failed", stored.name, stored.status)


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
