"""CONTRIBUTING.md: what a newcomer copies out of it is a runbook that works."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE = re.compile(r"^`(?P<path>\S+\.py)`\n\n```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with this one's settings and the files of the page, and the library where an installed one would be."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "installed").mkdir()
    (folder / "installed/handrail").symlink_to(ROOT / "handrail")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for found in FILE.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        path = folder / found["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["text"], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def python(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in that project, which sees the library and nothing else of this repository."""
    sees = {"PYTHONPATH": "installed", "MYPYPATH": "installed"}
    environment = {"PATH": os.environ["PATH"], "HOME": str(project), **sees}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, *arguments]
        return subprocess.run(argv, cwd=project, env=environment, capture_output=True, text=True, check=False)

    return run


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_holds_a_whole_runbook(project: Path) -> None:
    """The page shows a schema, a task, a machine and their test, and no other file."""
    assert [str(path.relative_to(project)) for path in sorted(project.rglob("*.py"))] == [
        "machines/cluster_power.py",
        "schemas/cluster_power.py",
        "tasks/rds.py",
        "tests/machines/test_cluster_power.py",
    ]


def test_its_tests_pass(python: Run) -> None:
    """The tests on the page pass in a project that holds nothing else."""
    done = python("-m", "pytest", "-p", "no:cacheprovider")

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("4 passed")


WRITTEN = ("machines", "schemas", "tasks", "tests")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["mypy", "--strict"], id="mypy"),
        pytest.param(["basedpyright", "--level", "error", "--pythonpath", sys.executable], id="basedpyright"),
        # The library stands elsewhere than here, and is sorted with the project's own modules all the same.
        pytest.param(["ruff", "check", "--config", 'src = [".", "installed"]'], id="ruff"),
        pytest.param(["ruff", "format", "--diff"], id="the formatter"),
    ],
)
def test_passes_the_checks(python: Run, arguments: list[str]) -> None:
    """Style and types, as `make check` has them, find nothing in what was copied from the page."""
    done = python("-m", *arguments, *WRITTEN)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(["list"], "Start or stop one Aurora cluster.", id="is found without being registered"),
        pytest.param(["run", "cluster-power", "--help"], "Start it or stop it?", id="asks its questions"),
        pytest.param(["graph", "cluster-power"], "Settled?", id="is drawn"),
    ],
)
def test_is_known_to_the_command_line(python: Run, arguments: list[str], shown: str) -> None:
    """Each command that the page names knows the new runbook."""
    done = python("-c", "from handrail.cli import main; main()", *arguments)

    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
