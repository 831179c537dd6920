"""The bends of the arrows, once every column and every row has its place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from handrail.asl.layout.chart import Link, Net
from handrail.asl.layout.flanks import BARE
from handrail.asl.layout.geometry import Point, Route
from handrail.asl.layout.seats import Pins
from handrail.asl.layout.sketch import Sketch
from handrail.asl.layout.stubs import LOOP, Settled
from handrail.asl.layout.tracks import Heights

# How far down from the upper edge of a row smaller boxes stand at most.
SUNK = 8.0
# How far a line that joins another follows it, so that the bend into it is drawn.
TURN = 8.0
# How near to its corners a box is touched at a side.
CORNER = 6.0

# A line that arrows may share: a net, in this gap if it runs across, otherwise -1. And from where to where it is drawn.
Line = tuple[int, Net]
Taken = dict[Line, tuple[float, float]]


class Stop(NamedTuple):
    """A bend, and the line that the arrow turns into there, if others may run on it too."""

    at: Point
    joins: Line | None = None


class Survey(NamedTuple):
    """All that is decided: what is drawn, and the x and y of everything."""

    drawing: Sketch
    drawn: Settled
    links: Sequence[Sequence[Link]]
    x: Sequence[float]
    pins: Pins
    heights: Heights

    def centre(self, node: int) -> Point:
        """The centre of a box or label; small ones stand in the middle of their row, or near its upper edge."""
        its = self.drawn.plan.nodes[node]
        height = its.size.height if its.size else 0.0
        spare = (self.heights.height[its.top] - height) / 2
        return Point(self.x[self.drawn.column[node]], self.heights.top[its.top] + min(spare, SUNK) + height / 2)


def routes(survey: Survey) -> list[Route]:
    """The route of each arrow; of those that share a line one is drawn in full, the others to where they join it."""
    arrows = range(len(survey.drawing.arrows))
    stops = [[*travelled(survey, number)] for number in arrows]
    users = Counter(node for way in survey.drawn.plan.ways for node in way.nodes)
    taken: Taken = {}
    found: dict[int, Route] = {}
    for number in sorted(arrows, key=lambda number: rank(survey, number, stops[number], users)):
        its = stops[number]
        line = without_detours([stop.at for stop in its])
        found[number] = Route(line, label_at(survey, number, line), own(its, taken) or line)
        for stop in its:
            if stop.joins:
                low, high = taken.get(stop.joins, (inf, -inf))
                taken[stop.joins] = min(low, stop.at.x), max(high, stop.at.x)
    return [found[number] for number in arrows]


def rank(survey: Survey, number: int, stops: Sequence[Stop], users: Mapping[int, int]) -> tuple[float, ...]:
    """In which order arrows are drawn: the main line, then what comes from farther before what it passes."""
    across = [abs(upper - lower) for upper, lower in map(survey.pins.__getitem__, survey.links[number])] or [0.0]
    last = 0.0 if survey.drawn.plan.ways[number].enters else across[-1]
    entry = next((stop.at for stop in stops if stop.joins and users.get(stop.joins[1].node, 0) > 1), stops[-1].at)
    return not survey.drawing.is_main(number), -last, -abs(stops[-1].at.y - entry.y), -across[0]


def travelled(survey: Survey, number: int) -> Iterator[Stop]:
    """The bends of an arrow from its source to its target."""
    arrow, way = survey.drawing.arrows[number], survey.drawn.plan.ways[number]
    if arrow.source == arrow.target:
        yield from looped(survey, number)
        return
    hops = survey.links[number]
    if way.exits:
        yield from beside(survey, number, way.nodes[0], entering=False)
    else:
        yield edge(survey, hops[0], arrow.source)
    for link in hops:
        yield from across(survey, link)
    if way.enters:
        yield from [*beside(survey, number, way.nodes[-1], entering=True)][::-1]
    else:
        yield edge(survey, hops[-1], arrow.target if not arrow.cut else way.nodes[-1])


def beside(survey: Survey, number: int, node: int, *, entering: bool) -> Iterator[Stop]:
    """From the side of a box to the line or elbow beside it."""
    border, x = side_of(survey, number, entering=entering), survey.x[survey.drawn.column[node]]
    net = Net(node, survey.drawing.arrows[number].stroke, survey.drawn.plan.ways[number].up)
    yield Stop(border)
    yield Stop(Point(x, border.y), (-1, net))


def side_of(survey: Survey, number: int, *, entering: bool) -> Point:
    """Where an arrow touches the side of a box."""
    arrow = survey.drawing.arrows[number]
    box = arrow.target if entering else arrow.source
    stub, middle = survey.drawn.stubs[number, entering], survey.centre(box)
    return Point(middle.x + stub.side * survey.drawing.boxes[box].width / 2, middle.y + stub.offset)


def edge(survey: Survey, link: Link, node: int) -> Stop:
    """Where a link touches a box or label above or below."""
    upper, lower = survey.pins[link]
    size = survey.drawn.plan.nodes[node].size
    half = size.height / 2 if size else 0.0
    y = survey.centre(node).y
    return Stop(Point(upper, y + half) if node == link.upper else Point(lower, y - half))


def across(survey: Survey, link: Link) -> Iterator[Stop]:
    """The bends of a link from one row to the next, in the arrow's direction."""
    upper, lower = survey.pins[link]
    here, there = (lower, upper) if link.net.up else (upper, lower)
    between = survey.heights.top[link.gap] + survey.heights.height[link.gap]
    y = survey.heights.track.get((link.gap, link.net), between)
    yield Stop(Point(here, y), (link.gap, link.net))
    yield Stop(Point(there, y), (link.gap, link.net))
    yield Stop(Point(there, y), (-1, link.net))


