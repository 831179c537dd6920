"""The functions that Step Functions adds to JSONata, and those that ask the execution for chance or time.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html says what they do; what they answer to
odd arguments was measured on AWS by the authors of Floci (github.com/floci-io/floci, pull requests 2676 and 2790).
"""

import json
from typing import Any, Final

from handrail.engine.env import Env
from handrail.engine.java import JavaRandom
from handrail.engine.jsonata.errors import JsonataError, LimitReached
from handrail.engine.jsonata.moments import iso_time
from handrail.engine.jsonata.sequence import MISSING, Sequence, Value, is_number, normal
from handrail.engine.jsonata.wording import TOO_LARGE

HASHES: Final = {"SHA-1": "sha1", "SHA-384": "sha384", "SHA-256": "sha256", "SHA-512": "sha512", "MD5": "md5"}
LARGEST_RANGE: Final = 360_145
_LONG: Final = 2**63


def partition(array: Value, size: Value) -> Value:
    """Chunks of an array; nothing for an empty array or for a size that rounds to zero."""
    if array is MISSING:
        return MISSING
    if not isinstance(array, list):
        raise JsonataError("T0412", index=1, type=MISSING)
    if not (size is MISSING or is_number(size)):
        raise JsonataError("T0410", index=2)
    step = len(array) if size is MISSING else int(size)
    if array and step < 0:
        raise JsonataError("D3137", message="Second argument must be zero or greater")
    if not array or step == 0:
        return MISSING
    return [array[at : at + step] for at in range(0, len(array), step)]


def span(start: Value, end: Value, step: Value) -> Value:
    """`$range`: from start to end, both included if the step meets them; every argument rounds towards zero."""
    if start is MISSING or end is MISSING or step is MISSING:
        return MISSING
    first, last, by = int(start), int(end), int(step)
    if by == 0 or (last - first) * by < 0:
        return MISSING
    if (last - first) // by >= LARGEST_RANGE:
        raise LimitReached(TOO_LARGE)
    return Sequence(range(first, last + (1 if by > 0 else -1), by))


def digest(text: Value, algorithm: Value) -> Value:
    """`$hash`: the hexadecimal digest of a text's UTF-8 bytes."""
    if text is MISSING or algorithm is MISSING:
        return MISSING
    if algorithm not in HASHES:
        known = ", ".join(HASHES)
        raise JsonataError("D3137", message=f"Hash algorithm '{algorithm}' must be one of {known}")
    import hashlib  # loads OpenSSL, and hardly any machine hashes

    return hashlib.new(HASHES[algorithm], text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def parse(text: Value) -> Value:
    """`$parse`: strict JSON, in which a repeated key or a number beyond a double is a mistake."""
    if text is MISSING:
        return MISSING
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_int=lambda digits: int(digits) if -_LONG <= int(digits) < _LONG else _finite(digits),
            parse_constant=_finite,
        )
    except (ValueError, RecursionError):
        raise JsonataError("D3137", message="Invalid JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a repeated key")
    return found


def _finite(digits: str) -> int | float:
    value = float(digits)
    if value - value != 0:
        raise ValueError("beyond the range of a double")
    return normal(value)


# Functions that ask the execution.


def random(env: Env, seed: Value) -> Value:
    """A number in [0, 1); with a seed, the first that Java's Random gives for it."""
    if seed is MISSING:
        return env.random()
    generator = JavaRandom(int(seed))
    high, low = generator.bits(26), generator.bits(27)
    return normal(((high << 27) + low) / 2**53)


def uuid(env: Env) -> Value:
    """A version 4 UUID from the execution's own generator."""
    bits = 0
    for _ in range(4):
        bits = bits << 32 | int(env.random() * 2**32)
    bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def millis(env: Env) -> Value:
    return round(env.now() * 1000)


def now(env: Env, _picture: Value = MISSING, _zone: Value = MISSING) -> Value:
    return iso_time(millis(env))


def shuffle(env: Env, items: Value) -> Value:
    """The items in an order drawn from the execution's own generator."""
    if items is MISSING or len(items) <= 1:
        return items
    result = list(items)
    for at in range(len(result) - 1, 0, -1):
        other = int(env.random() * (at + 1))
        result[at], result[other] = result[other], result[at]
    return result
