"""Putting foreign text into Slack's mrkdwn so that it can neither mention, nor link, nor break out of its place.

Slack asks for `&`, `<` and `>` to be escaped; everything that has an effect (`<!channel>`, `<@U…>`, `<url|label>`)
needs a `<`. Sources: https://docs.slack.dev/messaging/formatting-message-text, facts A13.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

# Control, format (bidirectional overrides, zero-width) and lone surrogate characters: unseen, and able to mislead.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# mrkdwn knows no escape for a backtick inside `code`; this one looks the same and ends nothing.
_LOOKS_LIKE_BACKTICK = "\N{MODIFIER LETTER GRAVE ACCENT}"
_LOOKS_LIKE_ASTERISK = "\N{ASTERISK OPERATOR}"

# A person's id begins with U or W, a user group's with S. A digit tells them from a word in capitals.
_ID = re.compile(r"(?=\D*\d)[A-Z0-9]{9,}")


def plain(text: str) -> str:
    """The text on one line, runs of white space as one space, each character that cannot be seen as U+FFFD."""
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _UNSEEN else c for c in line)


def escape(text: str, most: int = 3_000) -> str:
    """Foreign text as mrkdwn that shows it: no mention, no link, no new line, and at most this many characters."""
    line = plain(text)
    shown = line.translate(_ENTITIES)
    return shown if len(shown) <= most else _beginning(line, most - 1) + "…"


def code(text: str, most: int = 3_000) -> str:
    """Foreign text as mrkdwn in fixed width; bold, italic and strike signs in it stay signs, and nothing is `-`."""
    return f"`{escape(text, most - 2).replace('`', _LOOKS_LIKE_BACKTICK) or '-'}`"


def mention(owner: str, most: int = 300) -> str:
    """A Slack id as a mention that reaches people (`<@U…>`, `<!subteam^S…>`); any other name in bold, and no effect."""
    if _ID.fullmatch(owner) and owner[0] in "UW":
        return f"<@{owner}>"
    if _ID.fullmatch(owner) and owner[0] == "S":
        return f"<!subteam^{owner}>"
    return f"*{escape(owner, most - 2).replace('*', _LOOKS_LIKE_ASTERISK) or '-'}*"


def shorten(text: str, most: int) -> str:
    """At most this many characters, the last one `…` where something was cut; for plain text, not for mrkdwn."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def listed(words: Sequence[str], most: int, more: str = "and {:,} more") -> str:
    """`a, b, c and 12 more`: the first `most` words and how many were left out."""
    shown = ", ".join(words[:most])
    return f"{shown} {more.format(len(words) - most)}" if len(words) > most else shown


def batches(texts: Iterable[str], room: int, between: str = "\n") -> list[list[str]]:
    """The texts in order, put together as long as their join has room; a text is never split."""
    grouped: list[list[str]] = []
    used = 0
    for text in texts:
        used += len(between) + len(text)
        if not grouped or used > room:
            grouped.append([])
            used = len(text)
        grouped[-1].append(text)
    return grouped


def _beginning(line: str, room: int) -> str:
    """As much of the line as fits when escaped; no entity is cut in two."""
    shown = ""
    for letter in line:
        entity = letter.translate(_ENTITIES)
        if len(shown) + len(entity) > room:
            break
        shown += entity
    return shown.rstrip()
