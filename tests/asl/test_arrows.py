"""The arrows of a drawing: what the layout is told of them, and how they are drawn."""

from typing import Any

import pytest

from handrail.asl.arrows import DOOMED, Hexagon, Sign, failing, line_of, merged, signs_of, touching
from handrail.asl.graph import Edge, Graph, graph
from handrail.asl.layout import Arrow, Point, Route, Size
from handrail.asl.read import read
from tests.asl.samples import LINEAR, LOOP, one

CHOICE = Hexagon(Point(0, 0), Size(110, 46))


def drawn(machine: dict[str, Any]) -> Graph:
    return graph(read(machine))


def test_merges_edges_between_the_same_two() -> None:
    """Several ways from one state to another are one arrow that says them all."""
    edges = [Edge("a", "b", "x", "choice"), Edge("a", "c", "", "next"), Edge("a", "b", "Default", "default")]

    assert merged(edges) == [Edge("a", "b", "x\nDefault", "choice"), Edge("a", "c", "", "next")]


@pytest.mark.parametrize(
    ("machine", "doomed"),
    [
        pytest.param(LINEAR, set(), id="none"),
        pytest.param(LOOP, {"/States/Could not order"}, id="one way out"),
        pytest.param(one({"Type": "Fail"}), set(), id="all"),
    ],
)
def test_knows_what_can_only_fail(machine: dict[str, Any], doomed: set[str]) -> None:
    """A state from which every way ends in a Fail is not what a machine is for, unless all of it is."""
    part = drawn(machine)

    assert failing(part.edges, part.nodes) == doomed


def test_weighs_what_goes_well() -> None:
    """An error caught weighs nothing, a way that can only fail next to nothing."""
    part = drawn(LOOP)
    weights = {sign.edge.label: (sign.arrow.weight, sign.arrow.stroke) for sign in signs_of(part.edges, part.nodes)}

    assert weights["Catch ClusterBusy, Timeout"] == (0.0, "catch")
    assert weights["$look.status = 'failed'"] == (DOOMED, "way")
    assert weights["Default"] == (1.0, "way")


@pytest.mark.parametrize(
    ("point", "met"),
    [
        pytest.param(Point(55, 0), Point(55, 0), id="the tip"),
        pytest.param(Point(55, 23), Point(46, 23), id="the right side"),
        pytest.param(Point(-55, -11.5), Point(-50.5, -11.5), id="the left side"),
        pytest.param(Point(30, 23), Point(30, 23), id="below"),
    ],
)
def test_meets_the_outline_of_a_choice(point: Point, met: Point) -> None:
    """An arrow at the slanting side of a Choice goes on to it."""
    assert touching(point, CHOICE) == met
    assert touching(point, None) == point


def test_what_joins_another_has_no_head() -> None:
    """Of two arrows that share a line only the one drawn to the end has a head."""
    line = (Point(0, 0), Point(50, 0), Point(50, 90))
    sign = Sign(Edge("a", "b"), [], Arrow(0, 1))

    assert line_of(sign, Route(line, line[0], line), {}).count("<path") == 2
    assert line_of(sign, Route(line, line[0], (*line[:2], Point(50, 8))), {}).count("<path") == 1
