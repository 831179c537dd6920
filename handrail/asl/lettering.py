"""How wide text is when it is drawn, where it breaks, and how it is written as XML."""

from unicodedata import east_asian_width

NARROW = frozenset("iljtfrI.,:;|!'`()[]{} ")
WIDE = frozenset("mwMW@%")
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
WIDTHS = {"narrow": 0.34, "wide": 0.9, "capital": 0.7, "other": 0.58, "full": 1.02}


def width(text: str, size: float) -> float:
    """The width in pixels at a font size, on the safe side, since the reader's font is not known here."""
    return sum(WIDTHS[kind(letter)] for letter in text) * size


def kind(letter: str) -> str:
    if letter in NARROW:
        return "narrow"
    if letter in WIDE:
        return "wide"
    if east_asian_width(letter) in "WF":
        return "full"
    return "capital" if letter.isupper() else "other"


def wrapped(text: str, size: float, widest: float, most: int) -> list[str]:
    """The text in at most so many lines, each no wider than `widest`; what does not fit ends in "…"."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        line = fitting(rest, size, widest)
        lines.append(line.strip())
        rest = rest[len(line) :].lstrip()
    if rest:
        last = lines.pop() + "…"
        while width(last, size) > widest and len(last) > 1:
            last = last[:-2] + "…"
        lines.append(last)
    return lines or [""]


def fitting(text: str, size: float, widest: float) -> str:
    """As much of a text as fits in a line, to the end of a word where there is one."""
    end, used = 0, 0.0
    while end < len(text) and (used := used + WIDTHS[kind(text[end])] * size) <= widest:
        end += 1
    if end == len(text):
        return text
    space = text.rfind(" ", 0, end + 1)
    return text[: space + 1] if space > 0 else text[: max(end, 1)]


def safe(text: str) -> str:
    """A text as XML; what XML cannot hold at all becomes the replacement character."""
    return "".join(letter if is_xml(letter) else "\ufffd" for letter in text).translate(ENTITIES)


def is_xml(letter: str) -> bool:
    return letter in "\t\n" or " " <= letter < "\ud800" or "\udfff" < letter < "\ufffe" or letter > "\uffff"
