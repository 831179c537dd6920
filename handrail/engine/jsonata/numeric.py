"""The built-in functions on numbers, and casts to numbers and truth values."""

import math
import re
from typing import Final

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Function, Value, boolean, is_number, normal
from handrail.engine.jsonata.text import number_text

_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_OTHER_BASE: Final = re.compile(r"0[xX][0-9A-Fa-f]+|.*(?:0[oO][0-7]+)|.*(?:0[bB][01]+)\Z", re.DOTALL)
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def total(numbers: Value) -> Value:
    """`$sum`, from left to right, as doubles add up."""
    return MISSING if numbers is MISSING else _add_up(numbers)


def _add_up(numbers: list[int | float]) -> int | float:
    result: int | float = sum(numbers) if all(type(number) is int for number in numbers) else math.inf
    if -(2**53) <= result <= 2**53:
        return result
    result = 0.0
    for number in numbers:
        result += number
    return normal(result)


def average(numbers: Value) -> Value:
    return MISSING if numbers is MISSING or not numbers else normal(_add_up(numbers) / len(numbers))


def largest(numbers: Value) -> Value:
    return MISSING if numbers is MISSING or not numbers else max(numbers)


def smallest(numbers: Value) -> Value:
    return MISSING if numbers is MISSING or not numbers else min(numbers)


def number(value: Value) -> Value:
    """`$number`; text in other bases as JavaScript's Number reads it, to the letter."""
    if value is MISSING or is_number(value):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
            return normal(float(value))
        if _OTHER_BASE.match(value):
            return _in_other_base(value)
    raise JsonataError("D3030", value=value, index=1)


def _in_other_base(text: str) -> int | float:
    try:
        return normal(float(int(text, 0)))
    except ValueError:
        return math.nan


def absolute(value: Value) -> Value:
    return value if value is MISSING else abs(value)


def floor(value: Value) -> Value:
    return value if value is MISSING or value - value != 0 else math.floor(value)


def ceiling(value: Value) -> Value:
    return value if value is MISSING or value - value != 0 else math.ceil(value)


def rounded(value: Value, precision: Value) -> Value:
    """`$round`: half to even, the decimal point moved in the number's text so that no digit is lost."""
    if value is MISSING or value - value != 0:
        return value
    if precision is MISSING or precision == 0:
        return round(value)
    shifted = _shifted(value, precision)
    return shifted if shifted - shifted != 0 else normal(_shifted(round(shifted), -precision))


def _shifted(value: int | float, places: int | float) -> float:
    mantissa, _, exponent = number_text(value).partition("e")
    try:
        return float(f"{mantissa}e{number_text(int(exponent or 0) + places)}")
    except ValueError:
        return math.nan


def square_root(value: Value) -> Value:
    if value is MISSING:
        return MISSING
    if value < 0:
        raise JsonataError("D3060", value=value, index=1)
    return normal(math.sqrt(value))


def power(base: Value, exponent: Value) -> Value:
    if base is MISSING:
        return MISSING
    try:
        result = math.nan if exponent is MISSING else math.pow(base, exponent)
    except (OverflowError, ValueError):
        result = math.nan
    if result - result != 0:
        raise JsonataError("D3061", value=base, exp=exponent, index=1)
    return normal(result)


def format_base(value: Value, radix: Value) -> Value:
    if value is MISSING:
        return MISSING
    base = 10 if radix is MISSING else round(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    whole = round(value)
    if base == 10:
        return number_text(whole)
    digits, rest = "", abs(whole)
    while rest:
        rest, digit = divmod(rest, base)
        digits = _DIGITS[digit] + digits
    return ("-" if whole < 0 else "") + (digits or "0")


def truth(value: Value) -> Value:
    """`$boolean`, to which a function is false."""
    return value if value is MISSING else boolean(value) and not isinstance(value, Function)


def negated_truth(value: Value) -> Value:
    return value if value is MISSING else not truth(value)
