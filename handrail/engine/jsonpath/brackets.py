"""Finds where a bracket is closed, past quoted text, patterns and inner brackets."""

from typing import Final

PAIRS: Final = {"[": "]", "(": ")", "{": "}"}


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; -1 where it is not."""
    awaited: list[str] = []
    position = start
    while 0 <= position < len(text):
        character = text[position]
        if character in PAIRS:
            awaited.append(PAIRS[character])
        elif character in "'\"/":
            position = quote_end(text, position)
            if position < 0:
                return -1
        elif awaited and character == awaited[-1]:
            awaited.pop()
            if not awaited:
                return position
        position += 1
    return -1


def quote_end(text: str, start: int) -> int:
    """Where the quotation that opens at `start` ends, past escaped characters; -1 where it does not."""
    quote = text[start]
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == quote:
            return position
        position += 1
    return -1
