"""Layout: nothing overlaps, and the way on goes down."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.asl.layout import Arrow, Point, Size, place

BOX = Size(110, 46)


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
    return boxes, [Arrow(*pair, draw(labels)) for pair in ends]


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
