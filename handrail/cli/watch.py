"""`handrail watch`: follows an execution that another process runs, and ends with it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.interrupts import INTERRUPTED
from handrail.cli.output import console
from handrail.cli.places import home
from handrail.cli.run import EXITS
from handrail.engine import advance
from handrail.local.replay import new, reading
from handrail.local.store import Store, Stored

if TYPE_CHECKING:
    from handrail.cli.progress import Progress

PAUSE = 0.2
"""Seconds between two looks at the store."""

SILENCE = 25
"""Looks without anything new, after which it is found out whether anybody still runs it."""


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
    progress.look()
    again, place = new(stored), 0
    for seen in looks(folder, stored.arn):
        stored = seen
        with Store.reading(folder) as store:
            for event in store.journal(seen.arn, since=place):
                place += 1
                before = len(again.events)
                advance(again, event)
                progress.watch(again, before)
    return stored


def looks(folder: Path, arn: str) -> Iterator[Stored]:
    """The execution as it stands, again and again; the last time when it has ended."""
    for look in range(1_000_000_000):
        # A process that was killed ends nothing; a look for that takes the writer's place for a moment, so it is rare.
        with reading(folder, time.time()) if look % SILENCE == 0 else Store.reading(folder) as store:
            stored = store.find(arn)
        yield stored
        if stored.status != "RUNNING":
            return
        time.sleep(PAUSE)
