"""The timers of all executions, and the clock that they go by."""

import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

FEW: Final = 1_000
"""So many cancelled timers are left where they are; finding them is a look at all timers."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""
        ...


class SystemClock:
    def now(self) -> float:
        return time.time()


@dataclass(frozen=True, order=True, slots=True)
class Alarm:
    """A timer that will fire."""

    at: float
    order: int
    arn: str
    timer: int


class Alarms:
    """The timers that are set; whoever owns them asks which are due."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.alarms: list[Alarm] = []
        self.order = itertools.count()
        self.cancelled: set[tuple[str, int]] = set()

    def set(self, at: float, arn: str, timer: int) -> None:
        heapq.heappush(self.alarms, Alarm(at, next(self.order), arn, timer))

    def cancel(self, arn: str, timer: int) -> None:
        self.cancelled.add((arn, timer))
        if len(self.cancelled) > max(FEW, len(self.alarms) // 2):
            self.clear()

    def clear(self) -> None:
        """Forget what was cancelled, whose time may be a year away."""
        self.alarms = [alarm for alarm in self.alarms if (alarm.arn, alarm.timer) not in self.cancelled]
        heapq.heapify(self.alarms)
        self.cancelled.clear()

    def due(self) -> Iterator[Alarm]:
        """Every timer whose time has come, the earliest first; it is forgotten."""
        while self.alarms and self.alarms[0].at <= self.clock.now():
            alarm = heapq.heappop(self.alarms)
            if (alarm.arn, alarm.timer) in self.cancelled:
                self.cancelled.discard((alarm.arn, alarm.timer))
            else:
                yield alarm

    def pause(self) -> float | None:
        """Seconds until the next timer, None where there is none."""
        return max(self.alarms[0].at - self.clock.now(), 0) if self.alarms else None
