"""How arrows run from the side of a box to the line that they follow: straight there, or round an elbow beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.layout.chart import Chart, Node
from handrail.asl.layout.flanks import BARE, height
from handrail.asl.layout.sketch import LEFT, RIGHT, Sketch

# How far an arrow to its own box reaches out where it has no label, and what else a label takes of its line.
LOOP = 24.0
TUCKED = 14.0
UP, LOOPING, DOWN = range(3)

End = tuple[int, bool]  # an arrow, and whether this is where it enters
Side = tuple[int, int]  # a box and which of its sides


class Stub(NamedTuple):
    """At which side an arrow touches a box, and how far from the middle of that side."""

    side: int
    offset: float


class Settled(NamedTuple):
    """A chart whose side arrows have found their lines, with the columns of its nodes and their order.

    The first nodes are the boxes, so many; `breadth` is the room that labels take at their sides.
    """

    boxes: int
    plan: Chart
    column: Sequence[int]
    order: Sequence[int]
    stubs: Mapping[End, Stub]
    breadth: Mapping[Side, float]


class Table(NamedTuple):
    """The nodes by row and column while they change, the columns' places in the order, and what runs where in a row."""

    nodes: list[Node]
    column: list[int]
    rows: dict[int, dict[int, int]]
    place: dict[int, float]
    taken: dict[int, list[tuple[int, float, float]]]


def settled(drawing: Sketch, plan: Chart, column: Sequence[int], order: Sequence[int]) -> Settled:
    """Every side arrow with its elbow where boxes stand between it and its line."""
    table = Table([*plan.nodes], [*column], {}, {its: float(at) for at, its in enumerate(order)}, {})
    for number, node in enumerate(plan.nodes):
        for row in range(node.top, node.bottom + 1):
            table.rows.setdefault(row, {})[column[number]] = number
    elbows: dict[tuple[int, int], int] = {}
    ways = [*plan.ways]
    for number, arrow in enumerate(drawing.arrows):
        way = ways[number]
        first = joint(table, elbows, arrow.source, way.nodes[0]) if way.exits else ()
        last = joint(table, elbows, arrow.target, way.nodes[-1]) if way.enters else ()
        ways[number] = way._replace(nodes=(*first, *way.nodes, *last))
    done = Chart(table.nodes, ways)
    placed = sorted(table.place, key=table.place.__getitem__)
    return Settled(len(drawing.boxes), done, table.column, placed, *stacked(drawing, done, table))


def joint(table: Table, elbows: dict[tuple[int, int], int], box: int, line: int) -> tuple[int, ...]:
    """The elbow between a box and its line; none where the line itself can pass the box."""
    row = table.nodes[box].top
    if is_open(table, row, box, line):
        node = table.nodes[line]
        table.nodes[line] = Node(min(node.top, row), max(node.bottom, row))
        table.rows[row][table.column[line]] = line
        table.taken.setdefault(row, []).append((box, *stretch(table, box, line)))
        return ()
    if (box, line) not in elbows:
        elbows[box, line] = elbow(table, row, box, line)
    return (elbows[box, line],)


def is_open(table: Table, row: int, box: int, line: int) -> bool:
    """Whether a line may be drawn through to the box's row, with nothing between them but lines that cross it."""
    near, far = stretch(table, box, line)
    if table.nodes[line].size or table.rows[row].get(table.column[line], line) != line:
        return False
    if any(other != box and near < end and start < far for other, start, end in table.taken.get(row, ())):
        return False
    return not any(
        table.nodes[node].size and near < table.place[column] < far for column, node in table.rows[row].items()
    )


def stretch(table: Table, box: int, line: int) -> tuple[float, float]:
    """From where to where in the order it is from a box to a line."""
    here, there = table.place[table.column[box]], table.place[table.column[line]]
    return min(here, there), max(here, there)


