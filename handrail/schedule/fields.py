"""The six fields of AWS's cron, each read on its own into the numbers or the days that it means."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from handrail.errors import did_you_mean

SUNDAY_FIRST = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
JANUARY_FIRST = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class Misread(Exception):
    """What is wrong with a field, and where: characters from the field's beginning."""

    def __init__(self, at: int, told: str) -> None:
        self.at = at
        self.told = told
        super().__init__(told)


class Days(Protocol):
    """A rule that chooses days in each month."""

    def of(self, year: int, month: int) -> Iterator[int]:
        """The days it chooses in this month; numbers beyond the month's end mean nothing."""
        ...


@dataclass(frozen=True)
class Dates:
    """Days by their number: `1,15`."""

    numbers: tuple[int, ...]

    def of(self, year: int, month: int) -> Iterator[int]:
        yield from self.numbers


@dataclass(frozen=True)
class LastDay:
    """`L` among the days of a month."""

    def of(self, year: int, month: int) -> Iterator[int]:
        yield monthrange(year, month)[1]


@dataclass(frozen=True)
class NearestWeekday:
    """`3W`: the Monday to Friday that is nearest to the third, in the same month; without a day it is `LW`."""

    day: int | None = None

    def of(self, year: int, month: int) -> Iterator[int]:
        last = monthrange(year, month)[1]
        day = last if self.day is None else self.day
        if day > last:
            return
        match date(year, month, day).isoweekday():
            case 6:
                yield day - 1 if day > 1 else day + 2
            case 7:
                yield day + 1 if day < last else day - 2
            case _:
                yield day


@dataclass(frozen=True)
class Weekdays:
    """Days of the week, 1 is Sunday: `2-6`."""

    numbers: tuple[int, ...]

    def of(self, year: int, month: int) -> Iterator[int]:
        for day in range(1, monthrange(year, month)[1] + 1):
            if weekday(year, month, day) in self.numbers:
                yield day


@dataclass(frozen=True)
class LastWeekday:
    """`6L`: the last Friday of the month."""

    number: int

    def of(self, year: int, month: int) -> Iterator[int]:
        last = monthrange(year, month)[1]
        yield last - (weekday(year, month, last) - self.number) % 7


@dataclass(frozen=True)
class NthWeekday:
    """`3#2`: the second Tuesday of the month."""

    number: int
    nth: int

    def of(self, year: int, month: int) -> Iterator[int]:
        yield 1 + (self.number - weekday(year, month, 1)) % 7 + 7 * (self.nth - 1)


def weekday(year: int, month: int, day: int) -> int:
    """The day of the week as AWS counts: 1 is Sunday, 7 is Saturday."""
    return date(year, month, day).isoweekday() % 7 + 1


