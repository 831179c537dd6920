"""The arrows of a drawing: which there are, what the layout is told of them, and how they are drawn."""

from collections.abc import Iterable, Mapping, Sequence, Set
from math import copysign
from typing import NamedTuple

from handrail.asl.graph import Edge, Node
from handrail.asl.layers import too_far
from handrail.asl.layout import Arrow, Point, Route, Size
from handrail.asl.lettering import safe, width, wrapped
from handrail.asl.lines import HEAD_LENGTH, arrow_head, rounded

WIDEST = 184.0
# How far the sides of a Choice are drawn in above and below their middle.
SLANT = 9.0
# What can only fail still leads on, but never so well as anything else.
DOOMED = 0.001


class Sign(NamedTuple):
    """An edge with the lines of its label, and what the layout is told of it."""

    edge: Edge
    words: Sequence[str]
    arrow: Arrow


class Hexagon(NamedTuple):
    """The place and the size of a Choice."""

    centre: Point
    size: Size


def signs_of(edges: Iterable[Edge], nodes: Sequence[Node]) -> list[Sign]:
    """The edges between these nodes, those between the same two as one; where there are too many, some are cut."""
    numbers = {node.id: number for number, node in enumerate(nodes)}
    joined = merged(edges)
    ways = [(numbers[edge.source], numbers[edge.target]) for edge in joined]
    cut, doomed = too_far(len(nodes), ways), failing(joined, nodes)
    signs = []
    for edge, way in zip(joined, ways, strict=True):
        words = lines_of(edge, nodes[way[1]].label if way in cut else "")
        arrow = Arrow(*way, room(words), weight(edge, doomed), way in cut, stroke(edge))
        signs.append(Sign(edge, words, arrow))
    return signs


def merged(edges: Iterable[Edge]) -> list[Edge]:
    """Edges between the same two nodes as one, its labels one below the other."""
    joined: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        ends = (edge.source, edge.target)
        other = joined.get(ends)
        label = edge.label if other is None else "\n".join(text for text in (other.label, edge.label) if text)
        joined[ends] = Edge(*ends, label, edge.kind if other is None else other.kind)
    return list(joined.values())


def stroke(edge: Edge) -> str:
    return "catch" if edge.kind == "catch" else "way"


def weight(edge: Edge, doomed: Set[str]) -> float:
    """The main line is what happens when all goes well: no error caught, and no way that can only fail."""
    if edge.kind == "catch":
        return 0.0
    return DOOMED if edge.target in doomed else 1.0


def failing(edges: Iterable[Edge], nodes: Sequence[Node]) -> Set[str]:
    """The nodes from which every way ends in a Fail; none where that is so of all."""
    before: dict[str, list[str]] = {}
    for edge in edges:
        before.setdefault(edge.target, []).append(edge.source)
    leaving = {source for sources in before.values() for source in sources}
    reached = [node.id for node in nodes if node.id not in leaving and node.type != "Fail"]
    well: set[str] = set()
    while reached:
        node = reached.pop()
        if node not in well:
            well.add(node)
            reached += before.get(node, [])
    return {node.id for node in nodes} - well if well else frozenset()


def lines_of(edge: Edge, towards: str) -> list[str]:
    """The lines of an edge's label; where its arrow is cut, the last one says where it goes."""
    told = [text for text in edge.label.split("\n")[:4] if text] + ([f"→ {towards}"] if towards else [])
    return [wrapped(text, 11, WIDEST, 1)[0] for text in told]


def extent(lines: Sequence[str]) -> Size:
    return Size(max(width(line, 11) for line in lines) + 8, 15 * len(lines) + 3)


def room(lines: Sequence[str]) -> Size | None:
    """The room that a label needs: its own, and some for the arrow to be seen on both sides."""
    if not lines:
        return None
    size = extent(lines)
    return Size(size.width + 28, size.height + 4)


def line_of(sign: Sign, route: Route, choices: Mapping[int, Hexagon]) -> str:
    """An arrow; where it joins another one, as far as there and without a head."""
    css_class, arrow = stroke(sign.edge), sign.arrow
    joins = route.own[-1] != route.line[-1]
    start = touching(route.own[0], choices.get(arrow.source))
    end = route.own[-1] if joins else touching(route.own[-1], choices.get(arrow.target))
    points = [start, *route.own[1:-1], end]
    line = f'<path class="edge {css_class}" d="{rounded(points, 0.0 if joins else HEAD_LENGTH - 1)}"/>'
    return line if joins else f'{line}<path class="head {css_class}" d="{arrow_head(points)}"/>'


def touching(point: Point, choice: Hexagon | None) -> Point:
    """Where an arrow that touches the box around a Choice at its side meets its outline."""
    if choice is None or abs(abs(point.x - choice.centre.x) - choice.size.width / 2) > 0.1:
        return point
    inside = SLANT * abs(point.y - choice.centre.y) / (choice.size.height / 2)
    return Point(point.x + copysign(inside, choice.centre.x - point.x), point.y)


def label_of(sign: Sign, route: Route) -> str:
    """The words on an arrow, on a ground of their own."""
    if not sign.words:
        return ""
    size, centre = extent(sign.words), route.label
    left, top = centre.x - size.width / 2, centre.y - size.height / 2
    rows = [
        f'<text class="word" x="{centre.x:.1f}" y="{top + 13.5 + 15 * number:.1f}">{safe(line)}</text>'
        for number, line in enumerate(sign.words)
    ]
    chip = (
        f'<rect class="chip" x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" height="{size.height:.1f}" rx="4"/>'
    )
    return f"<g><title>{safe(sign.edge.label)}</title>{chip}{''.join(rows)}</g>"
