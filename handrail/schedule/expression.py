"""cron(…), rate(…) and at(…): from an expression's text to what it means.

Syntax and values: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain

from handrail.errors import did_you_mean
from handrail.schedule.fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    HOURS,
    MINUTES,
    MONTH,
    YEAR,
    Days,
    Field,
    Misread,
    days_of_month,
    days_of_week,
    numbers,
)
from handrail.schedule.moments import At, Cron, Moments, Rate

FORM = re.compile(r"\s*(?P<form>\w+)\s*\((?P<inside>[^()]*)\)\s*")

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
NAMES = tuple(chain(*((unit, f"{unit}s") for unit in UNITS)))

RATE = re.compile(r"\s*(?P<value>\S+)\s+(?P<unit>\S+)\s*")

LONGEST = timedelta(days=36_500)

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)

DAYS: Mapping[Field, Callable[[str], tuple[Days, ...]]] = {DAY_OF_MONTH: days_of_month, DAY_OF_WEEK: days_of_week}

BOTH_DAYS = 'both fields for the day say something; write "?" in the one that says nothing: day-of-month or day-of-week'
NO_DAY = 'neither field for the day says anything; write "*" in day-of-month for every day'


class Misreading(Exception):
    """Everything that is wrong with an expression, each with its place in it."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        self.problems = sorted(problems)
        super().__init__(*(told for _, told in problems))


def parse(expression: str) -> Moments:
    """What an expression means; raises Misreading."""
    found = FORM.fullmatch(expression)
    form = FORMS.get(found["form"]) if found else None
    if found is None or form is None:
        near = did_you_mean(expression.partition("(")[0].strip(), FORMS)
        raise Misreading((0, f"write cron(…), rate(…) or at(…).{near}"))
    return form(found["inside"], found.start("inside"))


def cron(inside: str, begin: int) -> Cron:
    found = [*re.finditer(r"\S+", inside)]
    if len(found) != len(FIELDS):
        names = " ".join(field.name for field in FIELDS)
        more = ' A cron of five fields has no year: add "*", and "?" for the day that is not meant.'
        told = f"six fields are expected ({names}), not {len(found)}."
        raise Misreading((begin, told + (more if len(found) == 5 else "")))
    texts = {field: word[0] for field, word in zip(FIELDS, found, strict=True)}
    starts = {field: begin + word.start() for field, word in zip(FIELDS, found, strict=True)}
    wrong = [*misread(texts, starts)]
    if wrong:
        raise Misreading(*wrong)
    meant, [days] = (
        {field: numbers(field, text) for field, text in texts.items() if field not in DAYS},
        [DAYS[field](texts[field]) for field in DAYS if texts[field] != "?"],
    )
    made = Cron(meant[MINUTES], meant[HOURS], days, meant[MONTH], meant[YEAR])
    if next(made.dates(date(YEAR.least, 1, 1)), None) is None:
        raise Misreading((starts[DAY_OF_MONTH], "no month that is meant has such a day, so this would never fire"))
    return made


def misread(texts: Mapping[Field, str], starts: Mapping[Field, int]) -> Iterator[tuple[int, str]]:
    """What is wrong with the fields, one problem each, and with the two fields for the day together."""
    for field, text in texts.items():
        if field in DAYS and text == "?":
            continue
        try:
            DAYS[field](text) if field in DAYS else numbers(field, text)
        except Misread as wrong:
            yield starts[field] + wrong.at, wrong.told
    said = [field for field in DAYS if texts[field] != "?"]
    if len(said) != 1:
        yield starts[DAY_OF_MONTH], BOTH_DAYS if said else NO_DAY


def rate(inside: str, begin: int) -> Rate:
    found = RATE.fullmatch(inside)
    if found is None:
        raise Misreading((begin, f'write a number and a unit, as in rate(15 minutes), not "{inside}"'))
    value, unit = found["value"], found["unit"]
    if not (value.isascii() and value.isdecimal() and int(value[:9]) > 0):
        raise Misreading((begin + found.start("value"), f'write a whole number from 1 on, not "{value}"'))
    if unit not in NAMES:
        near = did_you_mean(unit, NAMES)
        raise Misreading((begin + found.start("unit"), f'"{unit}" is no unit; there are minutes, hours, days.{near}'))
    every = UNITS[unit.removesuffix("s")]
    if int(value[:9]) * every > LONGEST or len(value) > 9:
        raise Misreading((begin + found.start("value"), f"{value} {unit} is more than a hundred years"))
    return Rate(int(value) * every)


def at(inside: str, begin: int) -> At:
    form = "at(yyyy-mm-ddThh:mm:ss), as in at(2026-03-01T07:00:00)"
    if not MOMENT.fullmatch(inside.strip()):
        raise Misreading((begin, f'write {form}, not "{inside}"; the time zone is a field of its own'))
    try:
        return At(datetime.fromisoformat(inside.strip()))
    except ValueError as error:
        raise Misreading((begin, f'there is no such moment as "{inside}": {error}')) from None


FORMS: Mapping[str, Callable[[str, int], Moments]] = {"cron": cron, "rate": rate, "at": at}
