"""Which events a rule's pattern matches.

Source: "Comparison operators for use in event patterns" in the EventBridge User Guide.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = Any

NUMERIC: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def matches(pattern: Mapping[str, Json], event: Json) -> bool:
    """Whether an event has, at each place that the pattern names, one of the values that it lists there."""
    return all(_part(name, wanted, event) for name, wanted in pattern.items())


def _part(name: str, wanted: Json, event: Json) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(matches(each, event) for each in wanted)
    found = [*_members(event, name)]
    if isinstance(wanted, dict):
        # Without the member its own members are missing, which `exists` may ask for.
        return any(matches(wanted, each) for each in found or [{}])
    return isinstance(wanted, list) and any(_any(one, found) for one in wanted)


def _members(event: Json, name: str) -> Iterator[Json]:
    """The values of a member; an array stands for each of its elements, objects in it for each of theirs."""
    if isinstance(event, list):
        for each in event:
            yield from _members(each, name)
    elif isinstance(event, dict) and name in event:
        value = event[name]
        yield from value if isinstance(value, list) else [value]


def _any(wanted: Json, found: list[Json]) -> bool:
    """Whether one of the values is what is wanted: a value, or an object with an operator."""
    if not isinstance(wanted, dict):
        return any(_same(wanted, value) for value in found)
    return all(
        (bool(found) is bool(given)) if name == "exists" else any(_operated(name, given, value) for value in found)
        for name, given in wanted.items()
    )


def _same(wanted: Json, value: Json) -> bool:
    """Equal as JSON is: `true` is no 1."""
    return type(wanted) is type(value) and wanted == value if _plain(wanted, value) else wanted == value


def _plain(*values: Json) -> bool:
    return any(isinstance(value, bool) for value in values)


def _operated(name: str, given: Json, value: Json) -> bool:
    if name == "anything-but":
        return not any(_but(one, value) for one in (given if isinstance(given, list) else [given]))
    if name not in OPERATORS:
        return False
    several = given if isinstance(given, list) and name != "numeric" else [given]
    return any(OPERATORS[name](one, value) for one in several)


def _but(given: Json, value: Json) -> bool:
    """Whether a value is what it must not be: a value, or an object with an operator."""
    if isinstance(given, dict):
        return all(_operated(name, inner, value) for name, inner in given.items())
    return _same(given, value)


def _begins(given: Json, value: Json) -> bool:
    given, value = _folded(given, value)
    return isinstance(value, str) and value.startswith(str(given))


def _ends(given: Json, value: Json) -> bool:
    given, value = _folded(given, value)
    return isinstance(value, str) and value.endswith(str(given))


def _folded(given: Json, value: Json) -> tuple[Json, Json]:
    """Both without capitals, where the pattern says that these do not count."""
    if isinstance(given, dict) and "equals-ignore-case" in given:
        return str(given["equals-ignore-case"]).lower(), value.lower() if isinstance(value, str) else value
    return given, value


def _ignoring_case(given: Json, value: Json) -> bool:
    return isinstance(value, str) and value.lower() == str(given).lower()


def _numeric(given: Json, value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(given, list):
        return False
    pairs = zip(given[::2], given[1::2], strict=False)
    return all(sign in NUMERIC and NUMERIC[sign](value, limit) for sign, limit in pairs)


def _cidr(given: Json, value: Json) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(str(given), strict=False)
    except ValueError:
        return False


def _wildcard(given: Json, value: Json) -> bool:
    """`*` is any text, also none; `\\*` and `\\\\` are the characters themselves."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", str(given))
    pattern = "".join(".*" if part == "*" else re.escape(re.sub(r"^\\(?=.)", "", part)) for part in parts)
    return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


OPERATORS: Final[Mapping[str, Callable[[Json, Json], bool]]] = {
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "prefix": _begins,
    "suffix": _ends,
    "wildcard": _wildcard,
}
