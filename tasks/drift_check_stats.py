"""Figures about drift, for `handrail stats drift-check`: how much there is, how long it stays, and whose it is.

Counted are differences that became known one by one; what had piled up before the first look is told apart, as it says
nothing about a day (S003-13, S003-16). The cost of the checks is among the figures that every runbook has.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

from handrail.stats import Chart, Figure
from schemas.drift_memory import Memory
from tasks import drift_memory, drift_rows

DAY = timedelta(days=1)
MONTH = 30

MOST_OWNERS = 10
MOST_BARS = 31


@dataclass(frozen=True)
class Event:
    """What happened to one root."""

    kind: str
    root: str
    verdict: str
    at: datetime
    opened: datetime
    first: bool
    """Whether a first look found it, so that nobody knows since when it had been there."""

    @property
    def drift(self) -> bool:
        return self.verdict in drift_memory.DIFFERENT

    @property
    def failure(self) -> bool:
        """Whether it was told that no verdict could be given; what a first look finds is new, whatever it is."""
        return self.kind == "failed" or (self.kind == "new" and not self.drift)


def figures(days: int, now: datetime) -> Sequence[Figure | Chart]:
    """What the table knows of the last `days` days; `now` says in which time zone days are counted."""
    events = [event for event in map(_event, drift_rows.events()) if event.at <= now]
    return report(events, drift_memory.remembered().values(), days, now)


STATS = figures


def report(events: Sequence[Event], rows: Iterable[Memory], days: int, now: datetime) -> Sequence[Figure | Chart]:
    """The figures of events and of what is remembered, without a table."""
    rows = [*rows]
    # A check that is younger than the window has had fewer days to find anything in.
    span = min(timedelta(days=days), max(DAY, now - min((event.at for event in events), default=now)))
    recent = [event for event in events if event.at > now - timedelta(days=days)]
    found = [event for event in recent if event.kind == "new" and event.drift and not event.first]
    piled = sum(event.kind == "new" and event.drift and event.first for event in recent)
    fixed = [event.at - event.opened for event in recent if event.kind == "resolved"]
    a_day = len(found) / (span / DAY)
    return [
        Figure("drifts", len(found), note=f"and {piled} found by a first look" if piled else ""),
        Figure("drifts a day", round(a_day, 2)),
        Figure("drifts a month", round(a_day * MONTH, 1)),
        Figure("resolved", len(fixed)),
        Figure("time to fix, median", _of(median, fixed)),
        Figure("time to fix, mean", _of(fmean, fixed)),
        Figure("ignored by a new rule", sum(event.kind == "ignored" for event in recent)),
        Figure("checks that failed", sum(event.failure for event in recent)),
        _unchecked(rows, now),
        *_open([row for row in rows if row.open], now),
        Chart(*_bars([event.at for event in found], days, now)),
    ]


def _unchecked(rows: Iterable[Memory], now: datetime) -> Figure:
    """How many roots and repositories have no verdict now, and which of them has been without for the longest time."""
    ages = sorted((row.trouble.since.astimezone(now.tzinfo), row.name) for row in rows if row.trouble)
    return Figure("not checked", len(ages), note=f"{ages[0][1]} since {ages[0][0]:%Y-%m-%d}" if ages else "")


def _open(rows: Sequence[Memory], now: datetime) -> list[Figure]:
    """What is open now, the oldest of it, and how much of it each owner has."""
    ages = sorted(((now - row.open.opened, row.name) for row in rows if row.open), reverse=True)
    taken = sum(bool(row.claimed_by) for row in rows)
    owners = Counter(row.owner for row in rows).most_common()
    shown, more = owners[:MOST_OWNERS], sum(number for _, number in owners[MOST_OWNERS:])
    return [
        Figure("open", len(rows), note=f"{taken} of them taken" if rows else ""),
        Figure("oldest open", ages[0][0] if ages else None, note=ages[0][1] if ages else ""),
        *(Figure(f"open of {owner}" if owner else "open, of nobody", number) for owner, number in shown),
        *([Figure("open of others", more)] if more else []),
    ]


def _of(middle: Callable[[list[float]], float], times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=round(middle([time.total_seconds() for time in times]))) if times else None


def _bars(moments: Iterable[datetime], days: int, now: datetime) -> tuple[str, Sequence[tuple[str, int]]]:
    """How many fall on each day, or on each few days where there are too many days for a bar each."""
    step = math.ceil(days / MOST_BARS)
    counts = Counter((now.date() - moment.astimezone(now.tzinfo).date()).days // step for moment in moments)
    backwards = reversed(range(math.ceil(days / step)))
    bars = tuple((f"{now - DAY * (step * back + step - 1):%m-%d}", counts[back]) for back in backwards)
    return ("drifts a day" if step == 1 else f"drifts in {step} days, from"), bars


def _event(row: Mapping[str, object]) -> Event:
    at, opened = (datetime.fromisoformat(str(row[name])) for name in ("at", "opened"))
    return Event(str(row["kind"]), str(row["root"]), str(row["verdict"]), at, opened, bool(row.get("first")))
