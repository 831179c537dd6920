"""From a JSON Pointer to line and column in the original text, and JSON syntax errors in words."""

import re
from typing import TYPE_CHECKING

from handrail.asl.pointer import tokens

if TYPE_CHECKING:
    from json import JSONDecodeError

STRING = r'"(?:[^"\\]|\\.)*"'
NAME = re.compile(rf"\s*({STRING})\s*:\s*", re.DOTALL)
MARK = re.compile(rf"{STRING}|[\[\]{{}}]", re.DOTALL)
SCALAR = re.compile(rf"{STRING}|[^\s,\]}}]+", re.DOTALL)
SPACE = re.compile(r"\s*")
NEXT = re.compile(r"\s*,\s*")

# What Python's reader says, in words for the person who wrote the text.
IN_WORDS = {
    "Unterminated string starting at": "the text that begins here has no closing quote",
    "Invalid control character at": "a line break or a tab inside a text is written \\n or \\t",
    "Invalid \\escape": "a backslash in a text is written \\\\",
    "Invalid \\uXXXX escape": "\\u is followed by four hexadecimal digits",
    "Expecting ',' delimiter": "a comma or a closing bracket is expected",
    "Expecting ':' delimiter": "a colon is expected",
    "Expecting property name enclosed in double quotes": "a name in double quotes is expected",
    "Expecting value": "a value is expected",
    "Extra data": "the definition has ended before this",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "the text begins with a byte order mark",
}


def position(text: str, pointer: str) -> tuple[int, int]:
    """Line and column, both from 1, of what a pointer addresses, or of the nearest thing around it that is there.

    A member of an object is found at its name, which is where an editor should point.
    """
    return line_and_column(text, offset(text, pointer))


def offset(text: str, pointer: str) -> int:
    here = value = skip(SPACE, text, 0)
    for token in tokens(pointer):
        found = member(text, value, token) if text[value : value + 1] == "{" else element(text, value, token)
        if found is None:
            break
        here, value = found
    return here


def member(text: str, start: int, token: str) -> tuple[int, int] | None:
    """Where an object's member has its name and its value; of several of one name, the last, as JSON readers do."""
    found = None
    at = start + 1
    while name := NAME.match(text, at):
        if unquoted(name[1]) == token:
            found = name.start(1), name.end()
        at = skip(NEXT, text, after(text, name.end()))
    return found


def element(text: str, start: int, token: str) -> tuple[int, int] | None:
    if text[start : start + 1] != "[" or not token.isdecimal():
        return None
    at = skip(SPACE, text, start + 1)
    for _ in range(int(token)):
        end = after(text, at)
        at = skip(NEXT, text, end)
        if at == end:
            return None
    return (at, at) if at < len(text) else None


def after(text: str, start: int) -> int:
    """Where the value that starts here ends. By bracket count, so that depth costs no recursion."""
    if text[start : start + 1] not in ("{", "["):
        return skip(SCALAR, text, start)
    depth = 0
    for mark in MARK.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return len(text)


def skip(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def unquoted(name: str) -> str:
    if "\\" not in name:
        return name[1:-1]
    from json import JSONDecodeError, loads  # wanted only for the rare name with an escape in it

    try:
        return str(loads(name, strict=False))
    except JSONDecodeError:
        return name[1:-1]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def explain(text: str, problem: "JSONDecodeError") -> str:
    """A JSON syntax error in words: line and column, what was expected, what stands there instead."""
    at = stop(text, problem)
    line, column = line_and_column(text, at)
    return f"The definition is not JSON: line {line}, column {column}: {reason(text, problem.msg, at)}"


def stop(text: str, problem: "JSONDecodeError") -> int:
    """Where reading stopped: at the bracket behind a comma too many, where Python 3.13 names the comma."""
    return skip(NEXT, text, problem.pos) if problem.msg.startswith("Illegal trailing comma") else problem.pos


def reason(text: str, message: str, at: int) -> str:
    there = text[at : at + 2]
    if text[:at].rstrip().endswith(",") and there[:1] in ("}", "]"):
        return "a comma stands before the closing bracket"
    if there in ("//", "/*"):
        return "JSON has no comments; a state has a Comment field"
    if there.startswith("'"):
        return "names and texts stand in double quotes"
    words = IN_WORDS.get(message, message)
    if not words.endswith("expected"):
        return words
    found = SCALAR.match(text, at)
    return (
        f"{words}, and here is {found[0][:20] if found else there[:1]}" if there else f"{words}, and the text ends here"
    )
