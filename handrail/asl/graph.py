"""The graph of a machine, and its text for Mermaid; `svg.py` draws it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from handrail.asl.labels import caught, condition, detail, objects
from handrail.asl.model import Flow, State
from handrail.asl.palette import STATUSES

EdgeKind = Literal["start", "next", "choice", "default", "catch", "end"]
START, END = "start", "end"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Node(NamedTuple):
    """A state, or one of the two marks Start and End of the top level.

    `id` is the state's pointer, `inside` the pointer of the flow that it stands in.
    """

    id: str
    label: str
    type: str
    inside: str = ""
    detail: str = ""


class Edge(NamedTuple):
    """A transition between two nodes of one flow; its label is empty, "Catch …", a condition, or "Default"."""

    source: str
    target: str
    label: str = ""
    kind: EdgeKind = "next"


class Graph(NamedTuple):
    """Nodes and edges of a machine, those of a nested flow after those of the flow around it."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(flow: Flow) -> Graph:
    """The graph of a machine with everything that is nested in it."""
    parts = [layer(flow, marks=True), *(layer(inner) for state in flow.walk() for inner in nested(state))]
    return Graph(
        tuple(node for part in parts for node in part.nodes), tuple(edge for part in parts for edge in part.edges)
    )


def layer(flow: Flow, *, marks: bool = False) -> Graph:
    """The nodes and edges of one flow, without those nested in its states; with the marks Start and End on request."""
    nodes = [Node(state.pointer, state.name, state.type, flow.pointer, detail(state)) for state in flow.states.values()]
    edges = [edge for state in flow.states.values() for edge in ways(state, flow)]
    if marks:
        ends = [Edge(state.pointer, END, kind="end") for state in flow.states.values() if state.fields.get("End")]
        nodes = [Node(START, "Start", "Start"), *nodes, *([Node(END, "End", "End")] if ends else [])]
        edges = [Edge(START, flow.states[flow.start_at].pointer, kind="start"), *edges, *ends]
    return Graph(tuple(nodes), tuple(edges))


def nested(state: State) -> tuple[Flow, ...]:
    """The flows that a Map or Parallel holds."""
    return state.branches if state.processor is None else (state.processor,)


def ways(state: State, flow: Flow) -> Iterator[Edge]:
    for label, kind, target in ways_on(state):
        yield Edge(state.pointer, flow.states[target].pointer, label, kind)


def ways_on(state: State) -> Iterator[tuple[str, EdgeKind, str]]:
    for rule in objects(state.fields.get("Choices")):
        yield condition(rule), "choice", str(rule["Next"])
    if "Default" in state.fields:
        yield "Default", "default", str(state.fields["Default"])
    if "Next" in state.fields:
        yield "", "next", str(state.fields["Next"])
    for catcher in objects(state.fields.get("Catch")):
        yield caught(catcher), "catch", str(catcher["Next"])


MERMAID_SHAPES = {
    "Choice": ("{", "}"),
    "Succeed": ("([", "])"),
    "Fail": ("([", "])"),
    "Start": ("((", "))"),
    "End": ("((", "))"),
}
LONGEST_LABEL = 60
# No colon: Mermaid takes what follows one for a style where it finds the word before it.
PLAIN_MARKS = frozenset(" _-.,…?!()=+*/$'")


def mermaid(flow: Flow, visited: Mapping[str, str] = NOTHING) -> str:
    """Mermaid flowchart text; `visited` colours states by name: SUCCEEDED, FAILED, RUNNING, RETRIED …"""
    drawn = graph(flow)
    ids = {node.id: f"n{number}" for number, node in enumerate(drawn.nodes)}
    lines = ["flowchart TD", *mermaid_flow(flow, ids, marks=True)]
    for edge in drawn.edges:
        arrow = "-.->" if edge.kind == "catch" else "-->"
        label = f"|{quoted(edge.label)}|" if edge.label else ""
        lines.append(f"  {ids[edge.source]} {arrow}{label} {ids[edge.target]}")
    coloured = {node.id: visited[node.label] for node in drawn.nodes if visited.get(node.label) in STATUSES}
    for status in dict.fromkeys(coloured.values()):
        names = ",".join(ids[node] for node, its in coloured.items() if its == status)
        fill, stroke, text = STATUSES[status].light
        lines.append(f"  classDef {status} fill:{fill},stroke:{stroke},color:{text}")
        lines.append(f"  class {names} {status}")
    return "\n".join(lines) + "\n"


def mermaid_flow(flow: Flow, ids: Mapping[str, str], *, marks: bool = False, indent: str = "  ") -> Iterator[str]:
    states = {state.pointer: state for state in flow.states.values()}
    for node in layer(flow, marks=marks).nodes:
        inner = nested(states[node.id]) if node.id in states else ()
        if not inner:
            opening, closing = MERMAID_SHAPES.get(node.type, ("[", "]"))
            yield f"{indent}{ids[node.id]}{opening}{quoted(node.label)}{closing}"
            continue
        yield f"{indent}subgraph {ids[node.id]}[{quoted(f'{node.label} ({node.type})')}]"
        for number, branch in enumerate(inner):
            yield from mermaid_branch(branch, ids, f"{ids[node.id]}b{number}" if len(inner) > 1 else "", indent + "  ")
        yield f"{indent}end"


def mermaid_branch(flow: Flow, ids: Mapping[str, str], box: str, indent: str) -> Iterator[str]:
    if not box:
        yield from mermaid_flow(flow, ids, indent=indent)
        return
    yield f'{indent}subgraph {box}[" "]'
    yield from mermaid_flow(flow, ids, indent=indent + "  ")
    yield f"{indent}end"


def quoted(text: str) -> str:
    """A label that Mermaid cannot mistake for its own syntax: all but letters, digits and plain marks as entities."""
    short = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    safe = "".join(letter if letter.isalnum() or letter in PLAIN_MARKS else f"#{ord(letter)};" for letter in short)
    return f'"{safe}"'
