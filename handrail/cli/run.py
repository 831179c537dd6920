"""`handrail run RUNBOOK`: start an execution, follow it, and end with its status."""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
import typer

from handrail.catalogue import Runbook
from handrail.cli.listing import described
from handrail.cli.output import console, print_json
from handrail.cli.places import home, load
from handrail.cli.progress import Progress
from handrail.errors import HandrailError
from handrail.local import Laptop
from handrail.local.store import Stored
from handrail.schema import parse, questions

HELP = "Run a runbook here, and follow it until it ends."
EXITS = {"SUCCEEDED": 0, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 130}


class Runbooks(typer.core.TyperGroup):
    """One subcommand a runbook, with an option a field, made from the catalogue when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(load().runbooks)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        catalogue = load()
        found = catalogue.runbooks.get(name)
        return None if found is None else command(found)


def command(runbook: Runbook) -> click.Command:
    """`handrail run drift-check --repository …`."""
    asked = questions(runbook.input, "en")
    fields = [
        click.Option(
            [f"--{name.replace('_', '-')}", f"field:{name}"], multiple=True, metavar="VALUE", help=question
        )
        for name, question in asked.items()
        if "." not in name
    ]
    return click.Command(
        runbook.name,
        params=[
            *fields,
            click.Option(["--input", "file"], metavar="FILE", help="Read all fields from a JSON file; - reads stdin."),
            click.Option(["--json", "as_json"], is_flag=True, help="Write the result as JSON, no progress."),
        ],
        callback=lambda **given: execute(runbook, given),
        help=runbook.summary,
    )


def execute(runbook: Runbook, given: Mapping[str, Any]) -> None:
    """Check the input, run the runbook, exit with its status."""
    fields = {name.removeprefix("field:"): value for name, value in given.items() if name.startswith("field:")}
    asked = parse(runbook.input, read(given["file"], fields))
    with Laptop.open(load(), home()) as laptop:
        ended = follow(laptop, runbook, asked.model_dump_json(by_alias=True), quiet=given["as_json"])
    if given["as_json"]:
        print_json(described(ended))
    sys.exit(EXITS[ended.status])


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
def interrupted(stop: Any) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop the execution instead of this process; a second one ends the process."""

    def handle(number: int, _frame: FrameType | None) -> None:
        stop()
        signal.signal(number, before[number])  # the second time, what would have happened without us

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
