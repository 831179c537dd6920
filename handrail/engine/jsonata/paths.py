"""Paths: their steps, the filters of a step, and `^(…)`.

A step takes the list of what was found so far and gives the list of what it finds there. Most paths only walk down
objects; those have a short way, which turns off to the full one as soon as it meets an array.
"""

import math
from collections.abc import Callable
from typing import Final

from handrail.engine.jsonata.arrays import merge_sort
from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.objects import grouping
from handrail.engine.jsonata.operators import utf16
from handrail.engine.jsonata.scope import Run, Scope, UnsupportedError, Within
from handrail.engine.jsonata.sequence import (
    MISSING,
    Constructed,
    Function,
    Kept,
    Sequence,
    Value,
    boolean,
    collapse,
    is_finite_number,
    is_number,
    lookup,
)

Step = Callable[[list[Value], Scope], list[Value]]

_FLAGGED: Final = frozenset({Sequence, Kept, Constructed})
_LISTS: Final = _FLAGGED | {list}
_OBJECT: Final = frozenset({dict})


def path(node: Node, within: Within) -> Run:
    """A path; absolute if it starts with a variable, else relative to the context value."""
    whole = _path(node, within)
    first, *rest = node.parts
    names = [step.value for step in (rest if first.kind == "variable" else node.parts)]
    simple = all(step.kind == "name" and _is_bare(step) for step in (rest if first.kind == "variable" else node.parts))
    if not simple or node.value or node.keep or node.group is not None or not _is_bare(first):
        return whole
    if first.kind == "variable":
        return _walk(within.run(first), names, whole)
    return _field(names[0], whole) if len(names) == 1 else _walk(lambda item, _scope: item, names, whole)


def _is_bare(step: Node) -> bool:
    return not (step.predicates or step.stages or step.keep or step.focus or step.at or step.group)


def _walk(start: Run, names: list[str], whole: Run) -> Run:
    def walk(item: Value, scope: Scope) -> Value:
        value = start(item, scope)
        for name in names:
            if type(value) is not dict:
                return MISSING if value is MISSING else whole(item, scope)
            value = value.get(name, MISSING)
        return whole(item, scope) if type(value) in _FLAGGED else value

    return walk


def _field(name: str, whole: Run) -> Run:
    def field(item: Value, scope: Scope) -> Value:
        if type(item) is not dict:
            return whole(item, scope)
        value = item.get(name, MISSING)
        return whole(item, scope) if type(value) in _FLAGGED else value

    return field


def _path(node: Node, within: Within) -> Run:
    first, last = node.parts[0], len(node.parts) - 1
    absolute, entire = first.kind == "variable", first.whole
    head = within.run(first) if entire else None
    steps = [_step(step, within, at == last) for at, step in enumerate(node.parts) if at or not entire]
    start, walked = _lead(node, within)
    later = steps[walked:]
    group = grouping(node.group, within) if node.group is not None else None
    keeps = node.value or node.keep

    def path(item: Value, scope: Scope) -> Value:
        found: list[Value] = Sequence([start(item, scope)])
        todo = later
        if type(found[0]) is not dict:
            found = item if isinstance(item, list) and not absolute else Sequence([item])
            todo = steps
        if head is not None:
            whole = head(found, scope)
            if not isinstance(whole, list):
                return whole if last == 0 else MISSING
            found = whole
        for step in todo if found or head is None else ():
            found = step(found, scope)
            if not found:
                break
        if keeps:
            found = _kept(found)
        return collapse(found) if group is None else group(found, scope)

    return path


def _lead(node: Node, within: Within) -> tuple[Run, int]:
    """The walk down objects with which a path from a variable begins, and how many steps that is.

    It gives None as soon as it meets anything but an object.
    """
    first = node.parts[0]
    count = 0
    if first.kind == "variable":
        plain = [_is_bare(step) and (at == 0 or step.kind == "name") for at, step in enumerate(node.parts[:-1])]
        count = (*plain, False).index(False)
    if not count:
        return lambda _item, _scope: None, 0
    return _walk(within.run(first), [step.value for step in node.parts[1:count]], lambda _item, _scope: None), count


def _kept(found: list[Value]) -> list[Value]:
    """What `[]` in a path makes of its result: a sequence that stays an array."""
    if type(found) is Constructed:
        return Kept([found])
    return Kept(found) if isinstance(found, Sequence) else found


def _step(node: Node, within: Within, last: bool) -> Step:
    if node.focus or node.at:
        raise UnsupportedError
    filters = [filtering(stage, within) for stage in node.stages]
    if node.kind == "sort":
        return _sorting(node, filters, within)
    if node.kind == "name" and not (filters or node.predicates or node.keep or node.group):
        return _naming(node.value, last)
    if node.kind == "name":
        return _each(lambda item, _scope: collapse(lookup(item, node.value)), filters, last)
    return _each(within.run(node), filters, last)


