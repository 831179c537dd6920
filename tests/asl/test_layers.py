"""Layers: who stands below whom, what leads back, and what is too far."""

from handrail.asl.layers import MOST_CROSSED, layers, leading_back, too_far

LOOP = [(0, 1), (1, 2), (2, 1), (0, 2), (2, 2), (3, 0)]


def test_finds_what_leads_back() -> None:
    """What leads back leads to a box that the walk has not left yet; a box to itself is no way back."""
    assert leading_back(4, LOOP) == {(2, 1)}


def test_stands_below_what_leads_here() -> None:
    """A box stands one layer below the lowest box that leads to it."""
    assert layers(4, LOOP) == [1, 2, 3, 0]


def test_cuts_nothing_in_a_small_drawing() -> None:
    """As long as the ways cross few layers, all are drawn through."""
    assert too_far(20, [*((at, at + 1) for at in range(19)), *((at, 19) for at in range(18))]) == set()


def test_cuts_the_longest_ways_of_a_large_one() -> None:
    """Of two hundred ways to one box the longest are cut, and what is left can be drawn."""
    chain = [(at, at + 1) for at in range(199)]
    ways = [*chain, *((at, 200) for at in range(200))]
    far = too_far(201, ways)

    assert (0, 200) in far
    assert not far & set(chain)
    assert sum(target - source for source, target in ways if (source, target) not in far) <= MOST_CROSSED


def test_leaves_each_box_a_way_in() -> None:
    """However long it is, the last way to a box is not cut."""
    ways = [*((at, at + 1) for at in range(1000)), (0, 1001)]

    assert too_far(1002, ways) == set()
