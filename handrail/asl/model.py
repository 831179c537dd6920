"""A state machine as frozen values, one to one with the Amazon States Language.

Source: https://states-language.net and the Step Functions Developer Guide. What a state says stays in `fields`
exactly as it was written, so nothing is lost between reading and writing; the field tables (`fields.py`) say what
each field means and where it may stand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
QueryLanguage = Literal["JSONPath", "JSONata"]


@dataclass(frozen=True, slots=True)
class State:
    """One state: its name, its type, and its other fields as written.

    `pointer` is the JSON Pointer of the state in its document (`/States/Look`); `query_language` is its own or
    the inherited one; `processor` is a Map's ItemProcessor (or the older Iterator); `branches` are a Parallel's.
    """

    name: str
    type: str
    fields: Mapping[str, Json]
    query_language: QueryLanguage
    pointer: str
    processor: "Flow | None" = None
    branches: tuple["Flow", ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """States and where to start: a machine's top level, a Parallel's branch, or a Map's item processor.

    `fields` holds what else stands beside StartAt and States: Comment, Version, QueryLanguage, TimeoutSeconds,
    ProcessorConfig.
    """

    start_at: str
    states: Mapping[str, State]
    fields: Mapping[str, Json] = field(default_factory=dict)
    pointer: str = ""

    def walk(self) -> Iterator[State]:
        """Every state, nested ones after the state that holds them."""
        for state in self.states.values():
            yield state
            for flow in (state.processor, *state.branches):
                if flow is not None:
                    yield from flow.walk()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a definition, in the terms of ValidateStateMachineDefinition.

    `code` is AWS's diagnostic code where AWS has one (SCHEMA_VALIDATION_FAILED, MISSING_TRANSITION_TARGET …),
    ours otherwise; `pointer` is a JSON Pointer (`/States/Look/Next`).
    """

    severity: Literal["ERROR", "WARNING"]
    code: str
    message: str
    pointer: str


class InvalidDefinition(ValueError):
    """A definition that AWS would refuse, with everything that is wrong with it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{finding.message} at {finding.pointer or '/'}" for finding in findings))
