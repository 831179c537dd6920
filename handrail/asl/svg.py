"""Draws a machine as a standalone SVG, readable on light and on dark.

A state is drawn first and placed afterwards: a Map or Parallel is as large as the drawing of what it holds. So a flow
is drawn from the inside outwards, each level laid out for itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.graph import NOTHING, Edge, Node, layer, nested
from handrail.asl.layers import too_far
from handrail.asl.layout import Arrow, Point, Route, Size, place
from handrail.asl.lettering import width, wrapped
from handrail.asl.lines import arrow_head, rounded
from handrail.asl.model import Flow, State
from handrail.asl.palette import STATUSES
from handrail.asl.style import ICONS, css

MARGIN = 20.0
PADDING = 16.0
HEADER = 40.0
TEXT_LEFT = 36.0
NARROWEST, WIDEST = 110.0, 230.0
LINE = 16.0
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


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
    """One flow with everything in it."""
    part = layer(flow, marks=marks)
    states = {state.pointer: state for state in flow.states.values()}
    pictures = [picture_of(node, states.get(node.id), visited) for node in part.nodes]
    edges = merged(part.edges)
    numbers = {node.id: number for number, node in enumerate(part.nodes)}
    ways = [(numbers[edge.source], numbers[edge.target]) for edge in edges]
    cut = too_far(len(pictures), ways)
    words = [
        lines_of(edge, part.nodes[way[1]].label if way in cut else "") for edge, way in zip(edges, ways, strict=True)
    ]
    arrows = [
        Arrow(*way, room(lines), 1.0 if edge.kind in ("catch", "choice") else 4.0, cut=way in cut)
        for edge, way, lines in zip(edges, ways, words, strict=True)
    ]
    placed = place([picture.size for picture in pictures], arrows)
    drawing = [
        *(line_of(edge, route.line) for edge, route in zip(edges, placed.routes, strict=True)),
        *(centred(picture, centre) for picture, centre in zip(pictures, placed.boxes, strict=True)),
        *(label_of(*told) for told in zip(edges, words, placed.routes, strict=True)),
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
        cut, half = 9.0, down / 2
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


def merged(edges: Iterable[Edge]) -> list[Edge]:
    """Edges between the same two nodes as one, its labels one below the other."""
    joined: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        ends = (edge.source, edge.target)
        other = joined.get(ends)
        label = edge.label if other is None else "\n".join(text for text in (other.label, edge.label) if text)
        joined[ends] = Edge(*ends, label, edge.kind if other is None else other.kind)
    return list(joined.values())


def lines_of(edge: Edge, towards: str) -> list[str]:
    """The lines of an edge's label; where its arrow is cut, the last one says where it goes."""
    told = [text for text in edge.label.split("\n")[:4] if text] + ([f"→ {towards}"] if towards else [])
    return [wrapped(text, 11, WIDEST * 0.8, 1)[0] for text in told]


def extent(lines: Sequence[str]) -> Size:
    return Size(max(width(line, 11) for line in lines) + 8, 15 * len(lines) + 3)


def room(lines: Sequence[str]) -> Size | None:
    """The room that a label needs: its own, and some for the arrow to be seen on both sides."""
    if not lines:
        return None
    size = extent(lines)
    return Size(size.width + 28, size.height + 4)


def line_of(edge: Edge, points: Sequence[Point]) -> str:
    css_class = "catch" if edge.kind == "catch" else "way"
    line = f'<path class="edge {css_class}" d="{rounded(points)}"/>'
    return f'{line}<path class="head {css_class}" d="{arrow_head(points)}"/>'


def label_of(edge: Edge, lines: Sequence[str], route: Route) -> str:
    if not lines:
        return ""
    size, centre = extent(lines), route.label
    left, top = centre.x - size.width / 2, centre.y - size.height / 2
    rows = [
        f'<text class="word" x="{centre.x:.1f}" y="{top + 13.5 + 15 * number:.1f}">{safe(line)}</text>'
        for number, line in enumerate(lines)
    ]
    chip = (
        f'<rect class="chip" x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" height="{size.height:.1f}" rx="4"/>'
    )
    return f"<g><title>{safe(edge.label)}</title>{chip}{''.join(rows)}</g>"


def centred(picture: Picture, centre: Point) -> str:
    return at(centre.x - picture.size.width / 2, centre.y - picture.size.height / 2, picture.svg)


def row(css_class: str, text: str, y: float, x: float = TEXT_LEFT) -> str:
    return f'<text class="{css_class}" x="{x:.1f}" y="{y}">{safe(text)}</text>'


def at(x: float, y: float, svg: str) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f})">{svg}</g>'


def safe(text: str) -> str:
    """A text as XML; what XML cannot hold at all becomes the replacement character."""
    return "".join(letter if is_xml(letter) else "\ufffd" for letter in text).translate(ENTITIES)


def is_xml(letter: str) -> bool:
    return letter in "\t\n" or " " <= letter < "\ud800" or "\udfff" < letter < "\ufffe" or letter > "\uffff"
