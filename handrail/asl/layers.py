"""In which layer of a drawing a box stands, which ways lead back up, and which are too long to be drawn through."""

from collections import Counter
from collections.abc import Sequence

Way = tuple[int, int]  # from one box to another, by their numbers

# Layers that all ways together may cross: beyond it lines hide the machine.
MOST_CROSSED = 300


def leading_back(boxes: int, ways: Sequence[Way]) -> set[Way]:
    """The ways to a box that is still being walked, depth first by their numbers; none from a box to itself."""
    return walked(boxes, ways)[1]


def layers(boxes: int, ways: Sequence[Way]) -> list[int]:
    """The layer of each box: below every box that leads to it, but for what leads back."""
    order, back = walked(boxes, ways)
    onward = neighbours(boxes, [way for way in ways if way not in back and way[0] != way[1]])
    layer = [0] * boxes
    for box in reversed(order):
        for target in onward[box]:
            layer[target] = max(layer[target], layer[box] + 1)
    return layer


def too_far(boxes: int, ways: Sequence[Way]) -> set[Way]:
    """The longest ways, as many as it takes to keep a drawing readable; each box keeps its shortest way in."""
    layer = layers(boxes, ways)
    spans = {way: abs(layer[way[1]] - layer[way[0]]) for way in ways}
    crossed, arriving = sum(spans.values()), Counter(target for _, target in spans)
    far: set[Way] = set()
    for way, span in sorted(spans.items(), key=lambda pair: -pair[1]):
        if crossed <= MOST_CROSSED:
            break
        if span > 1 and arriving[way[1]] > 1:
            far.add(way)
            arriving[way[1]] -= 1
            crossed -= span
    return far


def walked(boxes: int, ways: Sequence[Way]) -> tuple[list[int], set[Way]]:
    """The boxes in the order in which a walk leaves them, and the ways that it found leading back."""
    onward = neighbours(boxes, ways)
    order: dict[int, None] = {}
    back: set[Way] = set()
    for start in range(boxes):
        under_way = {} if start in order else {start: iter(onward[start])}
        while under_way:
            here, waiting = next(reversed(under_way.items()))
            step = next(waiting, None)
            if step is None:
                order[here] = None
                del under_way[here]
            elif step == here or step in order:
                continue
            elif step in under_way:
                back.add((here, step))
            else:
                under_way[step] = iter(onward[step])
    return list(order), back


def neighbours(boxes: int, ways: Sequence[Way]) -> list[list[int]]:
    onward: list[list[int]] = [[] for _ in range(boxes)]
    for source, target in sorted(ways):
        onward[source].append(target)
    return onward
