"""JSON text and sizes as Step Functions counts them."""

from collections.abc import Callable
from json import JSONEncoder, encoder, loads
from typing import Any

from handrail.asl.model import Json

MOST_BYTES = 262_144
"""The largest input or output of a task, state or execution, as UTF-8 (Step Functions service quotas)."""


def writer() -> Callable[[Json], str]:
    """Writes JSON without spaces; `JSONEncoder.encode` makes its C encoder anew for each value, half of its time."""
    plain = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make: Any = vars(encoder).get("c_make_encoder")
    if make is None:  # another Python than CPython
        return plain.encode
    basestring: Any = encoder.encode_basestring
    pieces = make(None, plain.default, basestring, None, ":", ",", False, False, False)
    join = "".join
    return lambda value: join(pieces(value, 0))


text_of = writer()
"""A JSON value as the text that histories show; raises ValueError for NaN and infinities, which JSON has not."""


def as_text(value: Json) -> str:
    """A string as it is, anything else as its JSON text."""
    return value if isinstance(value, str) else text_of(value)


def parsed_input(text: str) -> Json:
    """The input of an execution from its text; raises ValueError for what is not JSON, or too deep to be read."""
    try:
        value: Json = loads(text, parse_constant=refuse, parse_float=finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def finite(text: str) -> float:
    number = float(text)
    return refuse(text) if number in (float("inf"), float("-inf")) else number


def too_large(text: str) -> bool:
    """Whether a payload exceeds the quota of 256 KiB of UTF-8."""
    # A character takes at most four bytes, so most payloads need no encoding to be counted.
    return len(text) > MOST_BYTES // 4 and len(text.encode(errors="surrogatepass")) > MOST_BYTES


def kind_of(value: Json) -> str:
    """The JSON type of a value, as AWS's messages name it."""
    return KINDS.get(type(value), "object")


KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
