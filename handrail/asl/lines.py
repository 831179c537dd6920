"""Arrows as SVG paths: polylines with rounded corners, and their heads."""

from collections.abc import Sequence
from math import hypot

from handrail.asl.layout import Point

RADIUS = 8.0
HEAD_LENGTH, HEAD_WIDTH = 8.0, 7.0


def rounded(points: Sequence[Point], short: float = HEAD_LENGTH - 1) -> str:
    """The path data of a line with rounded corners; it ends so much short of its last point, under its arrow head."""
    stops = [*points[:-1], towards(points[-1], points[-2], short)]
    data = [f"M{xy(stops[0])}"]
    for before, corner, after in zip(stops, stops[1:], stops[2:], strict=False):
        entry, leave = (towards(corner, other, min(RADIUS, length(corner, other) / 2)) for other in (before, after))
        data.append(f"L{xy(entry)}Q{xy(corner)} {xy(leave)}")
    data.append(f"L{xy(stops[-1])}")
    return "".join(data)


def arrow_head(points: Sequence[Point]) -> str:
    """The path data of the triangle at the end of a line."""
    tip, back = points[-1], towards(points[-1], points[-2], HEAD_LENGTH)
    across = Point((tip.y - back.y) / HEAD_LENGTH, (back.x - tip.x) / HEAD_LENGTH)
    half = HEAD_WIDTH / 2
    left = Point(back.x + across.x * half, back.y + across.y * half)
    right = Point(back.x - across.x * half, back.y - across.y * half)
    return f"M{xy(tip)}L{xy(left)}L{xy(right)}Z"


def towards(start: Point, goal: Point, distance: float) -> Point:
    """The point so far from `start` on the way to `goal`."""
    whole = length(start, goal) or 1.0
    share = min(distance / whole, 1.0)
    return Point(start.x + (goal.x - start.x) * share, start.y + (goal.y - start.y) * share)


def length(one: Point, other: Point) -> float:
    return hypot(one.x - other.x, one.y - other.y)


def xy(point: Point) -> str:
    return f"{point.x:.1f} {point.y:.1f}"
