"""Arrows: rounded corners and heads."""

from handrail.asl.layout import Point
from handrail.asl.lines import arrow_head, rounded

DOWN_RIGHT = [Point(0, 0), Point(0, 50), Point(100, 50)]


def test_rounds_corners() -> None:
    """A corner is cut where its radius begins; the line ends under the arrow head."""
    assert rounded(DOWN_RIGHT) == "M0.0 0.0L0.0 42.0Q0.0 50.0 8.0 50.0L93.0 50.0"


def test_short_ways_have_small_corners() -> None:
    """A corner takes at most half of each of its sides."""
    assert rounded([Point(0, 0), Point(0, 6), Point(100, 6)]) == "M0.0 0.0L0.0 3.0Q0.0 6.0 8.0 6.0L93.0 6.0"


def test_heads_point_along_the_line() -> None:
    """The tip of the head is the end of the line, and its base is across."""
    assert arrow_head(DOWN_RIGHT) == "M100.0 50.0L92.0 46.5L92.0 53.5Z"


def test_nowhere_is_no_error() -> None:
    """A line without length is drawn as a dot."""
    assert rounded([Point(1, 1), Point(1, 1)]) == "M1.0 1.0L1.0 1.0"
