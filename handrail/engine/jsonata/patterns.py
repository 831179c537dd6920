"""What `$contains`, `$split`, `$match` and `$replace` do with matchers, as JSONata 2.0 does it.

A matcher is a regular expression, or any function that takes a text and gives its first match as an object with
`match`, `start`, `end` and `groups`, and with the match after it as `next`, a function without parameters.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from handrail.engine.jsonata.errors import JsonataError, LimitReached
from handrail.engine.jsonata.sequence import MISSING, Function, Sequence, Value, is_number
from handrail.engine.jsonata.wording import TOO_LONG

LONGEST: Final = 2.0
"""Seconds that looking for one match may take. It is no step that can be counted, and `/^(a+)+$/` never ends."""

_ATOM: Final = re.compile(r"\\k<\w+>|\\.|\(\?<(?![=!])|\[\^?\]|\{\d+(?:,\d*)?\}|.", re.DOTALL)
# A digit or a word is one of ASCII's to JavaScript and Java; to Python it is any of Unicode's.
_SETS: Final = {r"\d": "0-9", r"\w": "A-Za-z0-9_"}
_ATOMS: Final = {
    r"\d": "[0-9]",
    r"\D": "[^0-9]",
    r"\w": "[A-Za-z0-9_]",
    r"\W": "[^A-Za-z0-9_]",
    ".": "[^\\n\\r\u2028\u2029]",
    "[]": "(?!)",
    "[^]": r"[\s\S]",
    "(?<": "(?P<",
    # What is no count stands for itself.
    "{": r"\{",
}


def compiled(source: str, *, ignore_case: bool, multiline: bool) -> "re.Pattern[str]":
    """A regular expression of JavaScript's; raises re.error for what Python cannot read, and it is hard to read."""
    flags = (re.IGNORECASE if ignore_case else 0) | (re.MULTILINE if multiline else 0)
    return re.compile("".join(_translated(source, end="$" if multiline else r"\Z")), flags)


def _translated(source: str, end: str) -> Iterator[str]:
    in_set = False
    for atom in _ATOM.findall(source):
        if in_set:
            in_set = atom != "]"
            yield "\\[" if atom == "[" else _SETS.get(atom, atom)
        elif atom.startswith("\\k<"):
            yield f"(?P={atom[3:-1]})"
        else:
            in_set = atom == "["
            yield end if atom == "$" else _ATOMS.get(atom, atom)


class Pattern(Function):
    """A regular expression as a value, which is a matcher; one that finds no end raises LimitReached."""

    def __init__(self, original: "re.Pattern[str]") -> None:
        super().__init__(self._call, 1)
        self.original = original

    @cached_property
    def interruptible(self) -> Any:
        """The same for `regex`, which can be told to give up; loaded by the first machine that looks for a pattern."""
        import regex

        return regex.compile(self.original.pattern, self.original.flags)

    def _search(self, text: str, start: int = 0) -> "re.Match[str] | None":
        try:
            # `concurrent` lets other threads work meanwhile.
            found: re.Match[str] | None = self.interruptible.search(text, start, timeout=LONGEST, concurrent=True)
        except TimeoutError:
            raise LimitReached(TOO_LONG) from None
        return found

    def _call(self, arguments: list[Value], _context: Value) -> Value:
        text = arguments[0] if arguments else MISSING
        return self._told(self._search(text), text) if isinstance(text, str) else MISSING

    def _told(self, found: "re.Match[str] | None", text: str) -> Value:
        if found is None:
            return MISSING
        return {
            "match": found[0],
            "start": _units(text, found.start()),
            "end": _units(text, found.end()),
            "groups": list(found.groups()),
            "next": Function(lambda _given, _context: self._after(found, text), 0),
        }

    def _after(self, found: "re.Match[str]", text: str) -> Value:
        """The next match, which must not be empty: what follows it would be the same one for ever."""
        if found.end() >= len(text):
            return MISSING
        following = self._search(text, found.end())
        if following is not None and not following[0]:
            raise JsonataError("D1004")
        return self._told(following, text)


# Positions count UTF-16 units, as JavaScript and Java count them.


def _units(text: str, position: int) -> int:
    return position if _is_narrow(text) else len(text[:position].encode("utf-16-le", "surrogatepass")) // 2


def _between(text: str, start: int, end: int | None = None) -> str:
    if _is_narrow(text):
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "surrogatepass")


def _is_narrow(text: str) -> bool:
    return text.isascii() or max(text) < "\U00010000"


def _first(matcher: Function, text: str) -> Any:
    return _checked(matcher.call([text], None))


def _matches(matcher: Function, text: str, limit: Value) -> Iterator[dict[str, Any]]:
    """The matches, at most so many; the one after the last is looked for too, as JSONata does."""
    count = 0
    found: Any = _first(matcher, text) if limit is MISSING or limit > 0 else MISSING
    while found is not MISSING and (limit is MISSING or count < limit):
        yield found
        found = _checked(found["next"].call([], None))
        count += 1


def _checked(found: Value) -> Any:
    if found is not MISSING and not (isinstance(found, dict) and _is_match(found)):
        raise JsonataError("T1010")
    return found


def _is_match(found: dict[str, Any]) -> bool:
    return (
        isinstance(found.get("match"), str)
        and is_number(found.get("start"))
        and is_number(found.get("end"))
        and isinstance(found.get("groups"), list)
        and isinstance(found.get("next"), Function)
    )


def contains(text: str, matcher: Function) -> bool:
    return _first(matcher, text) is not MISSING


def split(text: str, matcher: Function, limit: Value) -> list[str]:
    """The texts between the matches; those after `limit` of them are left out."""
    parts: list[str] = []
    start = 0
    for found in _matches(matcher, text, limit):
        parts.append(_between(text, start, found["start"]))
        start = found["end"]
    if limit is MISSING or len(parts) < limit:
        parts.append(_between(text, start))
    return parts


def match(text: Value, matcher: Value, limit: Value) -> Value:
    """`$match`: what was found, where, and what the groups hold (null for a group that took no part)."""
    if text is MISSING:
        return MISSING
    if limit is not MISSING and limit < 0:
        raise JsonataError("D3040", value=limit, index=3)
    return Sequence(
        {"match": found["match"], "index": found["start"], "groups": found["groups"]}
        for found in _matches(matcher, text, limit)
    )


def replace(text: str, matcher: Function, replacement: Value, limit: Value) -> str:
    """The text with each match replaced: by a text with `$1` and the like in it, or by what a function gives."""
    result, position = "", 0
    for found in _matches(matcher, text, limit):
        put = replacement.call([found], None) if isinstance(replacement, Function) else _filled(replacement, found)
        if not isinstance(put, str):
            raise JsonataError("D3012", value=put)
        result += _between(text, position, found["start"]) + put
        position = found["end"]
    return result + _between(text, position)


def _filled(replacement: Value, found: dict[str, Any]) -> Value:
    """`$0` is the match, `$1` its first group and `$$` a dollar; a number beyond the groups is read a digit shorter."""
    if not isinstance(replacement, str):
        return replacement
    groups = found["groups"]

    def fill(reference: "re.Match[str]") -> str:
        digits = reference[1]
        if digits in ("$", "0"):
            return "$" if digits == "$" else str(found["match"])
        known = digits[:-1] if len(digits) > 1 and int(digits) > len(groups) else digits
        group = groups[int(known) - 1] if int(known) <= len(groups) else None
        return (group or "") + digits[len(known) :]

    return re.sub(rf"\$(\$|0|[1-9][0-9]{{0,{len(str(len(groups))) - 1}}})", fill, replacement)
