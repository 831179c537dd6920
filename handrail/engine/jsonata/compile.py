"""Syntax tree → Python closures, for the part of JSONata whose results here are those of the reference.

A node's closure gives what JSONata's evaluator gives for it, and hands it on collapsed (sequence.py: collapse).
What no row of the table compiles is left to the fallback, and with it the whole expression.
"""

from collections.abc import Callable
from typing import Final

from handrail.engine.jsonata.calls import NESTING, apply, call, conditional, function, sequence, variable
from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.objects import grouping, structure
from handrail.engine.jsonata.operators import ARITHMETIC, OPERATORS, Operate
from handrail.engine.jsonata.paths import filtering, path
from handrail.engine.jsonata.scope import Run, Scope, UnsupportedError, Within
from handrail.engine.jsonata.sequence import (
    MISSING,
    Constructed,
    Kept,
    Sequence,
    Value,
    boolean,
    collapse,
    is_finite_number,
    taints,
)

# AWS evaluates a hundred levels of nesting and no more; what may go deeper is counted by the fallback.
DEEPEST: Final = 100


def compile_tree(tree: Node) -> Run:
    """The closure of a whole expression; raises UnsupportedError where it needs the fallback."""
    if _depth(tree) > DEEPEST:
        raise UnsupportedError
    nests = any(node.kind == "variable" and node.value in NESTING for node in tree.walk())
    return compile_node(tree, Within(compile_node, _bound(tree), nests))


def compile_node(node: Node, within: Within) -> Run:
    """The closure of one node, its filters and grouping included."""
    if node.focus or node.at or node.kind not in _NODES:
        raise UnsupportedError
    run = _NODES[node.kind](node, within)
    if node.kind == "path":
        return run
    filters = [filtering(predicate, within) for predicate in node.predicates]
    group = grouping(node.group, within) if node.group is not None else None
    if filters or group or node.keep:
        return _finished(run, filters, group, node.keep)
    open_ended = node.kind in _OPEN or node.value == ".." or (within.nests and node.kind in _PASSING)
    return _collapsed(run) if open_ended else run


def _finished(run: Run, filters: list[Run], group: Run | None, keep: bool) -> Run:
    def finished(item: Value, scope: Scope) -> Value:
        value = run(item, scope)
        for choose in filters:
            value = choose(value, scope)
        if group is not None:
            value = group(value, scope)
        if keep and isinstance(value, Sequence):
            value = Kept(value)
        return collapse(value)

    return finished


def _collapsed(run: Run) -> Run:
    def collapsed(item: Value, scope: Scope) -> Value:
        value = run(item, scope)
        return collapse(value) if isinstance(value, Sequence) else value

    return collapsed


def _depth(tree: Node) -> int:
    deepest, below = 0, [(tree, 1)]
    while below:
        node, depth = below.pop()
        deepest = max(deepest, depth)
        below.extend((child, depth + 1) for child in node.children())
    return deepest


def _bound(tree: Node) -> frozenset[str]:
    names: list[str] = []
    for node in tree.walk():
        if node.kind == "bind":
            names.append(node.value)
        elif node.kind == "lambda":
            names.extend(node.value[0])
    return frozenset(names)


def _literal(node: Node, within: Within) -> Run:
    value = node.value
    return lambda _item, _scope: value


def _wildcard(node: Node, within: Within) -> Run:
    return lambda item, _scope: _values(item)


def _values(item: Value) -> Value:
    """The values of an object or array, arrays among them flattened all the way."""
    values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    found = Sequence()
    flattened = False
    for value in values:
        flattened = flattened or isinstance(value, list)
        found.extend(_flat(value))
    # As in the reference, joining an array makes the sequence an array.
    return list(found) if flattened else found


def _flat(value: Value) -> list[Value]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


def _descendants(node: Node, within: Within) -> Run:
    return lambda item, _scope: MISSING if item is MISSING else Sequence(_below(item))


def _below(item: Value) -> list[Value]:
    """A value and everything in it; arrays do not count as values themselves."""
    if isinstance(item, list):
        return [value for member in item for value in _below(member)]
    inner = item.values() if isinstance(item, dict) else ()
    return [item, *(value for member in inner for value in _below(member))]


def _binary(node: Node, within: Within) -> Run:
    left, right = map(within.run, node.parts)
    if node.value in ("and", "or"):
        return _logic(node.value, left, right)
    operate, operand = OPERATORS[node.value], node.parts[1]
    if node.value in ARITHMETIC:
        return _arithmetic(operate, left, right)
    if operand.kind == "literal" and not (operand.predicates or operand.group):
        constant = operand.value
        return lambda item, scope: operate(left(item, scope), constant)
    return lambda item, scope: operate(left(item, scope), right(item, scope))


def _arithmetic(operate: Operate, left: Run, right: Run) -> Run:
    def arithmetic(item: Value, scope: Scope) -> Value:
        result = operate(left(item, scope), right(item, scope))
        if type(result) is float and result - result != 0:
            scope.taint()
        return result

    return arithmetic


def _logic(word: str, left: Run, right: Run) -> Run:
    if word == "and":
        return lambda item, scope: boolean(left(item, scope)) and boolean(right(item, scope))
    return lambda item, scope: boolean(left(item, scope)) or boolean(right(item, scope))


def _negation(node: Node, within: Within) -> Run:
    operand = within.run(node.parts[0])

    def negation(item: Value, scope: Scope) -> Value:
        value = operand(item, scope)
        if value is not MISSING and not is_finite_number(value):
            raise JsonataError("D1002", value=value)
        return value if value is MISSING else -value

    return negation


def _array(node: Node, within: Within) -> Run:
    items = [(within.run(part), part.kind == "array") for part in node.parts]
    make: Callable[[], list[Value]] = Constructed if node.whole else list

    def array(item: Value, scope: Scope) -> Value:
        result = make()
        for run, nested in items:
            value = run(item, scope)
            if isinstance(value, list) and not nested:
                result.extend(value)
            elif value is not MISSING:
                result.append(value)
                if taints(value):
                    scope.taint()
        return result

    return array


def _block(node: Node, within: Within) -> Run:
    return sequence(list(map(within.run, node.parts)), node)


def _bind(node: Node, within: Within) -> Run:
    name, run = node.value, within.run(node.parts[0])

    def bind(item: Value, scope: Scope) -> Value:
        value = run(item, scope)
        scope.bind(name, value)
        return value

    return bind


def _condition(node: Node, within: Within) -> Run:
    test, *branches = map(within.run, node.parts)
    return conditional(test, branches)


# Nodes whose own value may be a sequence that is still open.
_OPEN: Final = frozenset({"call", "apply", "wildcard", "descendants"})
# Nodes that hand on what they were handed, and collapse it once more.
_PASSING: Final = frozenset({"variable", "condition", "block", "bind"})

_NODES: Final[dict[str, Callable[[Node, Within], Run]]] = {
    "literal": _literal,
    "variable": variable,
    "wildcard": _wildcard,
    "descendants": _descendants,
    "path": path,
    "binary": _binary,
    "negation": _negation,
    "array": _array,
    "object": structure,
    "block": _block,
    "bind": _bind,
    "condition": _condition,
    "call": call,
    "apply": apply,
    "lambda": function,
}
