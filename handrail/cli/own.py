"""A project's own commands beside the built-in ones: all are listed, only the one that is asked for is imported."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer

from handrail import commands
from handrail.errors import Problems
from handrail.root import find_root


def attach(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Add the commands of the project around the working directory; raises Problems for the asked one's mistakes."""
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    root = None if asked in commands.BUILT_IN else project()
    if root is None:
        return
    found = commands.found(root)
    for name, file in found.items():
        short = commands.summary(file) or f"What commands/{file.name} does."
        if name == asked:
            from handrail.catalogue import command  # brings the schemas' world, which a list of names does not need

            app.add_typer(command(root, file), name=name, help=short)
        else:
            app.command(name, short_help=short)(listed)
    wrong = [] if asked is None or asked in found else [*commands.problems(root, asked)]
    if wrong:
        raise Problems(f"{asked} cannot be run:", wrong)


def project() -> Path | None:
    """The root of the project around the working directory; None where there is neither."""
    with suppress(OSError):
        return find_root(Path.cwd())
    return None


def listed() -> None:
    """Stands for a command that is only listed."""
