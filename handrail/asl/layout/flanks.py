"""Which arrows touch a box at its side instead of above or below it."""

from collections.abc import Iterator
from typing import NamedTuple

from handrail.asl.layout.sketch import Lane, Sketch

# The height that an arrow takes of a box's side where it has no label.
BARE = 14.0
# Boxes wider than this are left and entered above and below: round their sides would be a long way, unless there is a
# line that goes there anyway.
WIDEST = 400.0


class Wish(NamedTuple):
    """Arrows that would touch a box at its side, all of them or none; those first in order are heard first."""

    order: int
    box: int
    enters: bool
    arrows: tuple[int, ...]
    height: float


class Flanks(NamedTuple):
    """The arrows that leave a box at its side, and those that enter one there."""

    exits: frozenset[int]
    enters: frozenset[int]


def flanked(drawing: Sketch) -> Flanks:
    """The arrows that touch a box at its side.

    What leads back does both, so that it runs beside the main line; what skips boxes leaves there, and so does what
    has no weight. Whatever is granted has room at one side of the box.
    """
    loops, used = ([0.0] * len(drawing.boxes) for _ in range(2))
    for number, arrow in enumerate(drawing.arrows):
        loops[arrow.source] += height(drawing, number) if arrow.source == arrow.target else 0.0
    granted: tuple[set[int], set[int]] = set(), set()
    for wish in sorted([*entries(drawing), *departures(drawing)]):
        # What touches a box alone leaves the other side to an arrow from the box to itself.
        alone = not used[wish.box] and (wish.enters or len(wish.arrows) == 1)
        if used[wish.box] + wish.height + (0.0 if alone else loops[wish.box]) <= drawing.boxes[wish.box].height:
            used[wish.box] += wish.height
            granted[wish.enters].update(wish.arrows)
    return Flanks(frozenset(granted[False]), frozenset(granted[True]))


def entries(drawing: Sketch) -> Iterator[Wish]:
    """What leads back to a box, by the line that it shares."""
    shared: dict[Lane, list[int]] = {}
    for number in sorted(drawing.back):
        shared.setdefault(drawing.lane(number), []).append(number)
    for (box, *_), arrows in shared.items():
        if drawing.boxes[box].width <= WIDEST:
            yield Wish(0, box, True, tuple(arrows), BARE)


def departures(drawing: Sketch) -> Iterator[Wish]:
    """What leaves a box otherwise than by its best exit, if it skips boxes or joins a line that does.

    Short arrows without weight leave together.
    """
    begins = beginnings(drawing)
    short: dict[int, list[int]] = {}
    for number in sorted({*drawing.on(), *drawing.back} - {*drawing.exits.values()}):
        arrow = drawing.arrows[number]
        passes = begins[drawing.lane(number)] < drawing.layer[arrow.source]
        if number in drawing.back:
            yield Wish(0, arrow.source, False, (number,), height(drawing, number))
        elif passes or (drawing.span(number) > 1 and drawing.boxes[arrow.source].width <= WIDEST):
            yield Wish(1, arrow.source, False, (number,), height(drawing, number))
        elif not arrow.weight and drawing.boxes[arrow.source].width <= WIDEST:
            short.setdefault(arrow.source, []).append(number)
    for box, arrows in short.items():
        yield Wish(2, box, False, tuple(arrows), sum(height(drawing, number) for number in arrows))


def beginnings(drawing: Sketch) -> dict[Lane, int]:
    """The first layer from which each line is joined."""
    begins: dict[Lane, int] = {}
    for number in [*drawing.on(), *drawing.back]:
        lane, layer = drawing.lane(number), drawing.layer[drawing.arrows[number].source]
        begins[lane] = min(begins.get(lane, layer), layer)
    return begins


def height(drawing: Sketch, number: int) -> float:
    """What an arrow takes of the side at which it leaves; one to its own box comes back above its label."""
    arrow = drawing.arrows[number]
    leaving = arrow.label.height if arrow.label else BARE
    looping = min(leaving + BARE, drawing.boxes[arrow.source].height)
    return looping if arrow.source == arrow.target else leaving