@dataclass(frozen=True)
class Field:
    """What may stand in one field: numbers from `least` to `most`, or names for them."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    wraps: bool = True

    @property
    def range(self) -> str:
        return f"{self.least}-{self.most}" + (f" or {self.names[0]}-{self.names[-1]}" if self.names else "")


MINUTES = Field("minutes", 0, 59)
HOURS = Field("hours", 0, 23)
DAY_OF_MONTH = Field("day-of-month", 1, 31)
MONTH = Field("month", 1, 12, JANUARY_FIRST)
DAY_OF_WEEK = Field("day-of-week", 1, 7, SUNDAY_FIRST)
YEAR = Field("year", 1970, 2199, wraps=False)
FIELDS = (MINUTES, HOURS, DAY_OF_MONTH, MONTH, DAY_OF_WEEK, YEAR)

Special = Callable[[str, int], Days]
"""Makes the days of one special form from its text and place."""

SPAN = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\w+))?")


def numbers(field: Field, text: str) -> tuple[int, ...]:
    """What a field with `, - * /` means, in order; raises Misread."""
    return tuple(sorted({number for at, item in items(text) for number in span(field, item, at)}))


def days_of_month(text: str) -> tuple[Days, ...]:
    """What the day-of-month field means; raises Misread."""
    forms: Mapping[str, Special] = {"L": lambda *_: LastDay(), "LW": lambda *_: NearestWeekday(), "W": nearest}
    return days(DAY_OF_MONTH, text, Dates, forms)


def days_of_week(text: str) -> tuple[Days, ...]:
    """What the day-of-week field means; raises Misread."""
    if "#" in text and "," in text:
        raise Misread(text.index(","), 'day-of-week with a "#" holds one day only; write a second schedule')
    # The last day of the week is Saturday.
    forms: Mapping[str, Special] = {"L": lambda *_: Weekdays((7,)), "nL": last_weekday, "#": nth_weekday}
    return days(DAY_OF_WEEK, text, Weekdays, forms)


def days(
    field: Field, text: str, plain: Callable[[tuple[int, ...]], Days], forms: Mapping[str, Special]
) -> tuple[Days, ...]:
    found: list[Days] = []
    among: set[int] = set()
    for at, item in items(text):
        form = form_of(item)
        if form in forms:
            found.append(forms[form](item, at))
        else:
            among.update(span(field, item, at))
    return (*([plain(tuple(sorted(among)))] if among else ()), *found)


def form_of(item: str) -> str:
    """Which of the special forms an item is written in; "" for numbers, names and spans."""
    if item in ("L", "LW"):
        return item
    if "#" in item:
        return "#"
    return {"L": "nL", "W": "W"}.get(item[-1:], "") if len(item) > 1 else ""


def nearest(text: str, at: int) -> Days:
    return NearestWeekday(number(DAY_OF_MONTH, text[:-1], at))


def last_weekday(text: str, at: int) -> Days:
    return LastWeekday(number(DAY_OF_WEEK, text[:-1], at))


def nth_weekday(text: str, at: int) -> Days:
    day, _, nth = text.partition("#")
    if nth not in ("1", "2", "3", "4", "5"):
        raise Misread(at + len(day) + 1, f'after "#" stands which one of the month, 1 to 5, not "{nth}"')
    return NthWeekday(number(DAY_OF_WEEK, day, at), int(nth))


def items(text: str) -> Iterator[tuple[int, str]]:
    """What stands between the commas of a field, with its place."""
    at = 0
    for item in text.split(","):
        yield at, item
        at += len(item) + 1


def span(field: Field, item: str, at: int) -> Iterator[int]:
    """`*`, `5`, `1-5`, `0/15`, `10-50/10`; a range that ends before it begins goes round, as hours 20-2 do."""
    found = SPAN.fullmatch(item)
    if found is None or (found["first"] == "*" and found["last"]):
        raise Misread(at, unreadable(field, item))
    first = field.least if found["first"] == "*" else number(field, found["first"], at)
    last = number(field, found["last"], at + found.start("last")) if found["last"] else field.most
    if found["first"] != "*" and not found["last"] and not found["step"]:
        last = first
    if last < first:
        if not field.wraps:
            raise Misread(at, f'{field.name} "{item}" ends before it begins')
        last += field.most - field.least + 1
    step = steps(field, found["step"], at + found.start("step")) if found["step"] else 1
    for each in range(first, last + 1, step):
        yield each if each <= field.most else each - (field.most - field.least + 1)


def unreadable(field: Field, item: str) -> str:
    if not item:
        return f"{field.name} has nothing where a value is expected; take a comma away, or write {field.range}"
    if item == "?":
        return f'{field.name} cannot be "?"; write "*" for every one'
    if item.startswith("/"):
        return f'{field.name} "{item}" does not say where it begins; write "{field.least}{item}"'
    return f'{field.name} cannot be "{item}"; it is {field.range}, with {wildcards(field)}'


def wildcards(field: Field) -> str:
    return {"day-of-month": ", - * / ? L W", "day-of-week": ", - * / ? L #"}.get(field.name, ", - * /")


def number(field: Field, text: str, at: int) -> int:
    """A number or a name of a field."""
    if text in field.names:
        return field.names.index(text) + 1
    if text.isascii() and text.isdecimal():
        if field.least <= int(text) <= field.most:
            return int(text)
        raise Misread(at, f"{field.name} {'are' if field.name.endswith('s') else 'is'} {field.range}, not {text}")
    raise Misread(at, f"{unreadable(field, text)}.{did_you_mean(text.upper(), field.names)}".removesuffix("."))


def steps(field: Field, text: str, at: int) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= field.most:
        return int(text)
    raise Misread(at, f'{field.name} cannot go on in steps of "{text}"; write a number from 1 to {field.most}')
