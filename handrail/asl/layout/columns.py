"""Which nodes stand exactly above one another: the main line first, then whatever else can be kept straight."""

from collections.abc import Sequence

from handrail.asl.layout.chart import Chart, Link, hops, links
from handrail.asl.layout.crossings import Jog, Reach
from handrail.asl.layout.sketch import Sketch

Rank = tuple[bool, bool, float, int, int]


def columns(drawing: Sketch, plan: Chart) -> list[int]:
    """The column of each node; column 0 holds the main line."""
    below: dict[int, int] = {}
    above: dict[int, int] = {}
    for _, link in sorted(straight(drawing, plan), key=lambda pair: pair[0]):
        if link.upper not in below and link.lower not in above:
            below[link.upper], above[link.lower] = link.lower, link.upper
    return numbered(len(plan.nodes), above, below)


def straight(drawing: Sketch, plan: Chart) -> list[tuple[Rank, Link]]:
    """The links between the end of one node and the beginning of the next, and how much each is worth."""
    found = []
    for number, arrow in enumerate(drawing.arrows):
        its = links(drawing, plan, number)
        worth = (not drawing.is_main(number), drawing.exits.get(arrow.source) != number, -arrow.weight)
        for link in its:
            upper, lower = plan.nodes[link.upper], plan.nodes[link.lower]
            if upper.bottom == link.gap and lower.top == link.gap + 1:
                length = max(upper.bottom - upper.top, lower.bottom - lower.top)
                found.append(((*worth, -length, number), link))
    return found


def numbered(nodes: int, above: dict[int, int], below: dict[int, int]) -> list[int]:
    column = [-1] * nodes
    count = 0
    for node in range(nodes):
        if node in above:
            continue
        here: int | None = node
        while here is not None:
            column[here] = count
            here = below.get(here)
        count += 1
    return column


def reaches(plan: Chart, column: Sequence[int]) -> list[Reach]:
    """The first and the last row of each column."""
    found: dict[int, Reach] = {}
    for node, its in zip(plan.nodes, column, strict=True):
        top, bottom = found.get(its, (node.top, node.bottom))
        found[its] = min(top, node.top), max(bottom, node.bottom)
    return [found[its] for its in range(len(found))]


def first_order(drawing: Sketch, plan: Chart, column: Sequence[int], spans: Sequence[Reach]) -> list[int]:
    """The order to begin with: each column on its side of the main line, the shorter ones nearer to it."""
    side = [0] * len(spans)
    for way, drift in zip(plan.ways, drawing.drifts, strict=True):
        for node in way.nodes:
            side[column[node]] = side[column[node]] or drift
    for box, its in enumerate(drawing.sides):
        side[column[box]] = its
    side[0] = 0
    return sorted(range(len(spans)), key=lambda its: (side[its], side[its] * (spans[its][1] - spans[its][0]), its))


def jogs(drawing: Sketch, plan: Chart, column: Sequence[int]) -> list[Jog]:
    """The links between different columns, each once."""
    found = set()
    for number, way in enumerate(plan.ways):
        its = hops(drawing, plan, number)
        for at, link in enumerate(its):
            touches = (way.exits and at == 0) or (way.enters and at == len(its) - 1)
            is_box_above = link.upper < len(drawing.boxes)
            flank = (-1 if is_box_above else 1) if touches else 0
            found.add(Jog(link.gap, column[link.upper], column[link.lower], flank))
    return sorted(jog for jog in found if jog.upper != jog.lower)
