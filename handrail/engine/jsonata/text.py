"""Values as JSONata writes them into strings and messages: numbers as JavaScript prints them, JSON without spaces."""

from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
from typing import Final

from handrail.engine.jsonata.sequence import MISSING, Function, Value, is_finite_number

# From this size on, and below a millionth, JavaScript writes a number with an exponent.
_LARGEST_WRITTEN_OUT: Final = 21
_SMALLEST_WRITTEN_OUT: Final = -6


def number_text(number: int | float) -> str:
    """The shortest text that reads back as this number, in JavaScript's notation."""
    if type(number) is int and -(2**63) <= number < 2**63:
        return str(number)
    number = float(number)
    if number - number != 0 or number != number:
        return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"
    sign = "-" if number < 0 else ""
    return sign + _positive(*_digits(abs(number)))


def _digits(number: float) -> tuple[str, int]:
    """The significant digits, and where the decimal point stands counted from the first of them."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    return digits.rstrip("0") or "0", len(whole) - leading + int(exponent or 0) if digits.rstrip("0") else 1


def _positive(digits: str, point: int) -> str:
    if len(digits) <= point <= _LARGEST_WRITTEN_OUT:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _LARGEST_WRITTEN_OUT:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_WRITTEN_OUT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def cast_number(number: int | float) -> str:
    """A number as `$string` writes it: fifteen digits of a fraction; whole numbers in full, as AWS was seen to do."""
    if type(number) is int:
        return number_text(number)
    if not is_finite_number(number):
        return "null"
    return number_text(number if float(number).is_integer() else float(f"{number:.15g}"))


def json_number(number: int | float) -> str:
    """A number in a message, where one that JSON lacks becomes null."""
    return number_text(number) if number - number == 0 else "null"


def to_json(value: Value, number: Callable[[int | float], str] = json_number, indent: str = "") -> str:
    """The value as JSON text in its own order, with `indent` for each level or all on one line."""
    return "".join(_write(value, number, indent, "\n" if indent else ""))


def _write(value: Value, number: Callable[[int | float], str], indent: str, newline: str) -> Iterator[str]:
    if isinstance(value, str):
        yield encode_basestring(value)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int | float):
        yield number(value)
    elif isinstance(value, dict):
        keep = [(encode_basestring(key) + (": " if indent else ":"), item) for key, item in value.items()]
        yield from _nest("{}", [pair for pair in keep if pair[1] is not MISSING], number, indent, newline)
    elif isinstance(value, list):
        yield from _nest("[]", [("", None if item is MISSING else item) for item in value], number, indent, newline)
    else:
        yield '""' if isinstance(value, Function) else "undefined" if value is MISSING else "null"


def _nest(
    brackets: str, items: list[tuple[str, Value]], number: Callable[[int | float], str], indent: str, newline: str
) -> Iterator[str]:
    deeper = newline + indent
    separator = brackets[0] + deeper
    for label, item in items:
        yield separator + label
        yield from _write(item, number, indent, deeper)
        separator = "," + deeper
    yield newline + brackets[1] if items else brackets
