"""Drives executions: the engine's commands go out to workers and timers, and what happens comes back in as events.

One thread owns every execution. Others only put into its inbox, so the engine never sees two events at once; each
event is written to the store before the engine acts on it.
"""

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from secrets import randbits
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, CancelTimer, Command, Finished, RunTask, SetTimer
from handrail.engine.events import Event, Redriven, Started, Stopped, TaskFailed, TimerFired
from handrail.engine.redrive import BY_STATUS, against
from handrail.engine.values import parsed_input
from handrail.errors import HandrailError
from handrail.local.replay import new, replayed
from handrail.local.store import Store, Stored

logger = logging.getLogger(__name__)

ACCOUNT = "123456789012"
"""The account of everything on a laptop: the one that moto uses."""

Happening = Callable[[float], Event]
"""An event that only lacks its time, which is when the driver takes it."""
Answer = Callable[[Happening], None]
Watcher = Callable[[Execution, int], None]
"""Told after every event: the execution, and how long its history was before."""


class NotRedrivable(HandrailError):
    """An execution cannot be redriven; `reason` says why in AWS's words."""

    def __init__(self, arn: str, reason: str) -> None:
        self.reason = reason
        name = arn.rpartition(":")[2]
        super().__init__(f"{name} cannot be redriven: {reason}.")


class Work(Protocol):
    """What does the work of Task states."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        """Begin a task without blocking; `answer` is called with what happens. Gives what cancels the work."""
        ...


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""
        ...


class SystemClock:
    def now(self) -> float:
        return time.time()


@dataclass
class Running:
    """An execution in progress."""

    execution: Execution
    stored: Stored
    place: int = 0
    cancels: dict[int, Callable[[], None]] = field(default_factory=dict)
    ended: Flag = field(default_factory=Flag)


@dataclass(frozen=True, order=True, slots=True)
class Alarm:
    """A timer that will fire."""

    at: float
    order: int
    arn: str
    timer: int


class Driver:
    """Runs executions in the background until it is closed."""

    def __init__(self, store: Store, work: Work, *, region: str = "us-east-1", clock: Clock | None = None) -> None:
        self.store = store
        self.work = work
        self.region = region
        self.clock: Clock = clock or SystemClock()
        self.watchers: list[Watcher] = []
        self.ended_listeners: list[Callable[[Stored], None]] = []
        self.running: dict[str, Running] = {}
        self.alarms: list[Alarm] = []
        self.order = itertools.count()
        self.cancelled: set[tuple[str, int]] = set()
        self.inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.broken: BaseException | None = None
        self.thread = Thread(target=self.loop, name="handrail-driver", daemon=True)
        self.thread.start()

    # ------------------------------------------------------------------ for other threads

    def start(self, machine: str, definition: str, input: str, name: str) -> str:
        """Begin an execution and give its ARN; the definition is compiled first, so a bad one raises here."""
        try:
            parsed_input(input)
        except ValueError as error:
            raise HandrailError(f"The input cannot be read: {error}.") from None
        arn = f"arn:aws:states:{self.region}:{ACCOUNT}:execution:{machine}:{name}"
        stored = Stored(arn, name, machine, definition, input, "RUNNING", self.clock.now())
        running = Running(new(stored), stored)
        if self.broken is not None:
            raise self.broken
        # Known before its first event is taken, so that whoever waits for it finds it.
        self.running[arn] = running
        self.inbox.put(lambda: self.begin(running))
        return arn

    def redrive(self, arn: str) -> None:
        """Let an execution that did not succeed go on where it ended, as RedriveExecution does.

        It has the definition that it was begun with. Raises NotRedrivable with AWS's reason.
        """
        if self.broken is not None:
            raise self.broken
        if arn in self.running:
            raise NotRedrivable(arn, BY_STATUS.format("RUNNING"))
        stored = self.store.find(arn)
        execution, at = replayed(self.store, stored), self.clock.now()
        if reason := against(execution, at):
            raise NotRedrivable(arn, reason)
        running = Running(execution, stored, place=sum(1 for _ in self.store.journal(arn)))
        if self.running.setdefault(arn, running) is not running:
            raise NotRedrivable(arn, BY_STATUS.format("RUNNING"))
        self.inbox.put(lambda: self.begin_again(running, Redriven(at)))

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Abort an execution, as StopExecution does; one that has ended stays as it is."""
        self.happened(arn, lambda at: Stopped(at, error, cause))

    def happened(self, arn: str, happening: Happening) -> None:
        """Tell an execution, from any thread, what happened to it."""
        self.inbox.put(lambda: self.take(arn, happening))

    def wait(self, arn: str, timeout: float | None = None) -> bool:
        """Wait until an execution has ended; whether it has."""
        running = self.running.get(arn)
        ended = running is None or running.ended.wait(timeout)
        if self.broken is not None:
            raise self.broken
        return ended

    def close(self) -> None:
        """Stop driving; the work under way is cancelled, its executions stay as the store has them."""
        self.inbox.put(None)
        self.thread.join()
        for running in self.running.values():
            for cancel in running.cancels.values():
                give_up(cancel)

    # ------------------------------------------------------------------ the driver's own thread

    def loop(self) -> None:
        try:
            while self.turn():
                pass
        except BaseException as error:  # noqa: BLE001  # whoever waits must hear of it, or it waits for ever
            self.broken = error
            for running in list(self.running.values()):
                running.ended.set()

    def turn(self) -> bool:
        """Fire what is due, then take one job from the inbox; False when the driver is being closed."""
        self.ring()
        try:
            job = self.inbox.get(timeout=self.pause())
        except Empty:
            return True
        if job is not None:
            job()
        return job is not None

    def pause(self) -> float | None:
        """Seconds until the next timer, None where there is none."""
        return max(self.alarms[0].at - self.clock.now(), 0) if self.alarms else None

    def ring(self) -> None:
        """Fire every timer whose time has come."""
        while self.alarms and self.alarms[0].at <= self.clock.now():
            alarm = heapq.heappop(self.alarms)
            if (alarm.arn, alarm.timer) in self.cancelled:
                self.cancelled.discard((alarm.arn, alarm.timer))
            else:
                self.take(alarm.arn, lambda at, timer=alarm.timer: TimerFired(at, timer))  # type: ignore[misc]

    def begin(self, running: Running) -> None:
        self.store.add(running.stored)
        self.take(running.stored.arn, lambda at: Started(at, running.stored.input, randbits(64)))

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
        running.place += 1
        before = len(running.execution.events)
        commands = advance(running.execution, event)
        self.tell(running.execution, before)
        for command in commands:
            self.carry_out(running, command)

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
                heapq.heappush(self.alarms, Alarm(at, next(self.order), arn, timer))
            case CancelTimer(timer):
                self.cancelled.add((arn, timer))
            case RunTask():
                answer: Answer = lambda happening: self.happened(arn, happening)  # noqa: E731
                running.cancels[command.task] = self.work.begin(command, running.stored, answer)
            case CancelTask(task):
                give_up(running.cancels.pop(task, lambda: None))
            case Finished():
                self.finish(running, command)

    def finish(self, running: Running, end: Finished) -> None:
        stored, execution = running.stored, running.execution
        stopped = execution.stopped_at or self.clock.now()
        self.store.ended(stored.arn, end.status, stopped, end.output, end.error, end.cause)
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


def give_up(cancel: Callable[[], None]) -> None:
    """Cancel a task's work; where that fails, nobody waits for it any more all the same."""
    try:
        cancel()
    except Exception:
        logger.exception("Work could not be cancelled")
