"""What cron, rate and at mean: the moments at which they fire, in a time zone.

Daylight saving time is as EventBridge Scheduler documents it: a cron time that the clocks skip in spring is skipped on
that day, one that they show twice in autumn fires once (the first time, we say; AWS does not), and a rate's day is
always 24 hours. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from handrail.schedule.fields import Days

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moments(Protocol):
    """When an expression fires."""

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every firing later than this, in order and in UTC."""
        ...


@dataclass(frozen=True)
class Cron:
    """Wall-clock times on chosen days; all numbers in order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[Days, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        shown = moment.astimezone(zone).replace(tzinfo=None)
        for wall in self.walls(shown.date()):
            # What the clock has shown for the second time now, it has shown before.
            instant = on_the_clock(wall, zone) if wall > shown else None
            if instant is not None and instant > moment:
                yield instant

    def walls(self, first: date) -> Iterator[datetime]:
        """What a clock shows at each time that is meant, from the beginning of a day on."""
        for day in self.dates(first):
            for hour in self.hours:
                for minute in self.minutes:
                    yield datetime(day.year, day.month, day.day, hour, minute)

    def dates(self, first: date) -> Iterator[date]:
        """Every chosen day from this one on, in order."""
        for year in self.years:
            for month in self.months:
                if (year, month) >= (first.year, first.month):
                    yield from (day for day in self.dates_in(year, month) if day >= first)

    def dates_in(self, year: int, month: int) -> Iterator[date]:
        last = monthrange(year, month)[1]
        for day in sorted({day for rule in self.days for day in rule.of(year, month)}):
            if day <= last:
                yield date(year, month, day)


@dataclass(frozen=True)
class Rate:
    """Every so often, whatever the clocks show.

    AWS counts from a schedule's start; here it is counted from 1970-01-01 00:00 UTC, so that the moments are the same
    whenever somebody begins to wait for them.
    """

    every: timedelta

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        times = (moment - EPOCH) // self.every
        while True:
            times += 1
            yield EPOCH + times * self.every


@dataclass(frozen=True)
class At:
    """Once, when a clock shows this."""

    wall: datetime

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        instant = on_the_clock(self.wall, zone)
        if instant is not None and instant > moment:
            yield instant


def on_the_clock(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant, in UTC, at which a clock shows this for the first time; None where it is put forward past it."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == wall else None
