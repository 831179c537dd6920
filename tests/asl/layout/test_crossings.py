"""The order of columns: few lines cross."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.layout.crossings import Jog, Reach, cross, ordered


def crossings(reaches: list[Reach], jogs: list[Jog], order: list[int]) -> int:
    place = [order.index(column) for column in range(len(order))]
    upright = [Jog(gap, column, column) for column, reach in enumerate(reaches) for gap in range(*reach)]
    return sum(cross(*pair, place) for pair in combinations(jogs + upright, 2) if pair[0].gap == pair[1].gap)


@pytest.mark.parametrize(
    ("reaches", "jogs", "order"),
    [
        pytest.param([(0, 4), (1, 3)], [Jog(0, 0, 1), Jog(3, 1, 0)], [0, 1], id="nothing crosses"),
        pytest.param([(0, 6), (1, 5), (2, 3)], [Jog(0, 0, 1), Jog(1, 0, 2)], [0, 2, 1], id="the longer one outside"),
        pytest.param([(0, 1), (0, 1), (2, 2), (2, 2)], [Jog(1, 0, 3), Jog(1, 1, 2)], [1, 0, 2, 3], id="two swapped"),
    ],
)
def test_uncrosses_lines(reaches: list[Reach], jogs: list[Jog], order: list[int]) -> None:
    """A column moves to where its lines cross nothing, and no farther."""
    assert ordered(reaches, jogs, range(len(reaches))) == order


def test_what_touches_a_side_stays_outside() -> None:
    """A line from the side of a box runs outside of one from below it."""
    from_side, from_below = Jog(0, 0, 1, flank=-1), Jog(0, 0, 2)

    assert cross(from_side, from_below, [0, 1, 2])
    assert not cross(from_side, from_below, [0, 2, 1])


@st.composite
def tangles(draw: st.DrawFn) -> tuple[list[Reach], list[Jog]]:
    """A few columns with links between those that meet."""
    tops = draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    reaches = [(0, 6), *((top, top + draw(st.integers(0, 3))) for top in tops)]
    possible = [
        Jog(gap, upper, lower)
        for gap in range(6)
        for upper, lower in permutations(range(len(reaches)), 2)
        if reaches[upper][0] <= gap <= reaches[upper][1] and reaches[lower][0] <= gap + 1 <= reaches[lower][1]
    ]
    return reaches, draw(st.lists(st.sampled_from(possible), max_size=6, unique=True)) if possible else []


@given(tangles())
def test_never_makes_it_worse(tangle: tuple[list[Reach], list[Jog]]) -> None:
    """All columns are kept, and no more lines cross than in the order to begin with."""
    reaches, jogs = tangle
    start = [*range(len(reaches))]
    order = ordered(reaches, jogs, start)

    assert sorted(order) == start
    assert crossings(reaches, jogs, order) <= crossings(reaches, jogs, start)
