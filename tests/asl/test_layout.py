"""Layout: nothing overlaps, no line hides another or runs through a box, and the main line goes straight down."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.asl.layout import Arrow, Point, Route, Size, place

BOX, WORD = Size(110, 46), Size(80, 22)
Piece = tuple[Point, Point]


def overlap(one: Point, its: Size, other: Point, others: Size) -> bool:
    across, down = (its.width + others.width) / 2, (its.height + others.height) / 2
    return abs(one.x - other.x) < across - 1 and abs(one.y - other.y) < down - 1


def lies_on(label: Point, size: Size | None, start: Point, end: Point) -> bool:
    """Whether a piece of an arrow runs through a label."""
    half = size or Size(0, 0)
    across = min(start.x, end.x) - half.width / 2 <= label.x <= max(start.x, end.x) + half.width / 2
    return across and min(start.y, end.y) - 1 <= label.y <= max(start.y, end.y) + 1


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Size], list[Arrow]]:
    """A chain of boxes of any size with arrows across it, some to the same box, with labels or without."""
    sizes = st.builds(Size, st.sampled_from([110.0, 150.0, 230.0, 400.0]), st.sampled_from([46.0, 62.0, 300.0]))
    boxes = draw(st.lists(sizes, min_size=1, max_size=12))
    number = st.integers(0, len(boxes) - 1)
    across = draw(st.sets(st.tuples(number, number), max_size=8))
    ends = sorted(across | {(at, at + 1) for at in range(len(boxes) - 1)})
    labels = st.none() | st.builds(Size, st.floats(20, 180), st.sampled_from([19.0, 34.0]))
    weights, strokes = st.sampled_from([1.0, 0.0]), st.sampled_from(["way", "catch"])
    return boxes, [Arrow(*pair, draw(labels), draw(weights), stroke=draw(strokes)) for pair in ends]


def pieces(line: Sequence[Point]) -> list[Piece]:
    return [*pairwise(line)]


def runs_through(piece: Piece, centre: Point, size: Size) -> bool:
    """Whether a piece of a line runs through a box, not only along its border."""
    (low_x, high_x), (low_y, high_y) = (sorted(values) for values in zip(*piece, strict=True))
    across = low_x < centre.x + size.width / 2 - 1 and high_x > centre.x - size.width / 2 + 1
    return across and low_y < centre.y + size.height / 2 - 1 and high_y > centre.y - size.height / 2 + 1


def shared(one: Piece, other: Piece) -> float:
    """How far two pieces lie on one another."""
    for along, across in ((0, 1), (1, 0)):
        if abs(one[0][across] - one[1][across]) + abs(other[0][across] - other[1][across]) < 0.1:
            near = abs(one[0][across] - other[0][across]) < 2
            (low, high), (its_low, its_high) = (sorted(end[along] for end in piece) for piece in (one, other))
            return min(high, its_high) - max(low, its_low) if near else 0.0
    return 0.0


def straight(route: Route) -> bool:
    return len(route.line) == 2 and route.line[0].x == route.line[1].x


@given(drawings())
@settings(max_examples=200, deadline=None)
def test_nothing_overlaps(drawing: tuple[list[Size], list[Arrow]]) -> None:
    """No box lies over another, each label on its arrow and over nothing else, and all is inside the drawing."""
    boxes, arrows = drawing
    placed = place(boxes, arrows)
    things = list(zip(placed.boxes, boxes, strict=True))
    things += [(route.label, arrow.label) for route, arrow in zip(placed.routes, arrows, strict=True) if arrow.label]

    assert not any(overlap(*one, *other) for one, other in combinations(things, 2))
    for route, arrow in zip(placed.routes, arrows, strict=True):
        assert arrow.label is None or any(lies_on(route.label, arrow.label, *ends) for ends in pairwise(route.line))
    for centre, size in things:
        assert size.width / 2 - 1 <= centre.x <= placed.corner.x - size.width / 2 + 1
        assert size.height / 2 - 1 <= centre.y <= placed.corner.y - size.height / 2 + 1


@given(drawings())
@settings(max_examples=200, deadline=None)
def test_lines_can_be_followed(drawing: tuple[list[Size], list[Arrow]]) -> None:
    """Lines run level or upright and through no box; what is drawn of two lies on one another only as one turns in."""
    boxes, arrows = drawing
    placed = place(boxes, arrows)
    drawn = [(number, piece) for number, route in enumerate(placed.routes) for piece in pieces(route.own)]

    for route in placed.routes:
        for piece in pieces(route.line):
            assert min(abs(piece[0].x - piece[1].x), abs(piece[0].y - piece[1].y)) < 0.1
            assert not any(runs_through(piece, *box) for box in zip(placed.boxes, boxes, strict=True))
    for (one, piece), (other, its) in combinations(drawn, 2):
        joins = (arrows[one].target, arrows[one].stroke) == (arrows[other].target, arrows[other].stroke)
        assert one == other or shared(piece, its) < (9 if joins else 1)


@given(drawings())
@settings(max_examples=100, deadline=None)
def test_a_shared_line_is_drawn(drawing: tuple[list[Size], list[Arrow]]) -> None:
    """Where an arrow's own line ends at another, that one goes on to the same box."""
    boxes, arrows = drawing
    routes = place(boxes, arrows).routes
    for arrow, route in zip(arrows, routes, strict=True):
        drawn = [
            piece
            for other, its in zip(arrows, routes, strict=True)
            if (other.target, other.stroke) == (arrow.target, arrow.stroke)
            for piece in pieces(its.own)
        ]
        for start, end in pieces(route.line):
            middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
            assert any(lies_on(middle, None, *piece) for piece in drawn)


