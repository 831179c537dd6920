"""The relational operators of JSONPath filters, as a table, with Jayway's idea of what equals what.

A number and a string are compared as the kind that stands on the left of `==`, and as texts by the operators that
order. What is missing equals nothing, itself included. Source: the behaviour of json-path 2.x.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from handrail.engine.java import is_number, number_text

MISSING: Final = object()
"""What a path inside a filter gives where it leads nowhere."""

Compare = Callable[[Any, Any], bool]


def equal(left: Any, right: Any) -> bool:
    """`==`: by value, except that 1 is not true, and "1" is 1."""
    if is_number(left):
        return bool(left == (as_number(right) if isinstance(right, str) else right)) and not isinstance(right, bool)
    if isinstance(left, str):
        return left == (number_text(right) if is_number(right) else right)
    return alike(left, right)


def alike(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON."""
    if type(left) is not type(right) or left is MISSING:
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(alike(value, right[name]) for name, value in left.items())
    return bool(left == right)


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def same_kind(left: Any, right: Any) -> bool:
    """`===`: also of one kind."""
    kinds = type(left) is type(right) or (is_number(left) and is_number(right))
    return kinds and equal(left, right)


def order(decide: Callable[[Any, Any], bool]) -> Compare:
    """An ordering of two numbers, or of two texts; values of other kinds are in no order."""

    def compare(left: Any, right: Any) -> bool:
        if is_number(left) and is_number(right):
            return decide(left, right)
        left, right = (number_text(side) if is_number(side) else side for side in (left, right))
        return isinstance(left, str) and isinstance(right, str) and decide(left, right)

    return compare


def matches(left: Any, right: Any) -> bool:
    """`=~`: the whole text matches, or that of any item of an array."""
    if isinstance(left, re.Pattern) == isinstance(right, re.Pattern):
        return False
    pattern: re.Pattern[Any]
    pattern, value = (left, right) if isinstance(left, re.Pattern) else (right, left)
    values = value if isinstance(value, list) else [value]
    return any(pattern.fullmatch(matchable(each)) is not None for each in values)


def matchable(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    return value if isinstance(value, str) else ""


def within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, each) for each in right)


def contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return within(right, left)


def size(left: Any, right: Any) -> bool:
    return is_number(right) and isinstance(left, str | list) and len(left) == int(right)


def empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and (not left) == right


def lists(decide: Callable[[list[Any], list[Any]], bool]) -> Compare:
    """An operator on two arrays; false for anything else."""
    return lambda left, right: isinstance(left, list) and isinstance(right, list) and decide(left, right)


COMPARISONS: Final[dict[str, Compare]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": same_kind,
    "!==": lambda left, right: not same_kind(left, right),
    "<": order(lambda left, right: left < right),
    "<=": order(lambda left, right: left <= right),
    ">": order(lambda left, right: left > right),
    ">=": order(lambda left, right: left >= right),
    "=~": matches,
    "IN": within,
    "NIN": lambda left, right: not within(left, right),
    "CONTAINS": contains,
    "SIZE": size,
    "EMPTY": empty,
    "ALL": lists(lambda left, right: all(within(each, left) for each in right)),
    "SUBSETOF": lists(lambda left, right: all(within(each, right) for each in left)),
    "ANYOF": lists(lambda left, right: any(within(each, right) for each in left)),
    "NONEOF": lists(lambda left, right: not any(within(each, right) for each in left)),
}
