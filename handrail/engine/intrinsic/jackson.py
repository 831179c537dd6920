"""What Jackson says of a text that is no JSON, which Step Functions passes on in causes."""

import re
from json import JSONDecodeError
from typing import Final

WORD: Final = r"[\w$]+"
VALUE: Final = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
SOURCE: Final = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"
# Python's message, by its beginning, and what Jackson was expecting instead of the character it found.
EXPECTATIONS: Final = {
    "Expecting property name": "was expecting double-quote to start field name",
    "Expecting ':'": "was expecting a colon to separate field name and value",
    "Expecting value": f"expected a valid value ({VALUE})",
}
STRING: Final = r'(?s:"(?:[^"\\]|\\.)*")'
KINDS: Final = {"{": "Object", "[": "Array"}


def explanation(error: JSONDecodeError) -> str:
    """The same error in Jackson's words, with its idea of the place."""
    words, place = described(*without_trailing_comma(error.msg, error.doc, error.pos))
    return f"{words}\n at {location(error.doc, place)}"


def without_trailing_comma(message: str, text: str, position: int) -> tuple[str, str, int]:
    """Python 3.13 has a message of its own for a comma before a bracket; Jackson stumbles over the bracket."""
    if not message.startswith("Illegal trailing comma"):
        return message, text, position
    bracket = position + 1 + len(text[position + 1 :]) - len(text[position + 1 :].lstrip(" \t\r\n"))
    return ("Expecting property name" if text[bracket] == "}" else "Expecting value"), text, bracket


def described(message: str, text: str, position: int) -> tuple[str, int]:
    """What is wrong, and where Jackson noticed."""
    if message.startswith("Unterminated string"):
        return "Unexpected end-of-input: was expecting closing quote for a string value", len(text)
    if position >= len(text):
        return unclosed(text), len(text)
    token = re.compile(WORD).match(text, position)
    if token and message.startswith("Expecting value"):
        return f"Unrecognized token '{token[0]}': was expecting ({VALUE})", token.end()
    character = text[position]
    expected = next((words for begin, words in EXPECTATIONS.items() if message.startswith(begin)), "")
    expected = expected or f"was expecting comma to separate {innermost(text, position)[0]} entries"
    return f"Unexpected character ('{character}' (code {ord(character)})): {expected}", position


def unclosed(text: str) -> str:
    """The text ends too early."""
    kind, start = innermost(text, len(text))
    marker = location(text, start)
    return f"Unexpected end-of-input: expected close marker for {kind} (start marker at {marker})"


def innermost(text: str, position: int) -> tuple[str, int]:
    """The kind of the innermost object or array around a position, and where it opens."""
    around: list[tuple[str, int]] = [("Root", 0)]
    # Strings are blanked so that brackets in them do not count.
    for place, character in enumerate(re.sub(STRING, lambda match: " " * len(match[0]), text[:position])):
        if character in KINDS:
            around.append((KINDS[character], place))
        elif character in "}]":
            around.pop()
    return around[-1]


def location(text: str, position: int) -> str:
    before = text[:position]
    return SOURCE.format(before.count("\n") + 1, position - before.rfind("\n"))