def looped(survey: Survey, number: int) -> Iterator[Stop]:
    """An arrow from a box through its label, beside the box, and back to the box above it."""
    side = survey.drawn.stubs[number, False].side
    border, back = side_of(survey, number, entering=False), above_label(survey, number)
    label = survey.drawing.arrows[number].label
    x = border.x + side * (label.width if label else LOOP)
    for at in (border, Point(x, border.y), Point(x, back), Point(border.x, back)):
        yield Stop(at)


def above_label(survey: Survey, number: int) -> float:
    """The y at which an arrow from a box to itself comes back."""
    arrow = survey.drawing.arrows[number]
    half = arrow.label.height / 2 if arrow.label else BARE / 2
    offset = survey.drawn.stubs[number, False].offset - half - BARE / 2
    return survey.centre(arrow.source).y + max(offset, CORNER - survey.drawing.boxes[arrow.source].height / 2)


def label_at(survey: Survey, number: int, line: Sequence[Point]) -> Point:
    """The centre of an arrow's label: beside the box, or on its way."""
    arrow, way = survey.drawing.arrows[number], survey.drawn.plan.ways[number]
    if arrow.label is None:
        return line[0]
    if way.label is not None:
        return survey.centre(way.label)
    border, stub = side_of(survey, number, entering=False), survey.drawn.stubs[number, False]
    return Point(border.x + stub.side * arrow.label.width / 2, border.y)


def own(stops: Sequence[Stop], taken: Taken) -> tuple[Point, ...]:
    """The bends up to the first line that is drawn already, and the turn into it; nothing where there is none."""
    for at, stop in enumerate(stops):
        low, high = taken.get(stop.joins, (inf, -inf)) if stop.joins else (inf, -inf)
        if low <= stop.at.x <= high:
            line = without_detours([other.at for other in stops[: at + 1]])
            after = next((other.at for other in stops[at + 1 :] if other.at != stop.at), stop.at)
            length = abs(after.x - stop.at.x) + abs(after.y - stop.at.y)
            share = min(0.5, TURN / length) if length else 0.0
            turned = Point(stop.at.x + (after.x - stop.at.x) * share, stop.at.y + (after.y - stop.at.y) * share)
            return without_detours([*line, turned])
    return ()


def without_detours(points: Sequence[Point]) -> tuple[Point, ...]:
    """The bends without those at which a line does not turn."""
    kept: list[Point] = []
    for point in points:
        if kept and same(kept[-1], point):
            continue
        if len(kept) > 1 and (in_line(kept[-2].x, kept[-1].x, point.x) or in_line(kept[-2].y, kept[-1].y, point.y)):
            kept.pop()
        kept.append(point)
    return tuple(kept) if len(kept) > 1 else (points[0], points[-1])


def same(one: Point, other: Point) -> bool:
    return abs(one.x - other.x) < 0.01 and abs(one.y - other.y) < 0.01


def in_line(one: float, two: float, three: float) -> bool:
    return abs(one - two) < 0.01 and abs(two - three) < 0.01
