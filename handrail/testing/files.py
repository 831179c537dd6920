"""Reads a state machine from a file that any tool has made: ASL itself, or a template or a plan that holds it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from handrail.asl.model import InvalidDefinition, Json
from handrail.asl.read import read
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.testing import templates, yamls

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_]\w*)\}")
"""What CloudFormation and Terraform's templatefile put a value for."""

MOCKED = "Add to the mocks file (any value will do that the machine accepts), or say --set NAME=VALUE:"
REAL = "What runs here calls what these values name, so say each as the deployment does:"

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:{}"


@dataclass(frozen=True)
class Source:
    """Where a machine is read from: a file, which of the machines in it, and values for `${…}`.

    `mocked` is whether a file with mocks may hold values, too; `guess` is whether any value will do.
    """

    path: Path
    machine: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    mocked: bool = True
    guess: bool = False


def definition(
    path: Path,
    machine: str | None = None,
    values: Mapping[str, object] | None = None,
    *,
    mocked: bool = True,
    guess: bool = False,
) -> dict[str, Json]:
    """The definition in a file: ASL in JSON or YAML, a CloudFormation, SAM or CDK template, or a plan of Terraform.

    `machine` names one of several in a template; `values` stand for `${Name}`, and made up ones with `guess`. Raises
    HandrailError where the file holds no machine, Problems with every line where a value is missing or where AWS would
    refuse the definition; `mocked` is whether values may stand in a file with mocks as well.
    """
    source = Source(path, machine, values or {}, mocked, guess)
    text = text_of(path)
    whole = yamls.parsed(text)
    made = templates.machines(whole, path) if isinstance(whole, dict) else {}
    if made:
        found = chosen(source, made)
        if isinstance(found, templates.Elsewhere):
            source = replace(source, path=found.path, machine=None, values={**found.values, **source.values})
            text = text_of(found.path)
        else:
            text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=2)
    text = filled(source, text)
    value = yamls.read(text, path)
    if not isinstance(value, dict) or "States" not in value:
        raise HandrailError(
            f"{path} holds no state machine: neither StartAt and States, nor a template or plan with one in it."
        )
    return checked(source, value, text)


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HandrailError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise HandrailError(f"{path} is not UTF-8: byte {error.start} cannot be read.") from None


def chosen(source: Source, made: Mapping[str, templates.Made]) -> templates.Made:
    """The machine that was asked for; it need not be named where there is one."""
    if source.machine is None and len(made) == 1:
        return next(iter(made.values()))
    if source.machine is None:
        raise HandrailError(f"{source.path} holds {len(made)} state machines; name one: --machine {' | '.join(made)}")
    if source.machine not in made:
        near = did_you_mean(source.machine, made) or f" It has {', '.join(made)}."
        raise HandrailError(f'{source.path} has no state machine "{source.machine}".{near}')
    return made[source.machine]


def filled(source: Source, text: str) -> str:
    """The text with a value for each `${Name}`; raises Problems with the lines to add where one is missing."""
    problems, lines = [], text.splitlines()
    missing: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        for found in PLACEHOLDER.finditer(line):
            if found[1] not in source.values:
                problems.append(f"{source.path}:{number}: ${{{found[1]}}} has no value.")
                missing.setdefault(found[1], FUNCTION.format(found[1]) if '"Resource"' in line else found[1])
    if problems and not source.guess:
        if source.mocked:
            told = [MOCKED, "substitutions:", *(f"  {name}: {value}" for name, value in missing.items())]
        else:
            told = [REAL, *(f"  --set {name}={value}" for name, value in missing.items())]
        raise Problems(
            f"{source.path} is filled in when it is deployed, and some of that is not known here:", [*problems, *told]
        )
    values = {**missing, **source.values}
    return PLACEHOLDER.sub(lambda found: written(values[found[1]]), text)


def written(value: object) -> str:
    """A value as it stands inside of a JSON text, and just as well for itself."""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text, ensure_ascii=False)[1:-1]


def checked(source: Source, value: dict[str, Json], text: str) -> dict[str, Json]:
    """The definition, if AWS would take it; else Problems with the lines."""
    try:
        read(value)
    except InvalidDefinition as invalid:
        told = [*located(source.path, text, invalid)]
        raise Problems(f"{source.path} is no definition that AWS would accept:", told) from None
    return value


def located(path: Path, text: str, invalid: InvalidDefinition) -> Iterator[str]:
    lines = yamls.Lines(text)
    for finding in invalid.findings:
        yield f"{path}:{lines.of(finding.pointer)}: {finding.pointer or '/'}: {finding.message}"


def named(values: list[str]) -> dict[str, Any]:
    """`NAME=VALUE`, as often as it is given; raises Problems for what is not."""
    wrong = [each for each in values if "=" not in each]
    if wrong:
        raise Problems("--set takes NAME=VALUE:", wrong)
    return dict(each.split("=", 1) for each in values)
