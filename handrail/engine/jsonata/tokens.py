"""Text → tokens, as JSONata 2.0.6 cuts it."""

import re
from typing import Any, Final, NamedTuple

from handrail.engine.jsonata.sequence import normal
from handrail.engine.jsonata.wording import syntax_error

_BLANK = " \t\n\r\v"
_OPERATOR: Final = re.compile(r"\.\.|:=|!=|>=|<=|\*\*|~>|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~]")
_NAME: Final = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*")
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_PLAIN_TEXT: Final = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"true": True, "false": False, "null": None}


class Token(NamedTuple):
    """One token: its kind (operator, string, number, value, name, variable, regex, end) and what it says."""

    kind: str
    value: Any
    position: int


class Tokens:
    """The tokens of a text, one at a time, since a slash means division or a regex by what stands before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def next(self, *, after_operand: bool) -> Token:
        """The next token; after an operand a slash is division, elsewhere it opens a regular expression."""
        self._skip_blank()
        start, text = self._at, self._text
        if start >= len(text):
            return Token("end", "(end)", start)
        character = text[start]
        if character == "/" and not after_operand:
            return Token("regex", self._regex(), start)
        if operator := _OPERATOR.match(text, start):
            self._at = operator.end()
            return Token("operator", operator[0], start)
        if character in _PLAIN_TEXT:
            return Token("string", self._string(character), start)
        if number := _NUMBER.match(text, start):
            self._at = number.end()
            return Token("number", _number(number[0], start), start)
        if character == "`":
            return Token("name", self._quoted_name(), start)
        return self._name()

    def _skip_blank(self) -> None:
        text = self._text
        while self._at < len(text):
            if text[self._at] in _BLANK:
                self._at += 1
            elif text.startswith("/*", self._at):
                end = text.find("*/", self._at + 2)
                if end < 0:
                    raise syntax_error("S0106", self._at)
                self._at = end + 2
            else:
                return

    def _name(self) -> Token:
        start = self._at
        found = _NAME.match(self._text, start)
        word = found[0] if found else ""
        self._at += len(word)
        if word.startswith("$"):
            return Token("variable", word[1:], start)
        if word in ("and", "or", "in"):
            return Token("operator", word, start)
        if word in _WORDS:
            return Token("value", _WORDS[word], start)
        return Token("name", word, start)

    def _quoted_name(self) -> str:
        end = self._text.find("`", self._at + 1)
        if end < 0:
            raise syntax_error("S0105", self._at)
        name = self._text[self._at + 1 : end]
        self._at = end + 1
        return name

    def _string(self, quote: str) -> str:
        text, start, pieces = self._text, self._at, []
        self._at += 1
        while self._at < len(text):
            run = _PLAIN_TEXT[quote].match(text, self._at)
            pieces.append(run[0] if run else "")
            self._at += len(pieces[-1])
            if text[self._at : self._at + 1] == quote:
                self._at += 1
                return _join_surrogates("".join(pieces))
            if self._at < len(text):
                pieces.append(self._escape())
        raise syntax_error("S0101", start)

    def _escape(self) -> str:
        at = self._at + 1
        letter = self._text[at : at + 1]
        if letter in _ESCAPES:
            self._at += 2
            return _ESCAPES[letter]
        if letter != "u":
            raise syntax_error("S0103", at, token=letter)
        digits = self._text[at + 1 : at + 5]
        if not re.fullmatch("[0-9a-fA-F]+", digits):
            raise syntax_error("S0104", at)
        self._at += 6
        return chr(int(digits, 16))

    def _regex(self) -> str:
        text, start, depth = self._text, self._at + 1, 0
        for at in range(start, len(text)):
            character = text[at]
            if character == "/" and depth == 0 and _even_backslashes(text, at):
                if at == start:
                    raise syntax_error("S0301", at)
                flags = re.compile("[im]*").match(text, at + 1)
                self._at = flags.end() if flags else at + 1
                return text[start : self._at]
            if text[at - 1] != "\\":
                depth += (character in "([{") - (character in ")]}")
        raise syntax_error("S0302", len(text))


def _number(digits: str, position: int) -> int | float:
    number = float(digits)
    if number - number != 0:
        raise syntax_error("S0102", position, token=digits)
    return normal(number)


def _join_surrogates(text: str) -> str:
    """The two halves of a character that was written as two \\u escapes, as the one character they mean."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _even_backslashes(text: str, at: int) -> bool:
    return (at - len(text[:at].rstrip("\\"))) % 2 == 0
