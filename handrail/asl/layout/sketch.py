"""What a drawing is built around: its layers, its main line, and on which side of that line the rest belongs."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.layers import layers, leading_back
from handrail.asl.layout.geometry import Arrow, Size

LEFT, MIDDLE, RIGHT = -1, 0, 1

# A line that arrows share: towards this box, in this stroke, on this side, upwards or not.
Lane = tuple[int, str, int, bool]
Loads = Counter[tuple[int, int]]  # what a side has in a layer


class Sketch(NamedTuple):
    """Boxes and arrows, and what is known of them before anything has a place.

    `exits` is the arrow by which each box is best left, `line` the boxes of the main line; `sides` and `drifts` say
    where boxes and arrows belong. Arrows are told by their index.
    """

    boxes: Sequence[Size]
    arrows: Sequence[Arrow]
    layer: Sequence[int]
    back: frozenset[int]
    exits: Mapping[int, int]
    line: Mapping[int, None]
    sides: Sequence[int] = ()
    drifts: Sequence[int] = ()

    def on(self) -> Iterator[int]:
        """The arrows that lead on: neither cut nor back nor to the same box."""
        for number, arrow in enumerate(self.arrows):
            if not arrow.cut and arrow.source != arrow.target and number not in self.back:
                yield number

    def span(self, number: int) -> int:
        """How many layers an arrow crosses."""
        arrow = self.arrows[number]
        return abs(self.layer[arrow.target] - self.layer[arrow.source])

    def lane(self, number: int) -> Lane:
        """The line that an arrow may share."""
        arrow = self.arrows[number]
        return arrow.target, arrow.stroke, self.drifts[number], number in self.back

    def is_main(self, number: int) -> bool:
        """Whether an arrow is a piece of the main line."""
        source = self.arrows[number].source
        return source in self.line and self.exits.get(source) == number


def sketch(boxes: Sequence[Size], arrows: Sequence[Arrow]) -> Sketch:
    """Everything that follows from the boxes and arrows alone."""
    ways = [(arrow.source, arrow.target) for arrow in arrows if not arrow.cut]
    leading = leading_back(len(boxes), ways)
    back = frozenset(
        number for number, arrow in enumerate(arrows) if not arrow.cut and (arrow.source, arrow.target) in leading
    )
    bare = Sketch(boxes, arrows, layers(len(boxes), ways), back, {}, {})
    led = bare._replace(exits=best_exits(bare))
    lined = led._replace(line=main_line(led))
    loads: Loads = Counter()
    sided = lined._replace(sides=sides(lined, loads))
    return sided._replace(drifts=drifts(sided, loads))


def best_exits(drawing: Sketch) -> dict[int, int]:
    """The arrow that starts the heaviest way on from each box; one without weight only where no arrow has any."""
    leaving: dict[int, list[int]] = {}
    for number in drawing.on():
        leaving.setdefault(drawing.arrows[number].source, []).append(number)
    weighty = {arrow.source for arrow in drawing.arrows if arrow.weight}
    ahead = [0.0] * len(drawing.boxes)
    exits: dict[int, int] = {}

    def weight(number: int) -> float:
        return drawing.arrows[number].weight + ahead[drawing.arrows[number].target]

    for box in sorted(leaving, key=lambda box: -drawing.layer[box]):
        ways = [number for number in leaving[box] if box not in weighty or drawing.arrows[number].weight]
        if ways:
            exits[box] = max(ways, key=weight)
            ahead[box] = weight(exits[box])
    return exits


def main_line(drawing: Sketch) -> dict[int, None]:
    """The boxes from the first one along the best exits."""
    box, line = 0, {0: None}
    while box in drawing.exits:
        box = drawing.arrows[drawing.exits[box]].target
        line[box] = None
    return line


def sides(drawing: Sketch, loads: Loads) -> list[int]:
    """The side of each box; those that hang together off the main line are kept together.

    What is part of a loop stands on the left of the main line, what follows a catch on its right, the rest where there
    is less; `loads` counts what each side has in each layer.
    """
    side = [MIDDLE] * len(drawing.boxes)
    group = groups(drawing)
    favour = votes(drawing, group)
    members: dict[int, list[int]] = {}
    for box, first in group.items():
        members.setdefault(first, []).append(box)
    for first, boxes in members.items():
        its = sorted({drawing.layer[box] for box in boxes})
        chosen = (favour[first] > 0) - (favour[first] < 0) or lighter(loads, its)
        for box in boxes:
            side[box] = chosen
            loads[chosen, drawing.layer[box]] += 1
    return side


def votes(drawing: Sketch, group: Mapping[int, int]) -> Counter[int]:
    """How much speaks for the right of each group: the catches that lead to it, against the loops through it."""
    favour: Counter[int] = Counter()
    for number, arrow in enumerate(drawing.arrows):
        if number in drawing.back or arrow.source in drawing.line:
            for first in {group[end] for end in (arrow.source, arrow.target) if end in group}:
                favour[first] += habit(drawing, number)
    return favour


def habit(drawing: Sketch, number: int) -> int:
    """The side on which such an arrow usually runs, if there is one."""
    if number in drawing.back:
        return LEFT
    return MIDDLE if drawing.arrows[number].weight else RIGHT


def lighter(loads: Loads, layers: Collection[int]) -> int:
    """The side that has less in these layers, the right one where they are even."""
    left, right = (sum(loads[side, layer] for layer in layers) for side in (LEFT, RIGHT))
    return LEFT if left < right else RIGHT


def groups(drawing: Sketch) -> dict[int, int]:
    """The boxes off the main line, each with the first of those that it hangs together with."""
    beside: dict[int, list[int]] = {box: [] for box in range(len(drawing.boxes)) if box not in drawing.line}
    for arrow in drawing.arrows:
        if not arrow.cut and arrow.source in beside and arrow.target in beside:
            beside[arrow.source].append(arrow.target)
            beside[arrow.target].append(arrow.source)
    group: dict[int, int] = {}
    for box in beside:
        reached = [] if box in group else [box]
        while reached:
            here = reached.pop()
            if here not in group:
                group[here] = box
                reached += beside[here]
    return group


def drifts(drawing: Sketch, loads: Loads) -> list[int]:
    """The side of each arrow: its target's, or else its source's.

    Between boxes of the main line loops run on the left, catches on the right, what skips boxes where there is less.
    """
    drift = [MIDDLE] * len(drawing.arrows)
    for number in sorted(range(len(drift)), key=drawing.span):
        arrow = drawing.arrows[number]
        side = drawing.sides[arrow.target] or drawing.sides[arrow.source]
        upper, lower = sorted((drawing.layer[arrow.source], drawing.layer[arrow.target]))
        passed = range(0) if arrow.cut else range(upper + 1, lower)
        if side == MIDDLE and not drawing.is_main(number):
            side = habit(drawing, number) or lighter(loads, passed)
        loads.update((side, layer) for layer in passed)
        drift[number] = side
    return drift
