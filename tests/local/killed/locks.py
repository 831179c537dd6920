"""Runs that want the same few things, in a laptop with schedules that is killed again and again; and the judgement."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic, sleep

from handrail.engine.events import TaskSucceeded
from handrail.local.store import Store
from tests.cli.conftest import written
from tests.local.killed.outside import PATIENCE, Died, Life
from tests.local.killed.served import PROJECT, THINGS
from tests.local.killed.timed import MACHINE, Timed

AT_ONCE = 6
A_LIFE = 5
"""So many schedules are made in a life."""


@dataclass
class Locks:
    """Everything that is not killed."""

    folder: Path
    chance: Random
    begun: int = 0

    def __post_init__(self) -> None:
        written(self.folder / "project", PROJECT)
        self.names = (f"carry-{number}" for number in count())
        self.timed = Timed(Random(self.chance.getrandbits(64)))
        (self.folder / "ahead").write_text(str(self.timed.ahead), encoding="utf-8")

    def prove(self, kills: int) -> list[str]:
        """Let it run and kill it so many times; gives what is still taken when all has come to its end."""
        for number in range(kills):
            try:
                self.live(early=number % 5 == 4)
            except Died:
                continue
        try:
            return self.rest()
        except Died:
            return ["It never came to rest."]

    def rest(self) -> list[str]:
        """The last life, until nothing runs any more and nothing is due."""
        with Life(self.folder, monotonic() + 2 * PATIENCE, "served") as life:
            endpoint = life.hear()["endpoint"]
            self.timed.live(endpoint, 2 * PATIENCE, wanted=max(A_LIFE - len(self.timed.made), 0))
            while life.ask(do="running")["told"] or not self.timed.settled(endpoint, life.ask(do="begun")["told"]):
                sleep(0.05)
            left: list[str] = life.ask(do="left")["told"]
            return left

    def live(self, *, early: bool) -> None:
        """One life; it is killed a while after it has come up, or before (`early`)."""
        with Life(self.folder, monotonic() + PATIENCE, "served") as life:
            if early:
                life.until = monotonic() + self.chance.uniform(0, 2)
            endpoint = life.hear()["endpoint"]
            length = self.chance.uniform(0.8, 2.5)
            life.until = monotonic() + length
            life.dies()
            making = Thread(target=self.timed.live, args=(endpoint, length, A_LIFE), daemon=True)
            making.start()
            self.ask(life)

    def ask(self, life: Life) -> None:
        """Have runs begin until it dies."""
        while True:
            if life.ask(do="running")["told"] < AT_ONCE:
                life.ask(do="start", name=next(self.names), thing=self.chance.choice(THINGS))
                self.begun += 1
            sleep(0.02)

    def judge(self) -> Counter[str]:
        """Nobody ever had what somebody else had; gives how many ended how."""
        had: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        found: Counter[str] = Counter()
        with Store.reading(self.folder / "home") as store:
            for stored in store.executions(machine="carry"):
                found[f"{stored.status} {stored.error or ''}".strip()] += 1
                # The first task that answers is the one that takes the lock.
                taken = next(
                    (event.at for event in store.journal(stored.arn) if isinstance(event, TaskSucceeded)), None
                )
                if taken is not None:
                    had[json.loads(stored.input)["thing"]].append((taken, stored.stopped or 0))
        for thing, spans in had.items():
            for (_, ended), (begun, _) in pairwise(sorted(spans)):
                assert ended <= begun, f"two had the {thing} at once"
        return found

    def judge_schedules(self) -> Counter[str]:
        with Store.reading(self.folder / "home") as store:
            return self.timed.judge(store.executions(machine=MACHINE))
