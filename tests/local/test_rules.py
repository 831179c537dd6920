"""The life of a run on a laptop: one at a time on a target, the end told and dealt with, also after a kill."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from handrail.catalogue import Catalogue, load
from handrail.engine.visits import visits
from handrail.local.laptop import Laptop
from handrail.local.replay import replayed
from handrail.local.rules import MARK
from handrail.notify import messages
from handrail.runs import unfinished
from handrail.table import table
from tests.catalogue.conftest import apart
from tests.cli.conftest import written

__all__ = ["apart"]

SCHEMA = '''"""What may be asked of move."""

from handrail.schema import Ask, Input


class Move(Input):
    """Move a thing."""

    thing: str = Ask("What?", ja="何を")
    broken: str = Ask("What is broken?", ja="壊れた物", default="")
'''
MACHINE = '''"""Lift, then put down."""

from datetime import timedelta

from handrail.machine import Machine, Task, Wait, given
from schemas.move import Move
from tasks import hands

asked = given(Move)
MACHINE = Machine(
    "move",
    input=Move,
    steps=[
        Task("Lift", hands.lift, thing=asked.thing),
        Task("Put", hands.put, thing=asked.thing, broken=asked.broken).dangerous(),
    ],
    lock=asked.thing,
    timeout=timedelta(minutes=5),
)
'''
HANDS = '''"""Two hands."""

import os
import time
from pathlib import Path

from handrail.task import TaskError, task


class Dropped(TaskError):
    """It fell:"""


def held() -> Path:
    return Path(os.environ["HANDRAIL_MESSAGES"]).parent / "held"


@task
def lift(*, thing: str) -> None:
    """Holds it for as long as there is a file that says so."""
    while held().exists():
        time.sleep(0.02)


@task
def put(*, thing: str, broken: str) -> None:
    """Falls where it is broken, until there is glue."""
    if broken and not (held().parent / "glue").exists():
        raise Dropped(thing)
'''
MOVE: Mapping[str, str] = {
    "pyproject.toml": "[tool.handrail]\n",
    "schemas/move.py": SCHEMA,
    "machines/move.py": MACHINE,
    "tasks/hands.py": HANDS,
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return load(written(tmp_path / "project", MOVE))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def told(home: Path) -> list[str]:
    return [message.text for message in messages(home / "messages.jsonl")]


def run(laptop: Laptop, input: str, name: str | None = None) -> str:
    arn = laptop.start("move", input, name)
    assert laptop.wait(arn, 30)
    return laptop.find(arn).status


def until(there: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_at_once_on_one_target(catalogue: Catalogue, home: Path) -> None:
    """The second does nothing and says who is at it; when the first has ended, the target is free."""
    (home / "held").touch()
    with Laptop.open(catalogue, home) as laptop:
        first = laptop.start("move", '{"thing": "piano"}', "first")
        until(lambda: bool(told(home)))
        second = run(laptop, '{"thing": "piano"}', "second")
        other = laptop.start("move", '{"thing": "chair"}', "other")
        (home / "held").unlink()
        assert laptop.wait(first, 30)
        assert laptop.wait(other, 30)
        statuses = [laptop.find(first).status, second, laptop.find(other).status, run(laptop, '{"thing": "piano"}')]

    assert statuses == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert any("move failed: Somebody else is working on this: piano, since " in text for text in told(home))


def test_a_rerun_of_the_same_input_works(catalogue: Catalogue, home: Path) -> None:
    """As somebody starts it again in the console: a new execution with the old one's input."""
    with Laptop.open(catalogue, home) as laptop:
        assert run(laptop, '{"thing": "piano"}') == "SUCCEEDED"
        again = laptop.store.executions()[0].input
        assert run(laptop, again) == "SUCCEEDED"
        assert unfinished() == []
    assert told(home) == ["move began: thing piano, broken (empty)"] * 2


