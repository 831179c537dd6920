"""CONTRIBUTING.md: whoever follows it from an empty folder has a runbook that is tested, checked and runs.

The environment is a new one, and Handrail is installed into it with pip as the page says, out of a Git repository with
the files that stand here. Only what it needs besides is not fetched: it is what this environment has.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
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
    """Somebody at a terminal who has nothing of this repository but where it is."""

    folder: Path
    environment: dict[str, str]
    written: list[str] = field(default_factory=list)
    typed: dict[str, Done] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        """A file of the page, in the project's folder."""
        (self.folder / name).write_text(text, encoding="utf-8")
        self.written.append(name)

    def type(self, line: str) -> Done:
        """One line; the next one is typed where a `cd` has led, in the environment that was entered."""
        script = f'{line}\nstatus=$?\npwd >"$HOME/place"\necho "$PATH" >"$HOME/path"\nexit $status'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        home = Path(self.environment["HOME"])
        self.folder = Path((home / "place").read_text().rstrip("\n"))
        self.environment["PATH"] = (home / "path").read_text().rstrip("\n")
        self.typed[line] = done
        return done


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """After the last line of the page."""
    home = tmp_path_factory.mktemp("home")
    programs, needed, desk = home / "bin", home / "needed", home / "desk"
    for folder in (programs, needed, desk):
        folder.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (programs / "python3").chmod(0o755)
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if "handrail" not in each.name and each.suffix != ".pth":
            (needed / each.name).symlink_to(each)
    (needed / "bin").symlink_to(sysconfig.get_path("scripts"))
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        # Before pip 24 an address without a host is no requirement.
        "SOURCE": f"git+file://localhost{repository(home / 'repository')}",
        "PYTHONPATH": str(needed),
        # Nothing is fetched, the build backend neither. pip reads the second as the value of an option that says no.
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
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


def repository(folder: Path) -> Path:
    """What is installed of this repository, as one commit."""
    shutil.copytree(ROOT / "handrail", folder / "handrail", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    me = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")
    for given in (("init", "--quiet"), ("add", "."), (*me, "commit", "--quiet", "--message", "All of it")):
        subprocess.run(["git", *given], cwd=folder, check=True)
    return folder


def follow(reader: Newcomer, lines: list[str]) -> None:
    for line in lines:
        done = reader.type(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def told(newcomer: Newcomer, line: str) -> str:
    return newcomer.typed[line].stdout


def files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(".venv/"):
            yield name


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
OURS = f'--config {ROOT}/pyproject.toml --config \'src = [".", "../../repository"]\''


@pytest.mark.parametrize(
    "check",
    [
        pytest.param("mypy", id="mypy"),
        pytest.param("basedpyright --level error --pythonpath .venv/bin/python", id="basedpyright"),
        pytest.param(f"ruff check {OURS}", id="ruff"),
        pytest.param("ruff format --diff", id="the formatter"),
    ],
)
def test_passes_the_checks(newcomer: Newcomer, check: str) -> None:
    """Style and types, as `make check` has them, find nothing in what was copied from the page."""
    done = newcomer.type(f"python -m {check} {WRITTEN}")

    assert done.returncode == 0, done.stdout + done.stderr
