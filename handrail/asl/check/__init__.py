"""The checker of definitions: structure, names, transitions, and what form tells about expressions."""

from collections.abc import Iterator, Mapping
from typing import Literal

from handrail.asl.check.flows import flows
from handrail.asl.check.hiding import hiding
from handrail.asl.check.names import names
from handrail.asl.check.scope import Complain, Scope
from handrail.asl.check.structure import language_of, shaped
from handrail.asl.check.text import parsed
from handrail.asl.check.transitions import transitions
from handrail.asl.model import Finding, Json

__all__ = ["MachineType", "check", "examined"]

MachineType = Literal["STANDARD", "EXPRESS"]

# Nobody reads more, and a megabyte of mistakes should not take a minute to tell.
MOST_ERRORS = 1000


def check(
    definition: str | Mapping[str, Json],
    *,
    type: MachineType = "STANDARD",
    expressions: Complain | None = None,
) -> tuple[Finding, ...]:
    """Everything wrong with a definition, errors before warnings; whatever it is given, it never raises.

    It stops at the thousandth error. `expressions` is asked about every expression, with its kind and its text, and
    answers with a complaint or None.
    """
    _, findings = examined(definition, express=type == "EXPRESS", expressions=expressions)
    return findings


def examined(
    definition: str | Mapping[str, Json], *, express: bool = False, expressions: Complain | None = None
) -> tuple[Json, tuple[Finding, ...]]:
    """The JSON of a definition (None where there is none) with everything that is wrong with it."""
    value, findings = parsed(definition)
    if value is not None:
        findings.extend(up_to(MOST_ERRORS, everything(value, express, expressions)))
    return value, tuple(sorted(findings, key=lambda finding: finding.severity != "ERROR"))


def everything(value: Json, express: bool, expressions: Complain | None) -> Iterator[Finding]:
    machine = language_of(value if isinstance(value, dict) else {}, "JSONPath")
    every = list(flows(value))
    elsewhere = {name for flow in every for name in flow.states}
    yield from shaped(value, "machine", "", Scope(machine, machine, express, expressions))
    yield from names(every)
    for flow in every:
        yield from transitions(flow, elsewhere)
        yield from hiding(flow)


def up_to(most: int, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings until so many of them are errors."""
    for finding in findings:
        yield finding
        most -= finding.severity == "ERROR"
        if not most:
            return
