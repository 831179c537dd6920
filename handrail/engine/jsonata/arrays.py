"""The built-in functions on arrays and objects, and those that call a function for each item."""

from collections.abc import Iterator

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.operators import utf16
from handrail.engine.jsonata.sequence import (
    MISSING,
    Function,
    Sequence,
    Value,
    append,
    boolean,
    equal,
    is_finite_number,
    is_number,
    lookup,
)


def count(items: Value) -> Value:
    return 0 if items is MISSING else len(items)


def reverse(items: Value) -> Value:
    return items if items is MISSING or len(items) <= 1 else items[::-1]


def distinct(items: Value) -> Value:
    if not isinstance(items, list) or len(items) <= 1:
        return items
    found: list[Value] = Sequence() if isinstance(items, Sequence) else []
    for item in items:
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def zipped(*columns: Value) -> Value:
    if not all(isinstance(column, list) for column in columns):
        return []
    return [list(row) for row in zip(*columns, strict=False)]


def merge(objects: Value) -> Value:
    if objects is MISSING:
        return MISSING
    merged: dict[str, Value] = {}
    for each in objects:
        merged.update(each)
    return merged


def keys(value: Value) -> Value:
    if isinstance(value, list):
        return Sequence(dict.fromkeys(key for item in value for key in keys(item)))
    return Sequence(value) if isinstance(value, dict) else Sequence()


def spread(value: Value) -> Value:
    if isinstance(value, list):
        found: Value = Sequence()
        for item in value:
            found = append(found, spread(item))
        return found
    return Sequence([{key: item} for key, item in value.items()]) if isinstance(value, dict) else value


def get(value: Value, key: Value) -> Value:
    return MISSING if key is MISSING else lookup(value, key)


def exists(value: Value) -> Value:
    return value is not MISSING


def type_of(value: Value) -> Value:
    if value is MISSING or value is None:
        return MISSING if value is MISSING else "null"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number" if is_finite_number(value) else "object"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "function" if isinstance(value, Function) else "object"


def error(message: Value) -> Value:
    raise JsonataError("D3137", message=message or "$error() function evaluated")


def check(condition: Value, message: Value) -> Value:
    """`$assert`."""
    if condition is MISSING or not condition:
        raise JsonataError("D3141", message=message or "$assert() statement failed")
    return MISSING


# Functions that call a function. It gets as many of the arguments as it asks for, the first one always.


def _call(function: Function, *arguments: Value) -> Value:
    return function.call(list(arguments[: max(function.arity, 1)]), None)


def _call_each(function: Function, items: list[Value]) -> Iterator[Value]:
    if function.arity <= 1:
        return (function.call([item], None) for item in items)
    return (_call(function, item, at, items) for at, item in enumerate(items))


def mapped(items: Value, function: Function) -> Value:
    if items is MISSING:
        return MISSING
    return Sequence([result for result in _call_each(function, items) if result is not MISSING])


def filtered(items: Value, function: Function) -> Value:
    if items is MISSING:
        return MISSING
    answers = _call_each(function, items)
    return Sequence([item for item, answer in zip(items, answers, strict=True) if boolean(answer)])


def single(items: Value, function: Value) -> Value:
    if items is MISSING:
        return MISSING
    found = _matching(items, function)
    first = next(found, None)
    if first is None:
        raise JsonataError("D3139")
    if next(found, None) is not None:
        raise JsonataError("D3138")
    return first[1]


def _matching(items: list[Value], function: Value) -> Iterator[tuple[int, Value]]:
    for at, item in enumerate(items):
        if function is MISSING or boolean(_call(function, item, at, items)):
            yield at, item


def reduced(items: Value, function: Function, initial: Value) -> Value:
    if items is MISSING:
        return MISSING
    if function.arity < 2:
        raise JsonataError("D3050", index=1)
    start = 1 if initial is MISSING and items else 0
    result = items[0] if start else initial
    for at in range(start, len(items)):
        result = function.call([result, items[at], at, items][: max(function.arity, 2)], None)
    return result


def sifted(value: Value, function: Value) -> Value:
    if not isinstance(value, dict):
        return MISSING
    if function is MISSING and value:
        raise JsonataError("", message="a function is needed here")
    found = {key: item for key, item in value.items() if boolean(_call(function, item, key, value))}
    return found or MISSING


def each(value: Value, function: Function) -> Value:
    pairs = value.items() if isinstance(value, dict) else ()
    results = [_call(function, item, key, value) for key, item in pairs]
    return Sequence([result for result in results if result is not MISSING])


def sort(items: Value, function: Value) -> Value:
    """`$sort`: stable; a function says whether its first argument belongs behind its second."""
    if items is MISSING or len(items) <= 1:
        return items
    if function is not MISSING:
        return merge_sort(items, function)
    if all(map(is_finite_number, items)):
        return sorted(items)
    if all(isinstance(item, str) for item in items):
        return sorted(items, key=utf16)
    raise JsonataError("D3070", index=1)


def merge_sort(items: list[Value], function: Function) -> list[Value]:
    """A merge sort, since the order in which a function is asked may show when it fails."""
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left, right = merge_sort(items[:middle], function), merge_sort(items[middle:], function)
    result: list[Value] = []
    at, other = 0, 0
    while at < len(left) and other < len(right):
        if _swaps(function.call([left[at], right[other]], None)):
            result.append(right[other])
            other += 1
        else:
            result.append(left[at])
            at += 1
    return [*result, *left[at:], *right[other:]]


def _swaps(answer: Value) -> bool:
    """Whether JavaScript takes the answer of a comparison function for true."""
    if answer is MISSING or answer is None or answer is False or answer == "":
        return False
    return not (is_number(answer) and (answer == 0 or answer != answer))
