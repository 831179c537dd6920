"""The rows of a drawing and what stands in them: boxes in the even rows, labels and passing lines in those between."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from handrail.asl.layout.flanks import Flanks
from handrail.asl.layout.geometry import Size
from handrail.asl.layout.sketch import Lane, Sketch


class Node(NamedTuple):
    """What takes a place in the rows from `top` to `bottom`; a line that passes has no size."""

    top: int
    bottom: int
    size: Size | None = None


class Way(NamedTuple):
    """The nodes that an arrow passes, in its own direction.

    `up` if it leads back; `label` is the node that is its label; `exits` and `enters` tell at which of its ends it
    touches the box at a side, where its label then stands beside the box.
    """

    nodes: tuple[int, ...] = ()
    up: bool = False
    label: int | None = None
    exits: bool = False
    enters: bool = False


class Chart(NamedTuple):
    """The boxes as nodes, all others behind them, and the way of each arrow."""

    nodes: Sequence[Node]
    ways: Sequence[Way]


class Net(NamedTuple):
    """What comes together at a node, from above or upwards from below, and looks the same: it is drawn as one line."""

    node: int
    stroke: str
    up: bool


class Link(NamedTuple):
    """A piece of an arrow from the row `gap` to the next one, between two nodes."""

    gap: int
    upper: int
    lower: int
    net: Net


def chart(drawing: Sketch, flanks: Flanks) -> Chart:
    """The nodes of all boxes, labels and lines; arrows to the same box share the line there as far as they can."""
    nodes = [Node(2 * layer, 2 * layer, size) for layer, size in zip(drawing.layer, drawing.boxes, strict=True)]
    lanes = shared(drawing, flanks, nodes)
    ways = []
    for number in range(len(drawing.arrows)):
        own = [*private(drawing, number, flanks)]
        first = len(nodes)
        nodes += own
        passed = [*range(first, len(nodes)), *([lanes[number]] if number in lanes else [])]
        label = next((first + at for at, node in enumerate(own) if node.size), None)
        ways.append(Way(tuple(passed), number in drawing.back, label, number in flanks.exits, number in flanks.enters))
    return Chart(nodes, ways)


def private(drawing: Sketch, number: int, flanks: Flanks) -> Iterator[Node]:
    """The nodes of an arrow alone: its label, a row above it where it is cut, or else the row that it crosses."""
    arrow = drawing.arrows[number]
    row = 2 * drawing.layer[arrow.source]
    if arrow.cut:
        yield Node(row + 1, row + 1)
        yield Node(row + 2, row + 2, arrow.label)
    elif has_label_row(drawing, number, flanks) or is_short(drawing, number, flanks):
        beside = row - 1 if number in drawing.back else row + 1
        yield Node(beside, beside, arrow.label)


def has_label_row(drawing: Sketch, number: int, flanks: Flanks) -> bool:
    """Whether the label of an arrow stands in its way; otherwise it has none or has it beside the box."""
    arrow = drawing.arrows[number]
    return arrow.label is not None and number not in flanks.exits and arrow.source != arrow.target


def is_short(drawing: Sketch, number: int, flanks: Flanks) -> bool:
    """Whether an arrow runs from one layer down to the next and shares no line on the way."""
    return drawing.span(number) == 1 and number not in drawing.back and number not in flanks.exits


def shared(drawing: Sketch, flanks: Flanks, nodes: list[Node]) -> Mapping[int, int]:
    """The line that each arrow shares with others to the same box; the lines are added to the nodes."""
    lanes: dict[Lane, int] = {}
    found: dict[int, int] = {}
    for number, arrow in enumerate(drawing.arrows):
        top, bottom = reach(drawing, number, flanks)
        if arrow.cut or arrow.source == arrow.target or top > bottom or is_short(drawing, number, flanks):
            continue
        found[number] = lane = lanes.setdefault(drawing.lane(number), len(nodes))
        if lane == len(nodes):
            nodes.append(Node(top, bottom))
        nodes[lane] = Node(min(nodes[lane].top, top), max(nodes[lane].bottom, bottom))
    return found


def reach(drawing: Sketch, number: int, flanks: Flanks) -> tuple[int, int]:
    """The rows that an arrow crosses between its label and its target."""
    arrow, label = drawing.arrows[number], has_label_row(drawing, number, flanks)
    source, target = 2 * drawing.layer[arrow.source], 2 * drawing.layer[arrow.target]
    return (target + 1, source - label - 1) if number in drawing.back else (source + label + 1, target - 1)


def links(drawing: Sketch, plan: Chart, number: int) -> list[Link]:
    """The links of an arrow from row to row, in its direction; those that touch a box at a side are not among them."""
    way = plan.ways[number]
    found = hops(drawing, plan, number)
    return found[way.exits : len(found) - way.enters]


def hops(drawing: Sketch, plan: Chart, number: int) -> list[Link]:
    """The links of an arrow with those that touch a box at a side."""
    arrow, way = drawing.arrows[number], plan.ways[number]
    stops = [arrow.source, *way.nodes, *([] if arrow.cut else [arrow.target])]
    found = []
    for here, there in pairwise(stops) if way.nodes else ():
        upper, lower = (there, here) if way.up else (here, there)
        gap = plan.nodes[lower].top - 1 if way.up else plan.nodes[upper].bottom
        found.append(Link(gap, upper, lower, Net(there, arrow.stroke, way.up)))
    return found
