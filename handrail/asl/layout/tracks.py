"""The heights of rows and of the gaps between them, and where in a gap each line runs across."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from handrail.asl.layers import layers
from handrail.asl.layout.chart import Net, Node
from handrail.asl.layout.seats import Pins

STEP = 10.0
ABOVE, BELOW, HEAD = 12.0, 6.0, 18.0
# Lines across in one gap: with more their order is no longer looked for, only that they do not lie on one another.
CROWD = 80
TALLEST = 400.0

NetGap = tuple[int, Net]  # a gap and the net that crosses it


class Heights(NamedTuple):
    """The upper edge and the height of each row, and the y of each line that runs across a gap."""

    top: Sequence[float]
    height: Sequence[float]
    track: Mapping[NetGap, float]


class Band(NamedTuple):
    """What one net has in a gap: the x of its ends above and below."""

    net: NetGap
    above: tuple[float, ...]
    below: tuple[float, ...]

    def reach(self) -> tuple[float, float]:
        ends = (*self.above, *self.below)
        return min(ends), max(ends)


def heights(nodes: Sequence[Node], pins: Pins) -> Heights:
    """All rows from top to bottom; a gap is as high as the lines across it need."""
    rows = [0.0] * (max(node.bottom for node in nodes) + 1)
    for node in nodes:
        if node.size:
            rows[node.top] = max(rows[node.top], node.size.height)
    gaps = bands(pins)
    top, track, y = [], {}, 0.0
    for row, height in enumerate(rows):
        top.append(y)
        levels = level(gaps.get(row, []))
        above, below = margins(rows, row)
        if levels and gaps.get(row - 1) and not height:
            above = STEP  # the lines across the gap before this one end where this one begins
        step = min(STEP, TALLEST / max(1, len(levels)))
        y += height + above
        for net, at in levels.items():
            track[net] = y + step * at
        y += below + step * max(levels.values(), default=0)
    return Heights(top, rows, track)


def margins(rows: Sequence[float], row: int) -> tuple[float, float]:
    """What a gap needs above and below its lines across: room for arrow heads at boxes, a little at labels."""
    if row % 2:
        return (ABOVE if rows[row] else 0.0), HEAD
    return ABOVE, (BELOW if row + 1 < len(rows) and rows[row + 1] else 0.0)


def bands(pins: Pins) -> dict[int, list[Band]]:
    """The nets that run across, by gap."""
    ends: dict[NetGap, tuple[list[float], list[float]]] = {}
    for link, (upper, lower) in pins.items():
        above, below = ends.setdefault((link.gap, link.net), ([], []))
        above.append(upper)
        below.append(lower)
    found: dict[int, list[Band]] = {}
    for net, (above, below) in ends.items():
        band = Band(net, tuple(above), tuple(below))
        low, high = band.reach()
        if high - low > 0.5:
            found.setdefault(net[0], []).append(band)
    return found


def level(gap: Sequence[Band]) -> dict[NetGap, int]:
    """The level of each net in a gap: of two that would lie on one another that is higher which so crosses less."""
    ordered = sorted(gap, key=Band.reach)
    if len(ordered) > CROWD:
        return crowded(ordered)
    over: list[tuple[int, int]] = []
    for number, one in enumerate(ordered):
        for further, other in enumerate(ordered[number + 1 :], number + 1):
            if other.reach()[0] > one.reach()[1] + STEP:
                break
            over.append((number, further) if cost(one, other) <= cost(other, one) else (further, number))
    return {band.net: its for band, its in zip(ordered, layers(len(ordered), over), strict=True)}


def cost(high: Band, low: Band) -> int:
    """How often two nets cross where the one runs above the other; lying on one another counts as many crossings."""
    left, right = low.reach()
    count = sum(left < x < right for x in high.below)
    left, right = high.reach()
    count += sum(left < x < right for x in low.above)
    return count + 100 * sum(abs(x - other) < 2 for x in high.below for other in low.above)


def crowded(ordered: Sequence[Band]) -> dict[NetGap, int]:
    ends: list[float] = []
    found: dict[NetGap, int] = {}
    for band in ordered:
        left, right = band.reach()
        its = next((at for at, end in enumerate(ends) if end + STEP < left), len(ends))
        ends[its:] = [right, *ends[its + 1 :]]
        found[band.net] = its
    return found
