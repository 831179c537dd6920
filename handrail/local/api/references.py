"""Which variables each state of a machine reads: `variableReferences` of the descriptions in the API Reference."""

import re
from collections.abc import Iterator, Mapping
from sys import getsizeof
from typing import Final

from handrail.asl.model import InvalidDefinition, Json, State
from handrail.asl.read import read
from handrail.local.cache import Cache

TEXTS: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
VARIABLE: Final = re.compile(r"(?<![\w$.])\$([^\W\d]\w*)")
TEMPLATES: Final = frozenset({"Parameters", "ResultSelector", "Assign", "ItemSelector", "BatchInput", "Credentials"})
STATIC: Final = frozenset({"Result", "Comment", "Next", "Default", "Resource"})


KNOWN: Final[Cache[str, dict[str, list[str]]]] = Cache(4 * 1024**2)


def references(definition: str) -> dict[str, list[str]] | None:
    """The variables by the names of the states that read one; None where none does."""
    found = KNOWN.get(definition)
    if found is None:
        found = KNOWN.put(definition, looked_up(definition), getsizeof(definition))
    return found or None


def looked_up(definition: str) -> dict[str, list[str]]:
    try:
        states = [*read(definition).walk()]
    except InvalidDefinition:
        return {}
    assigned = {name for state in states for name in assignments(dict(state.fields))}
    found = {state.name: sorted(variables(state, assigned)) for state in states}
    return {name: names for name, names in found.items() if names}


def variables(state: State, assigned: set[str]) -> set[str]:
    texts = expressions(state.fields) if state.query_language == "JSONata" else paths(state.fields, within=False)
    named = {name for text in texts for name in VARIABLE.findall(TEXTS.sub("", text))}
    # In JSONata a function, a parameter and a variable of an expression's own look the same.
    return named & assigned if state.query_language == "JSONata" else named


def expressions(value: object) -> Iterator[str]:
    """The JSONata expressions in a value."""
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        yield value[2:-2]
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)


def paths(value: object, *, within: bool) -> Iterator[str]:
    """The paths and intrinsic functions in a state's fields; `within` a template only names with `.$` have some."""
    if isinstance(value, list):
        for each in value:
            yield from paths(each, within=within)
    if not isinstance(value, Mapping):
        return
    for name, each in value.items():
        if isinstance(each, str):
            if name.endswith(".$") or (not within and (name.endswith("Path") or name == "Variable")):
                yield each
        elif within or name not in STATIC:
            yield from paths(each, within=within or name in TEMPLATES)


def assignments(value: Json) -> Iterator[str]:
    """The names of the variables that are assigned in a state, in its Choices and in its Catch."""
    if isinstance(value, list):
        for each in value:
            yield from assignments(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "Assign" and isinstance(each, dict):
                yield from (key.removesuffix(".$") for key in each)
            elif name not in STATIC:
                yield from assignments(each)
