"""Reads the text of a JSONPath, with what Jayway's compiler accepts and refuses, as Step Functions uses it."""

import re
from typing import Final

from handrail.engine.jsonpath.brackets import closing
from handrail.engine.jsonpath.filters import compile_filter
from handrail.engine.jsonpath.steps import Filter, Indices, Names, Path, PathSyntaxError, Scan, Slice, Step, Wildcard

# Texts, not compiled patterns: `re` compiles and keeps each when it is first needed, and most paths need few of them.
VARIABLE: Final = r"\$(\w*)"
# A name after a dot ends where the next step begins; what looks like a function call is part of it: Step Functions
# has no path functions and looks for a field called `length()`.
DOTTED: Final = r"(?s:(?:\\.|[^\s.\[(\\]|\([^()]*\))+)"
QUOTED: Final = r"""(?s:\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*)"""
INDEX: Final = r"-?[0-9]{1,9}"
INDICES: Final = rf"\[\s*({INDEX}\s*(?:,\s*{INDEX}\s*)*)\]"
# Jayway reads a third part, a step, and does not use it.
SLICE: Final = rf"\[\s*(?:({INDEX})?\s*:\s*({INDEX})|({INDEX})\s*:)\s*(?::\s*(?:{INDEX})?\s*)?\]"
STAR: Final = r"\[\s*\*\s*\]"
FILTER: Final = r"\[\s*\?"
LITERALLY: Final = r"(?s:\\(.))"
ESCAPED: Final = r"(?s:\\(?:u([0-9a-fA-F]{4})|(.)))"
NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def read_path(written: str) -> Path:
    """The path that a text says; raises PathSyntaxError where Step Functions takes it for none."""
    text = written.strip()
    try:
        return read_rooted(written, text)
    except RecursionError:
        raise PathSyntaxError(f"The path {shown(text)} is nested too deeply.") from None


def read_rooted(written: str, text: str) -> Path:
    """The path after its surrounding blanks are gone."""
    if not text.startswith("$"):
        raise PathSyntaxError(f"A path starts with $; this is {shown(text)}.")
    if text.startswith("$$"):
        return Path(written, "$$", read_steps(text, 2))
    match = re.match(VARIABLE, text)
    assert match is not None
    name = match[1]
    if name and not name.isidentifier():
        raise PathSyntaxError(f"{shown(name)} cannot be the name of a variable.", 1)
    return Path(written, name or "$", read_steps(text, match.end()))


def read_steps(text: str, position: int) -> tuple[Step, ...]:
    """The steps from a position to the end of the text."""
    reader = Reader(text, position)
    steps = []
    while reader.position < len(text):
        steps.append(reader.step())
    return tuple(steps)


def shown(text: str, longest: int = 60) -> str:
    return f'"{text}"' if len(text) <= longest else f'"{text[: longest - 1]}…"'


def unescaped(text: str) -> str:
    """The text of a quoted name or string: a backslash gives the character after it, `\\u` and `\\n` as in JSON."""
    if "\\" not in text:
        return text
    return re.sub(ESCAPED, lambda match: chr(int(match[1], 16)) if match[1] else NAMED.get(match[2], match[2]), text)


class Reader:
    """A place in the text of a path."""

    __slots__ = ("position", "text")

    def __init__(self, text: str, position: int) -> None:
        self.text = text
        self.position = position

    def take(self, pattern: str) -> re.Match[str] | None:
        """Go past what the pattern matches here."""
        match = re.compile(pattern).match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return match

    def starts(self, token: str) -> bool:
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def wrong(self, expected: str) -> PathSyntaxError:
        rest = self.text[self.position :]
        found = f"at {shown(rest)}" if rest else "at its end"
        return PathSyntaxError(f"The path {shown(self.text)} lacks {expected} {found}.", self.position)

    def step(self) -> Step:
        if self.starts(".."):
            return Scan(self.bracket() if self.next_is("[") else self.dotted())
        if self.starts("."):
            return self.bracket() if self.next_is("[") else self.dotted()
        if self.next_is("["):
            return self.bracket()
        raise self.wrong("a . or [")

    def next_is(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def dotted(self) -> Step:
        """The step after a dot: `name` or `*`."""
        if self.starts("*"):
            return Wildcard()
        match = self.take(DOTTED)
        if match is None:
            raise self.wrong("a name")
        return Names((re.sub(LITERALLY, r"\1", match[0]),))

    def bracket(self) -> Step:
        if match := self.take(INDICES):
            return Indices(tuple(int(index) for index in match[1].split(",")))
        if match := self.take(SLICE):
            start, end, only_start = match.groups()
            return Slice(slice(number(start or only_start), number(end)))
        if self.take(STAR):
            return Wildcard()
        if re.compile(FILTER).match(self.text, self.position):
            return self.filter()
        self.starts("[")
        return self.quoted()

    def quoted(self) -> Names:
        """Quoted names, separated by commas, up to the closing bracket."""
        names = []
        while match := self.take(QUOTED):
            names.append(unescaped(match[1] if match[1] is not None else match[2]))
            if self.starts("]"):
                return Names(tuple(names))
            if not self.starts(","):
                raise self.wrong("a ]")
        raise self.wrong("a quoted name, an index, a slice, * or ?(…)")

    def filter(self) -> Filter:
        end = closing(self.text, self.position)
        if end < 0:
            raise self.wrong("the ] of the filter")
        inner = self.text[self.position + 1 : end].strip()[1:].strip()
        self.position = end + 1
        return Filter(compile_filter(inner, read_steps))


def number(text: str | None) -> int | None:
    return int(text) if text else None
