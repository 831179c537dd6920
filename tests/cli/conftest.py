"""A person at the command line: a small project, a place for what runs, and `handrail` in a process of its own."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.codebuild.conftest import Site, mockcloud, terraform

__all__ = ["Desk", "Screen", "Site", "mockcloud", "terraform", "written"]

ROOT = Path(__file__).parents[2]

# A console script has no working directory on its path, so neither has this.
HANDRAIL = (sys.executable, "-P", "-m", "handrail")

SCHEMA = '''"""What may be asked of the knock runbook."""

from typing import Literal

from handrail.schema import Ask, Input


class Window(Input):
    """When it may be."""

    first: int = Ask("From which hour?", ja="何時から", default=9)


class Knock(Input):
    """Knock at a door. Then see."""

    how: Literal["talk", "refuse", "dig", "break", "nap", "hang", "deaf"] = Ask("How?", ja="どのように")
    note: str = Ask("What to say?", ja="伝えること", default="hello")
    times: int = Ask("How often?", ja="何回", default=1, ge=1, le=9)
    tags: tuple[str, ...] = Ask("Which tags?", ja="タグ", default=())
    window: Window = Ask("When?", ja="いつ", default=Window())
'''

TASKS = '''"""What is done at the door."""

import subprocess

from handrail.notify import Message, notifier, section
from handrail.task import TaskError, task


class Refused(TaskError):
    """Nobody opens."""


@task
def say(*, how: str, note: str) -> str:
    """Say it, on standard output as well; `refuse` fails, `talk` has a child that says something, too."""
    print("printed by", "the task")
    if how == "refuse":
        raise Refused(note)
    if how == "talk":
        subprocess.run(["echo", "echoed by its child"])
        notifier().post(Message(text=note, blocks=[section(note)]))
    return note
'''

MACHINE = '''"""Knock, and dig where it is asked for."""

from datetime import timedelta

from codebuild.dig.project import PROJECT
from handrail.machine import Build, Choice, Machine, Task, given, when
from schemas.knock import Knock
from tasks import door

asked = given(Knock)
say = Task("Say", door.say, how=asked.how, note=asked.note)
dig = Build("Dig", PROJECT, how=asked.how)
MACHINE = Machine(
    "knock",
    input=Knock,
    steps=[say, Choice("Only talk?", when(asked.how == "talk", []), otherwise=[dig])],
    timeout=timedelta(hours=1),
    quiet=True,
)
'''

PROJECT = '''"""The build that digs."""

from dataclasses import dataclass
from datetime import timedelta

from handrail.codebuild import Project


@dataclass(frozen=True)
class Variables:
    how: str


PROJECT = Project("dig", Variables, timeout=timedelta(hours=1))
'''

BUILDSPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - sh codebuild/dig/dig.sh\n"

# `hang` leaves a child, and one in a session of its own; the child of `deaf` does not hear SIGTERM.
DIG = r"""case $HOW in
dig) echo "down it goes" ;;
break) for n in $(seq 30); do echo "stone $n"; done; printf '\033[31mred\033[0m \007bell\n'; exit 3 ;;
nap) echo "napping"; sleep 1 ;;
hang) sleep 600 & setsid sleep 600 & echo "hanging"; sleep 600 ;;
deaf) (trap '' TERM; exec sleep 600) & echo "hanging"; sleep 600 ;;
esac
"""

KNOCK: Mapping[str, str] = {
    "pyproject.toml": "[tool.handrail]\n",
    "schemas/knock.py": SCHEMA,
    "tasks/door.py": TASKS,
    "machines/knock.py": MACHINE,
    "codebuild/dig/project.py": PROJECT,
    "codebuild/dig/buildspec.yml": BUILDSPEC,
    "codebuild/dig/dig.sh": DIG,
}

Done = subprocess.CompletedProcess[str]


@dataclass
class Desk:
    """One project, one folder for what runs, and the environment of whoever sits there."""

    project: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def surroundings(self, **more: str) -> dict[str, str]:
        foreign = ("TF_", "AWS_", "HANDRAIL_", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        ours = {"PYTHONPATH": str(ROOT), "HANDRAIL_HOME": str(self.home), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        # Others on this machine may have the port that everybody knows.
        ours["HANDRAIL_PORT"] = "0"
        return {**kept, **ours, **self.environment, **more}

    def run(
        self, *arguments: str, input: str = "", cwd: Path | None = None, behind: Sequence[str] = (), **environment: Any
    ) -> Done:
        """One command, perhaps behind another program, to its end, through pipes."""
        return subprocess.run(
            [*behind, *HANDRAIL, *arguments],
            cwd=cwd or self.project,
            env=self.surroundings(**environment),
            input=input,
            capture_output=True,
            encoding="utf-8",
            timeout=90,
            check=False,
        )

    def begin(self, *arguments: str, behind: Sequence[str] = ()) -> "subprocess.Popen[str]":
        """A command that goes on while something else is done."""
        return subprocess.Popen(
            [*behind, *HANDRAIL, *arguments],
            cwd=self.project,
            env=self.surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def terminal(self, *arguments: str, columns: int = 80, behind: Sequence[str] = (), **environment: Any) -> "Screen":
        """A command in a terminal of its own."""
        return Screen([*behind, *HANDRAIL, *arguments], self.project, self.surroundings(**environment), columns)

    def children(self) -> Iterator[Path]:
        """All processes that builds of this project have left running, as folders of /proc."""
        mark = f"HANDRAIL_PROJECT={self.project}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    yield process

    def left(self) -> list[str]:
        """The command lines of those processes."""
        found = []
        for process in self.children():
            with suppress(OSError):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
        return found

    def gone(self, seconds: float = 10) -> bool:
        """Whether no such process is left within the time."""
        deadline = time.monotonic() + seconds
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.left()


# A letter, or a code that moves the cursor, clears a line or colours what follows.
TOKEN = re.compile(r"\x1b\[\??(?P<number>\d*)[\d;]*(?P<code>[A-Za-z])|(?P<letter>.|\n)")


class Screen:
    """A process with a terminal; everything it writes there is kept."""

    def __init__(self, argv: list[str], folder: Path, environment: Mapping[str, str], columns: int) -> None:
        self.written = b""
        self.columns = columns
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execve(argv[0], argv, dict(environment))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def until(self, shown: str, seconds: float = 60) -> None:
        """Read until a text is shown; fails where it never is."""
        deadline = time.monotonic() + seconds
        while shown not in self.text:
            assert self.read(deadline), f"{shown!r} was never shown in: {self.text}"

    def read(self, deadline: float) -> bool:
        """Wait for the next output; False at the end of it, or at the deadline."""
        if not select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return False
        try:
            chunk = os.read(self.terminal, 65536)
        except OSError:  # Linux says so when nobody has the terminal open any more
            return False
        self.written += chunk
        return bool(chunk)

    def press(self, key: bytes) -> None:
        os.write(self.terminal, key)

    def end(self, seconds: float = 60) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + seconds
        while self.read(deadline):
            pass
        return self.close()

    def close(self) -> int:
        """Close the terminal, and wait for the process; the exit status."""
        os.close(self.terminal)
        _, status = os.waitpid(self.process, 0)
        return os.waitstatus_to_exitcode(status)

    @property
    def text(self) -> str:
        return self.written.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """What stands on the screen in the end, as a terminal of that width shows it."""
        rows: dict[int, dict[int, str]] = defaultdict(dict)
        at = place = 0
        for token in TOKEN.finditer(self.text):
            letter, code = token["letter"], token["code"]
            if letter == "\n":
                at, place = at + 1, 0
            elif letter == "\r":
                place = 0
            elif letter:
                if place + cell_len(letter) > self.columns:
                    at, place = at + 1, 0
                rows[at][place] = letter
                place += cell_len(letter)
            elif code == "A":
                at -= int(token["number"] or 1)
            elif code == "K":
                rows[at].clear()
        return ["".join(rows[row][column] for column in sorted(rows[row])) for row in range(max(rows) + 1)]


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """A project made of these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def knock(bytecode: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with the runbook `knock`, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("knock")
    return Desk(written(folder / "project", KNOCK), folder / "home", dict(bytecode))


@pytest.fixture
def alone(bytecode: dict[str, str], tmp_path: Path) -> Iterator[Desk]:
    """The same for one test alone, with a store in which nothing has run; what a failed test leaves is ended."""
    # A run that is killed leaves its builds' temporary folders to the next one, which may never come.
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {**bytecode, "TMPDIR": str(temporary)}
    desk = Desk(written(tmp_path / "project", KNOCK), tmp_path / "home", environment)
    yield desk
    for process in desk.children():
        with suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)


@pytest.fixture(scope="module")
def drift(terraform: str, bytecode: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Site]:
    """A desk with this repository's own runbooks, and the Terraform roots that a module writes; no provider."""
    folder = tmp_path_factory.mktemp("drift")
    return drift_desk(folder, bytecode), Site(folder / "project")


def drift_desk(folder: Path, bytecode: Mapping[str, str]) -> Desk:
    """A desk with the drift check, before it has a configuration."""
    project = written(folder / "project", {"pyproject.toml": "[tool.handrail]\n"})
    for part in ("schemas", "machines", "tasks", "codebuild"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    return Desk(project, folder / "home", dict(bytecode))
