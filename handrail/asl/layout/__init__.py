"""Places boxes in layers and routes arrows between them: a layered layout (Sugiyama) with a straight main line.

sketch    layers, main line, and on which side of it everything else belongs
flanks    which arrows touch their boxes at the sides
chart     rows, with labels and passing lines as nodes of their own
columns   what stands exactly above one another
crossings the order of the columns from left to right
stubs     from the sides of boxes to the lines beside them
spread    the x of each column
seats     where arrows touch the boxes
tracks    the heights of rows and gaps
routes    the bends
"""

from collections.abc import Sequence

from handrail.asl.layout.chart import chart, links
from handrail.asl.layout.columns import columns, first_order, jogs, reaches
from handrail.asl.layout.crossings import ordered
from handrail.asl.layout.flanks import flanked
from handrail.asl.layout.geometry import Arrow, Placed, Point, Route, Size
from handrail.asl.layout.routes import Survey, routes
from handrail.asl.layout.seats import pins
from handrail.asl.layout.sketch import Sketch, sketch
from handrail.asl.layout.spread import spread
from handrail.asl.layout.stubs import Settled, settled
from handrail.asl.layout.tracks import heights

__all__ = ["Arrow", "Placed", "Point", "Route", "Size", "place"]


def place(boxes: Sequence[Size], arrows: Sequence[Arrow]) -> Placed:
    """A layered layout from top to bottom; the first box begins the main line.

    The same boxes and arrows always give the same layout.
    """
    drawing = sketch(boxes, arrows)
    drawn = arranged(drawing)
    pieces = [links(drawing, drawn.plan, number) for number in range(len(arrows))]
    every = {link: None for piece in pieces for link in piece}
    x = spread(drawn, every)
    ends = pins(drawn, x, every)
    survey = Survey(drawing, drawn, pieces, x, ends, heights(drawn.plan.nodes, ends))
    centres = [survey.centre(box) for box in range(len(boxes))]
    return from_origin(boxes, arrows, centres, routes(survey))


def arranged(drawing: Sketch) -> Settled:
    """The nodes in their columns, and the columns in their order."""
    plan = chart(drawing, flanked(drawing))
    column = columns(drawing, plan)
    spans = reaches(plan, column)
    order = ordered(spans, jogs(drawing, plan, column), first_order(drawing, plan, column, spans))
    return settled(drawing, plan, column, order)


def from_origin(
    boxes: Sequence[Size], arrows: Sequence[Arrow], centres: Sequence[Point], lines: Sequence[Route]
) -> Placed:
    """Everything moved so that the drawing begins at (0, 0), labels included."""
    sized = [*zip(centres, boxes, strict=True)]
    sized += [(route.label, arrow.label) for arrow, route in zip(arrows, lines, strict=True) if arrow.label]
    corners = [
        Point(at.x + sign * size.width / 2, at.y + sign * size.height / 2) for at, size in sized for sign in (-1, 1)
    ]
    corners += [point for route in lines for point in route.line]
    left, top = min(point.x for point in corners), min(point.y for point in corners)

    def moved(point: Point) -> Point:
        return Point(point.x - left, point.y - top)

    def moved_all(points: Sequence[Point]) -> tuple[Point, ...]:
        return tuple(moved(point) for point in points)

    return Placed(
        moved(Point(max(point.x for point in corners), max(point.y for point in corners))),
        moved_all(centres),
        tuple(Route(moved_all(route.line), moved(route.label), moved_all(route.own)) for route in lines),
    )
