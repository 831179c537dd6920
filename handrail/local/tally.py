"""How often a runbook ran, how it ended, how long it took, what its builds cost: sums over the store's executions."""

import math
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handrail.engine.events import Event, TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.errors import HandrailError
from handrail.local.store import Store, Stored
from handrail.root import shown
from handrail.stats import Chart, Figure, Value

PRICE = 0.005
"""US dollars for a minute of general1.small on Linux, CodeBuild's default: https://aws.amazon.com/codebuild/pricing/"""

SETTING = "build-minute"
"""Its name in pyproject.toml's [tool.handrail], for those who build on another machine or pay another price."""

MONTH = timedelta(days=30)

MOST_BARS = 31


@dataclass(frozen=True)
class Ran:
    """One execution: its status, its times, and how many minutes of builds are paid for."""

    status: str
    started: datetime
    took: timedelta | None
    build_minutes: int = 0


def ran(store: Store, runbook: str, since: datetime) -> Iterator[Ran]:
    """The executions of a runbook since a moment, the newest first."""
    for stored in store.executions(machine=runbook):
        started = datetime.fromtimestamp(stored.started, since.tzinfo)
        if started < since:
            return
        took = None if stored.stopped is None else timedelta(seconds=stored.stopped - stored.started)
        yield Ran(stored.status, started, took, build_minutes(stored, store.journal(stored.arn)))


def build_minutes(stored: Stored, journal: Iterable[Event]) -> int:
    """What CodeBuild would ask money for: each build's minutes, a begun one counted whole."""
    begun: dict[int, float] = {}
    minutes = 0
    for event in journal:
        if isinstance(event, TaskSubmitted) and isinstance(event.output, dict) and "Build" in event.output:
            begun[event.task] = event.at
        elif isinstance(event, TaskSucceeded | TaskFailed) and event.task in begun:
            minutes += whole(event.at - begun.pop(event.task))
    # Those that were stopped with their execution.
    return minutes + sum(whole(stored.stopped - at) for at in begun.values() if stored.stopped is not None)


def whole(seconds: float) -> int:
    return max(math.ceil(seconds / 60), 1)


def price(pyproject: Path) -> float:
    """US dollars for a minute of building: the project's setting, else the list price."""
    given = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {}).get("handrail", {}).get(SETTING, PRICE)
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given < math.inf:
        raise HandrailError(
            f"{shown(pyproject)}: `{SETTING}` of [tool.handrail] must be US dollars for a minute, like {PRICE}."
        )
    return float(given)


def tally(executions: Sequence[Ran], days: int, now: datetime, price: float) -> list[Figure | Chart]:
    """The figures that every runbook has; `now` says in which time zone days are counted."""
    ended = sorted(each.took for each in executions if each.took is not None)
    minutes = sum(each.build_minutes for each in executions)
    # A runbook that is a week old has not had a month to cost in.
    first = min((each.started for each in executions), default=now)
    span = max(now - first, timedelta(days=1))
    found: list[Figure | Chart] = [
        Figure("runs", len(executions), note=f"{len(executions) / (span / timedelta(days=1)):.1f} a day"),
        *(Figure(name, count(executions, *statuses), note=share(executions, *statuses)) for name, statuses in HOW),
        Figure("duration, median", percentile(ended, 50)),
        Figure("duration, 95th percentile", percentile(ended, 95)),
    ]
    if minutes:
        month = minutes * price * (MONTH / span)
        found += [
            Figure("build minutes", minutes),
            Figure("builds' cost a month", round(month, 2), "USD", f"at {price:g} USD a minute"),
        ]
    return [*found, Chart(*bars([each.started for each in executions], days, now))]


HOW = (("succeeded", ("SUCCEEDED",)), ("failed", ("FAILED", "TIMED_OUT")), ("stopped", ("ABORTED",)))


def count(executions: Sequence[Ran], *statuses: str) -> int:
    return sum(each.status in statuses for each in executions)


def share(executions: Sequence[Ran], *statuses: str) -> str:
    """`95 %`; nothing where there is nothing to have a share of."""
    return f"{count(executions, *statuses) / len(executions):.0%}".replace("%", " %") if executions else ""


def percentile(ordered: Sequence[timedelta], per_cent: int) -> Value:
    """The least that so many per cent do not exceed (nearest rank); None of nothing."""
    return ordered[math.ceil(len(ordered) * per_cent / 100) - 1] if ordered else None


def bars(moments: Iterable[datetime], days: int, now: datetime) -> tuple[str, Sequence[tuple[str, int]]]:
    """How many moments fall on each day, or on each few days where there are too many days for a bar each."""
    step = math.ceil(days / MOST_BARS)
    last = now.date()
    counts = [0] * math.ceil(days / step)
    for moment in moments:
        back = (last - moment.astimezone(now.tzinfo).date()).days // step
        if 0 <= back < len(counts):
            counts[-1 - back] += 1
    names = [last - timedelta(days=step * back + step - 1) for back in reversed(range(len(counts)))]
    title = "runs a day" if step == 1 else f"runs in {step} days, from"
    return title, tuple((f"{name:%m-%d}", number) for name, number in zip(names, counts, strict=True))
