"""The intrinsic functions for numbers and identifiers. Source: "Intrinsics for math operations" in the Guide."""

from collections.abc import Callable
from math import floor

from handrail.asl.model import Json
from handrail.engine.intrinsic.refusal import number, refuse, whole
from handrail.engine.java import LEAST_INT, MOST_INT, MOST_LONG, JavaRandom, int32

Draw = Callable[[], float]


def add(first: Json, second: Json) -> Json:
    """The sum of two numbers, each rounded first; it has to stay within 32 bits."""
    total = rounded(first) + rounded(second)
    if not LEAST_INT <= total <= MOST_INT:
        refuse()
    return total


def rounded(value: Json) -> int:
    """The nearest whole number, halves upwards; of a large double the low 32 bits, as Java's cast leaves them."""
    given = number(value)
    if type(given) is int:
        return given if LEAST_INT <= given <= MOST_INT else refuse()
    within = max(min(given, MOST_LONG), -MOST_LONG - 1)
    below = floor(within)
    return int32(below + (within - below >= 0.5))


def random_number(draw: Draw, first: Json, end: Json, *seed: Json) -> Json:
    """A number from the first up to but without the end; a seed decides which, as it does in Java."""
    start, span = whole(first), whole(end) - whole(first)
    if span < 1:
        refuse()
    if seed:
        return JavaRandom(whole(seed[0])).between(start, start + span)
    return start + floor(draw() * span)


def uuid(draw: Draw, *_ignored: Json) -> Json:
    """A version 4 UUID from the execution's own randomness."""
    bits = 0
    for _ in range(4):
        bits = bits << 32 | floor(draw() * 2**32)
    bits = bits & ~(0xF << 76) | 0x4 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    digits = f"{bits:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
