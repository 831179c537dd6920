"""Lines that run across between two rows."""

import pytest

from handrail.asl.layout.chart import Net
from handrail.asl.layout.tracks import CROWD, Band, level


def band(node: int, above: float, below: float) -> Band:
    return Band((0, Net(node, "", False)), (above,), (below,))


@pytest.mark.parametrize(
    ("ends", "levels"),
    [
        pytest.param([(0, 50), (100, 150)], [0, 0], id="side by side"),
        pytest.param([(0, 100), (50, 150)], [1, 0], id="to the right: the left one turns later"),
        pytest.param([(100, 0), (150, 50)], [0, 1], id="to the left: the right one turns later"),
        pytest.param([(10, 200), (20, 150), (30, 100)], [0, 1, 2], id="nested"),
        pytest.param([(50, 0), (100, 50)], [0, 1], id="one leaves above where the other arrives"),
    ],
)
def test_lines_keep_apart(ends: list[tuple[float, float]], levels: list[int]) -> None:
    """Two lines that would lie on one another have levels of their own, in the order in which they cross less."""
    found = level([band(number, *its) for number, its in enumerate(ends)])

    assert [found[0, Net(number, "", False)] for number in range(len(ends))] == levels


def test_many_lines_keep_apart_too() -> None:
    """However many lines run across, no two lie on one another."""
    bands = [band(number, number, number + 40) for number in range(CROWD + 20)]
    found = level(bands)

    assert all(
        found[one.net] != found[other.net]
        for number, one in enumerate(bands)
        for other in bands[number + 1 : number + 40]
    )
