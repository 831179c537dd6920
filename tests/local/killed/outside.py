"""What stands around a process that is killed again and again: who starts it, asks, answers, and judges the end."""

import json
import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from threading import Timer
from time import monotonic
from typing import Any, Self

from handrail.engine.events import Event, TaskFailed, TaskHeartbeat, TaskSubmitted, TaskSucceeded
from handrail.local.conductor import CUT_OFF
from handrail.local.replay import replayed
from handrail.local.store import Store, Stored
from tests.local.killed.life import LIMIT, MACHINES
from tests.local.killed.person import Person

ROOT = Path(__file__).parents[3]
AT_ONCE = 50
ASKING = ("callback", "approval", "late", "silent")
UNHEARD = ("late", "silent")
PATIENCE = 60.0
"""Seconds for whatever has to come."""


class Died(Exception):
    """The process is gone, or was to be by now."""


class Life:
    """One process; `until` is when it is killed, by time.monotonic()."""

    def __init__(self, folder: Path, until: float, program: str = "life") -> None:
        self.until = until
        # Like anybody's shell: what is killed is this process alone.
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.local.killed.{program}", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def dies(self) -> None:
        """Have it killed when its time has come, whatever it is asked for then."""
        timer = Timer(max(self.until - monotonic(), 0), self.process.kill)
        timer.daemon = True
        timer.start()

    def ask(self, **asked: str) -> dict[str, Any]:
        """What it answers; raises Died where its time has come."""
        if monotonic() >= self.until:
            raise Died
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(asked)}\n".encode())
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next line that it says."""
        assert self.process.stdout is not None
        while b"\n" not in self.unread:
            left = self.until - monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Died
            read = os.read(self.process.stdout.fileno(), 65_536)
            if not read and monotonic() >= self.until:
                raise Died
            assert read, "it ended by itself"
            self.unread += read
        line, _, self.unread = self.unread.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        return told


@dataclass
class Outside:
    """Everything that is not killed: `wanted` are executions that nobody has acknowledged yet, `person` approves."""

    folder: Path
    chance: Random
    wanted: list[tuple[str, str]] = field(default_factory=list)
    begun: int = 0
    kills: int = 0

    def __post_init__(self) -> None:
        (self.folder / "tokens").mkdir(parents=True)
        self.person = Person(self.chance)

    def prove(self, kills: int) -> None:
        """Let it run and kill it so many times, each time at a random moment; then let all of it come to an end."""
        while self.kills < kills:
            # Mostly while it works, however long it took to come up; at times before it has.
            early = self.kills % 5 == 4
            self.live(self.chance.uniform(0, 0.4), self.chance.uniform(0, 0.5) if early else PATIENCE, more=True)
            self.kills += 1
        self.live(PATIENCE, PATIENCE, more=False)

    def live(self, seconds: float, to_come_up: float, *, more: bool) -> None:
        """One life, of so many seconds at most from when it is up; without `more` it is over when everything is."""
        try:
            with Life(self.folder, monotonic() + to_come_up) as life:
                life.hear()
                life.until = monotonic() + seconds
                while more or self.wanted or life.ask(do="running")["told"]:
                    self.deal(life, more=more)
        except Died:
            assert more, f"something never ended: {[each.name for each in self.left()]}"

    def deal(self, life: Life, *, more: bool) -> None:
        """Start what is to be started, answer what waits for an answer."""
        # Some of those that run wait for the next life.
        if more and not self.wanted and life.ask(do="running")["told"] < AT_ONCE // 2:
            self.wanted += [*self.new()]
        for each in self.wanted[:5]:
            self.start(life, *each)
        for file in (self.folder / "tokens").iterdir():
            if self.person.answered(life.ask, file.name, self.kills if more else None):
                file.unlink()
        if (task := life.ask(do="dig").get("told")) is not None:
            life.ask(do="answer", token=task[0], output='"dug"')

    def new(self) -> Iterator[tuple[str, str]]:
        """As many executions as run at once, of all machines in turn."""
        for machine in islice(cycle(MACHINES), AT_ONCE):
            self.begun += 1
            yield machine, f"{machine}-{self.begun}"

    def start(self, life: Life, machine: str, name: str) -> None:
        told = life.ask(do="start", machine=machine, name=name, input=json.dumps({"name": name, "items": [*range(5)]}))
        assert "told" in told or told["refused"] == "ExecutionAlreadyExists"
        self.wanted.remove((machine, name))

    def left(self) -> list[Stored]:
        with Store.reading(self.folder) as store:
            return store.executions(status="RUNNING")

    # ------------------------------------------------------------------ the judgement

    def judge(self) -> Counter[str]:
        """Look at every execution; gives how many ended how, and how many tasks were under way at a kill."""
        found: Counter[str] = Counter()
        done: dict[str, str] = {}
        with Store.reading(self.folder) as store:
            executions = store.executions()
            for stored in executions:
                self.whole(store, stored)
                found[stored.status] += 1
                for event in store.journal(stored.arn):
                    if isinstance(event, TaskFailed):
                        found["cut off"] += event.cause == CUT_OFF
                    elif isinstance(event, TaskSucceeded) and isinstance(event.output, dict) and "run" in event.output:
                        key, run = str(event.output["key"]), str(event.output["run"])
                        assert key not in done, f"{key} was done twice"
                        done[key] = run
        self.never_again(done)
        assert_children(executions)
        found["answered later"] = self.person.later
        return found

    def whole(self, store: Store, stored: Stored) -> None:
        """It has ended as it must; its history has no gap, and is told the same twice."""
        again = replayed(store, stored)
        history = again.history()
        assert [event["id"] for event in history] == [*range(1, len(history) + 1)]
        assert all(0 <= event["previousEventId"] < event["id"] for event in history)
        assert [event["timestamp"] for event in history] == sorted(event["timestamp"] for event in history)
        assert replayed(store, stored).history() == history
        assert (again.status, again.output, again.error) == (stored.status, stored.output, stored.error)
        if stored.machine == "strict" and stored.status == "FAILED":
            assert (stored.error, stored.cause) == ("States.TaskFailed", CUT_OFF)
        else:
            assert stored.status == "SUCCEEDED", f"{stored.name}: {stored.error}: {stored.cause}"
        if stored.machine in ASKING:
            self.as_asked(stored, history, [*store.journal(stored.arn)])

    def as_asked(self, stored: Stored, history: list[dict[str, Any]], journal: list[Event]) -> None:
        """Whoever was asked was asked once; an answer is what was said, and nobody was waited for too short."""
        submitted = {event.task for event in journal if isinstance(event, TaskSubmitted)}
        failed = {event.task for event in journal if isinstance(event, TaskFailed) and event.cause == CUT_OFF}
        assert not submitted & failed, f"{stored.name} asked again for an answer"
        answer = json.loads(stored.output or "")["answer"]
        if stored.machine == "approval":
            self.person.judge(stored.name, answer)
        elif stored.machine in UNHEARD:
            # The Catch that was taken names a heartbeat's timeout; what it is given calls both the same.
            assert answer["Error"] == "States.Timeout"
            [over] = [event["timestamp"] for event in history if event["type"] == "TaskTimedOut"]
            asked = [event["timestamp"] for event in history if event["type"] == "TaskScheduled"]
            alive = [event.at for event in journal if isinstance(event, TaskHeartbeat)]
            waited = over - max(at for at in (*asked, *alive) if at < over)
            assert waited > LIMIT - 0.001, f"{stored.name} waited {waited} s"

    def never_again(self, done: dict[str, str]) -> None:
        """What a task answered, and was written down, came from the last time that it ran."""
        last = {each["key"]: each["run"] for each in map(json.loads, (self.folder / "log").read_text().splitlines())}
        again = [key for key, run in done.items() if last[key] != run]
        assert again == [], f"finished, and run again: {again}"


def assert_children(executions: list[Stored]) -> None:
    """Each parent has begun its child once."""
    parents = {each.name for each in executions if each.machine in ("nested", "named", "sent")}
    begun = Counter(json.loads(each.input)["name"] for each in executions if each.machine == "child")
    assert {name: begun[f"{name}-child"] for name in parents} == dict.fromkeys(parents, 1)
