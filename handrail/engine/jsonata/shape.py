"""Raw tree → syntax tree: dots become the steps of one path, brackets the filters of a step, names become paths."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.wording import syntax_error


@dataclass(slots=True)
class Raw:
    """What the parser read, in the order of the text; `keep` is set when `[]` follows later."""

    kind: str
    position: int
    value: Any = None
    parts: list["Raw"] = field(default_factory=list)
    keep: bool = False


def shape(raw: Raw) -> Node:
    """The syntax tree of a raw tree; raises JsonataSyntaxError for what only now turns out to be wrong."""
    node = _SHAPES.get(raw.kind, _same)(raw)
    return node._replace(keep=True) if raw.keep and not node.keep else node


def _same(raw: Raw) -> Node:
    return Node(raw.kind, raw.position, raw.value, tuple(map(shape, raw.parts)))


def _literal(raw: Raw) -> Node:
    return Node("literal", raw.position, raw.value)


def _name(raw: Raw) -> Node:
    step = Node("name", raw.position, raw.value, keep=raw.keep)
    return Node("path", raw.position, raw.keep, (step,))


def _end(raw: Raw) -> Node:
    raise syntax_error("S0207", raw.position)


def _binary(raw: Raw) -> Node:
    return _path(raw) if raw.value == "." else _apply(raw) if raw.value == "~>" else _same(raw)


def _apply(raw: Raw) -> Node:
    left, right = map(shape, raw.parts)
    return Node("apply", raw.position, None, (left, right), keep=left.keep or right.keep)


def _path(raw: Raw) -> Node:
    left = shape(raw.parts[0])
    steps = [*left.parts] if left.kind == "path" else [left]
    right = shape(raw.parts[1])
    if right.kind == "path":
        steps += right.parts
    elif right.predicates:
        steps.append(right._replace(stages=right.predicates, predicates=()))
    else:
        steps.append(right)
    keep = (left.kind == "path" and left.value) or any(step.keep for step in steps)
    group = left.group if left.kind == "path" else None
    return Node("path", left.position, bool(keep), _ends(tuple(map(_step, steps))), keep=left.keep, group=group)


def _step(node: Node) -> Node:
    """A literal as a step names a field if it is a string, and is a mistake otherwise."""
    if node.kind != "literal":
        return node
    if not isinstance(node.value, str):
        raise syntax_error("S0213", node.position, value=node.value)
    return node._replace(kind="name")


def _ends(steps: tuple[Node, ...]) -> tuple[Node, ...]:
    """Array constructors that stand first or last in a path are taken whole."""
    last = len(steps) - 1
    return tuple(
        step._replace(whole=True) if step.kind == "array" and at in (0, last) else step for at, step in enumerate(steps)
    )


def _filter(raw: Raw) -> Node:
    node = shape(raw.parts[0])
    step = node.parts[-1] if node.kind == "path" else node
    if step.group is not None:
        raise syntax_error("S0209", raw.position)
    predicate = shape(raw.parts[1])
    if node.kind == "path":
        return _with_last(node, step._replace(stages=(*step.stages, predicate)))
    return step._replace(predicates=(*step.predicates, predicate))


def _with_last(path: Node, step: Node) -> Node:
    return path._replace(parts=(*path.parts[:-1], step))


def _group(raw: Raw) -> Node:
    node = shape(raw.parts[0])
    if node.group is not None:
        raise syntax_error("S0210", raw.position)
    return node._replace(group=Node("object", raw.position, None, tuple(map(shape, raw.parts[1:]))))


def _sort(raw: Raw) -> Node:
    node = shape(raw.parts[0])
    path = node if node.kind == "path" else Node("path", node.position, False, (node,))
    step = Node("sort", raw.position, raw.value, tuple(map(shape, raw.parts[1:])))
    return path._replace(parts=(*path.parts, step))


def _focus(raw: Raw) -> Node:
    node = shape(raw.parts[0])
    step = node.parts[-1] if node.kind == "path" else node
    if step.stages or step.predicates:
        raise syntax_error("S0215", raw.position)
    if step.kind == "sort":
        raise syntax_error("S0216", raw.position)
    bound = step._replace(focus=raw.value, keep=step.keep or raw.keep)
    return _with_last(node, bound) if node.kind == "path" else bound


def _index(raw: Raw) -> Node:
    node = shape(raw.parts[0])
    path = node if node.kind == "path" else Node("path", node.position, False, (node,))
    return _with_last(path, path.parts[-1]._replace(at=raw.value))


def _negation(raw: Raw) -> Node:
    operand = shape(raw.parts[0])
    number = operand.value
    if operand.kind == "literal" and isinstance(number, int | float) and not isinstance(number, bool):
        return operand._replace(value=-number)
    return Node("negation", raw.position, None, (operand,))


def _block(raw: Raw) -> Node:
    parts = tuple(map(shape, raw.parts))
    whole = any(part.whole or (part.kind == "path" and part.parts[0].whole) for part in parts)
    return Node("block", raw.position, None, parts, whole=whole)


def _call(raw: Raw) -> Node:
    arguments = tuple(map(shape, raw.parts[1:]))
    return Node("call", raw.position, None, (shape(raw.parts[0]), *arguments))


_SHAPES: Final[dict[str, Callable[[Raw], Node]]] = {
    "end": _end,
    "string": _literal,
    "number": _literal,
    "value": _literal,
    "name": _name,
    "binary": _binary,
    "filter": _filter,
    "group": _group,
    "sort": _sort,
    "focus": _focus,
    "index": _index,
    "negation": _negation,
    "block": _block,
    "call": _call,
}
