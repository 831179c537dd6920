"""`handrail run RUNBOOK`: start an execution, follow it, and end with its status."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.text import Text

from handrail.cli.causes import failed_builds
from handrail.cli.children import end_children
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
    from handrail.cli.progress import Progress
    from handrail.local.laptop import Laptop

    # Begins an execution on a laptop and gives its ARN; in a server also how much of its journal was there before.
    Begin = Callable[[Laptop], str]
    BeginThere = Callable[[Joined], tuple[str, int]]

EXITS = {"SUCCEEDED": 0, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": INTERRUPTED}
BROKEN = 1

STOPPED = ("Handrail.Interrupted", "Stopped by the person who ran it.")

CUT_OFF = "{0} was cut off by this. When it is mended, `handrail redrive {0}` lets it go on where it was."
UNSEEN = "{0} cannot be followed from here any more; `handrail show {0}` says what became of it."


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
    own = new_name(name, time.time())

    def there(server: Joined) -> tuple[str, int]:
        return server.start(name, text, own), 0

    ran(catalogue, folder, lambda laptop: laptop.start(name, text, own), there, only=own, as_json=as_json)


def ran(
    catalogue: "Catalogue", folder: Path, begin: "Begin", there: "BeginThere", *, only: str | None = None, as_json: bool
) -> NoReturn:
    """Begin an execution, follow it to its end, and end with its status.

    Where a server has the store, the execution is begun `there`. `only` is the execution's name, where it is known
    before: of others that run beside it nothing is shown then.
    """
    with clean_stdout() if as_json else ExitStack():
        try:
            ended = followed(catalogue, folder, begin, only=only, as_json=as_json)
        except Held as held:
            if held.holder is None or held.holder.endpoint is None:
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


def followed(catalogue: "Catalogue", folder: Path, begin: "Begin", *, only: str | None = None, as_json: bool) -> Stored:
    """Begin and watch an execution until it and all its processes have ended; a signal aborts it."""
    from handrail.cli.progress import Progress
    from handrail.local.laptop import Laptop

    # Standard output is for the document alone then; a person at a terminal sees the progress all the same.
    shown = errors if as_json else console
    with Progress(shown, quiet=as_json and not errors.is_terminal) as progress, Interrupts() as interrupts:
        with Laptop.open(catalogue, folder) as laptop:
            progress.only = only
            progress.follow(laptop)
            arn = begin(laptop)

            def stop() -> None:
                progress.stopping = True
                laptop.stop(arn, *STOPPED)

            interrupts.then(stop)
            with told_as_failure(CUT_OFF.format(name_of(arn))):
                laptop.wait(arn)
                ended = laptop.find(arn)
                if laptop.listening is not None:
                    outlast(laptop, progress, interrupts)
        if interrupts.asked:
            end_children()
        progress.ended(ended, folder)
    return ended


def outlast(laptop: "Laptop", progress: "Progress", interrupts: Interrupts) -> None:
    """Wait for what others have begun at this process's endpoint; a signal aborts that as well."""

    def stop() -> None:
        progress.stopping = True
        for arn in [*laptop.driver.running]:
            laptop.stop(arn, *STOPPED)

    while left := [*laptop.driver.running]:
        many = "1 execution" if len(left) == 1 else f"{len(left)} executions"
        progress.print(Text(f"waiting for {many} that began here meanwhile; Ctrl-C aborts", "dim"))
        interrupts.then(stop)
        for arn in left:
            laptop.wait(arn)


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
        with told_as_failure(UNSEEN.format(name_of(arn))):
            ended = follow(folder, arn, progress, before)
        progress.ended(ended, folder)
    return ended


def name_of(arn: str) -> str:
    """An execution's name, as people give it to a command."""
    return arn.rpartition(":")[2]


@contextmanager
def told_as_failure(whose: str = "") -> Iterator[None]:
    """What goes wrong after the start is a failure and no bad input: a disk that is full by now.

    `whose` says which execution it happened to, and what becomes of it.
    """
    try:
        yield
    except HandrailError as error:
        errors.print(visible("\n".join(filter(None, [str(error), whose]))), style="red", soft_wrap=True)
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