def test_a_redrive_takes_the_lock_again(catalogue: Catalogue, home: Path) -> None:
    """Its end had released it; where another run has the target by then, the dangerous step does not begin."""
    with Laptop.open(catalogue, home) as laptop:
        first = laptop.start("move", '{"thing": "piano", "broken": "leg"}', "first")
        assert laptop.wait(first, 30)
        assert laptop.find(first).status == "FAILED"
        (home / "glue").touch()
        (home / "held").touch()
        second = laptop.start("move", '{"thing": "piano"}', "second")
        until(lambda: "move began: thing piano, broken (empty)" in told(home))
        laptop.redrive(first)
        assert laptop.wait(first, 30)
        refused = laptop.find(first)
        (home / "held").unlink()
        assert laptop.wait(second, 30)
        laptop.redrive(first)
        assert laptop.wait(first, 30)
        ended = laptop.find(first)
        puts = [each for each in visits(replayed(laptop.store, ended).history()) if each.name == "Put"]

        assert (refused.status, refused.error) == ("FAILED", "Busy")
        assert ended.status == "SUCCEEDED"
        assert puts
        assert table().get("lock#move#piano", "lock") is None
    assert next(text for text in told(home) if "failed" in text) == "move failed: It fell: piano"
    assert len([text for text in told(home) if "failed" in text]) == 2


def test_an_end_that_could_not_be_dealt_with_is_not_forgotten(catalogue: Catalogue, home: Path) -> None:
    """The channel was out of reach, say: the next process tells it and releases the lock before anything begins."""

    def unreachable(_: object) -> None:
        raise OSError("nobody answers")

    with Laptop.open(catalogue, home) as laptop:
        laptop.rules.target = unreachable
        assert run(laptop, '{"thing": "piano", "broken": "leg"}', "first") == "FAILED"
    assert len(told(home)) == 1
    with Laptop.open(catalogue, home) as laptop:
        assert run(laptop, '{"thing": "piano"}', "next") == "SUCCEEDED"

    assert told(home)[1:] == ["move failed: It fell: piano", "move began: thing piano, broken (empty)"]
    assert not (home / MARK).exists()


def test_the_projects_clock_is_in_the_messages(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the clock of the machine says; what was set before is there again afterwards."""
    monkeypatch.delenv("HANDRAIL_TIMEZONE", raising=False)
    setting = {"pyproject.toml": '[tool.handrail]\ntimezone = "Asia/Tokyo"\n'}
    catalogue = load(written(tmp_path / "project", {**MOVE, **setting}))
    (home / "held").touch()
    with Laptop.open(catalogue, home) as laptop:
        first = laptop.start("move", '{"thing": "piano"}', "first")
        until(lambda: bool(told(home)))
        run(laptop, '{"thing": "piano"}', "second")
        (home / "held").unlink()
        assert laptop.wait(first, 30)

    assert re.search(r"piano, since \d\d:\d\d JST by first\.", told(home)[1])
    assert "HANDRAIL_TIMEZONE" not in os.environ


KILLED = """
import sys
from pathlib import Path
from handrail.catalogue import load
from handrail.local.laptop import Laptop
with Laptop.open(load(Path(sys.argv[1])), Path(sys.argv[2])) as laptop:
    arn = laptop.start("move", '{"thing": "piano"}', "killed")
    laptop.wait(arn)
"""


def test_a_run_that_dies_gives_its_lock_back(catalogue: Catalogue, home: Path) -> None:
    """The next process finds the end that nobody dealt with: the lock is released before anything begins, and told."""
    (home / "held").touch()
    root = Path(__file__).parents[2]
    dying = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(catalogue.root), str(home)], env={**os.environ, "PYTHONPATH": str(root)}
    )
    until(lambda: bool(told(home)))
    dying.send_signal(signal.SIGKILL)
    dying.wait()
    (home / "held").unlink()
    with Laptop.open(catalogue, home) as laptop:
        assert run(laptop, '{"thing": "piano"}', "next") == "SUCCEEDED"

    assert told(home)[0] == "move began: thing piano, broken (empty)"
    assert told(home)[1].startswith("move was stopped: Handrail.CutOff: The handrail that ran it was killed")
