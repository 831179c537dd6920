"""A laptop that is open for a module, its clients, and a queue in which events are found."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.catalogue import load
from handrail.local.eventbridge import EventBridge, Timetable
from handrail.local.eventbridge.told import event
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.catalogue.conftest import apart
from tests.cli.conftest import KNOCK, written

__all__ = ["apart"]


class World:
    """A laptop, and what a test asks of its AWS."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = self.laptop.aws.client(service)
        return self.made[service]

    def queue(self, name: str) -> str:
        """The ARN of a new queue."""
        self.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def texts(self, name: str) -> list[str]:
        """What a queue holds, once all that was sent has been delivered; it is taken out."""
        self.laptop.events.drain()
        sqs = self.client("sqs")
        url, found = sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def events(self, name: str) -> list[Any]:
        return [json.loads(text) for text in self.texts(name)]

    def rule(self, name: str, pattern: object, *targets: dict[str, Any], bus: str = "default") -> None:
        """A rule with targets; their ids are their numbers."""
        events = self.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        events.put_targets(Rule=name, EventBusName=bus, Targets=numbered)

    def schedule(self, expression: str, arn: str, *, input: str | None = None, target: Any = None, **more: Any) -> str:
        """Make a schedule; gives its ARN. `target` is more of its target."""
        given = {} if input is None else {"Input": input}
        asked: dict[str, Any] = {"Name": "once", "FlexibleTimeWindow": {"Mode": "OFF"}, **more}
        made = self.client("scheduler").create_schedule(
            ScheduleExpression=expression,
            Target={"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/scheduler", **given, **(target or {})},
            **asked,
        )
        return str(made["ScheduleArn"])

    def put(self, detail: object, source: str = "test", **more: Any) -> dict[str, Any]:
        """Send an event as anybody does; the answer's only entry."""
        entry = {"Source": source, "DetailType": "Said", "Detail": json.dumps(detail), **more}
        told = self.client("events").put_events(Entries=[entry])
        [answer] = told["Entries"]
        assert told["FailedEntryCount"] == ("ErrorCode" in answer)
        return dict(answer)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("events")
    with Laptop.open(load(written(folder / "project", KNOCK)), folder / "home") as laptop:
        Server(laptop, port=0)
        laptop.resume()
        yield World(laptop)


class Days:
    """A clock that is a day ahead of moto's, so that a schedule is older than whatever it does; and its timetable."""

    def __init__(self, world: World, home: Path) -> None:
        self.world = world
        start = datetime.fromtimestamp(time.time(), UTC) + timedelta(days=1)
        # Nothing of every minute or every hour is due at the first look.
        self.time = start.replace(hour=12, minute=1, second=30, microsecond=0)
        moto, reached = (lambda: world.laptop.aws.moto), world.laptop.events.world
        self.bus = EventBridge(moto, reached, lambda: self.time.timestamp(), home)
        self.home = home
        self.timetable = Timetable(self.bus, home)

    def turn(self, **passed: float) -> timedelta:
        """Let time pass, look once, and see to it that everything has been delivered; when to look again."""
        self.time += timedelta(**passed)
        rest = self.timetable.turn()
        self.bus.drain()
        return rest

    def again(self) -> "Days":
        """The next process, on the same folder."""
        self.bus.close()
        following = Days(self.world, self.home)
        following.time = self.time
        following.bus.deliveries.take_up()
        return following

    def at(self, **later: float) -> str:
        return f"at({self.time + timedelta(**later):%Y-%m-%dT%H:%M:%S})"

    def cron(self, times: str) -> str:
        """At these minutes and hours of this clock's day, so that the laptop's own clock never comes by."""
        return f"cron({times} {self.time.day} {self.time.month} ? {self.time.year})"

    def names(self) -> list[str]:
        return [each["Name"] for each in self.world.client("scheduler").list_schedules()["Schedules"]]

    def put(self, detail: object, source: str) -> None:
        """Send an event at this clock's time, and see to it that it has been delivered."""
        place = {"account": "123456789012", "region": "us-east-1"}
        self.bus.put(event(source, "Said", self.time.timestamp(), detail, **place))
        self.bus.drain()


@pytest.fixture
def days(world: World, tmp_path: Path) -> Iterator[Days]:
    days = Days(world, tmp_path)
    yield days
    days.bus.close()
    scheduler, events = world.client("scheduler"), world.client("events")
    for each in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=each["Name"], GroupName=each["GroupName"])
    for rule in events.list_rules()["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        events.remove_targets(Rule=rule["Name"], Ids=[each["Id"] for each in targets])
        events.delete_rule(Name=rule["Name"])
