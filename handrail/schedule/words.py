"""A schedule in the words of a person; a row for each way to put it, in English and Japanese."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Literal

from handrail.schedule.fields import (
    HOURS,
    MONTH,
    YEAR,
    Dates,
    Days,
    LastDay,
    LastWeekday,
    NearestWeekday,
    NthWeekday,
    Weekdays,
)
from handrail.schedule.moments import At, Cron, Moments, Rate

Language = Literal["en", "ja"]

PHRASES = {
    "once": ("once at {}", "{}に1回"),
    "dates": ("on day {days} of {month}", "{month}{days}日"),
    "last day": ("on the last day of {month}", "{month}末日"),
    "last weekday": ("on the last weekday of {month}", "{month}最終平日"),
    "nearest": ("on the weekday nearest to day {day} of {month}", "{month}{day}日に最も近い平日"),
    "last": ("on the last {weekday} of {month}", "{month}最終{weekday}"),
    "nth": ("on the {nth} {weekday} of {month}", "{month}第{nth}{weekday}"),
    "every day": ("daily", "毎日"),
    "every week": ("every {days}", "毎週{days}"),
    "the month": ("the month", "毎月"),
    "these months": ("{}", "{}の"),
    "in months": ("{days} in {months}", "{months}の{days}"),
    "in years": ("{days} in {years}", "{years}年の{days}"),
    "times": ("at {}", "{}"),
    "between": ("{every}, {first} to {last}", "{first}〜{last}、{every}"),
    "past every hour": ("at minute {minutes} of every hour", "毎時{minutes}分"),
    "past hours": ("at minute {minutes} of hour {hours}", "{hours}時の{minutes}分"),
    "and": (", ", "、"),
    "to": (" to ", "〜"),
}
UNITS = (
    (timedelta(days=1), ("day", "days"), "日"),
    (timedelta(hours=1), ("hour", "hours"), "時間"),
    (timedelta(minutes=1), ("minute", "minutes"), "分"),
)
WEEKDAYS = (
    ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    ("日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"),
)
MONTHS = (
    (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    tuple(f"{number}月" for number in range(1, 13)),
)
NTH = (("first", "second", "third", "fourth", "fifth"), ("1", "2", "3", "4", "5"))

MOST_TIMES = 4
"""Times of a day that are named one by one."""


def said(moments: Moments, language: Language) -> str:
    """When something fires, without the time zone: `daily at 07:00`, `毎日 07:00`."""
    words = Words(0 if language == "en" else 1)
    match moments:
        case Cron():
            return words.cron(moments)
        case Rate(every):
            return words.every(every)
        case At(wall):
            return words("once").format(f"{wall:%Y-%m-%d %H:%M:%S}".removesuffix(":00"))
    raise TypeError(type(moments).__name__)


class Words:
    """The sentences of one language, by its column in the tables."""

    def __init__(self, column: int) -> None:
        self.column = column

    def __call__(self, phrase: str) -> str:
        return PHRASES[phrase][self.column]

    def cron(self, cron: Cron) -> str:
        """The days, then the times of the day."""
        time = self.times(cron)
        days = self.days(cron)
        if days == self("every day") and not listed(cron):  # "daily every 15 minutes" says no more than without
            days = ""
        said = f"{days} {time}".strip()
        if cron.years == every(YEAR.least, YEAR.most):
            return said
        return self("in years").format(days=said, years=self.runs(cron.years, str))

    def every(self, interval: timedelta) -> str:
        """`every 15 minutes`, `15分ごと`."""
        unit, (one, several), japanese = next(row for row in UNITS if interval % row[0] == timedelta(0))
        count = interval // unit
        return f"{count}{japanese}ごと" if self.column else f"every {one if count == 1 else f'{count} {several}'}"

    def days(self, cron: Cron) -> str:
        return self("and").join(self.rule(rule, cron.months) for rule in cron.days)

    def rule(self, rule: Days, months: tuple[int, ...]) -> str:
        """One rule for the day, in its months."""
        all_year = months == every(MONTH.least, MONTH.most)
        named = self.runs(months, self.month)
        month = self("the month") if all_year else self("these months").format(named)
        match rule:
            case Dates(numbers) if numbers != every(1, 31):
                return self("dates").format(days=self.runs(numbers, str), month=month)
            case LastDay():
                return self("last day").format(month=month)
            case NearestWeekday(None):
                return self("last weekday").format(month=month)
            case NearestWeekday(day):
                return self("nearest").format(day=day, month=month)
            case LastWeekday(number):
                return self("last").format(weekday=self.weekday(number), month=month)
            case NthWeekday(number, nth):
                return self("nth").format(nth=NTH[self.column][nth - 1], weekday=self.weekday(number), month=month)
        days = self.weekly(rule)
        return days if all_year else self("in months").format(days=days, months=named)

    def weekly(self, rule: Days) -> str:
        if not isinstance(rule, Weekdays) or rule.numbers == every(1, 7):
            return self("every day")
        # A week that is read from Monday on keeps a weekend together.
        from_monday = sorted((number - 2) % 7 for number in rule.numbers)
        return self("every week").format(days=self.runs(from_monday, lambda place: self.weekday((place + 1) % 7 + 1)))

    def times(self, cron: Cron) -> str:
        """What the two fields for the time say, as short as they allow."""
        hours, minutes = cron.hours, cron.minutes
        gap = gap_of(minutes, 60)
        if gap and hours == every(HOURS.least, HOURS.most):
            return self.every(timedelta(minutes=gap))
        if minutes == (0,) and gap_of(hours, 24) and len(hours) > MOST_TIMES:
            return self.every(timedelta(hours=gap_of(hours, 24)))
        if listed(cron):
            return self("times").format(
                self("and").join(f"{hour:02}:{minute:02}" for hour in hours for minute in minutes)
            )
        if gap and hours == every(hours[0], hours[-1]):
            first, last = f"{hours[0]:02}:00", f"{hours[-1]:02}:{minutes[-1]:02}"
            return self("between").format(every=self.every(timedelta(minutes=gap)), first=first, last=last)
        phrase = "past every hour" if hours == every(HOURS.least, HOURS.most) else "past hours"
        return self(phrase).format(minutes=self.runs(minutes, str), hours=self.runs(hours, str))

    def runs(self, numbers: Sequence[int], name: Callable[[int], str]) -> str:
        """Numbers that follow each other as a range: `Monday to Friday`, `1, 15`."""
        ranges = [*runs_of(numbers)]
        named = (name(a) if a == b else self("to" if b > a + 1 else "and").join((name(a), name(b))) for a, b in ranges)
        return self("and").join(named)

    def weekday(self, number: int) -> str:
        return WEEKDAYS[self.column][number - 1]

    def month(self, number: int) -> str:
        return MONTHS[self.column][number - 1]


def every(least: int, most: int) -> tuple[int, ...]:
    """What a `*` means in a field."""
    return tuple(range(least, most + 1))


def listed(cron: Cron) -> bool:
    """Whether its times of a day are few enough to be named one by one."""
    return len(cron.hours) * len(cron.minutes) <= MOST_TIMES


def gap_of(numbers: tuple[int, ...], of: int) -> int:
    """The gap between numbers that divide an hour or a day evenly from its beginning on; 0 where they do not."""
    gap = of // len(numbers)
    return gap if numbers == tuple(range(0, of, gap)) and of % gap == 0 else 0


def runs_of(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of numbers without a gap."""
    first = before = numbers[0]
    for number in numbers[1:]:
        if number != before + 1:
            yield first, before
            first = number
        before = number
    yield first, before
