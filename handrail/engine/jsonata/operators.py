"""The binary operators on values, as a table."""

import math
import operator
from collections.abc import Callable
from typing import Final

from handrail.engine.jsonata.errors import JsonataError, LimitReached
from handrail.engine.jsonata.sequence import MISSING, Sequence, Value, equal, is_finite_number, is_number, normal
from handrail.engine.jsonata.strings import string
from handrail.engine.jsonata.wording import TOO_LARGE

Operate = Callable[[Value, Value], Value]

# Whole numbers up to here are exact as JSONata's doubles, so Python's integers give the same results.
EXACT: Final = 2**53
# AWS was seen to take [1..873782] and to refuse one more, to take a text of 2**22 characters and to refuse one of
# 2**23 (github.com/floci-io/floci, issue 2737).
LARGEST_RANGE: Final = 873_782
LARGEST_TEXT: Final = 8 * LARGEST_RANGE


def _arithmetic(
    symbol: str, exact: Callable[[int, int], int] | None, compute: Callable[[float, float], float]
) -> Operate:
    def operate(left: Value, right: Value) -> Value:
        if exact is not None and type(left) is int and type(right) is int:
            result = exact(left, right)
            if -EXACT <= result <= EXACT:
                return result
        if left is not MISSING and not is_finite_number(left):
            raise JsonataError("T2001", value=left, token=symbol)
        if right is not MISSING and not is_finite_number(right):
            raise JsonataError("T2002", value=right, token=symbol)
        if left is MISSING or right is MISSING:
            return MISSING
        return normal(compute(float(left), float(right)))

    return operate


def _product(left: float, right: float) -> float:
    return left * right


def _quotient(left: float, right: float) -> float:
    if right != 0:
        return left / right
    return math.nan if left == 0 else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right != 0 else math.nan


def _comparison(symbol: str, compare: Callable[[Value, Value], bool]) -> Operate:
    def operate(left: Value, right: Value) -> Value:
        kind = type(left)
        if (kind is int or kind is float) and type(right) in (int, float):
            return compare(left, right)
        for value in (left, right):
            if not (value is MISSING or isinstance(value, str) or is_number(value)):
                raise JsonataError("T2010", value=value, token=symbol)
        if left is MISSING or right is MISSING:
            return MISSING
        if isinstance(left, str) and isinstance(right, str):
            ascii_only = left.isascii() and right.isascii()
            return compare(left, right) if ascii_only else compare(utf16(left), utf16(right))
        raise JsonataError("T2009", value=left, value2=right, token=symbol)

    return operate


def utf16(text: str) -> bytes:
    """A key that sorts texts by UTF-16 code units, as JavaScript compares strings."""
    return text.encode("utf-16-be", "surrogatepass")


def _equals(left: Value, right: Value) -> Value:
    return left is not MISSING and right is not MISSING and equal(left, right)


def _differs(left: Value, right: Value) -> Value:
    return left is not MISSING and right is not MISSING and not equal(left, right)


def _is_in(left: Value, right: Value) -> Value:
    if left is MISSING or right is MISSING:
        return False
    items = right if isinstance(right, list) else [right]
    if isinstance(left, list | dict):
        return any(item is left for item in items)
    return any(equal(left, item) for item in items)


def _concatenate(left: Value, right: Value) -> Value:
    text: str = ("" if left is MISSING else string(left)) + ("" if right is MISSING else string(right))
    if len(text) > LARGEST_TEXT:
        raise LimitReached(TOO_LARGE)
    return text


def _range(left: Value, right: Value) -> Value:
    if left is not MISSING and not _is_whole(left):
        raise JsonataError("T2003", value=left)
    if right is not MISSING and not _is_whole(right):
        raise JsonataError("T2004", value=right)
    if left is MISSING or right is MISSING:
        return MISSING
    if right - left >= LARGEST_RANGE:
        raise LimitReached(TOO_LARGE)
    return Sequence(range(int(left), int(right) + 1))


def _is_whole(value: Value) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


ARITHMETIC: Final = frozenset("+-*/%")
OPERATORS: Final[dict[str, Operate]] = {
    "+": _arithmetic("+", operator.add, operator.add),
    "-": _arithmetic("-", operator.sub, operator.sub),
    "*": _arithmetic("*", operator.mul, _product),
    "/": _arithmetic("/", None, _quotient),
    "%": _arithmetic("%", None, _remainder),
    "=": _equals,
    "!=": _differs,
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "&": _concatenate,
    "in": _is_in,
    "..": _range,
}
