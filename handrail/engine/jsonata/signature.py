"""What the arguments of a built-in function may be, in JSONata's own notation (`<s-nn?:s>`), and how they are fitted.

A letter is a type: s string, n number, b boolean, o object, a array, f function, j any JSON, x anything; `a<n>` an
array of numbers; `(sf)` one of several. `?` may be left out, `+` may be repeated, `-` defaults to the context value.
An argument that has nothing in it fits every type but f.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Function, Value

Fit = Callable[[list[Value], Value], list[Value]]
"""(arguments, context value) -> the arguments that the function gets; raises T0410, T0411 or T0412."""

_PARAMETER: Final = re.compile(r"(\(\w+\)|\w)(<[^<>]*>)?([-?+]*)")
_MATCHES: Final = {"a": "[asnblfom]", "x": "[asnblfom]", "j": "[asnblom]", "f": "f"}
_LETTERS: Final = {str: "s", int: "n", float: "n", bool: "b", type(None): "l", dict: "o", list: "a"}
_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


@dataclass(frozen=True, slots=True)
class Parameter:
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

    def takes(self, argument: Value) -> bool:
        """Whether the argument can be handed on just as it is."""
        letter = letter_of(argument)
        if letter == "m":
            return self.letters != "f"
        if self.letters == "a":
            return letter == "a" and not self.rejects(argument)
        return letter in self.letters or self.letters in "xj"

    def rejects(self, array: list[Value]) -> bool:
        """Whether this array has items of another type than it should."""
        return bool(self.items) and any(letter_of(item) != self.items[0] for item in array)


def letter_of(value: Value) -> str:
    """The letter of a value's type: one of the notation's, l for null or m for nothing."""
    kind = type(value)
    return _LETTERS.get(kind) or ("f" if kind is Function else "m" if value is MISSING else "a")


def read(signature: str) -> Fit:
    """The check for a signature."""
    parameters = [
        Parameter(letters.strip("()"), items.strip("<>"), signs)
        for letters, items, signs in _PARAMETER.findall(signature[1:].partition(":")[0])
    ]
    takes = [parameter.takes for parameter in parameters]
    count = len(parameters)
    patterns = [re.compile("".join(f"({each.pattern})" for each in parameters[: end + 1])) for end in range(count)]

    def fit(arguments: list[Value], context: Value) -> list[Value]:
        if len(arguments) == count:
            for take, argument in zip(takes, arguments, strict=True):
                if not take(argument):
                    break
            else:
                return arguments
        return _fit(parameters, patterns, arguments, context)

    return fit


def _fit(
    parameters: list[Parameter], patterns: list["re.Pattern[str]"], arguments: list[Value], context: Value
) -> list[Value]:
    letters = "".join(map(letter_of, arguments))
    match = patterns[-1].fullmatch(letters) if patterns else re.fullmatch("", letters)
    if match is None:
        raise JsonataError("T0410", index=1 + _good_to(patterns, letters))
    fitted: list[Value] = []
    taken = 0
    for parameter, given in zip(parameters, match.groups(), strict=True):
        if given:
            fitted += [
                _as_array(parameter, letter, arguments[taken + at], taken + at + 1) if parameter.letters == "a" else arguments[taken + at]
                for at, letter in enumerate(given)
            ]
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


def _as_array(parameter: Parameter, letter: str, argument: Value, index: int) -> Value:
    if letter == "m":
        return MISSING
    if letter == "a":
        bad = parameter.rejects(argument)
    else:
        bad = bool(parameter.items) and letter != parameter.items
    if bad:
        raise JsonataError("T0412", index=index, type=_PLURALS.get(parameter.items, MISSING))
    return argument if letter == "a" else [argument]
