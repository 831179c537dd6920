"""The flows of a definition as it was given, however broken: its top level, every branch, every item processor."""

from collections.abc import Iterator
from typing import NamedTuple

from handrail.asl.check.scope import Object
from handrail.asl.model import Json
from handrail.asl.pointer import child


class States(NamedTuple):
    """One flow: where it stands, where it starts, its states."""

    pointer: str
    start_at: Json
    states: Object


def flows(definition: Json, pointer: str = "") -> Iterator[States]:
    """Every object with States, outer ones before those inside."""
    states = definition.get("States") if isinstance(definition, dict) else None
    if not isinstance(definition, dict) or not isinstance(states, dict):
        return
    yield States(pointer, definition.get("StartAt"), states)
    for name, state in states.items():
        if isinstance(state, dict):
            for here, inner in nested(state, child(pointer, "States", name)):
                yield from flows(inner, here)


def nested(state: Object, pointer: str) -> Iterator[tuple[str, Json]]:
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield child(pointer, field), state[field]
    branches = state.get("Branches")
    if isinstance(branches, list):
        for index, branch in enumerate(branches):
            yield child(pointer, "Branches", index), branch
