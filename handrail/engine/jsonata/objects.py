"""Objects: `{key: value}` on its own, and after a path, where it groups what the path found."""

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.scope import Run, Scope, Within
from handrail.engine.jsonata.sequence import MISSING, Value, append, taints


def structure(node: Node, within: Within) -> Run:
    """An object constructor; if the context value is an array, it groups the items of that array."""
    group = grouping(node, within)
    keys = [key.value if key.kind == "literal" and isinstance(key.value, str) else None for key in node.parts[::2]]
    if None in keys or len(set(keys)) < len(keys):
        return group
    fields = list(zip(keys, map(within.run, node.parts[1::2]), strict=True))

    def build(item: Value, scope: Scope) -> Value:
        if isinstance(item, list):
            return group(item, scope)
        result: dict[str, Value] = {}
        for key, run in fields:
            value = run(item, scope)
            if value is not MISSING:
                result[str(key)] = value
                if taints(value):
                    scope.taint()
        return result

    return build


def grouping(node: Node, within: Within) -> Run:
    """Each key that the items of a value give, with the value computed from all items that gave it."""
    runs = list(map(within.run, node.parts))
    keys, values = runs[::2], runs[1::2]

    def group(value: Value, scope: Scope) -> Value:
        result: dict[str, Value] = {}
        for key, (items, pair) in _groups(keys, value, scope).items():
            field = values[pair](items, scope)
            if field is not MISSING:
                result[key] = field
                if taints(field):
                    scope.taint()
        return result

    return group


def _groups(keys: list[Run], value: Value, scope: Scope) -> dict[str, tuple[Value, int]]:
    """For each key: the items that gave it, and which of the object's pairs it was."""
    groups: dict[str, tuple[Value, int]] = {}
    items = value if isinstance(value, list) else [value]
    for item in items or [MISSING]:
        for pair, run in enumerate(keys):
            key = run(item, scope)
            if key is MISSING:
                continue
            if not isinstance(key, str):
                raise JsonataError("T1003", value=key)
            if key not in groups:
                groups[key] = (item, pair)
            elif groups[key][1] == pair:
                groups[key] = (append(groups[key][0], item), pair)
            else:
                raise JsonataError("D1009", value=key)
    return groups