def elbow(table: Table, row: int, box: int, line: int) -> int:
    """A node of its own right beside the box; that of the nearer line stands nearer."""
    here, there = table.place[table.column[box]], table.place[table.column[line]]
    distance = abs(there - here)
    number, column = len(table.nodes), len(table.place)
    table.nodes.append(Node(row, row))
    table.column.append(column)
    table.rows[row][column] = number
    table.place[column] = here + (1 if there > here else -1) * distance / (distance + 1) / 2
    return number


class Touch(NamedTuple):
    """What touches one side of a box, from top to bottom: what goes up, what goes round, what goes down.

    Going down the farthest line comes first, going up it comes last: so none crosses another.
    """

    heading: int
    rank: float
    node: int
    height: float
    ends: tuple[End, ...]


def stacked(drawing: Sketch, plan: Chart, table: Table) -> tuple[dict[End, Stub], dict[Side, float]]:
    """Where each side arrow touches its box, and the room that the labels take there."""
    stubs: dict[End, Stub] = {}
    breadth: dict[Side, float] = {}
    for (box, side), touches in touched(drawing, plan, table).items():
        breadth[box, side] = max(room(drawing, touch) for touch in touches)
        offset = -sum(touch.height for touch in touches) / 2
        for touch in sorted(touches):
            stubs |= {end: Stub(side, offset + touch.height / 2 + sunk(drawing, touch)) for end in touch.ends}
            offset += touch.height
    return stubs, breadth


def touched(drawing: Sketch, plan: Chart, table: Table) -> dict[Side, list[Touch]]:
    """What touches each side of each box; an arrow to the same box has the side where there is less."""
    found: dict[Side, list[Touch]] = {}
    for side, touch in [*leaving(drawing, plan, table), *entering(drawing, plan, table)]:
        found.setdefault(side, []).append(touch)
    for number, arrow in enumerate(drawing.arrows):
        if arrow.source == arrow.target:
            both = (arrow.source, RIGHT), (arrow.source, LEFT)
            touch = Touch(LOOPING, 0, number, height(drawing, number), ((number, False),))
            found.setdefault(min(both, key=lambda side: len(found.get(side, ()))), []).append(touch)
    return found


def leaving(drawing: Sketch, plan: Chart, table: Table) -> Iterator[tuple[Side, Touch]]:
    for number, (arrow, way) in enumerate(zip(drawing.arrows, plan.ways, strict=True)):
        if way.exits:
            side, distance = direction(table, arrow.source, way.nodes[0])
            heading, rank = (UP, distance) if way.up else (DOWN, -distance)
            touch = Touch(heading, rank, way.nodes[0], height(drawing, number), ((number, False),))
            yield (arrow.source, side), touch


def entering(drawing: Sketch, plan: Chart, table: Table) -> Iterator[tuple[Side, Touch]]:
    """What enters along one line touches the box at one place."""
    together: dict[tuple[int, int], list[End]] = {}
    for number, (arrow, way) in enumerate(zip(drawing.arrows, plan.ways, strict=True)):
        if way.enters:
            together.setdefault((arrow.target, way.nodes[-1]), []).append((number, True))
    for (box, node), ends in together.items():
        side, distance = direction(table, box, node)
        yield (box, side), Touch(DOWN, -distance, node, BARE, tuple(ends))


def direction(table: Table, box: int, node: int) -> tuple[int, float]:
    """On which side of a box a node stands, and how far in the order."""
    distance = table.place[table.column[node]] - table.place[table.column[box]]
    return (RIGHT if distance > 0 else LEFT), abs(distance)


def sunk(drawing: Sketch, touch: Touch) -> float:
    """How far below the middle of what it takes an arrow leaves; one to its own box comes back above."""
    label = drawing.arrows[touch.ends[0][0]].label
    own = label.height if label else BARE
    return max(0.0, (touch.height - own) / 2) if touch.heading == LOOPING else 0.0


def room(drawing: Sketch, touch: Touch) -> float:
    """How far the label of an arrow reaches out from the side of its box."""
    number, is_entry = touch.ends[0]
    label = None if is_entry else drawing.arrows[number].label
    if touch.heading == LOOPING:
        return label.width if label else LOOP
    return max(0.0, label.width - TUCKED) if label else 0.0
