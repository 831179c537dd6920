"""The intrinsic functions of Step Functions, as a table."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from handrail.engine.intrinsic.arrays import contains, get_item, length, new_array, number_range, partition, unique
from handrail.engine.intrinsic.numbers import add, random_number, uuid
from handrail.engine.intrinsic.texts import decode, digest, encode, format_text, merge, split, to_json, to_string


class Function(NamedTuple):
    """A function, with how many arguments it takes; `most` None is any number.

    `draws`: its first argument is a source of random numbers. `arity` is what is said of too few or too many
    arguments, where that is more than that they are invalid.
    """

    call: Callable[..., Any]
    least: int
    most: int | None
    draws: bool = False
    arity: str = ""

    def takes(self, number: int) -> bool:
        return number >= self.least and (self.most is None or number <= self.most)


def taking(number: int, call: Callable[..., Any], arity: str = "") -> Function:
    return Function(call, number, number, arity=arity)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "Array": Function(new_array, 0, None),
    "ArrayPartition": taking(2, partition),
    "ArrayContains": taking(2, contains),
    "ArrayRange": taking(3, number_range),
    "ArrayGetItem": taking(2, get_item),
    "ArrayLength": taking(1, length),
    "ArrayUnique": taking(1, unique),
    "Base64Encode": taking(1, encode),
    "Base64Decode": taking(1, decode),
    "Hash": taking(2, digest),
    "JsonMerge": taking(3, merge),
    "StringToJson": taking(1, to_json),
    "JsonToString": taking(
        1, to_string, "Invalid arguments in States.JsonToString: only a single argument is allowed."
    ),
    "MathRandom": Function(random_number, 2, 3, draws=True),
    "MathAdd": taking(2, add),
    "StringSplit": taking(2, split),
    "UUID": Function(uuid, 0, None, draws=True),
    "Format": Function(format_text, 1, None),
}
NAMES: Final = frozenset(FUNCTIONS)
