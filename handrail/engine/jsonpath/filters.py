"""Compiles the conditions of JSONPath filters, `[?(@.status == 'open' && @.count > 3)]`, into closures."""

import re
from collections.abc import Callable
from json import loads
from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.jsonpath.brackets import closing
from handrail.engine.jsonpath.comparisons import COMPARISONS, MISSING
from handrail.engine.jsonpath.search import compile_search
from handrail.engine.jsonpath.steps import Holds, PathSyntaxError, Step, is_definite

ReadSteps = Callable[[str, int], tuple[Step, ...]]
Operand = Callable[[Json, Json], Any]

# Texts, not compiled patterns: `re` compiles and keeps each when it is first needed.
BLANKS: Final = r"\s*"
SYMBOL: Final = r"[<>=~!]+|[A-Za-z]+"
STRING: Final = r"""(?s:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
NUMBER: Final = r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?"
PATTERN: Final = r"(?s:/((?:\\.|[^/\\])*)/([imsxu]*))"
WORD: Final = r"(?:true|false|null)\b"
LEADING_ZEROS: Final = r"^(-?)0+(?=\d)"
ESCAPED: Final = r"(?s:\\(.))"
WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None}
ENDS_PATH: Final = frozenset(" \t\r\n<>=~!&|),")


class Unfit(Exception):
    """A condition that names the judged value itself, `@`, met a value that has no inside; it does not hold."""


def compile_filter(text: str, read_steps: ReadSteps) -> Holds:
    """The condition between `?` and the closing bracket, which stands in parentheses."""
    reader = FilterReader(text, read_steps)
    if not text.startswith("("):
        raise reader.wrong("parentheses around its condition")
    condition = reader.single()
    if reader.position < len(text):
        raise reader.wrong("its end")

    def holds(item: Json, root: Json) -> bool:
        try:
            return condition(item, root)
        except Unfit:
            return False

    return holds


class FilterReader:
    """A place in the text of a filter; what is taken is taken with the blanks after it."""

    __slots__ = ("position", "read_steps", "text")

    def __init__(self, text: str, read_steps: ReadSteps) -> None:
        self.text = text
        self.read_steps = read_steps
        self.position = 0

    def take(self, pattern: str) -> re.Match[str] | None:
        match = re.compile(pattern).match(self.text, self.position)
        if match is not None:
            self.go_to(match.end())
        return match

    def starts(self, token: str) -> bool:
        found = self.text.startswith(token, self.position)
        if found:
            self.go_to(self.position + len(token))
        return found

    def go_to(self, position: int) -> None:
        blanks = re.compile(BLANKS).match(self.text, position)
        self.position = blanks.end() if blanks is not None else position

    def wrong(self, expected: str) -> PathSyntaxError:
        return PathSyntaxError(f'The filter "{self.text}" lacks {expected} at its character {self.position + 1}.')

    def either(self) -> Holds:
        left = self.both()
        while self.starts("||"):
            left = any_of(left, self.both())
        return left

    def both(self) -> Holds:
        left = self.single()
        while self.starts("&&"):
            left = all_of(left, self.single())
        return left

    def single(self) -> Holds:
        if self.starts("!"):
            return negation(self.single())
        if not self.starts("("):
            return self.comparison()
        inner = self.either()
        if not self.starts(")"):
            raise self.wrong("a )")
        return inner

    def comparison(self) -> Holds:
        """`value operator value`, or a path alone: whether it leads anywhere."""
        path = self.path()
        left = constant(self.literal()) if path is None else compile_operand(path, self.read_steps)
        symbol = self.take(SYMBOL)
        if symbol is None:
            if path is None:
                raise self.wrong("an operator")
            return existence(path, self.read_steps)
        compare = COMPARISONS.get(symbol[0].upper())
        if compare is None:
            raise self.wrong("a known operator")
        right = self.operand()
        return lambda item, root: compare(left(item, root), right(item, root))

    def operand(self) -> Operand:
        path = self.path()
        return constant(self.literal()) if path is None else compile_operand(path, self.read_steps)

    def path(self) -> str | None:
        """The text of a path that begins here, up to a blank, an operator or a closing parenthesis outside brackets."""
        text, begin = self.text, self.position
        if not text.startswith(("@", "$"), begin):
            return None
        end = begin + 1
        while end < len(text) and text[end] not in ENDS_PATH:
            if text[end] in "[(":
                end = closing(text, end)
                if end < 0:
                    raise self.wrong("a closing bracket for the path")
            end += 1
        self.go_to(end)
        return text[begin:end]

    def literal(self) -> Any:
        if match := self.take(STRING):
            return re.sub(ESCAPED, r"\1", match[0][1:-1])
        if match := self.take(WORD):
            return WORDS[match[0]]
        if match := self.take(NUMBER):
            return loads(re.sub(LEADING_ZEROS, r"\1", match[0]))
        if match := self.take(PATTERN):
            return self.pattern(match[1], match[2])
        return self.collection()

    def pattern(self, text: str, flags: str) -> re.Pattern[str]:
        try:
            return re.compile(f"(?{flags}){text}" if flags else text)
        except (re.error, OverflowError):
            raise self.wrong("a valid pattern") from None

    def collection(self) -> Json:
        """An array or an object, whose strings may stand in single quotes."""
        end = closing(self.text, self.position) if self.text.startswith(("[", "{"), self.position) else -1
        try:
            value: Json = loads(re.sub(STRING, double_quoted, self.text[self.position : end + 1]))
        except ValueError:
            raise self.wrong("a value") from None
        self.go_to(end + 1)
        return value


def double_quoted(match: re.Match[str]) -> str:
    """A string literal as JSON has it."""
    if match[0].startswith('"'):
        return match[0]
    inner = match[0][1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def any_of(left: Holds, right: Holds) -> Holds:
    return lambda item, root: left(item, root) or right(item, root)


def all_of(left: Holds, right: Holds) -> Holds:
    return lambda item, root: left(item, root) and right(item, root)


def negation(inner: Holds) -> Holds:
    return lambda item, root: not inner(item, root)


def constant(value: Any) -> Operand:
    return lambda _item, _root: value


def existence(text: str, read_steps: ReadSteps) -> Holds:
    """Whether a path leads anywhere, be it to null or false."""
    steps = read_steps(text, 1)
    if not steps:
        return lambda item, root: itself(item, root) is not MISSING
    find = finder(text, steps)
    return lambda item, root: bool(find(item, root))


def compile_operand(text: str, read_steps: ReadSteps) -> Operand:
    """A path inside a filter, from the judged value (`@`) or from the document (`$`)."""
    steps = read_steps(text, 1)
    if text == "@":
        return itself
    find = finder(text, steps)
    if not is_definite(steps):
        return find

    def operand(item: Json, root: Json) -> Any:
        hits = find(item, root)
        return hits[0] if hits else MISSING

    return operand


def finder(text: str, steps: tuple[Step, ...]) -> Callable[[Json, Json], list[Json]]:
    """Everything that a path leads to, from where it begins."""
    seek = compile_search(steps)
    from_root = text.startswith("$")

    def find(item: Json, root: Json) -> list[Json]:
        hits: list[Json] = []
        seek(root if from_root else item, root, hits)
        return hits

    return find


def itself(item: Json, _root: Json) -> Json:
    """`@` alone; Step Functions does not compare bare strings, numbers and so on with it."""
    if not isinstance(item, dict | list):
        raise Unfit
    return item
