"""Draws a machine as a standalone SVG, readable on light and on dark.

A state is drawn first and placed afterwards: a Map or Parallel is as large as the drawing of what it holds. So a flow
is drawn from the inside outwards, each level laid out for itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.arrows import SLANT, Hexagon, label_of, line_of, signs_of
from handrail.asl.graph import NOTHING, START, Node, layer, nested
from handrail.asl.layout import Point, Size, place
from handrail.asl.lettering import safe, width, wrapped
from handrail.asl.model import Flow, State
from handrail.asl.palette import STATUSES
from handrail.asl.style import ICONS, css

MARGIN = 20.0
PADDING = 16.0
HEADER = 40.0
TEXT_LEFT = 36.0
NARROWEST, WIDEST = 110.0, 230.0
LINE = 16.0


class Picture(NamedTuple):
    """SVG drawn from (0, 0), and how large it is."""

    size: Size
    svg: str


def svg(flow: Flow, visited: Mapping[str, str] = NOTHING) -> str:
    """A standalone SVG; `visited` tells by state name how each has gone: SUCCEEDED, FAILED, RUNNING, RETRIED …"""
    picture = drawn(flow, visited, marks=True)
    across, down = picture.size.width + 2 * MARGIN, picture.size.height + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="asl" width="{across:.0f}" height="{down:.0f}" '
        f'viewBox="0 0 {across:.0f} {down:.0f}" role="img">\n<style>{css()}</style>\n'
        f'<rect class="ground" width="{across:.0f}" height="{down:.0f}" rx="8"/>\n'
        f"{at(MARGIN, MARGIN, picture.svg)}\n</svg>\n"
    )


def drawn(flow: Flow, visited: Mapping[str, str], *, marks: bool = False) -> Picture:
    """One flow with everything in it; what it starts with stands first, for the layout."""
    part = layer(flow, marks=marks)
    first = START if marks else flow.states[flow.start_at].pointer
    nodes = sorted(part.nodes, key=lambda node: node.id != first)
    states = {state.pointer: state for state in flow.states.values()}
    pictures = [picture_of(node, states.get(node.id), visited) for node in nodes]
    signs = signs_of(part.edges, nodes)
    placed = place([picture.size for picture in pictures], [sign.arrow for sign in signs])
    choices = {
        number: Hexagon(placed.boxes[number], pictures[number].size)
        for number, node in enumerate(nodes)
        if node.type == "Choice"
    }
    drawing = [
        *(line_of(sign, route, choices) for sign, route in zip(signs, placed.routes, strict=True)),
        *(centred(picture, centre) for picture, centre in zip(pictures, placed.boxes, strict=True)),
        *(label_of(sign, route) for sign, route in zip(signs, placed.routes, strict=True)),
    ]
    return Picture(Size(*placed.corner), "\n".join(drawing))


def picture_of(node: Node, state: State | None, visited: Mapping[str, str]) -> Picture:
    if state is None:
        return mark(node)
    status = visited.get(state.name, "")
    css_class = status if status in STATUSES else "dim" if visited and not status else "state"
    parts = [drawn(inner, visited) for inner in nested(state)]
    return frame(node, parts, css_class) if parts else box(node, css_class)


def mark(node: Node) -> Picture:
    """The circles at which a machine starts and ends."""
    rings = [("mark", 10), ("ground", 7.5), ("mark", 4.5)] if node.type == "End" else [("mark", 10)]
    circles = "".join(f'<circle class="{css_class}" cx="11" cy="11" r="{radius}"/>' for css_class, radius in rings)
    return Picture(Size(22, 22), f"<g><title>{node.label}</title>{circles}</g>")


def box(node: Node, css_class: str) -> Picture:
    """A state that holds no others."""
    names = wrapped(node.label, 13.5, WIDEST, 3)
    caption = wrapped(caption_of(node), 10.5, WIDEST, 1)[0]
    text = max(width(caption, 10.5), *(width(name, 13.5) for name in names))
    across, down = max(NARROWEST, TEXT_LEFT + text + 14), 30 + LINE * len(names)
    rows = [row("name", name, 21 + LINE * number) for number, name in enumerate(names)]
    caption_row = row("caption", caption, 20 + LINE * len(names))
    shape = outline(node.type, across, down)
    icon = at(12, down / 2 - 8, f'<path class="icon {node.type}" d="{ICONS[node.type]}"/>')
    return Picture(Size(across, down), grouped(node, css_class, [shape, icon, *rows, caption_row], across))


def frame(node: Node, parts: Sequence[Picture], css_class: str) -> Picture:
    """A Map or Parallel around what it holds; the branches of a Parallel stand side by side."""
    name = wrapped(node.label, 13.5, WIDEST * 1.5, 1)[0]
    caption = caption_of(node)
    heading = TEXT_LEFT + width(name, 13.5) + width(caption, 10.5) + 44
    inset = PADDING if node.type == "Parallel" else 0.0
    content = side_by_side(parts, inset)
    across, down = max(heading, content.size.width + 2 * PADDING), HEADER + content.size.height + PADDING
    title = [
        f'<rect class="group" width="{across:.1f}" height="{down:.1f}" rx="10"/>',
        at(12, 11, f'<path class="icon {node.type}" d="{ICONS[node.type]}"/>'),
        row("name", name, 24),
        row("caption", caption, 24, TEXT_LEFT + width(name, 13.5) + 8),
    ]
    inside = at((across - content.size.width) / 2, HEADER, content.svg)
    return Picture(Size(across, down), f"{grouped(node, css_class, title, across)}\n{inside}")


def side_by_side(parts: Sequence[Picture], inset: float) -> Picture:
    """Pictures in a row, equally high; with an inset each has an outline of its own."""
    down = max(part.size.height for part in parts) + 2 * inset
    left, drawing = 0.0, []
    for part in parts:
        across = part.size.width + 2 * inset
        if inset:
            corner = f'x="{left:.1f}" width="{across:.1f}" height="{down:.1f}"'
            drawing.append(f'<rect class="branch" {corner} rx="8"/>')
        drawing.append(at(left + inset, inset, part.svg))
        left += across + PADDING
    return Picture(Size(left - PADDING, down), "\n".join(drawing))


def caption_of(node: Node) -> str:
    return " · ".join(part for part in (node.type, node.detail) if part)


def outline(type_: str, across: float, down: float) -> str:
    """The outline of a state by its type: a choice is cut at its sides, an end of the machine is round."""
    if type_ == "Choice":
        cut, half = SLANT, down / 2
        points = f"{cut},0 {across - cut:.1f},0 {across:.1f},{half} {across - cut:.1f},{down} {cut},{down} 0,{half}"
        return f'<polygon class="node" points="{points}" stroke-linejoin="round"/>'
    radius = min(down / 2, 24) if type_ in ("Succeed", "Fail") else 8
    return f'<rect class="node" width="{across:.1f}" height="{down}" rx="{radius}"/>'


def grouped(node: Node, css_class: str, parts: Iterable[str], across: float) -> str:
    """The parts of a state with its tooltip, and with its badge where it has been visited."""
    title = f"{node.label} · {caption_of(node)}"
    badge = ""
    if css_class in STATUSES:
        title = f"{title}: {css_class}"
        sign = f'<path class="sign" d="{STATUSES[css_class].badge}"/>'
        badge = f'<circle class="badge" cx="{across - 4:.1f}" cy="3" r="8"/>{at(across - 10, -3, sign)}'
    return f'<g class="{css_class}"><title>{safe(title)}</title>{"".join(parts)}{badge}</g>'


def centred(picture: Picture, centre: Point) -> str:
    return at(centre.x - picture.size.width / 2, centre.y - picture.size.height / 2, picture.svg)


def row(css_class: str, text: str, y: float, x: float = TEXT_LEFT) -> str:
    return f'<text class="{css_class}" x="{x:.1f}" y="{y}">{safe(text)}</text>'


def at(x: float, y: float, svg: str) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f})">{svg}</g>'
