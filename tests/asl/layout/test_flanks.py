"""Which arrows touch their boxes at the sides."""

import pytest

from handrail.asl.layout.flanks import Flanks, flanked
from handrail.asl.layout.geometry import Arrow, Size
from handrail.asl.layout.sketch import sketch

BOX, FRAME, WORD, LINES = Size(110, 46), Size(500, 300), Size(80, 22), Size(80, 67)
CHAIN = [Arrow(0, 1), Arrow(1, 2), Arrow(2, 3)]


@pytest.mark.parametrize(
    ("arrows", "exits", "enters"),
    [
        pytest.param([], set(), set(), id="the way on"),
        pytest.param([Arrow(2, 1)], {3}, {3}, id="back"),
        pytest.param([Arrow(0, 2, WORD)], {3}, set(), id="past a box"),
        pytest.param([Arrow(0, 4)], set(), set(), id="a branch"),
        pytest.param([Arrow(0, 4, weight=0.0)], {3}, set(), id="a catch"),
        pytest.param([Arrow(0, 4), Arrow(1, 4), Arrow(4, 3)], {3, 4}, set(), id="along a line that passes"),
        pytest.param([Arrow(0, 2, LINES)], set(), set(), id="a label higher than the box"),
        pytest.param([Arrow(0, 2, WORD), Arrow(0, 3, WORD), Arrow(0, 4, WORD, 0.0)], {3, 4}, set(), id="two of three"),
        pytest.param([Arrow(2, 0), Arrow(0, 0, WORD)], {3}, {3}, id="beside one to its own box"),
    ],
)
def test_touch_the_sides(arrows: list[Arrow], exits: set[int], enters: set[int]) -> None:
    """What leads back, skips boxes or catches leaves at the side of a box, as long as that has room for the labels."""
    assert flanked(sketch([BOX] * 5, CHAIN + arrows)) == Flanks(frozenset(exits), frozenset(enters))


def test_wide_boxes_have_no_sides() -> None:
    """What is as wide as a Parallel is left and entered below; only a line that passes it anyway is joined."""
    around = [Arrow(1, 1 + 3, WORD, 0.0), Arrow(2, 1)]
    passing = [Arrow(0, 4, WORD, 0.0)]
    boxes = [BOX, FRAME, BOX, BOX, BOX]

    assert flanked(sketch(boxes, CHAIN + around)) == Flanks(frozenset({4}), frozenset())
    assert flanked(sketch(boxes, CHAIN + around + passing)) == Flanks(frozenset({3, 4, 5}), frozenset())
