"""`handrail watch`: follows an execution that another process runs, and ends with it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from handrail.cli.following import follow
from handrail.cli.interrupts import INTERRUPTED
from handrail.cli.output import console, moment, visible
from handrail.cli.places import home
from handrail.cli.run import EXITS
from handrail.local.replay import reading
from handrail.local.store import Stored

if TYPE_CHECKING:
    from handrail.cli.progress import Progress


def execution(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[EXECUTION]", help="Its name, the beginning of it, or its ARN; else the newest."),
    ] = None,
) -> None:
    """Follow an execution that runs in another terminal, from its first state on; Ctrl-C leaves it alone.

    Ends when the execution does, with the exit status of `handrail run`.
    """
    from handrail.cli.progress import Progress

    folder = home()
    try:
        with Progress(console, quiet=False) as progress:
            ended = followed(folder, name, progress)
            progress.ended(ended, folder)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(EXITS[ended.status])


def followed(folder: Path, name: str | None, progress: "Progress") -> Stored:
    """Show what happens to an execution until it has ended; only reads, so whoever writes is not disturbed."""
    with reading(folder, time.time()) as store:
        running = store.executions(status="RUNNING", most=1) if name is None else []
        stored = running[0] if running else store.find(name or "last")
    if name is None and not running:
        told = f"Nothing runs here at the moment. The newest, {stored.name}, began at {moment(stored.started)}:"
        console.print(Text(visible(told), "dim"), soft_wrap=True)
    progress.look()
    return follow(folder, stored.arn, progress)
