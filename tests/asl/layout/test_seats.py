"""Where arrows touch a box above or below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.layout.seats import CORNER, Guest, seats


@pytest.mark.parametrize(
    ("guests", "places"),
    [
        pytest.param([Guest(0, True)], [0], id="straight"),
        pytest.param([Guest(30, False)], [30], id="where the line is"),
        pytest.param([Guest(300, False)], [0], id="too far to be straight"),
        pytest.param([Guest(0, True), Guest(300, False), Guest(-300, False)], [0, 22, -22], id="beside a straight one"),
        pytest.param([Guest(0, True), Guest(14, False), Guest(300, False)], [0, 14, 36], id="straight if it can"),
        pytest.param([Guest(5, False), Guest(8, False)], [-14, 8], id="not on one another"),
    ],
)
def test_finds_a_place_for_each(guests: list[Guest], places: list[float]) -> None:
    """What runs straight has the middle; the others stand beside it, straight under their lines if that is possible."""
    assert seats(guests, 164) == places


@given(st.lists(st.floats(-300, 300), min_size=1, max_size=8, unique=True), st.sampled_from([46.0, 110.0, 230.0]))
def test_none_changes_sides(wanted: list[float], width: float) -> None:
    """Arrows leave in the order in which they arrive, all between the corners."""
    places = seats([Guest(want, False) for want in wanted], width)

    assert [place for _, place in sorted(zip(wanted, places, strict=True))] == sorted(places)
    assert all(abs(place) <= width / 2 - CORNER + 0.01 for place in places)
