"""`handrail init`: an empty project that works, in a folder where nothing is in the way."""

import errno
import os
from pathlib import Path, PosixPath
from typing import Any

import pytest

from handrail.cli import init
from handrail.errors import HandrailError
from tests.cli.conftest import Desk, written


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


WHOLE = [
    ".gitignore",
    "README.md",
    "codebuild",
    "config",
    "examples",
    "examples/cloud.py",
    "machines",
    "pyproject.toml",
    "schemas",
    "tasks",
    "tests",
    "tests/machines",
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Somebody in an empty folder."""
    return Desk(tmp_path, tmp_path / "home")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        pytest.param([], ".", id="here"),
        pytest.param(["ops"], "ops", id="in a new folder"),
        pytest.param(["team/ops"], "team/ops", id="two folders down"),
        pytest.param(["--", "-ops"], "-ops", id="in a folder with a dash"),
        pytest.param(["運用 [bold]"], "運用 [bold]", id="in another script, with what could be markup"),
    ],
)
def test_makes_a_project(desk: Desk, arguments: list[str], place: str) -> None:
    """The folder is a project at once: `handrail list` finds it, and no runbook in it."""
    done = desk.run("init", *arguments)

    assert (done.returncode, done.stderr) == (0, "")
    assert everything(desk.project / place) == WHOLE
    assert (place if arguments else "this folder") in done.stdout
    assert desk.run("list", cwd=desk.project / place).returncode == 0


def test_the_readme_is_short(desk: Desk) -> None:
    """Six lines, of which each says something."""
    desk.run("init")

    assert (desk.project / "README.md").read_text(encoding="utf-8").count("\n") == 6


@pytest.mark.parametrize(
    ("there", "told"),
    [
        pytest.param({"pyproject.toml": ""}, ["pyproject.toml is there already"], id="a pyproject.toml"),
        pytest.param(
            {"README.md": "", "machines/x.py": "", "tasks": ""},
            ["README.md is there already", "machines is there already, and not empty",
             "tasks is there already, and not empty"],
            id="several things",
        ),
        pytest.param({"examples/cloud.py": "x"}, ["examples/cloud.py is there already"], id="a file in a folder"),
    ],
)  # fmt: skip
def test_leaves_a_folder_as_it_is(desk: Desk, there: dict[str, str], told: list[str]) -> None:
    """Where anything of a project is there already, all of it is told and nothing is made."""
    before = everything(written(desk.project, there))

    done = desk.run("init")

    assert (done.returncode, done.stdout) == (2, "")
    assert [line.strip() for line in done.stderr.splitlines()[1:]] == told
    assert everything(desk.project) == before


def test_needs_a_folder_and_no_file(desk: Desk) -> None:
    """A file where a folder should be is told as one."""
    (desk.project / "ops").write_text("")

    done = desk.run("init", "ops/here")

    assert done.returncode == 2
    assert f"{desk.project / 'ops'} is a file" in done.stderr


class Full(PosixPath):
    """A place where the last file does not fit any more."""

    def open(self, *arguments: Any, **more: Any) -> Any:
        if self.name == "cloud.py":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return super().open(*arguments, **more)


def test_a_project_that_cannot_be_made_whole_is_not_made(tmp_path: Path) -> None:
    """A disk that is full in the middle leaves the folder as it was."""
    with pytest.raises(HandrailError, match=r"cloud\.py cannot be made: No space left on device\. Nothing was\."):
        init.make(Full(tmp_path / "ops"))

    assert everything(tmp_path) == []
