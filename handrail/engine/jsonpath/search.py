"""Searches a document for everything that an indefinite path leads to, in the order and with the quirks of Jayway.

Source: the behaviour of json-path 2.x (github.com/json-path/JsonPath), which Step Functions evaluates paths with. A
step that finds nothing is no error here: whatever is missing adds nothing to the list.
"""

from collections.abc import Callable, Iterator
from typing import Final

from handrail.asl.model import Json
from handrail.engine.jsonpath.steps import Filter, Indices, Names, Scan, Slice, Step

Visit = Callable[[Json, Json, list[Json]], None]
"""A compiled rest of a path: (where it stands, the document's root, what is found is added here)."""


def compile_search(steps: tuple[Step, ...]) -> Visit:
    """Everything that these steps lead to, added to the list that is handed in."""
    visit: Visit = found
    last = True
    for step in reversed(steps):
        visit = compile_step(step, visit, last)
        last = False
    return visit


def found(node: Json, _root: Json, hits: list[Json]) -> None:
    """The end of a path."""
    hits.append(node)


def compile_step(step: Step, rest: Visit, last: bool) -> Visit:
    """One step, and the rest of the path after it."""
    if isinstance(step, Scan):
        return scan(step.step, rest, last)
    nexts = reach(step, last)

    def visit(node: Json, root: Json, hits: list[Json]) -> None:
        for following in nexts(node, root):
            rest(following, root, hits)

    return visit


Reach = Callable[[Json, Json], Iterator[Json]]
"""What one step leads to from a node: (the node, the document's root)."""


def reach(step: Step, last: bool) -> Reach:
    """What a step leads to; several names at the end of a path give one object with those that there are."""
    if isinstance(step, Names):
        names = step.names
        merges = last and len(names) > 1
        return lambda node, _root: merged(node, names) if merges else members(node, names)
    if isinstance(step, Indices):
        indices = step.indices
        return lambda node, _root: items(node, indices)
    if isinstance(step, Slice):
        section = step.range
        return lambda node, _root: iter(node[section] if isinstance(node, list) else ())
    if isinstance(step, Filter):
        holds = step.holds
        return lambda node, root: (each for each in candidates(node) if holds(each, root))
    return lambda node, _root: children(node)


def members(node: Json, names: tuple[str, ...]) -> Iterator[Json]:
    return (node[name] for name in names if name in node) if isinstance(node, dict) else iter(())


def merged(node: Json, names: tuple[str, ...]) -> Iterator[Json]:
    if isinstance(node, dict):
        yield {name: node[name] for name in names if name in node}


def items(node: Json, indices: tuple[int, ...]) -> Iterator[Json]:
    """The items at these places; a place past the end gives null, as Jackson's arrays do."""
    if isinstance(node, list):
        length = len(node)
        for index in indices:
            yield node[index] if -length <= index < length else None


def children(node: Json) -> Iterator[Json]:
    if isinstance(node, list):
        return iter(node)
    return iter(node.values()) if isinstance(node, dict) else iter(())


def candidates(node: Json) -> Iterator[Json]:
    """What a filter judges: an array's items, or an object itself."""
    if isinstance(node, list):
        return iter(node)
    return iter((node,)) if isinstance(node, dict) else iter(())


def scan(step: Step, rest: Visit, last: bool) -> Visit:
    """The step after `..`, taken at every object and array from here down, outer ones first."""
    fits = fitting(step, last)
    nexts = reach(step, last)

    def visit(node: Json, root: Json, hits: list[Json]) -> None:
        for place in places(node):
            if fits(place, root):
                # Jayway steps over the step itself where it stands at an array and more steps follow.
                reached = children(place) if isinstance(place, list) and not last else nexts(place, root)
                for following in reached:
                    rest(following, root, hits)

    return visit


def places(node: Json) -> Iterator[Json]:
    """The objects and arrays from here down, each before what is in it."""
    waiting: Final = [node]
    while waiting:
        place = waiting.pop()
        if isinstance(place, dict | list):
            yield place
            waiting.extend(reversed(list(children(place))))


def fitting(step: Step, last: bool) -> Callable[[Json, Json], bool]:
    """At which objects and arrays the step after `..` is taken."""
    if isinstance(step, Names):
        names = step.names
        whole = last or len(names) == 1
        return lambda place, _root: isinstance(place, dict) and (not whole or all(name in place for name in names))
    if isinstance(step, Indices | Slice):
        return lambda place, _root: isinstance(place, list)
    if isinstance(step, Filter):
        return step.holds
    return lambda _place, _root: True
