"""The timeline of an execution in a terminal: one bar for each state, over the time that the run took."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from handrail.cli.output import STYLES, duration, visible
from handrail.engine.visits import Visit

WIDEST = 120
"""Columns of a timeline at most; a longer bar tells no more."""

LEAST = 10
"""Columns that the bars have at least, however long the names are."""

MOST_LANES = 10
"""Iterations that ended well and are drawn without --full; the others are all drawn."""


@dataclass(frozen=True)
class Marks:
    """What a bar is made of: work, waiting, the end of an attempt that failed, and what goes on."""

    work: str
    wait: str
    failed: str
    going_on: str


BLOCKS = Marks("█", "░", "✗", "▶")
PLAIN = Marks("#", ".", "x", ">")


@dataclass(frozen=True)
class Span:
    """The time that a timeline shows, in seconds since the epoch."""

    start: float
    end: float

    def cell(self, at: float, cells: int) -> int:
        """The column of a moment."""
        part = (at - self.start) / (self.end - self.start) if self.end > self.start else 0
        return min(max(int(part * cells), 0), cells - 1)


@dataclass(frozen=True)
class Row:
    """One line: a state, or in place of a visit how many lanes are left out."""

    label: str
    visit: Visit | None = None


def timeline(top: Sequence[Visit], span: Span, *, width: int, full: bool = False, plain: bool = False) -> list[Text]:
    """The bars of all visits below each other, nested ones indented; none where nothing was entered.

    `width` is that of the terminal in columns. What is not work is lighter: Wait states, and pauses before a retry.
    Marks differ, not only colours, so that it can be read without any; `plain` keeps them to ASCII.
    """
    rows = [*rows_of(top, full=full)]
    if not rows:
        return []
    took = [duration((row.visit.exited or span.end) - row.visit.entered) if row.visit else "" for row in rows]
    room = min(width, WIDEST)
    times = max(map(len, took))
    names = min(max(cell_len(row.label) for row in rows), max(room - times - LEAST - 4, LEAST))
    cells = max(room - names - times - 4, LEAST)
    marks = PLAIN if plain else BLOCKS
    lines = [
        Text.assemble(f"{fitted(row.label, names)}  {text:>{times}}  ", bar(row, span, cells, marks))
        for row, text in zip(rows, took, strict=True)
    ]
    ruler = axis(span, cells)
    return [*lines, Text(f"{'':{names + times + 4}}{ruler}", "dim")]


def rows_of(visits: Iterable[Visit], *, full: bool) -> Iterator[Row]:
    """Each visit and what ran inside it; of many lanes that ended well only the first."""
    for visit in visits:
        iteration = f" [{visit.lane}]" if visit.lane is not None else ""
        yield Row(f"{'  ' * visit.depth}{visible(visit.name)}{iteration}", visit)
        inner = sorted(visit.inner, key=lambda each: each.lane or 0)
        lanes = [(lane, [*states]) for lane, states in groupby(inner, key=attrgetter("lane"))]
        well = [lane for lane, states in lanes if all(each.status in ("SUCCEEDED", "CAUGHT") for each in states)]
        hidden = set() if full else set(well[MOST_LANES:])
        for lane, states in lanes:
            if lane not in hidden:
                yield from rows_of(states, full=full)
        if hidden:
            yield Row(f"{'  ' * (visit.depth + 1)}… {len(hidden):,} more (--full)")


def bar(row: Row, span: Span, cells: int, marks: Marks) -> Text:
    """One state's bar, with the attempts that failed."""
    visit = row.visit
    if visit is None:
        return Text()
    first, last = span.cell(visit.entered, cells), span.cell(visit.exited or span.end, cells)
    drawn = [" "] * first + [marks.wait if pauses(visit) else marks.work] * (last - first + 1)
    for begun, ended in visit.tries if pauses(visit) else ():
        for cell in range(span.cell(begun, cells), span.cell(ended or visit.exited or span.end, cells) + 1):
            drawn[cell] = marks.work
    # The last one is told apart by how the state ended.
    failed = visit.tries if visit.status in ("FAILED", "CAUGHT") else visit.tries[:-1]
    for _, ended in failed:
        if ended is not None:
            drawn[span.cell(ended, cells)] = marks.failed
    if visit.status == "FAILED":
        drawn[last] = marks.failed
    if visit.status == "RUNNING":
        drawn[last] = marks.going_on
    return Text("".join(drawn), style_of(visit))


def pauses(visit: Visit) -> bool:
    """Whether the time of a visit is not all work: a Wait, or a Task that paused between its attempts."""
    return visit.type == "Wait" or len(visit.tries) > 1


def style_of(visit: Visit) -> str:
    return "dim" if visit.type == "Wait" and visit.status == "SUCCEEDED" else STYLES[visit.status]


def axis(span: Span, cells: int) -> str:
    """`0          1:02:03`: where the bars begin and end."""
    end = duration(span.end - span.start)
    return f"0{end:>{max(cells - 1, len(end) + 1)}}"


def fitted(label: str, cells: int) -> str:
    """A label as wide as this; a longer one is cut."""
    return set_cell_size(label if cell_len(label) <= cells else f"{set_cell_size(label, cells - 1)}…", cells)
