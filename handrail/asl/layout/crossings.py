"""The order of columns from left to right in which few lines cross, found by moving one column at a time.

A column keeps its place in all its rows, so lines within one are straight, and only the links between columns count.
The method is global sifting (Bachmaier, Brandenburg, Brunner and Hübner, 2010).
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

Reach = tuple[int, int]  # the first and the last row of a column

ROUNDS = 4
# Swaps that a round may try; with many columns each is moved over fewer others.
SWAPS = 8_000
# More links between two rows than a reader could follow anyway: they are left as they are.
CROWD = 100


class Jog(NamedTuple):
    """A link between two columns: `upper` in the row `gap`, `lower` in the next one.

    It touches a box at its side above (`flank` -1), below (1), or not at all (0).
    """

    gap: int
    upper: int
    lower: int
    flank: int = 0


class Tangle(NamedTuple):
    """The columns, the links between them by column and gap, and where each column stands in the order."""

    reaches: Sequence[Reach]
    jogs: Sequence[dict[int, list[Jog]]]
    place: list[int]


def ordered(reaches: Sequence[Reach], jogs: Sequence[Jog], start: Sequence[int]) -> list[int]:
    """The columns from left to right, from an order that says where they best stand if no line crosses.

    Column 0 is the main line: the others move past it.
    """
    order = [*start]
    place = [0] * len(order)
    for position, column in enumerate(order):
        place[column] = position
    by_column: list[dict[int, list[Jog]]] = [{} for _ in order]
    for jog in jogs:
        for column in {jog.upper, jog.lower}:
            by_column[column].setdefault(jog.gap, []).append(jog)
    tangle = Tangle(reaches, by_column, place)
    for _ in range(ROUNDS):
        tangled = [*crossed(reaches, jogs, place)]
        window = SWAPS // (4 * len(tangled) + 1)
        if window < 2 or not sum(sift(tangle, order, column, window) for column in tangled):
            break
    return order


def crossed(reaches: Sequence[Reach], jogs: Sequence[Jog], place: Sequence[int]) -> Iterator[int]:
    """The columns with a link that crosses something, but for the main line."""
    gaps: dict[int, list[Jog]] = {}
    for jog in jogs:
        gaps.setdefault(jog.gap, []).append(jog)
    passing: dict[int, list[Jog]] = {gap: [] for gap in gaps}
    for column, (top, bottom) in enumerate(reaches):
        for gap in range(top, bottom):
            if gap in passing:
                passing[gap].append(Jog(gap, column, column))
    found: set[int] = set()
    for gap, its in gaps.items():
        if len(its) + len(passing[gap]) > CROWD:
            continue
        for jog in its:
            for other in chain(its, passing[gap]):
                if cross(jog, other, place):
                    found |= {jog.upper, jog.lower, other.upper, other.lower}
    return iter(sorted(found - {0}))


def cross(one: Jog, other: Jog, place: Sequence[int]) -> bool:
    (above, below), (its_above, its_below) = ends(one, place), ends(other, place)
    return (above - its_above) * (below - its_below) < 0


def ends(jog: Jog, place: Sequence[int]) -> tuple[float, float]:
    """Where a link begins and ends in the order; what touches a side is outside of what touches above or below."""
    above, below = place[jog.upper], place[jog.lower]
    if not jog.flank:
        return above, below
    beside = 0.5 if (below > above) == (jog.flank < 0) else -0.5
    return (above + beside, below) if jog.flank < 0 else (above, below + beside)


def sift(tangle: Tangle, order: list[int], column: int, window: int) -> int:
    """Move one column to where its lines cross the fewest others; how many crossings that has saved."""
    start = tangle.place[column]
    best, gain = (0, 0, start), 0
    for step, end in ((-1, max(0, start - window)), (1, min(len(order) - 1, start + window))):
        while tangle.place[column] != end:
            gain += swap(tangle, order, tangle.place[column], step)
            best = max(best, (gain, -abs(tangle.place[column] - start), tangle.place[column]))
        while tangle.place[column] != start:
            gain += swap(tangle, order, tangle.place[column], -step)
    while tangle.place[column] != best[2]:
        swap(tangle, order, tangle.place[column], 1 if best[2] > start else -1)
    return best[0]


def swap(tangle: Tangle, order: list[int], position: int, step: int) -> int:
    """Let a column and its neighbour change places; how many crossings that saves."""
    one, other = order[position], order[position + step]
    before = between(tangle, one, other)
    order[position], order[position + step] = other, one
    tangle.place[one], tangle.place[other] = position + step, position
    return before - between(tangle, one, other)


def between(tangle: Tangle, one: int, other: int) -> int:
    """How often the lines of two columns cross each other."""
    few, many = sorted((tangle.jogs[one], tangle.jogs[other]), key=len)
    count = sum(
        cross(jog, rival, tangle.place) for gap in few if gap in many for jog in few[gap] for rival in many[gap]
    )
    return count + through(tangle, one, other) + through(tangle, other, one)


def through(tangle: Tangle, column: int, pillar: int) -> int:
    """How often the links of one column cross the straight line of another."""
    top, bottom = tangle.reaches[pillar]
    jogs = tangle.jogs[column]
    gaps = range(top, bottom) if bottom - top < len(jogs) else (gap for gap in jogs if top <= gap < bottom)
    return sum(cross(jog, Jog(gap, pillar, pillar), tangle.place) for gap in gaps for jog in jogs.get(gap, ()))
