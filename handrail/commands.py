"""A project's own commands: `commands/<name>.py` is `handrail <name>`; its APP is a typer.Typer with what stands after.

They are found by their files, so that no command pays for the import of another. `handrail.catalogue` imports the one
that is asked for.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from handrail.root import shown

__all__ = ["BUILT_IN", "FOLDER", "found", "problems", "summary"]

FOLDER = "commands"

BUILT_IN = ("init", "list", "run", "redrive", "stop", "executions", "show", "watch", "graph", "stats", "test", "local")
"""What `handrail` can do in every project."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def found(root: Path) -> Mapping[str, Path]:
    """The commands of a project and their files, by name; those that cannot be one are left out."""
    return {_name(file): file for file in _files(root) if not _problem(file)}


def problems(root: Path, name: str | None = None) -> Iterator[str]:
    """Each file that cannot be a command, and why; or only the one that a name may mean."""
    for file in _files(root):
        problem = _problem(file)
        if problem and name in (None, _name(file)):
            yield f"{shown(file)}: {problem}"


def summary(file: Path) -> str:
    """The first sentence of a command's file; nothing where there is none, or where the file is no Python."""
    try:
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    except (SyntaxError, ValueError, OSError):
        return ""
    sentence, stop, _ = " ".join(text.split()).partition(". ")
    return sentence + stop.rstrip()


def _files(root: Path) -> list[Path]:
    return sorted(file for file in (root / FOLDER).glob("*.py") if not file.name.startswith("_"))


def _name(file: Path) -> str:
    return file.stem.replace("_", "-")


def _problem(file: Path) -> str:
    if not _NAME.fullmatch(file.stem):
        return "a command's file is named with small letters, digits and single underscores."
    if _name(file) in BUILT_IN:
        return f"`handrail {_name(file)}` is there already, in every project; give this one another name."
    return ""
