"""The sketch of a drawing: its main line, and the sides of everything else."""

import pytest

from handrail.asl.layout.geometry import Arrow, Size
from handrail.asl.layout.sketch import LEFT, MIDDLE, RIGHT, sketch

BOXES = [Size(110, 46)] * 6


@pytest.mark.parametrize(
    ("arrows", "line"),
    [
        pytest.param([Arrow(0, 1), Arrow(0, 2), Arrow(2, 3)], [0, 2, 3], id="the longer way"),
        pytest.param([Arrow(0, 1), Arrow(0, 2)], [0, 1], id="the first of equals"),
        pytest.param([Arrow(0, 1), Arrow(0, 2, weight=0.0), Arrow(2, 3), Arrow(3, 4)], [0, 1], id="no catch"),
        pytest.param([Arrow(0, 1, weight=0.0), Arrow(1, 2)], [0, 1, 2], id="a catch where there is nothing else"),
        pytest.param([Arrow(0, 1), Arrow(1, 0), Arrow(1, 2, weight=0.0)], [0, 1], id="no way back"),
        pytest.param([Arrow(0, 0)], [0], id="nothing"),
    ],
)
def test_finds_the_main_line(arrows: list[Arrow], line: list[int]) -> None:
    """The main line is the heaviest way from the first box."""
    assert [*sketch(BOXES, arrows).line] == line


@pytest.mark.parametrize(
    ("arrows", "box", "side"),
    [
        pytest.param([Arrow(1, 3)], 3, RIGHT, id="a branch"),
        pytest.param([Arrow(1, 3), Arrow(1, 4)], 4, LEFT, id="the next branch"),
        pytest.param([Arrow(1, 3), Arrow(3, 1)], 3, LEFT, id="in a loop"),
        pytest.param([Arrow(1, 3, weight=0.0)], 3, RIGHT, id="after a catch"),
        pytest.param([Arrow(1, 3), Arrow(3, 1), Arrow(3, 4)], 4, LEFT, id="what hangs on it"),
        pytest.param([], 2, MIDDLE, id="the main line"),
    ],
)
def test_keeps_the_sides_apart(arrows: list[Arrow], box: int, side: int) -> None:
    """Loops stand on the left of the main line, what follows a catch on the right, and the rest is spread."""
    assert sketch(BOXES, [Arrow(0, 1), Arrow(1, 2), Arrow(2, 5), *arrows]).sides[box] == side


@pytest.mark.parametrize(
    ("arrow", "side"),
    [
        pytest.param(Arrow(5, 1), LEFT, id="back"),
        pytest.param(Arrow(0, 2, weight=0.0), RIGHT, id="catch"),
        pytest.param(Arrow(0, 2), RIGHT, id="past a box"),
        pytest.param(Arrow(0, 1), MIDDLE, id="on the main line"),
    ],
)
def test_arrows_keep_to_a_side(arrow: Arrow, side: int) -> None:
    """Between boxes of the main line an arrow runs where such arrows run."""
    others = [Arrow(*ends) for ends in [(0, 1), (1, 2), (2, 5)] if ends != (arrow.source, arrow.target)]

    assert sketch(BOXES, [arrow, *others]).drifts[0] == side
