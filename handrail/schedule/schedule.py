"""Schedule: an expression, a time zone, and what the runbook is asked when it fires."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from handrail.errors import Problems, did_you_mean
from handrail.schedule.expression import Misreading, parse
from handrail.schedule.moments import At, Moments, Rate, on_the_clock
from handrail.schedule.words import Language, said

AHEAD = timedelta(weeks=5)
"""How far `interval` looks: far enough for the longest month."""

FINEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Schedule:
    """When a runbook runs by itself, as EventBridge Scheduler's expressions say it; raises Problems for a bad one.

    `timezone` is an IANA name. `input` is what the runbook is asked; its other fields have their defaults.
    """

    expression: str
    timezone: str = "UTC"
    input: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        problems = [*self._problems()]
        if problems:
            raise Problems(f'The schedule "{self.expression}" cannot be read:', problems)

    def next(self, after: datetime) -> datetime | None:
        """The first firing later than a moment, in UTC; None where there is none any more."""
        return next(self.firings(after), None)

    def firings(self, after: datetime) -> Iterator[datetime]:
        """Every firing later than a moment, in order and in UTC; a moment without a time zone is a ValueError."""
        if after.tzinfo is None:
            raise ValueError(f"{after} has no time zone, so it is no moment.")
        return self.moments.after(after, self.zone)

    def interval(self, after: datetime) -> timedelta | None:
        """The shortest gap between two firings in the five weeks after a moment, or the first gap if that is longer.

        None where it does not fire twice any more.
        """
        shortest: timedelta | None = None
        firings = self.firings(after)
        before = next(firings, None)
        for firing in firings:
            assert before is not None
            gap, before = firing - before, firing
            shortest = min(gap, shortest or gap)
            if shortest <= FINEST or firing - after > AHEAD:
                break
        return shortest

    def words(self, language: Language = "en") -> str:
        """`daily at 07:00 Asia/Tokyo`; a rate is the same everywhere."""
        zone = "" if isinstance(self.moments, Rate) else f" {self.timezone}"
        return said(self.moments, language) + zone

    @cached_property
    def moments(self) -> Moments:
        """What the expression means."""
        return parse(self.expression)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def _problems(self) -> Iterator[str]:
        moments: Moments | None = None
        try:
            moments = self.moments
        except Misreading as wrong:
            yield from (
                f"character {place + 1}: {told}{'' if told[-1] in '.?' else '.'}" for place, told in wrong.problems
            )
        try:
            json.dumps(dict(self.input), allow_nan=False)
        except (TypeError, ValueError) as error:
            yield f"its input is no JSON: {error}."
        zone = known(self.timezone)
        if zone is None:
            yield f'there is no time zone "{self.timezone}".{near(self.timezone)}'
        elif isinstance(moments, At) and on_the_clock(moments.wall, zone) is None:
            yield f"the clocks of {self.timezone} skip {moments.wall:%H:%M:%S} on that day; take an hour later."


def known(timezone: str) -> ZoneInfo | None:
    """A time zone by its IANA name; None where there is none of that name."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def near(timezone: str) -> str:
    """What a person may have meant, or where time zones come from on a machine that has none."""
    zones = available_timezones()
    if not zones:
        return " This machine has no time zones at all: install the package tzdata."
    cities = [zone for zone in zones if zone.rpartition("/")[2].lower() == timezone.replace(" ", "_").lower()]
    return f' Did you mean "{min(cities)}"?' if cities else did_you_mean(timezone, zones)
