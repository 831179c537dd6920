"""`handrail init`: an empty project, whole or not at all."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from handrail.cli.output import console, visible
from handrail.errors import HandrailError, Problems

PYPROJECT = """\
[tool.handrail]
# The folder with this table is the project: schemas/, machines/, tasks/, codebuild/, commands/ and config/ are found
# from here.
# What AWS on a laptop holds before anything has run there.
cloud = "examples.cloud:prepare"

[tool.pytest.ini_options]
addopts = "--import-mode=importlib -q"
testpaths = ["tests"]
pythonpath = ["."]

[tool.mypy]
strict = true
namespace_packages = true
explicit_package_bases = true

[tool.ruff]
line-length = 120

[tool.ruff.lint.per-file-ignores]
"machines/**" = ["E712"]  # `field == False` writes a condition
"""

GITIGNORE = """\
/.handrail/
/dist/
.venv/
__pycache__/
.pytest_cache/
.mypy_cache/
.ruff_cache/
"""

README = """\
# Runbooks

`python3 -m venv .venv`, enter it, `pip install "handrail[local] @ SOURCE" pytest` (`git+` and Handrail's address).
`handrail list` shows them, `handrail run RUNBOOK` runs one here, `python -m pytest` tests them all.
A new one is `schemas/x.py`, `machines/x.py`, `tests/machines/test_x.py`, and perhaps a task in `tasks/`.
AWS on this machine begins with what `examples/cloud.py` makes; what ran is kept in `.handrail/`.
"""

CLOUD = '''\
"""What AWS on a laptop holds before anything has run there."""

from collections.abc import Callable
from typing import Any


def prepare(client: Callable[..., Any]) -> None:
    """Make it; `client("s3")` is a boto3 client of the laptop's AWS."""
'''

FILES: Mapping[str, str] = {
    "pyproject.toml": PYPROJECT,
    ".gitignore": GITIGNORE,
    "README.md": README,
    "examples/cloud.py": CLOUD,
}
FOLDERS = ("schemas", "machines", "tasks", "codebuild", "config", "tests/machines")


def project(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where; this folder, if you leave it out.")] = Path(),
) -> None:
    """Make an empty project: its settings, its folders, a README.

    A folder that has any of this is left as it is.
    """
    make(folder.absolute())
    shown = visible(str(folder)) if folder != Path() else "this folder"
    console.print(f"An empty project is in {shown}. Write schemas/x.py and machines/x.py, then: handrail run x")


def make(folder: Path) -> None:
    """The project in this folder; raises Problems with everything that is in the way, and then has made nothing."""
    problems = [*in_the_way(folder)]
    if problems:
        raise Problems(f"{folder} cannot become a new project:", problems)
    undo: list[Callable[[], None]] = []
    try:
        for name in FOLDERS:
            make_folder(folder / name, undo)
        for name, text in FILES.items():
            make_folder((folder / name).parent, undo)
            make_file(folder / name, text, undo)
    except OSError as error:
        for step in reversed(undo):
            step()
        raise HandrailError(f"{error.filename or folder} cannot be made: {error.strerror}. Nothing was.") from None


def in_the_way(folder: Path) -> Iterator[str]:
    """What of a project is there already."""
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            yield f"{place} is a file"
    for name in FILES:
        if (folder / name).exists():
            yield f"{name} is there already"
    for name in FOLDERS:
        if (folder / name).is_file() or ((folder / name).is_dir() and any((folder / name).iterdir())):
            yield f"{name} is there already, and not empty"


def make_folder(folder: Path, undo: list[Callable[[], None]]) -> None:
    """A folder with those above it, as far as there are none."""
    for place in reversed((folder, *folder.parents)):
        if not place.exists():
            place.mkdir()
            undo.append(place.rmdir)


def make_file(path: Path, text: str, undo: list[Callable[[], None]]) -> None:
    """A file that was not there a moment ago."""
    with path.open("x", encoding="utf-8") as file:
        undo.append(path.unlink)
        file.write(text)
