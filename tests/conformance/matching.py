"""Tells what an answer lacks of what a case expects.

A case says only what it wants held: members that `expected` does not name are not looked at, those it names must be
there and equal. A difference in status, output or error is one of the result; any other leaves the result as it is.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

Level = Literal["result", "full"]
Verdict = Literal["full", "result", "fail"]
Json = Any

# What differs from run to run, and what AWS may leave out.
NEVER = frozenset({"timestamp", "startDate", "stopDate", "requestId", "stackTrace", "inputDetails", "outputDetails"})
# Members that hold JSON text.
TEXTS = frozenset({"input", "output", "cause", "parameters", "result", "variables", "definition"})
RESULT = frozenset({"status", "output", "error", "nextState", "error_code", "result"})


class Difference(NamedTuple):
    """One thing that is not as expected, and whether it changes the result."""

    level: Level
    where: str
    expected: Json
    actual: Json


def verdict(found: Iterable[Difference]) -> Verdict:
    """How far an answer agrees: in full, in its result only, or not at all."""
    levels = {difference.level for difference in found}
    return "fail" if "result" in levels else "result" if levels else "full"


def differences(case: Mapping[str, Json], actual: Mapping[str, Json]) -> list[Difference]:
    """Everything in which an answer is not what the case expects."""
    if "unsupported" in actual:
        return [Difference("result", "unsupported", None, actual["unsupported"])]
    return [*unlike(case["expected"], actual, case.get("events_rule", "none"))]


def unlike(expected: Mapping[str, Json], actual: Mapping[str, Json], rule: str) -> Iterator[Difference]:
    for name, value in expected.items():
        level: Level = "result" if name in RESULT else "full"
        got = actual.get(name)
        match name:
            case "events":
                agrees = HISTORIES[rule](value, got or [])
            case "codes":
                got = [each["code"] for each in actual["diagnostics"]]
                agrees = sorted(set(value)) == sorted(set(got))
            case "error_code" if value is None:
                agrees = bool(got)
            case "inspectionData" if value is not None:
                agrees = all(holds(value[each], (got or {}).get(each), each) for each in value)
            case _:
                agrees = holds(value, got, name)
        if not agrees:
            yield Difference(level, name, value, got)
    if actual.get("error_code") and "error_code" not in expected:
        yield Difference("result", "error_code", None, actual["error_code"])


def holds(expected: Json, actual: Json, name: str = "") -> bool:
    """Whether a value is as expected; JSON text counts by its value."""
    if isinstance(actual, str) and (name in TEXTS or name.startswith("after")):
        expected, actual = parsed(expected) if isinstance(expected, str) else expected, parsed(actual)
    match expected, actual:
        case dict(), dict():
            names = (expected.keys() | actual.keys()) - NEVER
            return all(each in expected and each in actual for each in names) and all(
                holds(expected[each], actual[each], each) for each in names
            )
        case list(), list():
            return len(expected) == len(actual) and all(map(holds, expected, actual))
        case _:
            # True is 1 in Python, and nowhere else.
            return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


def parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def in_order(expected: list[Json], actual: list[Json]) -> bool:
    """The same events with the same ids, one after the other."""
    return len(expected) == len(actual) and all(
        same_event(wanted, got) and all(wanted[id] == got[id] for id in ("id", "previousEventId"))
        for wanted, got in zip(expected, actual, strict=True)
    )


def in_any_order(expected: list[Json], actual: list[Json]) -> bool:
    """The same events in any order, each with the next id, following an earlier one."""
    left = list(actual)
    for wanted in expected:
        found = next((index for index, got in enumerate(left) if same_event(wanted, got)), None)
        if found is None:
            return False
        left.pop(found)
    chained = all(got["id"] == number and 0 <= got["previousEventId"] < number for number, got in enumerate(actual, 1))
    return not left and chained


def same_event(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> bool:
    """Whether type and details agree; the role and the region are the account's."""
    return holds(details(expected), details(actual))


def details(event: Mapping[str, Json]) -> Json:
    told = {name: value for name, value in event.items() if name not in ("id", "previousEventId")}
    return {
        name: {each: part for each, part in value.items() if each != "roleArn"} if isinstance(value, dict) else value
        for name, value in told.items()
    }


HISTORIES: Mapping[str, Callable[[list[Json], list[Json]], bool]] = {
    "ordered": in_order,
    "unordered": in_any_order,
    "none": lambda _expected, _actual: True,
}
