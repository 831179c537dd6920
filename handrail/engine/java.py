"""JSON values as Step Functions' Java code writes, compares and orders them.

Source: the Java SE documentation of Double.toString, AbstractMap.toString, hashCode, HashSet and Random; which of them
Step Functions uses where was seen in recorded executions.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from struct import pack, unpack
from typing import Any, Final, TypeGuard

from handrail.asl.model import Json
from handrail.engine.values import text_of

LEAST_INT: Final = -(2**31)
MOST_INT: Final = 2**31 - 1
MOST_LONG: Final = 2**63 - 1
# Where Jackson's text differs from Python's: doubles, and control characters inside strings.
DIFFERENT: Final = r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)'
CONTROL: Final = r"\\(?:(u00[01][0-9a-f])|.)"


def double_text(value: float) -> str:
    """A double as Double.toString writes it: `1.5`, `1.0E10`, `1.0E-5`."""
    text = repr(value)
    if value - value != 0:
        return {"nan": "NaN", "inf": "Infinity"}.get(text, "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return text
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = text.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = len(digits) - len(fraction) - 1 + int(exponent or 0)
    digits = digits.rstrip("0")
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; Python takes true and false for some, JSON does not."""
    return type(value) is int or type(value) is float


def number_text(value: float) -> str:
    return double_text(value) if isinstance(value, float) else str(value)


def java_text(value: Json) -> str:
    """A value as its toString writes it: strings bare, objects as `{a=1, b=[x, null]}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={java_text(member)}" for name, member in value.items()) + "}"
    return number_text(value) if is_number(value) else text_of(value)


def json_text(value: Json) -> str:
    """A value as Jackson writes it, without blanks."""
    return re.sub(DIFFERENT, as_jackson, text_of(value))


def as_jackson(match: re.Match[str]) -> str:
    token = match[0]
    if not token.startswith('"'):
        return double_text(float(token))
    return re.sub(CONTROL, upper_control, token) if "\\u" in token else token


def upper_control(match: re.Match[str]) -> str:
    return "\\u" + match[1][1:].upper() if match[1] else match[0]


def java_kind(value: Json) -> str:
    """The class that Jackson holds a value in."""
    if isinstance(value, int) and not isinstance(value, bool):
        size = (
            "Int"
            if LEAST_INT <= value <= MOST_INT
            else "Long"
            if -MOST_LONG - 1 <= value <= MOST_LONG
            else "BigInteger"
        )
        return f"com.fasterxml.jackson.databind.node.{size}Node"
    return f"com.fasterxml.jackson.databind.node.{NODES[type(value)]}Node"


NODES: Final[Mapping[type, str]] = {
    type(None): "Null",
    bool: "Boolean",
    float: "Double",
    str: "Text",
    list: "Array",
    dict: "Object",
}


def int32(number: int) -> int:
    """What is left of a whole number in the 32 bits of an int."""
    return (number - LEAST_INT) % 2**32 + LEAST_INT


def hash_code(value: Json) -> int:
    """The value's hashCode."""
    return HASHES[type(value)](value)


def hash_int(value: int) -> int:
    """An Integer's is itself; a Long's folds its two halves."""
    return value if LEAST_INT <= value <= MOST_INT else hash_long(value)


def hash_long(bits: int) -> int:
    bits &= 2**64 - 1
    return int32(bits ^ (bits >> 32))


def hash_double(value: float) -> int:
    [bits] = unpack(">Q", pack(">d", value))
    return hash_long(bits)


def hash_text(value: str) -> int:
    units = value.encode("utf-16-be", "surrogatepass")
    return polynomial(units[place] << 8 | units[place + 1] for place in range(0, len(units), 2))


def polynomial(codes: Iterable[int], start: int = 0) -> int:
    """The hash of a sequence: 31 times what is before, and the next one."""
    total = start
    for code in codes:
        total = (31 * total + code) & (2**32 - 1)
    return int32(total)


HASHES: Final[Mapping[type, Callable[[Any], int]]] = {
    type(None): lambda _value: 0,
    bool: lambda value: 1231 if value else 1237,
    int: hash_int,
    float: hash_double,
    str: hash_text,
    list: lambda value: polynomial(map(hash_code, value), start=1),
    dict: lambda value: int32(sum(hash_text(name) ^ hash_code(member) for name, member in value.items())),
}


def same(left: Json, right: Json) -> bool:
    """Whether Java's equals holds: an Integer is no Double, true is not 1, and objects may differ in order."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(member, right[name]) for name, member in left.items())
    return left == right


def hash_set(values: list[Json]) -> list[Json]:
    """The values without repetitions, in the order in which a HashSet that was made of them gives them."""
    buckets = bucket_count(len(values))
    chains: dict[int, list[Json]] = {}
    for value in values:
        code = hash_code(value) & (2**32 - 1)
        chain = chains.setdefault((code ^ (code >> 16)) & (buckets - 1), [])
        if not any(same(value, earlier) for earlier in chain):
            chain.append(value)
    return [value for place in sorted(chains) for value in chains[place]]


def bucket_count(size: int) -> int:
    """How many buckets a HashSet has that is made of a collection of this size."""
    wanted = max(int(size / 0.75) + 1, 16)
    return 1 << (wanted - 1).bit_length()


class JavaRandom:
    """java.util.Random: the 48-bit generator that its documentation lays down."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = (seed ^ MULTIPLIER) & MASK

    def bits(self, number: int) -> int:
        """The next number of this many bits, up to 32."""
        self.state = (self.state * MULTIPLIER + 0xB) & MASK
        return self.state >> (48 - number)

    def between(self, start: int, end: int) -> int:
        """The first of ints(start, end)."""
        if end - start <= MOST_INT:
            return start + self.below(end - start)
        # The span is wider than nextInt can say: draw until one fits.
        while True:
            drawn = int32(self.bits(32))
            if start <= drawn < end:
                return drawn

    def below(self, bound: int) -> int:
        """nextInt(bound)."""
        if bound & (bound - 1) == 0:
            return (bound * self.bits(31)) >> 31
        while True:
            drawn = self.bits(31)
            number = drawn % bound
            if drawn - number + bound - 1 <= MOST_INT:
                return number


MULTIPLIER: Final = 0x5DEECE66D
MASK: Final = (1 << 48) - 1
