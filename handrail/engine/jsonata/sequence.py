"""JSONata's values: plain JSON, plus "nothing", result sequences, constructed arrays and functions.

JSON null is None, as everywhere in Handrail; MISSING is JSONata's undefined. A path or a filter yields a Sequence,
which melts into its only item, or into nothing, when an expression hands it on; arrays that came in as JSON never do.
"""

from collections.abc import Callable
from typing import Any, Final

from handrail.engine.jsonata.errors import JsonataError

Value = Any
"""A JSON value, MISSING, a Sequence, a Constructed array or a Function."""


class Missing:
    """The class of MISSING alone."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class Sequence(list[Value]):
    """The items that an expression found, in order; it is not an array until something keeps it."""

    __slots__ = ()


class Kept(Sequence):
    """A sequence that stays an array even with one item (`path[]`)."""

    __slots__ = ()


class Constructed(list[Value]):
    """An array written as a step of a path (`path.[a, b]`), which the path does not flatten."""

    __slots__ = ()


class Function:
    """A built-in function or a lambda as a value: how to call it, and how many arguments it asks for.

    It is called with its arguments and with the context value of the call, which is null unless the expression
    itself wrote the call.
    """

    __slots__ = ("arity", "call")

    def __init__(self, call: Callable[[list[Value], Value], Value], arity: int) -> None:
        self.call = call
        self.arity = arity


def collapse(value: Value) -> Value:
    """What an expression hands on: nothing for an empty sequence, the item for a sequence of one."""
    if isinstance(value, Sequence):
        if not value:
            return MISSING
        if len(value) == 1 and type(value) is not Kept:
            return value[0]
    return value


def as_list(value: Value) -> list[Value]:
    """The value itself if it is an array, else a sequence that holds it (or holds MISSING)."""
    return value if isinstance(value, list) else Sequence([value])


def append(left: Value, right: Value) -> Value:
    """Both values in one array; nothing adds nothing."""
    if left is MISSING:
        return right
    if right is MISSING:
        return left
    return [*as_list(left), *as_list(right)]


def lookup(value: Value, key: str) -> Value:
    """The field of an object, or of every object in an array, arrays within flattened."""
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if not isinstance(value, list):
        return MISSING
    found = Sequence()
    for item in value:
        extend(found, lookup(item, key))
    return found


def extend(target: list[Value], value: Value) -> None:
    """Add the items of an array, or the value itself; nothing adds nothing."""
    if isinstance(value, list):
        target.extend(value)
    elif value is not MISSING:
        target.append(value)


def is_number(value: Value) -> bool:
    """Whether this is a number, which true and false are not."""
    return type(value) is int or type(value) is float


def is_finite_number(value: Value) -> bool:
    """Whether this is a number one can compute with; an infinite one is error D1001."""
    if type(value) is int:
        return True
    if type(value) is not float or value != value:
        return False
    if value - value != 0:
        raise JsonataError("D1001", value=value)
    return True


def normal(number: float) -> int | float:
    """A JSONata number as JSON writes it: whole numbers without a fraction, as far as JavaScript writes them out."""
    return int(number) if number.is_integer() and -1e21 < number < 1e21 else number


def boolean(value: Value) -> bool:
    """The effective truth of a value in a condition."""
    if value is True or value is False:
        return bool(value)
    if isinstance(value, list):
        return any(boolean(item) for item in value)
    if isinstance(value, str | dict):
        return len(value) > 0
    if is_number(value):
        return is_finite_number(value) and value != 0
    return isinstance(value, Function)


def equal(left: Value, right: Value) -> bool:
    """Deep equality, in which true is not 1 and the order of keys does not count."""
    if isinstance(left, str | bool) or isinstance(right, str | bool):
        return type(left) is type(right) and bool(left == right)
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return left is right


def plain(value: Value) -> Value:
    """A result as plain JSON, all the way down; AWS writes the numbers that JSON lacks as strings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not MISSING}
    if isinstance(value, list):
        return [None if item is MISSING else plain(item) for item in value]
    if type(value) is float:
        return plain_number(value)
    if isinstance(value, Function):
        raise JsonataError("", message="a function is not JSON")
    return value


def plain_number(number: float) -> int | float | str:
    """A number of a result, `"Infinity"`, `"-Infinity"` and `"NaN"` as AWS writes them."""
    if number != number:
        return "NaN"
    if number - number != 0:
        return "Infinity" if number > 0 else "-Infinity"
    return normal(number)


def taints(value: Value) -> bool:
    """Whether an array or object that holds this value has to be made plain before it is handed out."""
    kind = type(value)
    return kind not in _PLAIN or (kind is float and value - value != 0)


_PLAIN = frozenset({str, int, bool, type(None), dict, list, float})