def _naming(name: str, last: bool) -> Step:
    def naming(items: list[Value], scope: Scope) -> list[Value]:
        if _OBJECT.issuperset(map(type, items)):
            values = [item.get(name, MISSING) for item in items]
        else:
            values = [collapse(lookup(item, name)) for item in items]
        return _flattened([value for value in values if value is not MISSING], last, scope)

    return naming


def _each(run: Run, filters: list[Run], last: bool) -> Step:
    def each(items: list[Value], scope: Scope) -> list[Value]:
        found = []
        for item in items:
            value = run(item, scope)
            for choose in filters:
                value = choose(value, scope)
            if value is not MISSING:
                found.append(value)
        return _flattened(found, last, scope)

    return each


def _flattened(found: list[Value], last: bool, scope: Scope) -> list[Value]:
    """One sequence of all that was found; an array that the last step found alone stays that array."""
    if last and len(found) == 1 and isinstance(found[0], list) and not isinstance(found[0], Sequence):
        return found[0]
    kinds = set(map(type, found))
    if Function in kinds:
        scope.taint()
    if _LISTS.isdisjoint(kinds):
        return Sequence(found)
    result = Sequence()
    for value in found:
        if not isinstance(value, list):
            result.append(value)
        elif type(value) is Constructed:
            result.append(value)
            scope.taint()
        else:
            result.extend(value)
    return result


# Filters: (what was found, scope) -> the items that stay.


def filtering(predicate: Node, within: Within) -> Run:
    """`[…]`: an index if it is written as a number, else an expression that each item answers."""
    if predicate.kind == "literal" and is_number(predicate.value) and not predicate.predicates:
        return _indexing(math.floor(predicate.value))
    return _choosing(within.run(predicate))


def _indexing(index: int) -> Run:
    def indexing(value: Value, _scope: Scope) -> Value:
        items = value if isinstance(value, list) else [value]
        if not -len(items) <= index < len(items):
            return Sequence()
        item = items[index]
        if isinstance(item, list):
            return item
        return Sequence() if item is MISSING else Sequence([item])

    return indexing


def _choosing(run: Run) -> Run:
    def choosing(value: Value, scope: Scope) -> Value:
        items = value if isinstance(value, list) else [value]
        chosen = Sequence()
        for at, item in enumerate(items):
            answer = run(item, scope)
            if answer is True:
                chosen.append(item)
            elif answer is not False and answer is not MISSING:
                chosen.extend([item] * times_chosen(answer, at, len(items)))
        if value is MISSING and chosen:
            # A filter that holds even for nothing gives a place with nothing in it, as in JSONata 2.0.6.
            scope.taint()
        return chosen

    return choosing


def times_chosen(answer: Value, at: int, count: int) -> int:
    """How often the item at this index stays: once for each number that is its index, else once if true."""
    numbers = answer if isinstance(answer, list) else [answer]
    if not all(map(is_finite_number, numbers)):
        return int(boolean(answer))
    return sum(_index(number, count) == at for number in numbers)


def _index(number: int | float, count: int) -> int:
    index = math.floor(number)
    return index + count if index < 0 else index


# `^(…)`


def _sorting(node: Node, filters: list[Run], within: Within) -> Step:
    terms = list(zip(map(within.run, node.parts), node.value, strict=True))

    def sorting(items: list[Value], scope: Scope) -> list[Value]:
        def is_behind(pair: list[Value], _context: Value) -> bool:
            return _is_behind(terms, pair[0], pair[1], scope)

        found: Value = merge_sort(items, Function(is_behind, 2))
        for choose in filters:
            found = choose(found, scope)
        return found if isinstance(found, list) else [found]

    return sorting


def _is_behind(terms: list[tuple[Run, bool]], item: Value, other: Value, scope: Scope) -> bool:
    """Whether the item belongs behind the other one, by the first term on which they differ."""
    for run, descending in terms:
        left, right = run(item, scope), run(other, scope)
        if left is MISSING or right is MISSING:
            if left is not right:
                return left is MISSING
            continue
        key, other_key = _sort_key(left), _sort_key(right)
        if isinstance(left, str) != isinstance(right, str):
            raise JsonataError("T2007", value=left, value2=right)
        if key != other_key:
            return bool(key < other_key) if descending else bool(key > other_key)
    return False


def _sort_key(value: Value) -> Value:
    if isinstance(value, str):
        return utf16(value)
    if is_number(value):
        return value
    raise JsonataError("T2008", value=value)
