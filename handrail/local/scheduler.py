"""EventBridge Scheduler on a laptop: which schedules are due is decided from times alone; one small loop fires them.

AWS calls a target within the minute that is scheduled, and tries again for up to a day. A laptop that was off or asleep
has missed that minute: what it missed is told, and not made up for, as nobody expects yesterday's run now. A firing
happens once: its execution is named by what is scheduled when, so whoever begins it a second time finds it there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from threading import Condition
from types import MappingProxyType
from typing import Protocol

from handrail.schedule import Schedule

PRECISION = timedelta(minutes=1)
"""How late a firing may be; https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""

MOST = 1000
"""Missed firings of one schedule that are counted."""

NAP = timedelta(seconds=30)
"""After so long the clock is looked at again: a machine that sleeps, or whose clock is set, tells nobody."""

Schedules = Mapping[str, Schedule]
"""Schedules by the names of their runbooks."""


class Recurring(Protocol):
    """Whatever fires at moments that are known before: a schedule, by whatever name."""

    @property
    def expression(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    def next(self, after: datetime) -> datetime | None: ...
    def firings(self, after: datetime) -> Iterator[datetime]: ...


@dataclass(frozen=True)
class Firing:
    """One schedule at one moment (UTC)."""

    runbook: str
    at: datetime

    @property
    def name(self) -> str:
        """The execution's name, the same whoever makes it: `drift-check-20260131-220000Z`."""
        return f"{self.runbook[:60]}-{self.at:%Y%m%d-%H%M%S}Z"


@dataclass(frozen=True)
class Missed:
    """Firings of one runbook whose minute has passed, from the first to the last; MOST means at least so many."""

    runbook: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True)
class Due:
    """What is to be done now: to fire, in the order of time, and to tell."""

    firings: tuple[Firing, ...]
    missed: tuple[Missed, ...]


def due(
    schedules: Mapping[str, Recurring],
    last: Mapping[str, datetime],
    now: datetime,
    windows: Mapping[str, timedelta] = MappingProxyType({}),
) -> Due:
    """What became due after each schedule was last looked at; one that never was is looked at for its last minute.

    `windows` are those that fire as long as that after their time, and not only in its minute.
    """
    firings: list[Firing] = []
    missed: list[Missed] = []
    for runbook, schedule in schedules.items():
        oldest = now - max(PRECISION, windows.get(runbook, PRECISION))
        since = min(last.get(runbook, oldest), now)
        late = [*islice(until(oldest, schedule.firings(since)), MOST)]
        if late:
            missed.append(Missed(runbook, late[0], late[-1], len(late)))
        firings += (Firing(runbook, at) for at in until(now, schedule.firings(max(since, oldest))))
    return Due(tuple(sorted(firings, key=lambda firing: (firing.at, firing.runbook))), tuple(missed))


def until(last: datetime, moments: Iterator[datetime]) -> Iterator[datetime]:
    """Those of ordered moments that have come by the last one."""
    return takewhile(lambda at: at <= last, moments)


def upcoming(schedules: Mapping[str, Recurring], now: datetime) -> list[Firing]:
    """The next firing of each schedule that has one, the first to come first."""
    found = ((runbook, schedule.next(now)) for runbook, schedule in schedules.items())
    return sorted((Firing(runbook, at) for runbook, at in found if at is not None), key=lambda firing: firing.at)


class Diary:
    """When each schedule was last looked at, in a file, so that a process knows what the one before it missed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, schedules: Mapping[str, Recurring]) -> dict[str, datetime]:
        """The moments of those schedules that are still what they were; a file that cannot be read says nothing."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            written = json.loads(self.path.read_text(encoding="utf-8"))
            return {
                runbook: datetime.fromtimestamp(written[runbook]["seen"], UTC)
                for runbook, schedule in schedules.items()
                if runbook in written and written[runbook]["schedule"] == identity(schedule)
            }
        return {}

    def write(self, schedules: Mapping[str, Recurring], now: datetime) -> None:
        """That all have been looked at now; on a full disk it stays unsaid."""
        seen = {
            runbook: {"schedule": identity(schedule), "seen": now.timestamp()}
            for runbook, schedule in schedules.items()
        }
        beside = self.path.with_suffix(".new")
        with suppress(OSError):
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(seen), encoding="utf-8")
            beside.replace(self.path)


def identity(schedule: Recurring) -> str:
    """What makes it another schedule when it is changed."""
    return f"{schedule.expression} {schedule.timezone}"


class Rest:
    """What the loop sleeps on: until a time has passed or somebody ends it, from whatever thread or signal."""

    def __init__(self) -> None:
        self.condition = Condition()
        self.over = False

    def __call__(self, length: timedelta) -> bool:
        """Sleep; whether to go on."""
        with self.condition:
            self.condition.wait_for(lambda: self.over, max(length.total_seconds(), 0))
            return not self.over

    def end(self) -> None:
        with self.condition:
            self.over = True
            self.condition.notify_all()


@dataclass
class Scheduler:
    """Fires schedules at their time; `fire` begins an execution, `tell` says what was missed."""

    schedules: Schedules
    diary: Diary
    now: Callable[[], datetime]
    fire: Callable[[Firing], None]
    tell: Callable[[Missed], None]

    def run(self, rest: Callable[[timedelta], bool]) -> None:
        """Look, act and rest, until `rest` says that it is over."""
        last = self.diary.read(self.schedules)
        while True:
            now = self.now()
            self.act(due(self.schedules, last, now))
            self.diary.write(self.schedules, now)
            last = dict.fromkeys(self.schedules, now)
            if not rest(self.pause(now)):
                return

    def act(self, found: Due) -> None:
        for missed in found.missed:
            self.tell(missed)
        for firing in found.firings:
            self.fire(firing)

    def pause(self, now: datetime) -> timedelta:
        """How long nothing is due, but no longer than a nap; what has come meanwhile is due at once."""
        coming = upcoming(self.schedules, now)
        return min([NAP, *(firing.at - self.now() for firing in coming)])
