"""How far each column stands from the main line: as near as what lies between allows, and straight below its links."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from handrail.asl.layout.chart import Link
from handrail.asl.layout.sketch import LEFT, RIGHT
from handrail.asl.layout.stubs import Settled

# The gap between neighbours in a row, by what they are.
LEAST = {
    ("box", "box"): 32.0,
    ("box", "label"): 16.0,
    ("box", "line"): 18.0,
    ("label", "label"): 10.0,
    ("label", "line"): 2.0,
    ("line", "line"): 14.0,
}
GAPS = LEAST | {(right, left): gap for (left, right), gap in LEAST.items()}
ROUNDS = 4

Distance = tuple[int, float]  # to this column at least so far


class Shape(NamedTuple):
    """What a node is, and how far it reaches to each side, with the labels that stand there."""

    kind: str
    left: float = 0.0
    right: float = 0.0


LINE = Shape("line")


class Neighbours(NamedTuple):
    """For each column those on its left and on its right, in any row."""

    left: list[list[Distance]]
    right: list[list[Distance]]


def spread(drawn: Settled, links: Iterable[Link]) -> list[float]:
    """The x of each column; the main line stands at 0 and has its place in all rows."""
    count = len(drawn.order)
    near = neighbours(drawn)
    x = [0.0] * count
    middle = drawn.order.index(0)
    for column in drawn.order[middle + 1 :]:
        x[column] = max(x[other] + least for other, least in near.left[column])
    for column in reversed(drawn.order[:middle]):
        x[column] = min(x[other] - least for other, least in near.right[column])
    pulls = pulled(drawn.column, links, count)
    for _ in range(ROUNDS):
        moved = [settle(column, x, near, pulls[column]) for column in drawn.order if column]
        moved += [settle(column, x, near, pulls[column]) for column in reversed(drawn.order) if column]
        if not any(moved):
            break
    return x


def settle(column: int, x: list[float], near: Neighbours, pulls: Sequence[int]) -> bool:
    """Move a column towards the median of what it is linked to, as far as its neighbours leave room."""
    if not pulls:
        return False
    wanted = sorted(x[other] for other in pulls)
    low, high = wanted[(len(wanted) - 1) // 2], wanted[len(wanted) // 2]
    goal = min(max(x[column], low), high)
    least = max((x[other] + distance for other, distance in near.left[column]), default=-inf)
    most = min((x[other] - distance for other, distance in near.right[column]), default=inf)
    before, x[column] = x[column], min(max(goal, least), most)
    return abs(before - x[column]) > 0.5


def pulled(column: Sequence[int], links: Iterable[Link], count: int) -> list[list[int]]:
    """For each column the columns at the other end of its links."""
    pulls: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        upper, lower = column[link.upper], column[link.lower]
        if upper != lower:
            pulls[upper].append(lower)
            pulls[lower].append(upper)
    return pulls


def neighbours(drawn: Settled) -> Neighbours:
    rows: dict[int, list[tuple[int, int]]] = {}
    rank = {column: place for place, column in enumerate(drawn.order)}
    for number, node in enumerate(drawn.plan.nodes):
        for row in range(node.top, node.bottom + 1):
            rows.setdefault(row, []).append((rank[drawn.column[number]], number))
    shapes = [shape(drawn, number) for number in range(len(drawn.plan.nodes))] + [LINE]
    columns = [*drawn.column, 0]
    found = Neighbours([[] for _ in rank], [[] for _ in rank])
    for its in rows.values():
        line = [] if any(place == rank[0] for place, _ in its) else [(rank[0], len(shapes) - 1)]
        for (_, left), (_, right) in pairwise(sorted([*its, *line])):
            distance = shapes[left].right + GAPS[shapes[left].kind, shapes[right].kind] + shapes[right].left
            found.right[columns[left]].append((columns[right], distance))
            found.left[columns[right]].append((columns[left], distance))
    return found


def shape(drawn: Settled, node: int) -> Shape:
    size = drawn.plan.nodes[node].size
    if size is None:
        return LINE
    half = size.width / 2
    left, right = (half + drawn.breadth.get((node, side), 0.0) for side in (LEFT, RIGHT))
    return Shape("box" if node < drawn.boxes else "label", left, right)
