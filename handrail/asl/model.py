"""A state machine as frozen values, one to one with the Amazon States Language.

Source: https://states-language.net and the Step Functions Developer Guide. What a state says stays in `fields`
exactly as it was written, so nothing is lost between reading and writing; the field tables (`fields.py`) say what
each field means and where it may stand.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
QueryLanguage = Literal["JSONPath", "JSONata"]


class State(NamedTuple):
    """One state: its name, its type, and its other fields as written.

    `pointer` is the JSON Pointer of the state in its document (`/States/Look`); `query_language` is its own or
    the machine's; `processor` is a Map's ItemProcessor (or the older Iterator) and `branches` are a Parallel's, which
    `fields` does not repeat.
    """

    name: str
    type: str
    fields: Mapping[str, Json]
    query_language: QueryLanguage
    pointer: str
    processor: "Flow | None" = None
    branches: tuple["Flow", ...] = ()


class Flow(NamedTuple):
    """States and where to start: a machine's top level, a Parallel's branch, or a Map's item processor.

    `fields` holds what else stands beside StartAt and States: Comment, Version, QueryLanguage, TimeoutSeconds,
    ProcessorConfig.
    """

    start_at: str
    states: Mapping[str, State]
    fields: Mapping[str, Json] = MappingProxyType({})
    pointer: str = ""

    def walk(self) -> Iterator[State]:
        """Every state, nested ones after the state that holds them."""
        for state in self.states.values():
            yield state
            for flow in (state.processor, *state.branches):
                if flow is not None:
                    yield from flow.walk()


class Finding(NamedTuple):
    """One thing that is wrong with a definition, in the terms of ValidateStateMachineDefinition.

    `code` is AWS's diagnostic code where AWS has one (SCHEMA_VALIDATION_FAILED, MISSING_TRANSITION_TARGET …),
    ours otherwise; `message` is for a person: what is wrong, and where we know it what was meant or what to do;
    `pointer` is a JSON Pointer (`/States/Look/Next`); `verbatim` is what AWS itself would say, where that is known.
    """

    severity: Literal["ERROR", "WARNING"]
    code: str
    message: str
    pointer: str
    verbatim: str = ""


class InvalidDefinition(ValueError):
    """A definition that AWS would refuse, with everything that is wrong with it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{finding.pointer or '/'}: {finding.message}" for finding in findings))
