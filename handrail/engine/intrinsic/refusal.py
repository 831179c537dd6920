"""How a function says that it cannot take its arguments, and the checks that most of them share."""

from typing import Any, NoReturn

from handrail.asl.model import Json
from handrail.engine.java import LEAST_INT, MOST_INT

MOST_CHARACTERS = 10_000
"""The longest text that the functions for encoding and hashing take (Developer Guide)."""


class Invalid(Exception):
    """The arguments of a function do not fit; without words, Step Functions says only that they are invalid."""


class Refused(Exception):
    """A function of an expression has refused its arguments; the text is the detail in the cause."""


def refuse(words: str = "") -> NoReturn:
    raise Invalid(words)


def number(value: Json) -> int | float:
    """A number as it is; true and false are none."""
    if type(value) is int or type(value) is float:
        return value
    refuse()


def whole(value: Json) -> int:
    """A number without its fraction: of a double what Java's cast to int leaves, of a whole number nothing larger."""
    given = number(value)
    if isinstance(given, float):
        return int(max(min(given, MOST_INT), LEAST_INT))
    return given if LEAST_INT <= given <= MOST_INT else refuse()


def text(value: Json) -> str:
    if isinstance(value, str):
        return value
    refuse()


def array(value: Json) -> list[Any]:
    if isinstance(value, list):
        return value
    refuse()


def short(value: str) -> str:
    """A text that is not longer than the functions for encoding and hashing take."""
    if len(value) > MOST_CHARACTERS:
        refuse()
    return value