def test_the_main_line_is_straight() -> None:
    """The heaviest way runs straight down from the first box, however far the others lead."""
    boxes = [Size(110 + 40 * (number % 3), 46) for number in range(6)]
    main = [Arrow(at, at + 1, WORD if at % 2 else None) for at in range(4)]
    others = [Arrow(0, 5, WORD, 0.0), Arrow(1, 5, WORD, 0.0), Arrow(3, 1, WORD), Arrow(0, 3, WORD)]
    placed = place(boxes, main + others)

    assert len({centre.x for centre in placed.boxes[:5]}) == 1
    assert all(straight(route) for route in placed.routes[:4])


def test_what_leads_back_runs_beside() -> None:
    """A loop leaves and enters at the left sides, with its label beside the box; a catch leaves on the right."""
    placed = place([BOX] * 4, [Arrow(0, 1), Arrow(1, 2), Arrow(2, 0, WORD), Arrow(0, 3, WORD, 0.0, stroke="catch")])
    left, right = placed.boxes[0].x - 55, placed.boxes[0].x + 55
    loop, catch = placed.routes[2:]

    assert (loop.line[0].x, loop.line[-1].x) == (left, left)
    assert (loop.line[0].y, loop.line[-1].y) == (placed.boxes[2].y, placed.boxes[0].y)
    assert loop.label == Point(left - 40, placed.boxes[2].y)
    assert (catch.line[0], catch.label.y) == (Point(right, placed.boxes[0].y), placed.boxes[0].y)


def test_branches_stand_side_by_side() -> None:
    """Of three branches one goes straight on, and the others stand beside it at the same height."""
    placed = place([BOX] * 5, [*(Arrow(0, at, WORD) for at in (1, 2, 3)), *(Arrow(at, 4) for at in (1, 2, 3))])
    choice, first, second, third, last = placed.boxes

    assert first.y == second.y == third.y
    assert sorted([first.x, second.x, third.x])[1] == choice.x == last.x


def test_shares_a_line() -> None:
    """Arrows to one box come together; each but one ends where it has turned into the line of another."""
    catches = [Arrow(at, 12, WORD, 0.0, stroke="catch") for at in range(12)]
    placed = place([BOX] * 14, [Arrow(at, at + 1 if at < 11 else 13) for at in range(12)] + catches)
    caught = placed.routes[12:]

    assert {route.line[-1] for route in caught} == {caught[0].line[-1]}
    assert caught[0].own == caught[0].line
    assert all(route.own[-1].y < placed.boxes[at].y + 10 for at, route in enumerate(caught) if at)


@pytest.mark.parametrize("beside", [0, 3], ids=["a chain", "with catches and loops"])
def test_draws_two_thousand_boxes(beside: int) -> None:
    """A long machine is laid out within two seconds, and no depth of Python's stack limits it."""
    chain = [Arrow(at, at + 1) for at in range(1999)]
    loops = [Arrow(at + beside, at, WORD) for at in range(0, 1990, 7) if beside]
    skips = [Arrow(at, at + 2, WORD, 0.0) for at in range(0, 1990, 5) if beside]
    start = process_time()
    placed = place([BOX] * 2000, chain + loops + skips)

    assert process_time() - start < 2
    assert len({centre.x for centre in placed.boxes}) == 1


def test_the_way_on_goes_down() -> None:
    """However many loops there are, the boxes stand in the order in which they are walked."""
    arrows = [Arrow(0, 1), Arrow(1, 2), Arrow(2, 3), Arrow(3, 1), Arrow(2, 0), Arrow(2, 2, Size(80, 19))]
    heights = [centre.y for centre in place([BOX] * 4, arrows).boxes]

    assert heights == sorted(heights)


def test_arrows_run_from_source_to_target() -> None:
    """An arrow that leads back is still drawn from its own source to its own target."""
    placed = place([BOX] * 3, [Arrow(0, 1), Arrow(1, 2), Arrow(2, 0)])
    back = placed.routes[2].line

    assert back[0].y > back[-1].y


def test_a_cut_arrow_ends_at_its_label() -> None:
    """An arrow that is cut leads down to its label, and no further."""
    placed = place([BOX] * 3, [Arrow(0, 1), Arrow(1, 2), Arrow(0, 2, Size(80, 34), cut=True)])
    route = placed.routes[2]

    assert route.line[-1].y == route.label.y - 17


def test_gives_the_same_each_time() -> None:
    """The same boxes and arrows give the same drawing."""
    arrows = [Arrow(0, 1, Size(60, 19)), Arrow(0, 2), Arrow(1, 3), Arrow(2, 3), Arrow(3, 0)]

    assert place([BOX] * 4, arrows) == place([BOX] * 4, arrows)
