"""Schedules and scheduled rules fire by our clock, once, and go on after a restart."""

import json
import logging
import time
from datetime import timedelta

import pytest

from handrail.local.eventbridge.timed import scheduled_rules
from tests.local.eventbridge.conftest import Days, World, apart, days, world

__all__ = ["apart", "days", "world"]


def test_a_schedule_fires_at_its_time_and_goes_where_it_wished_to(days: Days) -> None:
    """The input's names are filled in; with ActionAfterCompletion DELETE nothing is left of it."""
    text = '{"at": "<aws.scheduler.scheduled-time>", "of": "<aws.scheduler.schedule-arn>"}'
    arn = days.world.schedule(
        days.at(seconds=20), days.world.queue("timed"), input=text, ActionAfterCompletion="DELETE"
    )
    rest = days.turn()
    before = days.world.texts("timed")
    days.turn(seconds=20)
    [fired] = days.world.events("timed")
    days.turn(seconds=20)

    assert rest == timedelta(seconds=20)
    assert before == []
    assert fired == {"at": f"{days.time - timedelta(seconds=20):%Y-%m-%dT%H:%M:%SZ}", "of": arn}
    assert days.world.texts("timed") == []
    assert days.world.client("scheduler").list_schedules()["Schedules"] == []


def test_a_schedule_without_an_input_sends_an_event(days: Days) -> None:
    arn = days.world.schedule(days.cron("0 *"), days.world.queue("default"))
    days.turn()
    days.turn(minutes=58)
    days.turn(seconds=30)
    [event] = days.world.events("default")

    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.scheduler", "Scheduled Event", [arn])
    assert event["time"] == f"{days.time:%Y-%m-%dT%H:%M:%SZ}"


def test_a_schedule_calls_any_action(days: Days) -> None:
    """A universal target is a service, an action and its parameters."""
    queue = days.world.queue("universal")
    url = days.world.client("sqs").get_queue_url(QueueName="universal")["QueueUrl"]
    asked = json.dumps({"QueueUrl": url, "MessageBody": "called"})
    days.world.schedule(days.at(seconds=5), "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", input=asked)
    days.turn()
    days.turn(seconds=5)

    assert days.world.texts("universal") == ["called"]
    assert queue.endswith("universal")


def test_a_disabled_schedule_waits(days: Days) -> None:
    days.world.schedule(days.at(seconds=5), days.world.queue("disabled"), State="DISABLED")
    days.turn()
    days.turn(seconds=5)

    assert days.world.texts("disabled") == []


def test_a_rate_counts_from_its_start_and_ends_with_its_end(days: Days) -> None:
    """The first firing is the start itself."""
    begin, end = days.time + timedelta(minutes=1), days.time + timedelta(minutes=12)
    days.world.schedule("rate(5 minutes)", days.world.queue("rated"), input="{}", StartDate=begin, EndDate=end)
    days.turn()
    fired = []
    for _ in range(20):
        days.turn(minutes=1)
        fired += [f"{days.time:%M}"] * len(days.world.texts("rated"))

    assert fired == ["02", "07", "12"]


def test_a_scheduled_rule_fires(days: Days) -> None:
    """Its targets, and no other rule's, have a Scheduled Event."""
    days.world.client("events").put_rule(Name="hourly", ScheduleExpression=days.cron("0 *"))
    queue = days.world.queue("hourly")
    days.world.client("events").put_targets(Rule="hourly", Targets=[{"Id": "0", "Arn": queue}])
    days.turn()
    days.turn(minutes=58, seconds=30)
    [event] = days.world.events("hourly")

    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == [one.arn for one in scheduled_rules()]


def test_a_restart_fires_nothing_twice_and_tells_what_was_missed(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    """The next process goes on where the one before it looked last."""
    days.world.schedule(days.cron("* *"), days.world.queue("kept"), input="{}")
    days.turn()
    days.world.texts("kept")
    days.turn(minutes=1)
    first = days.world.texts("kept")
    following = days.again()
    following.turn(seconds=10)
    again = days.world.texts("kept")
    later = following.again()
    with caplog.at_level(logging.WARNING):
        later.turn(minutes=10)

    assert (first, again) == (["{}"], [])
    assert days.world.texts("kept") == ["{}"]
    assert "missed 9 times" in " ".join(caplog.messages)


def test_is_awake_as_soon_as_something_is_scheduled(world: World) -> None:
    """A change on the wire wakes the laptop's own timetable, whose thread ends with it."""
    world.schedule("rate(1 day)", world.queue("awake"), input="{}")
    seconds = 0.0
    while not (found := world.texts("awake")) and seconds < 20:
        time.sleep(0.02)
        seconds += 0.02

    assert found == ["{}"]
