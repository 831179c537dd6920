"""What people made of rules and schedules is there in the next process, and works before anybody asks for it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handrail.catalogue import Catalogue, load
from handrail.local.eventbridge.outbox import Outbox
from handrail.local.eventbridge.targets import Delivery
from handrail.local.eventbridge.timed import schedules
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.catalogue.conftest import apart
from tests.cli.conftest import KNOCK, written
from tests.local.eventbridge.conftest import World

__all__ = ["apart"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return load(written(tmp_path / "project", KNOCK))


def test_a_rule_hears_of_the_next_process_s_executions(catalogue: Catalogue, tmp_path: Path) -> None:
    """Though nobody has asked for anything of AWS there yet."""
    with Laptop.open(catalogue, tmp_path / "home") as first:
        first.prepare()
        world = World(first)
        world.rule("ends", {"detail": {"status": ["SUCCEEDED"]}}, {"Arn": world.queue("ends")})
    with Laptop.open(catalogue, tmp_path / "home") as second:
        arn = second.start("knock", json.dumps({"how": "talk"}))
        assert second.wait(arn, 30)
        [event] = World(second).events("ends")

    assert event["detail"]["executionArn"] == arn


def test_a_server_goes_on_with_the_schedules_and_a_single_run_does_not(catalogue: Catalogue, tmp_path: Path) -> None:
    """Whoever runs one machine does not expect others to begin."""
    home = tmp_path / "home"
    with Laptop.open(catalogue, home) as first:
        first.prepare()
        world = World(first)
        made = world.client("scheduler").create_schedule(
            Name="daily",
            ScheduleExpression="cron(0 7 * * ? *)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": world.queue("daily"), "RoleArn": "arn:aws:iam::123456789012:role/scheduler"},
        )
        single = first.timetable.thread
    with Laptop.open(catalogue, home) as second:
        Server(second, port=0)
        second.resume()
        served = second.timetable.thread
        second.timetable.turn()
        found = [one.arn for one in schedules()]

    assert (single, served is not None, found) == (None, True, [made["ScheduleArn"]])


def test_a_server_delivers_what_a_killed_one_had_written_down(catalogue: Catalogue, tmp_path: Path) -> None:
    """Once, though it is there twice: the execution has the delivery's name."""
    home, arn = tmp_path / "home", "arn:aws:states:us-east-1:123456789012:stateMachine:target"
    with Laptop.open(catalogue, home) as first:
        first.prepare()
        world = World(first)
        world.client("stepfunctions").create_state_machine(
            name="target",
            definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
            roleArn="arn:aws:iam::123456789012:role/target",
        )
        world.rule("any", {"source": ["any"]}, {"Arn": arn})
        written = Delivery({"Arn": arn}, "{}", "known", "123456789012", "us-east-1", "rule", first.clock.now())
        first.events.deliveries.take([written])
        first.events.drain()
        first.events.deliveries.outbox.keep([written, replace(written, id="unknown")])
    with Laptop.open(catalogue, home) as second:
        Server(second, port=0)
        second.resume()
        second.events.drain()
        begun = World(second).client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]

    assert sorted(each["name"] for each in begun) == ["known", "unknown"]
    assert [*Outbox(home).left()] == []


def test_an_update_is_what_the_next_process_has(catalogue: Catalogue, tmp_path: Path) -> None:
    """Also what moto itself leaves as it was."""
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    asked: Any = {
        "Name": "daily",
        "ScheduleExpression": "cron(0 7 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"},
    }
    with Laptop.open(catalogue, tmp_path / "home") as first:
        first.prepare()
        scheduler = World(first).client("scheduler")
        scheduler.create_schedule(**asked)
        scheduler.update_schedule(**asked, ActionAfterCompletion="DELETE")
        before = scheduler.get_schedule(Name="daily")
    with Laptop.open(catalogue, tmp_path / "home") as second:
        second.prepare()
        after = World(second).client("scheduler").get_schedule(Name="daily")

    assert after["ActionAfterCompletion"] == "DELETE"
    assert {**after, "ResponseMetadata": {}} == {**before, "ResponseMetadata": {}}
