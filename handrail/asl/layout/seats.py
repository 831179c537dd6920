"""Where arrows touch a box above or below: in the middle if they run straight, otherwise beside it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.layout.chart import Link
from handrail.asl.layout.stubs import Settled

# From one arrow to the next: usually, and where a line runs straight because of it.
STEP, LEAST = 22.0, 12.0
CORNER = 12.0

Pins = dict[Link, tuple[float, float]]  # the x of a link's upper and of its lower end


class Guest(NamedTuple):
    """What touches a box at one place: how far from its middle it would like to, and whether it must in the middle."""

    wanted: float
    straight: bool


def pins(drawn: Settled, x: Sequence[float], links: Iterable[Link]) -> Pins:
    """The x of both ends of each link: that of the column, or the seat at a box."""
    found = {link: (x[drawn.column[link.upper]], x[drawn.column[link.lower]]) for link in links}
    for is_lower in (False, True):
        for box, parties in parties_of(drawn, found, is_lower=is_lower).items():
            middle, size = x[drawn.column[box]], drawn.plan.nodes[box].size
            guests = [guest(drawn, party, found, middle, is_lower=is_lower) for party in parties]
            for party, seat in zip(parties, seats(guests, size.width if size else 0.0), strict=True):
                for link in party:
                    upper, lower = found[link]
                    found[link] = (upper, middle + seat) if is_lower else (middle + seat, lower)
    return found


def parties_of(drawn: Settled, links: Iterable[Link], *, is_lower: bool) -> Mapping[int, Sequence[Sequence[Link]]]:
    """The links at the upper or lower end of which there is a box, together where they are one line there."""
    parties: dict[int, dict[object, list[Link]]] = {}
    for link in links:
        box = link.lower if is_lower else link.upper
        if box < drawn.boxes:
            joined: object = link.net if link.net.node == box else link
            parties.setdefault(box, {}).setdefault(joined, []).append(link)
    return {box: [*its.values()] for box, its in parties.items()}


def guest(drawn: Settled, party: Sequence[Link], found: Pins, middle: float, *, is_lower: bool) -> Guest:
    far = [found[link][not is_lower] - middle for link in party]
    straight = any(drawn.column[link.upper] == drawn.column[link.lower] for link in party)
    return Guest(min(far, key=abs), straight)


def seats(guests: Sequence[Guest], width: float) -> list[float]:
    """The place of each guest from the middle of the box; none changes sides with another."""
    order = sorted(range(len(guests)), key=lambda number: guests[number].wanted)
    straight = [at for at, number in enumerate(order) if guests[number].straight]
    middle = straight[0] if straight else len(order) // 2
    half = max(0.0, width / 2 - CORNER)
    wanted = guests[order[middle]].wanted
    start = 0.0 if straight or abs(wanted) > half else wanted
    found = {order[middle]: start}
    right, left = order[middle + 1 :], order[:middle][::-1]
    for at, seat in zip(right, row([guests[at].wanted - start for at in right], half - start), strict=True):
        found[at] = start + seat
    for at, seat in zip(left, row([start - guests[at].wanted for at in left], half + start), strict=True):
        found[at] = start - seat
    return [found[number] for number in range(len(guests))]


def row(wanted: Sequence[float], room: float) -> list[float]:
    """Seats in one direction: where they are wanted if that is within the room, else one step from the last."""
    step, least = (min(step, room / max(1, len(wanted))) for step in (STEP, LEAST))
    taken, last = [], 0.0
    for at, goal in enumerate(wanted):
        most = room - step * (len(wanted) - 1 - at)
        last = goal if last + least <= goal <= most else min(most, last + step)
        taken.append(last)
    return taken
