"""`handrail run RUNBOOK`: start an execution, follow it, and end with its status."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from handrail.cli.causes import failed_builds
from handrail.cli.interrupts import INTERRUPTED, Interrupts
from handrail.cli.listing import AsJson, described
from handrail.cli.output import console, errors, print_json, show, visible
from handrail.cli.places import home
from handrail.cli.places import runbook as find
from handrail.errors import HandrailError
from handrail.local.holder import Held
from handrail.local.joined import Joined
from handrail.local.naming import MESSAGES, new_name
from handrail.local.store import Stored

if TYPE_CHECKING:
    from handrail.catalogue import Catalogue, Runbook
    from handrail.local.laptop import Laptop

    # Begins an execution on a laptop and gives its ARN; in a server also how much of its journal was there before.
    Begin = Callable[[Laptop], str]
    BeginThere = Callable[[Joined], tuple[str, int]]

EXITS = {"SUCCEEDED": 0, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": INTERRUPTED}
BROKEN = 1

STOPPED = ("Handrail.Interrupted", "Stopped by the person who ran it.")


def runbook(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="RUNBOOK", help="The runbook to run.")] = None,
    file: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="Read the fields from a JSON file; - is stdin.")
    ] = None,
    as_json: AsJson = False,
    wants_help: Annotated[bool, typer.Option("--help", "-h", help="Show this, or a runbook's fields.")] = False,
) -> None:
    """Run a runbook here and follow it until it ends.

    Each field is an option: --field VALUE. `handrail run RUNBOOK --help` shows the fields.
    """
    if name is None:
        typer.echo(context.get_help(), err=not wants_help)
        raise typer.Exit(0 if wants_help else 2)
    from handrail.catalogue import load
    from handrail.cli.fields import asked

    catalogue = load()
    found = find(catalogue, name)
    if wants_help:
        explain(found)
        return
    input = asked(name, found.input, file, context.args)
    folder = home()
    text = input.model_dump_json(by_alias=True)

    def there(server: Joined) -> tuple[str, int]:
        return server.start(name, text, new_name(name, time.time())), 0

    ran(catalogue, folder, lambda laptop: laptop.start(name, text), there, as_json=as_json)


def ran(
    catalogue: "Catalogue", folder: Path, begin: "Begin", there: "BeginThere | None" = None, *, as_json: bool
) -> NoReturn:
    """Begin an execution, follow it to its end, and end with its status.

    Where a server has the store, the execution is begun `there`; without that, another process is a refusal.
    """
    with clean_stdout() if as_json else ExitStack():
        try:
            ended = followed(catalogue, folder, begin, as_json=as_json)
        except Held as held:
            if there is None or held.holder is None or held.holder.endpoint is None:
                raise
            ended = joined(Joined(held.holder.endpoint), folder, there, as_json=as_json)
    if as_json:
        print_json({**described(ended), "failedBuilds": failed_builds(folder, [ended.cause])})
    raise typer.Exit(EXITS[ended.status])


def explain(runbook: "Runbook") -> None:
    """What a runbook asks, in both languages."""
    from handrail.cli.fields import explained

    console.print(f"handrail run {runbook.name} [--field VALUE …] [--input FILE] [--json]", soft_wrap=True)
    console.print(runbook.summary, style="dim", soft_wrap=True)
    console.print()
    show(explained(runbook.input))


def followed(catalogue: "Catalogue", folder: Path, begin: "Begin", *, as_json: bool) -> Stored:
    """Begin and watch an execution until it and all its processes have ended; a signal aborts it."""
    from handrail.cli.progress import Progress
    from handrail.local.laptop import Laptop

    # Standard output is for the document alone then; a person at a terminal sees the progress all the same.
    shown = errors if as_json else console
    with Progress(shown, quiet=as_json and not errors.is_terminal) as progress, Interrupts() as interrupts:
        with Laptop.open(catalogue, folder) as laptop:
            progress.follow(laptop)
            arn = begin(laptop)

            def stop() -> None:
                progress.stopping = True
                laptop.stop(arn, *STOPPED)

            interrupts.then(stop)
            with told_as_failure():
                laptop.wait(arn)
                ended = laptop.find(arn)
        progress.ended(ended, folder)
    return ended


def joined(server: Joined, folder: Path, begin: "BeginThere", *, as_json: bool) -> Stored:
    """Begin an execution in a server, and watch it until it has ended; a signal aborts it."""
    from handrail.cli.following import follow
    from handrail.cli.progress import Posted, Progress

    shown = errors if as_json else console
    with Progress(shown, quiet=as_json and not errors.is_terminal) as progress, Interrupts() as interrupts:
        progress.posted = Posted(folder / MESSAGES)
        if not progress.quiet:
            progress.look()
        arn, before = begin(server)

        def stop() -> None:
            progress.stopping = True
            server.stop(arn, *STOPPED)

        interrupts.then(stop)
        with told_as_failure():
            ended = follow(folder, arn, progress, before)
        progress.ended(ended, folder)
    return ended


@contextmanager
def told_as_failure() -> Iterator[None]:
    """What goes wrong after the start is a failure and no bad input: a disk that is full by now."""
    try:
        yield
    except HandrailError as error:
        errors.print(visible(str(error)), style="red", soft_wrap=True)
        raise typer.Exit(BROKEN) from None


@contextmanager
def clean_stdout() -> Iterator[None]:
    """Send what tasks print, and the programs that they start, to standard error instead."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
