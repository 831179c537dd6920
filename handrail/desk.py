"""The door of commands/: the AWS that the runbooks work in, and a terminal that speaks as the other commands do."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from handrail.errors import HandrailError
from handrail.root import find_root

__all__ = ["changing", "looking", "root", "say", "show", "write_json"]


def root() -> Path:
    """The project around the working directory; raises HandrailError where there is none."""
    found = find_root(Path.cwd())
    if found is None:
        raise HandrailError(f"{Path.cwd()} is in no Handrail project. Go to the project's folder.")
    return found


@contextmanager
def looking() -> Iterator[None]:
    """This process turned to a copy of what AWS holds here, also while a runbook is at work; nothing can be changed."""
    from handrail.catalogue import load
    from handrail.cli.places import home
    from handrail.local.looking import looking as copied

    with copied(load(), home()):
        yield


@contextmanager
def changing() -> Iterator[None]:
    """This process turned to what AWS holds here; where `handrail local` serves it, to that server's.

    Refused while another process has it that serves nobody else.
    """
    from handrail.catalogue import load
    from handrail.cli.places import home
    from handrail.local.holder import server
    from handrail.local.laptop import Laptop
    from handrail.local.visiting import visiting

    catalogue, folder = load(), home()
    if endpoint := server(folder):
        with visiting(catalogue.root, folder, endpoint):
            yield
        return
    with Laptop.open(catalogue, folder) as laptop:
        laptop.prepare()
        yield


def say(line: str) -> None:
    """One line for a person, safe to show whatever is in it."""
    from handrail.cli.output import console, visible

    console.print(visible(line), soft_wrap=True)


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for a person, safe to show whatever is in it."""
    from handrail.cli.listing import columns
    from handrail.cli.output import show, visible

    table = columns(*heads)
    for row in rows:
        table.add_row(*map(visible, row))
    show(table)


def write_json(value: Any) -> None:
    """One JSON document for a program."""
    from handrail.cli.output import print_json

    print_json(value)
