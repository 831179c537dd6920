"""Run a machine in a test: on a virtual clock, so nine hours pass in milliseconds.

    run = play(MACHINE, {"cluster": "orders", "power": "stop"}, {rds.set_power: [None], rds.look: [STOPPING, STOPPED]})
    assert run.ended == "SUCCEEDED"
    assert str(run.took) == "0:01:00"
"""

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
    order = itertools.count()
    due: list[tuple[float, int, Happening]] = [(at, next(order), lambda now: Started(now, input, seed))]
    while due and execution.status == "RUNNING":
        now, _, happening = heapq.heappop(due)
        for command in advance(execution, happening(now)):
            match command:
                case RunTask():
                    for delay, answer in answering(command):
                        heapq.heappush(due, (now + delay.total_seconds(), next(order), answer))
                case SetTimer(timer, when):
                    heapq.heappush(due, (when, next(order), lambda now, timer=timer: TimerFired(now, timer)))
    return execution
