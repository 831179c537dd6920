"""Reads a definition into a Flow."""

from collections.abc import Mapping
from typing import cast

from handrail.asl.check import examined
from handrail.asl.check.scope import Complain
from handrail.asl.check.structure import language_of
from handrail.asl.model import Flow, InvalidDefinition, Json, QueryLanguage, State
from handrail.asl.pointer import child

Object = Mapping[str, Json]


def read(definition: str | Mapping[str, Json], *, expressions: Complain | None = None) -> Flow:
    """The machine that a definition describes; InvalidDefinition, with every error, where AWS would refuse it.

    `expressions` says what is wrong with an expression, as for `check`; without it, expressions are not looked into.
    """
    value, findings = examined(definition, expressions=expressions)
    errors = tuple(finding for finding in findings if finding.severity == "ERROR")
    if errors:
        raise InvalidDefinition(errors)
    machine = cast(Object, value)
    return flow(machine, "", language_of(machine, "JSONPath"))


# From here on every value has the kind that the field tables give it: the checker has looked at it.


def flow(value: Json | Object, pointer: str, machine: QueryLanguage) -> Flow:
    fields = dict(cast(Object, value))
    start_at = cast(str, fields.pop("StartAt"))
    states = cast(Mapping[str, Object], fields.pop("States"))
    return Flow(
        start_at,
        {name: state(name, inner, child(pointer, "States", name), machine) for name, inner in states.items()},
        fields,
        pointer,
    )


def state(name: str, value: Object, pointer: str, machine: QueryLanguage) -> State:
    fields = dict(value)
    kind = cast(str, fields.pop("Type"))
    processors = [
        flow(fields.pop(field), child(pointer, field), machine)
        for field in ("ItemProcessor", "Iterator")
        if field in value
    ]
    branches = cast(list[Json], fields.pop("Branches", []))
    return State(
        name,
        kind,
        fields,
        language_of(value, machine),
        pointer,
        processors[0] if processors else None,
        tuple(flow(branch, child(pointer, "Branches", index), machine) for index, branch in enumerate(branches)),
    )
