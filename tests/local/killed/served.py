"""One life of a laptop that serves until it is killed, with runs that have their target to themselves, and schedules.

`python -m tests.local.killed.served FOLDER`; it is told what to do as `life` is. The folder's file `ahead` says how
many seconds later it is for its schedules.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from handrail import runs
from handrail.catalogue import load
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from handrail.table import table
from tests.local.killed.life import QUICK, tell
from tests.local.killed.timed import MACHINE

THINGS = ("piano", "chair", "harp")

PROJECT: Mapping[str, str] = {
    "pyproject.toml": "[tool.handrail]\n",
    "schemas/carry.py": '''"""What may be asked of carry."""

from handrail.schema import Ask, Input


class Carry(Input):
    """Carry a thing."""

    thing: str = Ask("What?", ja="何を")
''',
    "machines/carry.py": '''"""Lift, walk, then put down."""

from datetime import timedelta

from handrail.machine import Machine, Task, Wait, given
from schemas.carry import Carry
from tasks import hands

asked = given(Carry)
MACHINE = Machine(
    "carry",
    input=Carry,
    steps=[
        Task("Lift", hands.lift, thing=asked.thing),
        Wait("Walk", timedelta(seconds=20)),
        Task("Put", hands.put, thing=asked.thing).dangerous(),
    ],
    lock=asked.thing,
    timeout=timedelta(minutes=5),
)
''',
    "tasks/hands.py": '''"""Two hands."""

import time

from handrail.task import task


@task
def lift(*, thing: str) -> None:
    """Up."""
    time.sleep(0.05)


@task
def put(*, thing: str) -> None:
    """Down."""
    time.sleep(0.05)
''',
}


def main(folder: Path) -> None:
    """Go on with what was left, then do what is asked."""
    ahead = float((folder / "ahead").read_text(encoding="utf-8"))
    with Laptop.open(load(folder / "project"), folder / "home") as laptop:
        laptop.driver.wait_scale = QUICK
        laptop.events.now = lambda: time.time() + ahead
        server = Server(laptop, port=0)
        resumed = laptop.resume()
        # Else most lives would go by while AWS is loaded; who is killed early has seen that as well.
        laptop.load()
        tell({"resumed": resumed, "endpoint": server.endpoint})
        for line in sys.stdin:
            tell({"told": obeyed(laptop, json.loads(line))})


def obeyed(laptop: Laptop, asked: Mapping[str, str]) -> object:
    """The answer to one line."""
    does: Mapping[str, Callable[[], object]] = {
        "start": lambda: laptop.start("carry", json.dumps({"thing": asked["thing"]}), asked["name"]),
        "running": lambda: len(laptop.driver.running),
        "begun": lambda: [each.input for each in laptop.store.executions(machine=MACHINE)],
        "left": lambda: left(laptop),
    }
    return does[asked["do"]]()


def left(laptop: Laptop) -> list[str]:
    """What is still taken, or to be dealt with, when every end has been told."""
    laptop.rules.drain()
    taken = [thing for thing in THINGS if table().get(**runs.lock_key("carry", thing)) is not None]
    return [*taken, *runs.unfinished()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
