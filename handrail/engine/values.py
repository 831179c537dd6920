"""JSON text and sizes as Step Functions counts them."""

from json import JSONEncoder

from handrail.asl.model import Json

MOST_BYTES = 262_144
"""The largest input or output of a task, state or execution, as UTF-8 (Step Functions service quotas)."""

text_of = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A JSON value as the text that histories show."""


def too_large(text: str) -> bool:
    """Whether a payload exceeds the quota of 256 KiB of UTF-8."""
    # A character takes at most four bytes, so most payloads need no encoding to be counted.
    return len(text) > MOST_BYTES // 4 and len(text.encode()) > MOST_BYTES


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
