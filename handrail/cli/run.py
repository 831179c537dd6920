"""`handrail run RUNBOOK`: start an execution, follow it, and end with its status."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.table import Table

from handrail.catalogue import Runbook
from handrail.cli.listing import AsJson, described
from handrail.cli.output import console, print_json
from handrail.cli.places import home, load
from handrail.cli.places import runbook as find
from handrail.cli.progress import Progress
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.local import Laptop
from handrail.local.store import Stored
from handrail.schema import parse, questions

EXITS = {"SUCCEEDED": 0, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 130}


def runbook(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="RUNBOOK", help="The runbook to run.")] = None,
    file: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="Read the fields from a JSON file; - is stdin.")
    ] = None,
    as_json: AsJson = False,
    wants_help: Annotated[bool, typer.Option("--help", help="Show this, or a runbook's fields.")] = False,
) -> None:
    """Run a runbook here, each field as an option (--field VALUE), and follow it until it ends."""
    if name is None:
        print(context.get_help())
        return
    found = find(load(), name)
    if wants_help:
        show_fields(found)
        return
    asked = parse(found.input, read(file, options(found, context.args)))
    with Laptop.open(load(), home()) as laptop:
        ended = follow(laptop, found, asked.model_dump_json(by_alias=True), quiet=as_json)
    if as_json:
        print_json(described(ended))
    raise typer.Exit(EXITS[ended.status])


def show_fields(runbook: Runbook) -> None:
    """What a runbook asks, in both languages."""
    console.print(f"handrail run {runbook.name}", "[--field VALUE …] [--input FILE] [--json]", markup=False)
    console.print(runbook.summary, style="dim", markup=False)
    english, japanese = questions(runbook.input, "en"), questions(runbook.input, "ja")
    table = Table("option", "question", "質問", "default", box=None, header_style="bold", pad_edge=False)
    for name, field in runbook.input.model_fields.items():
        default = "required" if field.is_required() else json.dumps(field.get_default(), default=str)
        table.add_row(f"--{name.replace('_', '-')}", english[name], japanese[name], default)
    console.print(table)


def options(runbook: Runbook, given: list[str]) -> dict[str, tuple[str, ...]]:
    """`--field VALUE` and `--field=VALUE`, each as often as it is given; all mistakes are told together."""
    known = {f"--{name.replace('_', '-')}": name for name in runbook.input.model_fields}
    fields: dict[str, tuple[str, ...]] = {}
    problems, rest = [], list(given)
    while rest:
        option, given_inline, value = rest.pop(0).partition("=")
        name = known.get(option.replace("_", "-"))
        if name is None:
            problems.append(f"{option}: {runbook.name} has no such field.{did_you_mean(option, known)}")
        elif not given_inline and not rest:
            problems.append(f"{option}: its value is missing.")
        if not given_inline and rest and (name is not None or not rest[0].startswith("--")):
            value = rest.pop(0)
        if name is not None:
            fields[name] = (*fields.get(name, ()), value)
    if problems:
        raise Problems(f"handrail run {runbook.name} cannot read its options:", problems)
    return fields


def read(file: str | None, fields: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """The fields from a file, and over them those given as options; one given several times is a list."""
    read: dict[str, object] = {}
    if file is not None:
        text = sys.stdin.read() if file == "-" else read_text(Path(file))
        try:
            read = json.loads(text)
        except json.JSONDecodeError as error:
            raise HandrailError(f"{file}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.") from None
        if not isinstance(read, dict):
            raise HandrailError(f"{file} must hold a JSON object, one member a field.")
    return read | {name: value[0] if len(value) == 1 else list(value) for name, value in fields.items() if value}


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HandrailError(f"{path} cannot be read: {error}.") from None


def follow(laptop: Laptop, runbook: Runbook, input: str, *, quiet: bool) -> Stored:
    """Start and watch an execution until it ends; a signal aborts it."""
    with Progress(console, laptop, quiet=quiet) as progress:
        arn = laptop.start(runbook.name, input)
        with interrupted(lambda: laptop.stop(arn, "Handrail.Interrupted", "Stopped by the person who ran it.")):
            while not laptop.wait(arn, timeout=0.5):
                pass  # in pieces, so that signals are handled in between
        ended = laptop.find(arn)
        progress.ended(ended)
    return ended


@contextmanager
def interrupted(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop the execution instead of this process; a second one ends the process."""

    def handle(number: int, _frame: FrameType | None) -> None:
        stop()
        signal.signal(number, before[number])  # the second time, what would have happened without us

    before: dict[int, Any] = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
