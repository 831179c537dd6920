"""An execution on a virtual clock: whatever is due next happens at once."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from datetime import timedelta

from handrail.engine import Execution, advance
from handrail.engine.commands import RunTask, SetTimer
from handrail.engine.events import Event, Started, TimerFired

Happening = Callable[[float], Event]
Answering = Callable[[RunTask], Iterable[tuple[timedelta, Happening]]]
"""What happens to a task: each event with the time that passes until it happens."""


def simulate(execution: Execution, input: str, answering: Answering, *, at: float, seed: int = 0) -> Execution:
    """Drive an execution until nothing more can happen to it; `at` is when it starts, in seconds since the epoch."""
    return drive(execution, lambda now: Started(now, input, seed), answering, at=at)


def drive(execution: Execution, first: Happening, answering: Answering, *, at: float) -> Execution:
    """Let something happen to an execution, and then everything that follows."""
    order = itertools.count()
    due: list[tuple[float, int, Happening]] = [(at, next(order), first)]
    while due:
        now, _, happening = heapq.heappop(due)
        for command in advance(execution, happening(now)):
            match command:
                case RunTask():
                    for delay, answer in answering(command):
                        heapq.heappush(due, (now + delay.total_seconds(), next(order), answer))
                case SetTimer(timer, when):
                    heapq.heappush(due, (when, next(order), fired(timer)))
        if execution.status != "RUNNING":
            break
    return execution


def fired(timer: int) -> Happening:
    return lambda now: TimerFired(now, timer)
