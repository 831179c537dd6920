"""`handrail stop EXECUTION`: abort an execution, whoever runs it."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from handrail.cli.following import PAUSE
from handrail.cli.output import console, status
from handrail.cli.places import anywhere, home
from handrail.errors import HandrailError
from handrail.local.holder import Held
from handrail.local.joined import PATIENCE, Joined
from handrail.local.replay import reading
from handrail.local.store import Store, Stored

ERROR = "Handrail.Stopped"
CAUSE = "Stopped with `handrail stop`."


def execution(
    name: Annotated[
        str, typer.Argument(metavar="EXECUTION", help="Its name, the beginning of it, its ARN, or `last`.")
    ],
    error: Annotated[str, typer.Option(metavar="NAME", help="The error that it ends with.")] = ERROR,
    cause: Annotated[str, typer.Option(metavar="TEXT", help="Why it is stopped.")] = CAUSE,
) -> None:
    """Abort an execution: one that `handrail local` runs, or one that nobody runs since its server was killed.

    What it was doing is stopped, its lock is given back. One that has ended stays as it is.
    """
    folder = home()
    with reading(folder, time.time()) as store:
        found = store.find(name)
    if found.status == "RUNNING":
        found = stopped(folder, found, error, cause)
    console.print(Text.assemble(f"{found.name}  ", status(found.status)), soft_wrap=True)


def stopped(folder: Path, stored: Stored, error: str, cause: str) -> Stored:
    """The execution when it has ended."""
    from handrail.local.laptop import Laptop

    try:
        with Laptop.open(anywhere(), folder) as laptop:
            laptop.end(stored.arn, error, cause)
            return laptop.find(stored.arn)
    except Held as held:
        if held.holder is None or held.holder.endpoint is None:
            who = "Another process" if held.holder is None else f"Process {held.holder.process}"
            raise HandrailError(f"{who} runs {stored.name}: Ctrl-C in its terminal stops it.") from None
        Joined(held.holder.endpoint).stop(stored.arn, error, cause)
    return ended(folder, stored)


def ended(folder: Path, stored: Stored) -> Stored:
    """What the store says as soon as the end is written down."""
    for _ in range(int(PATIENCE / PAUSE)):
        with Store.reading(folder) as store:
            found = store.find(stored.arn)
        if found.status != "RUNNING":
            return found
        time.sleep(PAUSE)
    raise HandrailError(f"{stored.name} still runs. Look at the terminal in which `handrail local` runs.")
