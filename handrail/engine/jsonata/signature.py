"""What the arguments of a built-in function may be, in JSONata's own notation (`<s-nn?:s>`), and how they are fitted.

A letter is a type: s string, n number, b boolean, o object, a array, f function, j any JSON, x anything; `a<n>` an
array of numbers; `(sf)` one of several. `?` may be left out, `+` may be repeated, `-` defaults to the context value.
An argument that has nothing in it fits every type but f.
"""

import operator
import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Constructed, Function, Kept, Missing, Sequence, Value

Fit = Callable[[list[Value], Value], list[Value]]
"""(arguments, context value) -> the arguments that the function gets; raises T0410, T0411 or T0412."""

_PARAMETER: Final = re.compile(r"(\(\w+\)|\w)(<[^<>]*>)?([-?+]*)")
_MATCHES: Final = {"a": "[asnblfom]", "x": "[asnblfom]", "j": "[asnblom]", "f": "f"}
_LETTERS: Final = {str: "s", int: "n", float: "n", bool: "b", type(None): "l", dict: "o", list: "a"}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "s": (str, Missing),
    "n": (int, float, Missing),
    "b": (bool, Missing),
    "o": (dict, Missing),
    "a": (list, Sequence, Kept, Constructed, Missing),
    "f": (Function,),
    "j": (str, int, float, bool, type(None), dict, list, Sequence, Kept, Constructed, Missing),
}
_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


class Parameter(NamedTuple):
    """One parameter: its type letters, the type of its items if it is an array, and the signs after it."""

    letters: str
    items: str
    signs: str

    @property
    def pattern(self) -> str:
        """The letters of arguments that it takes, as a regular expression."""
        return self.type_pattern + self.signs.replace("-", "?")

    @property
    def type_pattern(self) -> str:
        return _MATCHES.get(self.letters) or f"[{self.letters}m]"

    def takes(self) -> Callable[[Value], bool]:
        """A quick look whether an argument can be handed on just as it is."""
        if self.letters == "x":
            return lambda _argument: True
        kinds = frozenset(kind for letter in self.letters for kind in _KINDS[letter])
        if not self.items:
            return lambda argument: type(argument) in kinds
        items = frozenset(_KINDS[self.items[0]]) - {Missing}
        return lambda argument: (
            argument is MISSING or (type(argument) in kinds and items.issuperset(map(type, argument)))
        )

    def rejects(self, array: list[Value]) -> bool:
        """Whether this array has items of another type than it should."""
        return bool(self.items) and any(letter_of(item) != self.items[0] for item in array)


def letter_of(value: Value) -> str:
    """The letter of a value's type: one of the notation's, l for null or m for nothing."""
    kind = type(value)
    return _LETTERS.get(kind) or ("f" if isinstance(value, Function) else "m" if value is MISSING else "a")


@cache
def read(signature: str) -> Fit:
    """The check for a signature."""
    parameters = tuple(
        Parameter(letters.strip("()"), items.strip("<>"), signs)
        for letters, items, signs in _PARAMETER.findall(signature[1:].partition(":")[0])
    )
    quick = _quick([parameter.takes() for parameter in parameters])
    return lambda arguments, context: arguments if quick(arguments) else _fit(parameters, arguments, context)


def _quick(takes: list[Callable[[Value], bool]]) -> Callable[[list[Value]], bool]:
    """Whether there are as many arguments as parameters, and each can be handed on just as it is."""
    if len(takes) == 1:
        [only] = takes
        return lambda arguments: len(arguments) == 1 and only(arguments[0])

    return lambda arguments: len(arguments) == len(takes) and all(map(operator.call, takes, arguments))


@cache
def _patterns(parameters: tuple[Parameter, ...]) -> list["re.Pattern[str]"]:
    """What the letters of the arguments must look like, for the first parameter, the first two, and so on to all."""
    groups = [f"({parameter.pattern})" for parameter in parameters]
    return [re.compile("".join(groups[: end + 1])) for end in range(len(groups))]


def _fit(parameters: tuple[Parameter, ...], arguments: list[Value], context: Value) -> list[Value]:
    patterns = _patterns(parameters)
    letters = "".join(map(letter_of, arguments))
    match = patterns[-1].fullmatch(letters) if patterns else re.fullmatch("", letters)
    if match is None:
        raise JsonataError("T0410", index=1 + _good_to(patterns, letters))
    fitted: list[Value] = []
    taken = 0
    for parameter, given in zip(parameters, match.groups(), strict=True):
        if given:
            fitted += [_fitted(parameter, letter, arguments[at], at + 1) for at, letter in enumerate(given, taken)]
        else:
            fitted.append(_left_out(parameter, context, taken + 1))
        taken += len(given)
    return fitted


def _good_to(patterns: list["re.Pattern[str]"], letters: str) -> int:
    """How many arguments fit from the left."""
    good = 0
    for pattern in patterns:
        match = pattern.match(letters)
        if match is None:
            break
        good = match.end()
    return good


def _left_out(parameter: Parameter, context: Value, index: int) -> Value:
    if "-" not in parameter.signs:
        return MISSING
    if not re.match(parameter.type_pattern, letter_of(context)):
        raise JsonataError("T0411", value=context, index=index)
    return context


def _fitted(parameter: Parameter, letter: str, argument: Value, index: int) -> Value:
    """The argument; where an array is asked for, anything else becomes the only item of one."""
    if parameter.letters != "a" or letter == "m":
        return argument
    if parameter.rejects(argument if letter == "a" else [argument]):
        raise JsonataError("T0412", index=index, type=_PLURALS.get(parameter.items, MISSING))
    return argument if letter == "a" else [argument]
