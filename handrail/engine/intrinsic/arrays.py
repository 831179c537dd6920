"""The intrinsic functions for arrays. Source: "Intrinsics for arrays" in the Developer Guide."""

from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.intrinsic.refusal import array, refuse, whole
from handrail.engine.java import hash_set, java_text

MOST_ITEMS: Final = 1000
"""The longest range (Developer Guide)."""


def new_array(*values: Json) -> Json:
    return list(values)


def partition(values: Json, size: Json) -> Json:
    """The array in chunks; the last one may be shorter."""
    items, length = array(values), whole(size)
    if length < 1:
        refuse()
    return [items[start : start + length] for start in range(0, len(items), length)]


def contains(values: Json, wanted: Json) -> Json:
    """Step Functions compares what the values look like: `true` and `"true"` are taken for the same."""
    shown = java_text(wanted)
    return any(java_text(value) == shown for value in array(values))


def number_range(first: Json, last: Json, step: Json) -> Json:
    """The numbers from the first to the last, which belongs to them."""
    start, end, stride = whole(first), whole(last), whole(step)
    if not stride:
        refuse()
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if len(numbers) > MOST_ITEMS:
        refuse()
    return list(numbers)


def get_item(values: Json, index: Json) -> Json:
    """The item at a place counted from 0; an empty array gives null at every place."""
    items: list[Any] = array(values)
    place = whole(index)
    if items and not 0 <= place < len(items):
        refuse()
    return items[place] if items else None


def length(values: Json) -> Json:
    return len(array(values))


def unique(values: Json) -> Json:
    return hash_set(array(values))
