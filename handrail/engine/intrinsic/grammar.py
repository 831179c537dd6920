"""Reads the text of an intrinsic function call into a tree.

    call      = States.Name( [argument {, argument}] )
    argument  = 'text' | number | true | false | null | path | call

Source: "Intrinsics for JSONPath states" in the Step Functions Developer Guide.
"""

import re
from json import loads
from typing import Final, NamedTuple

from handrail.asl.model import Json
from handrail.engine.jsonpath.brackets import closing
from handrail.errors import did_you_mean

MOST_NESTED: Final = 10
"""Calls inside calls, the outermost one counted (Developer Guide)."""

# Texts, not compiled patterns: `re` compiles and keeps each when it is first needed.
CALL: Final = r"States\.(\w*)\("
BLANKS: Final = r"\s*"
STRING: Final = r"'((?:[^'\\]|\\['{}\\])*)'"
NUMBER: Final = r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,5})?"
WORD: Final = r"true|false|null"
ESCAPED: Final = r"\\(.)"


class IntrinsicSyntaxError(ValueError):
    """Text that Step Functions does not take for an intrinsic call; `position` counts characters from its start."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(message)


class Literal(NamedTuple):
    """A fixed argument; `raw` is what stands between the quotes of a text."""

    value: Json
    raw: str = ""


class PathArgument(NamedTuple):
    """An argument that a path finds."""

    text: str
    position: int


class Call(NamedTuple):
    """A function's name without `States.`, and its arguments."""

    name: str
    arguments: "tuple[Argument, ...]"


Argument = Literal | PathArgument | Call


def read_call(text: str, names: frozenset[str]) -> Call:
    """The call that a text says; `names` are the functions that there are."""
    reader = CallReader(text, names)
    call = reader.call(1)
    if call is None:
        raise reader.wrong("a function call, States.Name(…)")
    reader.skip()
    if reader.position < len(text):
        raise reader.wrong("its end")
    return call


class CallReader:
    """A place in the text of a call."""

    __slots__ = ("names", "position", "text")

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.position = 0

    def take(self, pattern: str) -> re.Match[str] | None:
        match = re.compile(pattern).match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return match

    def skip(self) -> None:
        self.take(BLANKS)

    def starts(self, token: str) -> bool:
        """Whether this comes next, perhaps after blanks; it is taken with the blanks after it."""
        self.skip()
        found = self.text.startswith(token, self.position)
        if found:
            self.position += len(token)
            self.skip()
        return found

    def wrong(self, expected: str) -> IntrinsicSyntaxError:
        place = f"at its character {self.position + 1}" if self.position < len(self.text) else "at its end"
        return IntrinsicSyntaxError(f"The call {self.text} lacks {expected} {place}.", self.position)

    def call(self, depth: int) -> Call | None:
        begin = self.position
        match = self.take(CALL)
        if match is None:
            return None
        name = match[1]
        if name not in self.names:
            near = did_you_mean(name, sorted(self.names))
            raise IntrinsicSyntaxError(f"There is no intrinsic function States.{name}.{near}", begin)
        if depth > MOST_NESTED:
            raise IntrinsicSyntaxError(f"Calls may be nested {MOST_NESTED} deep; this one is deeper.", begin)
        return Call(name, self.arguments(depth))

    def arguments(self, depth: int) -> "tuple[Argument, ...]":
        if self.starts(")"):
            return ()
        arguments = [self.argument(depth)]
        while self.starts(","):
            arguments.append(self.argument(depth))
        self.skip()
        if not self.text.startswith(")", self.position):
            raise self.wrong("a , or )")
        self.position += 1
        return tuple(arguments)

    def argument(self, depth: int) -> "Argument":
        if match := self.take(STRING):
            return Literal(re.sub(ESCAPED, r"\1", match[1]), match[1])
        if self.text.startswith("$", self.position):
            return self.path()
        if match := self.take(NUMBER) or self.take(WORD):
            return Literal(loads(match[0]))
        inner = self.call(depth + 1)
        if inner is None:
            raise self.wrong("an argument: a 'text', a number, true, false, null, a path or a call")
        return inner

    def path(self) -> PathArgument:
        """A path ends at a comma, a blank or a closing parenthesis outside its brackets."""
        text, begin = self.text, self.position
        end = begin
        while end < len(text) and text[end] not in ",) \t\r\n":
            if text[end] in "[(":
                end = closing(text, end)
                if end < 0:
                    raise self.wrong("a closing bracket for the path")
            end += 2 if text[end] == "\\" else 1
        self.position = min(end, len(text))
        return PathArgument(text[begin : self.position], begin)
