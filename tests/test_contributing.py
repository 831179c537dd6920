"""CONTRIBUTING.md: whoever follows it from an empty folder has a runbook that is tested, checked and runs."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What a reader does with the page, in its order: a file that is written, and lines that are typed.
STEP = re.compile(
    r"^`(?P<path>\S+\.py)`\n\n```python\n(?P<text>.*?)^```$|^```sh\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL
)

Done = subprocess.CompletedProcess[str]


@dataclass
class Newcomer:
    """Somebody at a terminal who has the library installed and nothing else of this repository."""

    folder: Path
    environment: Mapping[str, str]
    written: list[str] = field(default_factory=list)
    typed: dict[str, Done] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        """A file of the page, in the project's folder."""
        (self.folder / name).write_text(text, encoding="utf-8")
        self.written.append(name)

    def type(self, line: str) -> Done:
        """One line; a `cd` is where the next one is typed."""
        script = f'{line}\nstatus=$?\npwd >"$HOME/place"\nexit $status'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        self.folder = Path((Path(self.environment["HOME"]) / "place").read_text().rstrip("\n"))
        self.typed[line] = done
        return done


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """After the last line of the page."""
    home = tmp_path_factory.mktemp("home")
    installed, programs, desk = home / "installed", home / "bin", home / "desk"
    for folder in (installed, programs, desk):
        folder.mkdir()
    (installed / "handrail").symlink_to(ROOT / "handrail")
    for name, module in (("python", ""), ("handrail", "-P -m handrail ")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
        (programs / name).chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(installed),
        "MYPYPATH": str(installed),
        # A laptop's cluster takes seconds to stop; nobody is to wait for them here.
        "HANDRAIL_AURORA": "creating=0 stopping=0",
    }
    reader = Newcomer(desk, environment)
    for step in STEP.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        if step["path"]:
            reader.write(step["path"], step["text"])
        else:
            follow(reader, step["lines"].splitlines())
    return reader


def follow(reader: Newcomer, lines: list[str]) -> None:
    for line in lines:
        done = reader.type(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def told(newcomer: Newcomer, line: str) -> str:
    return newcomer.typed[line].stdout


def files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix()


def test_three_files_and_a_task(newcomer: Newcomer) -> None:
    """A runbook is a schema, a machine and their test, and here a task; the rest is the laptop's cloud (S003-36)."""
    runbook = ["schemas/cluster_power.py", "tasks/rds.py", "machines/cluster_power.py",
               "tests/machines/test_cluster_power.py"]  # fmt: skip

    assert newcomer.written == [*runbook, "examples/cloud.py"]
    assert list(files(newcomer.folder)) == sorted(newcomer.written)


def test_its_tests_pass(newcomer: Newcomer) -> None:
    """The tests on the page pass, hours of waiting in milliseconds."""
    assert "5 passed" in told(newcomer, "python -m pytest")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("handrail graph cluster-power", "Settled?", id="is drawn"),
        pytest.param("handrail run cluster-power --help", "Start it or stop it?", id="asks its questions"),
        pytest.param("handrail run cluster-power --cluster orders --power stop", "orders is stopped", id="runs"),
        pytest.param("handrail show last", "SUCCEEDED", id="is shown"),
    ],
)
def test_is_known_to_the_command_line(newcomer: Newcomer, line: str, shown: str) -> None:
    """Each command of the page finds the new runbook without anybody having registered it."""
    assert shown in told(newcomer, line)


WRITTEN = "examples machines schemas tasks tests"
# The library stands elsewhere than here, and is sorted with the project's own modules all the same.
OURS = f'--config {ROOT}/pyproject.toml --config \'src = [".", "../../installed"]\''


@pytest.mark.parametrize(
    "check",
    [
        pytest.param("mypy", id="mypy"),
        pytest.param(f"basedpyright --level error --pythonpath {sys.executable}", id="basedpyright"),
        pytest.param(f"ruff check {OURS}", id="ruff"),
        pytest.param("ruff format --diff", id="the formatter"),
    ],
)
def test_passes_the_checks(newcomer: Newcomer, check: str) -> None:
    """Style and types, as `make check` has them, find nothing in what was copied from the page."""
    done = newcomer.type(f"python -m {check} {WRITTEN}")

    assert done.returncode == 0, done.stdout + done.stderr
