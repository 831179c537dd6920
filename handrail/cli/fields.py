"""A runbook's fields on the command line: as options, from a JSON file, and what each of them asks."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from pydantic.fields import FieldInfo
from rich.table import Table
from rich.text import Text

from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.schema import Input, json_schema, parse, questions

OURS = ("--input", "--json", "--help")
"""Options of `handrail run` itself; a field of that name can be given in a file only."""

Where = tuple[str, ...]


def known(kind: type[Input]) -> dict[str, Where]:
    """Every option with the place of its field: `--window.start` is `("window", "start")`."""
    places = {f"--{'.'.join(where).replace('_', '-')}": where for where, _ in leaves(kind)}
    return {option: where for option, where in places.items() if option not in OURS}


def leaves(kind: type[Input], outer: Where = ()) -> Iterator[tuple[Where, FieldInfo]]:
    """Every field that holds a value of its own; those of a group of questions are inside of it."""
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Input):
            yield from leaves(field.annotation, (*outer, name))
        else:
            yield (*outer, name), field


def asked(runbook: str, kind: type[Input], file: str | None, given: Sequence[str]) -> Input:
    """What the runbook is asked, from a file and options; mistakes in options and in values are told together."""
    fields, problems = options(runbook, kind, given)
    try:
        found = parse(kind, read(kind, file, fields))
    except Problems as wrong:
        problems += wrong.problems
    if problems:
        raise Problems(f"{runbook} does not accept this:", problems)
    return found


def options(runbook: str, kind: type[Input], given: Sequence[str]) -> tuple[dict[Where, list[str]], list[str]]:
    """`--field VALUE` and `--field=VALUE`, each as often as it is given, and what is wrong with the options."""
    names, fields, problems, rest = known(kind), dict[Where, list[str]](), list[str](), list(given)
    while rest:
        option, inline, value = rest.pop(0).partition("=")
        where = names.get(option.replace("_", "-"))
        follows = bool(rest) and not rest[0].startswith("--")
        if not inline and follows and option.startswith("--"):
            value = rest.pop(0)
        if where is None:
            problems.append(unknown(runbook, option, names))
        elif not inline and not follows:
            problems.append(f"{option}: its value is missing; write {option} VALUE, or {option}=VALUE.")
        else:
            fields.setdefault(where, []).append(value)
    return fields, problems


def unknown(runbook: str, option: str, names: Mapping[str, Where]) -> str:
    if not option.startswith("--"):
        return f"{option}: a field is given as --field {option}; handrail run {runbook} --help shows the fields."
    return f"{option}: {runbook} has no such field.{did_you_mean(option, names)}"


def read(kind: type[Input], file: str | None, given: Mapping[Where, Sequence[str]]) -> dict[str, object]:
    """The fields from a file, and over them those given as options; one given several times is a list."""
    fields = {} if file is None else from_file(file)
    lists = {where for where, field in leaves(kind) if get_origin(field.annotation) in (list, tuple, set, frozenset)}
    for where, values in given.items():
        at = fields
        for name in where[:-1]:
            inner = at.get(name)
            at[name] = inner = dict(inner) if isinstance(inner, dict) else {}
            at = inner
        at[where[-1]] = list(values) if where in lists or len(values) > 1 else values[0]
    return sendable(fields)


def sendable(fields: dict[str, object]) -> dict[str, object]:
    """The fields, if JSON in UTF-8 can say them: half of a character pair and bytes that are no text cannot be."""
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        around = error.object[max(error.start - 20, 0) : error.end + 20]
        raise HandrailError(f"The input holds something that is no text, here: {around}") from None
    return fields


def from_file(file: str) -> dict[str, Any]:
    """The JSON object in a file; `-` is standard input."""
    named = "standard input" if file == "-" else file
    try:
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise HandrailError(f"{named}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.") from None
    except UnicodeDecodeError as error:
        raise HandrailError(f"{named} is not UTF-8: byte {error.start} is {error.object[error.start]:#x}.") from None
    except OSError as error:
        raise HandrailError(f"{named} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise HandrailError(f"{named} is not JSON that can be read: {error}.") from None
    if not isinstance(found, dict):
        raise HandrailError(f"{named} must hold a JSON object, one member for each field.")
    return found


def explained(kind: type[Input]) -> Table:
    """Each option with its question in both languages, and what it takes."""
    english, japanese = questions(kind, "en"), questions(kind, "ja")
    table = Table.grid(padding=(0, 2, 0, 2))
    names = {where: option for option, where in known(kind).items()}
    schema = json_schema(kind)
    for where, field in leaves(kind):
        name = ".".join(where)
        # An option of that name is ours.
        only = [] if where in names else ["given in --input FILE only"]
        takes = Text(", ".join([*taken(property_at(schema, where), field), *only]), "dim")
        table.add_row(names.get(where, name), Text("\n").join([Text(english[name]), Text(japanese[name]), takes]))
    return table


def property_at(schema: Mapping[str, Any], where: Where) -> Mapping[str, Any]:
    """What a JSON Schema says about one field."""
    at: Mapping[str, Any] = schema
    for name in where:
        reference = str(at.get("$ref", "")).rpartition("/")[2]
        at = (schema["$defs"][reference] if reference else at)["properties"][name]
    return at


def taken(schema: Mapping[str, Any], field: FieldInfo) -> Iterator[str]:
    """What a field takes, in a few words."""
    if "enum" in schema:
        yield "one of " + " ".join(map(str, schema["enum"]))
    elif "type" in schema:
        yield str(schema["type"])
    if "minimum" in schema and "maximum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"
    if field.is_required():
        yield "required"
    else:
        default = field.get_default(call_default_factory=True, validated_data={})
        yield f"default {json.dumps(default, ensure_ascii=False, default=str)}"
