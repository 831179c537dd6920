"""Takes out of a text what is shaped like a secret, whoever wrote it: keys, tokens, credentials in URLs.

It knows no values; whoever knows some takes them out as well.
"""

import re

STARS = "***"

# What a secret is called.
NAME = (
    r"(?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)[\w-]{0,40}"
    # A name's closing quote has backslashes where JSON stands in JSON.
    r"\\{0,16}[\"']?\s*[=:]\s*"
)

# Shapes that are secrets whoever wrote them; what a group in KEPT matched stays. Every repetition that may be tried
# from many places is bounded, so that no text takes long.
SHAPES = re.compile(
    "|".join(
        (
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b",
            r"\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}",
            r"\bxox[abeoprs]-[\w-]{8,}|\bxapp-[\w-]{8,}|https://hooks\.slack\.com/\S+",
            r"\bAIza[\w-]{30,}|\bya29\.[\w-]+|\b[rs]k_(?:live|test)_\w{10,}|\bSG\.[\w-]{16,200}\.[\w-]+|\bhv[sb]\.[\w-]{20,}",
            r"\beyJ[\w-]{5,4000}\.[\w-]*(?:\.[\w-]*)?",
            r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,20}://)[^/\s@]{1,2000}@",
            r"(?P<auth>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}",
            rf"(?P<name>\b[\w-]{{0,40}}{NAME})"
            r"(?:\"[^\"]{0,4000}\"|'[^']{0,4000}'|(?P<slashes>\\{1,16})\".{0,4000}?(?<!\\)(?P=slashes)\"|"
            # A list or an object hides whole.
            r"\[[^\]]{0,4000}\]|\{[^}]{0,4000}\}|"
            # A value that stands in an address's index ends with it: x.y["password=…"].
            r"\S+?(?=[\"']\](?:[\s.,:;)\[]|\Z)|\s|\Z))",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
KEPT = ("scheme", "auth", "name")

# In an address's index all that follows the name is the secret, spaces too.
INDEX = re.compile(
    rf"(?P<before>\[(?P<quote>[\"'])(?:(?!(?P=quote))[^\\]|\\.){{0,1000}}?{NAME})"
    r"(?:(?!(?P=quote))[^\\]|\\.){1,4000}(?=(?P=quote)\])",
    re.IGNORECASE | re.DOTALL,
)


def masked(text: str) -> str:
    """The text with stars in the place of every such shape; to be called before a text is shortened."""
    return SHAPES.sub(_starred, INDEX.sub(rf"\g<before>{STARS}", text))


def _starred(found: re.Match[str]) -> str:
    kept = next((found[name] for name in KEPT if found[name]), "")
    return f"{kept}{STARS}@" if kept.endswith("://") else f"{kept}{STARS}"
