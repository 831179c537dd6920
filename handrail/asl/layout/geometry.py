"""What a layout is asked for and what it answers, in pixels from the upper left corner."""

from typing import NamedTuple


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

    `label` is the room that its label needs. The main line is the heaviest way through the boxes; an arrow without
    weight is never on it. Arrows to the same box that look the same (`stroke`) may share a line. A `cut` one ends at
    its label.
    """

    source: int
    target: int
    label: Size | None = None
    weight: float = 1.0
    cut: bool = False
    stroke: str = ""


class Route(NamedTuple):
    """The bends of an arrow from border to border, and the centre of its label.

    `own` is the part of the line that is drawn for this arrow: all of it, or as far as it has turned into the line of
    another arrow to the same box.
    """

    line: tuple[Point, ...]
    label: Point
    own: tuple[Point, ...]


class Placed(NamedTuple):
    """The lower right corner of a drawing, the centres of its boxes, the routes of its arrows."""

    corner: Point
    boxes: tuple[Point, ...]
    routes: tuple[Route, ...]
