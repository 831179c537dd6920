"""One root in words: its row in the table, the lines about it in a thread, and putting lines into the room there is.

A report holds addresses, actions, names of attributes and summaries, and no value of anything (S003-10, facts A13).
What is foreign in it is escaped on its way into the text, and cut to the room that it has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from handrail.notify import Post, batches, code, escape, section
from schemas.drift_result import Change, Counts, Diagnostic, RootResult
from tasks.drift_words import Words, counted

# Room for the lines of one section, in characters; in a thread there are this many posts, each of so many sections.
SECTION = 2_800
POSTS = 10
SECTIONS = 4

# Room for one foreign text: in a cell, and inside a line.
CELL = 200
TEXT = 300

T = TypeVar("T")


def what(root: RootResult, words: Words) -> str:
    """Why it could not be planned, or else how many resources are concerned."""
    match _reasons(root):
        case [only]:
            return _reason(root, only, words)
        case [reason, *others]:
            return f"{_reason(root, reason, words)} {words.more.format(len(others))}"
    if root.phase:
        return words.phases[root.phase]
    return ", ".join(_amounts(root.counts, words)) or ", ".join(root.notes)


def detail(root: RootResult, words: Words) -> str:
    """Everything that is told about one root, a line each."""
    lines = [
        *(f"• {escape(_reason(root, diagnostic, words), TEXT)}{_at(diagnostic)}" for diagnostic in _reasons(root)),
        *(f"• {_change(change, words.outside, words)}" for change in root.drift),
        *(f"• {_change(change, words.planned, words)}" for change in root.changes),
        *(f"• {escape(note, TEXT)}" for note in root.notes),
    ]
    return "\n".join([_heading(root, words), *cut(lines, SECTION - 3 * TEXT, words)])


def clean(roots: Iterable[RootResult], words: Words) -> Iterator[str]:
    """All clean roots in one text, with what a reader should know about each."""
    names = [
        code(tail(root.name, CELL), TEXT) + (f" ({escape(', '.join(root.notes), TEXT)})" if root.notes else "")
        for root in roots
        if root.verdict == "clean"
    ]
    if names:
        verdict, means = words.verdicts["clean"]
        yield f"*{verdict}*: {means}\n" + "\n".join(cut([f"• {name}" for name in names], SECTION - TEXT, words))


def thread(texts: Iterable[str], words: Words) -> tuple[Post, ...]:
    """The texts as posts of a thread; what has no room is counted."""
    grouped = batches(texts, SECTION, "\n\n")
    shown, rest = grouped[: POSTS * SECTIONS], grouped[POSTS * SECTIONS :]
    sections = [section("\n\n".join(batch)) for batch in shown]
    posts = [sections[at : at + SECTIONS] for at in range(0, len(sections), SECTIONS)]
    if rest:
        posts[-1].append(section(words.more.format(sum(map(len, rest)))))
    return tuple(
        Post(text=words.replies.format(number=number, all=len(posts)), blocks=tuple(blocks))
        for number, blocks in enumerate(posts, start=1)
    )


def tail(name: str, room: int) -> str:
    """The end of a path says more than its beginning."""
    return name if len(name) <= room else "…" + name[1 - room :]


def lasted(span: timedelta, words: Words) -> str:
    """`12 s`, `3 min 5 s`, `2 h 2 min`, `2 days 3 h`: the two largest units."""
    whole = max(round(span.total_seconds()), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    return f"{counted(whole // 86_400, words.days)} {whole % 86_400 // 3_600} h"


def names(roots: Sequence[str], words: Words, *, most: int = 2, room: int = CELL) -> str:
    """`a`, `b` and 38 more: roots in a line of mrkdwn."""
    shown = ", ".join(code(tail(name, room), room + 10) for name in roots[:most])
    return f"{shown} {words.more.format(len(roots) - most)}" if len(roots) > most else shown


def cut(lines: Sequence[str], room: int, words: Words) -> list[str]:
    """The first lines that have room together, and how many were left out."""
    shown = fitting(lines, lambda line: len(line) + 1, room)
    return [*shown, words.more.format(len(lines) - len(shown))] if len(lines) > len(shown) else shown


def fitting(items: Iterable[T], size: Callable[[T], int], room: int) -> list[T]:
    """The first items that have room together."""
    shown = []
    for item in items:
        room -= size(item)
        if room < 0:
            break
        shown.append(item)
    return shown


def _reasons(root: RootResult) -> tuple[Diagnostic, ...]:
    errors = tuple(diagnostic for diagnostic in root.diagnostics if diagnostic.severity == "error")
    return errors or (root.diagnostics if root.verdict in ("failed", "busy") else ())


def _reason(root: RootResult, diagnostic: Diagnostic, words: Words) -> str:
    phase = f"{words.phases[root.phase]}: " if root.phase else ""
    place = ":".join(str(part) for part in (diagnostic.file, diagnostic.line) if part)
    return f"{phase}{diagnostic.summary}" + (f" ({place})" if place else "")


def _amounts(counts: Counts, words: Words) -> list[str]:
    numbers: Mapping[str, int] = counts.model_dump()
    return [counted(numbers[field], noun) for field, noun in words.counts.items() if numbers[field]]


def _heading(root: RootResult, words: Words) -> str:
    verdict, means = words.verdicts[root.verdict]
    owner = words.owner.format(escape(root.owner, CELL)) if root.owner else ""
    said = filter(None, (f"*{verdict}*: {means}", words.modes[root.mode], owner))
    return f"{code(tail(root.name, CELL), TEXT)} {' · '.join(said)}"


def _change(change: Change, did: Mapping[tuple[str, ...], str], words: Words) -> str:
    happened = did.get(change.actions) or escape(", ".join(change.actions), TEXT)
    attributes = f": {code(', '.join(change.attributes), TEXT)}" if change.attributes else ""
    asides = [
        *([escape(change.reason.replace("_", " "), TEXT)] if change.reason else []),
        *([words.moved.format(code(change.moved_from, TEXT))] if change.moved_from else []),
    ]
    return f"{code(change.address, TEXT)} {happened}{attributes}" + (f" ({', '.join(asides)})" if asides else "")


def _at(diagnostic: Diagnostic) -> str:
    return f" {code(diagnostic.address, TEXT)}" if diagnostic.address else ""
