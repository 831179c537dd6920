"""Places boxes in layers and routes arrows between them; the only file that knows the layout library."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from handrail.asl.layers import leading_back


class Point(NamedTuple):
    """A place in pixels, from the upper left corner."""

    x: float
    y: float


class Size(NamedTuple):
    """A width and a height in pixels."""

    width: float
    height: float


class Arrow(NamedTuple):
    """From one box to another, by index.

    `label` is the room that its label needs; heavy arrows are kept straight; a `cut` one ends at its label.
    """

    source: int
    target: int
    label: Size | None = None
    weight: float = 1.0
    cut: bool = False


class Route(NamedTuple):
    """The bends of an arrow from border to border, and the centre of its label."""

    line: tuple[Point, ...]
    label: Point


class Placed(NamedTuple):
    """The lower right corner of a drawing, the centres of its boxes, the routes of its arrows."""

    corner: Point
    boxes: tuple[Point, ...]
    routes: tuple[Route, ...]


class Leg(NamedTuple):
    """A part of an arrow as the library is given it, from an upper box to a lower one; `upwards` if it runs back."""

    upper: int
    lower: int
    upwards: bool = False


OPTIONS: dict[str, Any] = {
    "direction": "topbottom",
    "routing": {"style": "orthogonal"},
    "spacing": {"layer_gap": 30.0, "node_gap": 32.0, "dummy_gap": 22.0, "port_gap": 20.0},
}


def place(boxes: Sequence[Size], arrows: Sequence[Arrow]) -> Placed:
    """A layered layout from top to bottom; the same boxes and arrows always give the same layout.

    What leads back is laid out the other way round, so that the way on always goes down. A label is a box on its
    arrow's way: so it stands on its arrow and over nothing else, which the library's own labels do not always.
    """
    import graphlay  # a native library, wanted only where something is drawn

    graph = graphlay.Graph()
    for box in [*boxes, *(arrow.label for arrow in arrows if arrow.label)]:
        graph.node(width=box.width, height=box.height)
    ways = [*ways_of(arrows, len(boxes))]
    for arrow, legs in zip(arrows, ways, strict=True):
        for leg in legs:
            graph.edge(leg.upper, leg.lower, weight=arrow.weight)
    drawing = graphlay.layout(graph, options=OPTIONS)
    centres = [Point(**node["center"]) for node in drawing.nodes]
    lines = (tuple(Point(**raw) for raw in edge["points"]) for edge in drawing.edges)
    labels = iter(centres[len(boxes) :])
    routes = [
        joined([next(lines)[:: -1 if leg.upwards else 1] for leg in legs], next(labels) if arrow.label else None)
        for arrow, legs in zip(arrows, ways, strict=True)
    ]
    return from_origin(boxes, arrows, centres[: len(boxes)], routes)


def ways_of(arrows: Sequence[Arrow], boxes: int) -> Iterator[tuple[Leg, ...]]:
    """The legs of each arrow, one after the other; the labels are boxes behind the others."""
    back = leading_back(boxes, [(arrow.source, arrow.target) for arrow in arrows])
    number = boxes
    for arrow in arrows:
        source, target = arrow.source, arrow.target
        upwards = (source, target) in back
        if arrow.label is None:
            yield (Leg(target, source, upwards) if upwards else Leg(source, target),)
            continue
        label, number = number, number + 1
        if arrow.cut:
            yield (Leg(source, label),)
        elif source == target:
            yield Leg(source, label), Leg(source, label, upwards=True)
        elif upwards:
            yield Leg(label, source, upwards), Leg(target, label, upwards)
        else:
            yield Leg(source, label), Leg(label, target)


def joined(legs: Sequence[tuple[Point, ...]], label: Point | None) -> Route:
    """The legs of an arrow as one line, which runs behind the label."""
    arriving, *onward = legs
    if label is None or not onward:
        return Route(arriving, label or arriving[0])
    behind = (Point(arriving[-1].x, label.y), Point(onward[0][0].x, label.y))
    return Route((*arriving[:-1], *behind, *onward[0][1:]), label)


def from_origin(
    boxes: Sequence[Size], arrows: Sequence[Arrow], centres: Sequence[Point], routes: Sequence[Route]
) -> Placed:
    """Everything moved so that the drawing begins at (0, 0), labels included."""
    sized = [*zip(centres, boxes, strict=True)]
    sized += [(route.label, arrow.label) for arrow, route in zip(arrows, routes, strict=True) if arrow.label]
    corners = [
        Point(at.x + sign * size.width / 2, at.y + sign * size.height / 2) for at, size in sized for sign in (-1, 1)
    ]
    corners += [point for route in routes for point in route.line]
    left, top = min(point.x for point in corners), min(point.y for point in corners)

    def moved(point: Point) -> Point:
        return Point(point.x - left, point.y - top)

    return Placed(
        moved(Point(max(point.x for point in corners), max(point.y for point in corners))),
        tuple(moved(centre) for centre in centres),
        tuple(Route(tuple(moved(point) for point in route.line), moved(route.label)) for route in routes),
    )
