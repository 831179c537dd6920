"""Schedules of EventBridge in a laptop that is killed again and again: who makes them, and what they must have begun.

They are made with boto3, through the port of whichever process lives; what is asked for while it dies may have been
taken, or not.
"""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from random import Random
from time import sleep, time
from typing import Any

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from handrail.local.aws import connect
from handrail.local.environment import REGION, reaching
from handrail.local.store import Stored

MACHINE = "begun"
ARN = f"arn:aws:states:{REGION}:123456789012:stateMachine:{MACHINE}"
ROLE = "arn:aws:iam::123456789012:role/scheduler"
DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}

FIRST = 5.0
"""Seconds from the beginning to the first whole minute, at which a rate of one minute is due."""


@dataclass
class Timed:
    """One-time schedules and a rule that fires each minute; `ahead` is how much later it is there, in seconds."""

    chance: Random
    ahead: float = field(default_factory=lambda: 60 - FIRST - time() % 60)
    asked: dict[str, float] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    ruled: float | None = None
    until: float = 0.0
    alive: list[tuple[float, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return time() + self.ahead

    def live(self, endpoint: str, seconds: float, wanted: int) -> None:
        """Make the rule, if it is not there, and so many schedules, while somebody lives: for so long from now on."""
        self.alive.append((self.now, self.now + seconds))
        with suppress(EndpointConnectionError, HTTPClientError):
            if self.ruled is None:
                self.rule(endpoint)
            for _ in range(wanted):
                self.schedule(endpoint)
                sleep(self.chance.uniform(0, 0.2))

    def rule(self, endpoint: str) -> None:
        client("stepfunctions", endpoint).create_state_machine(
            name=MACHINE, definition=json.dumps(DEFINITION), roleArn=ROLE
        )
        events = client("events", endpoint)
        events.put_rule(Name="each-minute", ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule="each-minute", Targets=[{"Id": "1", "Arn": ARN, "RoleArn": ROLE}])
        self.ruled = self.now

    def schedule(self, endpoint: str) -> None:
        """One that is due in a moment: before its process is killed, while nobody lives, or after that."""
        name, due = f"schedule-{len(self.asked)}", ceil(self.now + self.chance.uniform(0.2, 2.5))
        flexible = self.chance.random() < 0.3
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5} if flexible else {"Mode": "OFF"}
        after = self.chance.choice(("DELETE", "NONE"))
        self.asked[name] = due
        client("scheduler", endpoint).create_schedule(
            Name=name,
            ScheduleExpression=f"at({datetime.fromtimestamp(due, UTC):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow=window,
            ActionAfterCompletion=after,
            Target={"Arn": ARN, "RoleArn": ROLE, "Input": json.dumps({"name": name})},
        )
        self.made.add(name)
        if after == "DELETE":
            self.deleted.add(name)

    def settled(self, endpoint: str, inputs: Sequence[str]) -> bool:
        """Whether all has come that must, by the inputs of what was begun, and what was to be deleted is."""
        pages = client("scheduler", endpoint).get_paginator("list_schedules").paginate()
        left = {each["Name"] for page in pages for each in page["Schedules"]}
        begun = {named(input) for input in inputs}
        self.until = self.now
        return {*self.made, *self.minutes} <= begun and not left & self.deleted

    @property
    def minutes(self) -> Sequence[int]:
        """The whole minutes from when the rule was there until it was last looked whether all has come."""
        return range(ceil((self.ruled or self.until) / 60) * 60, int(self.until) + 1, 60)

    def judge(self, executions: Sequence[Stored]) -> Counter[str]:
        """Each schedule has begun its execution once and not too early; gives how many were due when nobody lived."""
        begun = [(named(each.input), each) for each in executions if each.machine == MACHINE]
        times = Counter(name for name, _ in begun)
        assert [name for name in (*self.made, *self.minutes) if name not in times] == [], "lost"
        assert [name for name, count in times.items() if count > 1] == [], "doubled"
        early = [name for name, each in begun if each.started + self.ahead < self.asked.get(str(name), 0)]
        assert early == [], "begun before their time"
        dead = [name for name in self.made if not any(up <= self.asked[name] <= down for up, down in self.alive)]
        return Counter({"schedules": len(self.made), "minutes": len(self.minutes), "due when nobody lived": len(dead)})


def named(input: str) -> str | int:
    """What an execution was begun by: a schedule, by its name, or the rule, by the minute."""
    read = json.loads(input)
    return str(read["name"]) if "name" in read else int(datetime.fromisoformat(read["time"]).timestamp())


@lru_cache(maxsize=4)
def client(service: str, endpoint: str) -> Any:
    """A client that asks once."""
    return connect(service, reaching(endpoint, REGION), retries={"total_max_attempts": 1})
