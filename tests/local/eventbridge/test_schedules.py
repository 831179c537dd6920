"""What a schedule's settings mean: windows, days, groups, time zones; and which of them are refused."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.eventbridge.conftest import Days, World, apart, days, world

__all__ = ["apart", "days", "world"]

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
TARGET = {"Arn": QUEUE, "RoleArn": "arn:aws:iam::123456789012:role/scheduler"}
OFF = {"Mode": "OFF"}
HALF_AN_HOUR = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30}


@pytest.mark.parametrize(
    ("window", "late", "fired", "missed"),
    [
        pytest.param(OFF, timedelta(seconds=50), True, False, id="within the minute"),
        pytest.param(OFF, timedelta(minutes=20), False, True, id="after its minute"),
        pytest.param(HALF_AN_HOUR, timedelta(), True, False, id="the window begins"),
        pytest.param(HALF_AN_HOUR, timedelta(minutes=20), True, False, id="within the window"),
        pytest.param(HALF_AN_HOUR, timedelta(minutes=45), False, True, id="after the window"),
    ],
)
def test_fires_as_soon_as_it_may_and_no_later_than_its_window(
    days: Days, caplog: pytest.LogCaptureFixture, window: dict[str, Any], late: timedelta, fired: bool, missed: bool
) -> None:
    """A machine that was asleep at the time of a schedule may still be in its window; what it is told is that time."""
    at = days.time + timedelta(seconds=10)
    text = '"<aws.scheduler.scheduled-time>"'
    days.world.schedule(days.at(seconds=10), days.world.queue("window"), input=text, FlexibleTimeWindow=window)
    days.turn()
    with caplog.at_level(logging.WARNING):
        days.turn(seconds=10 + late.total_seconds())

    assert days.world.events("window") == ([f"{at:%Y-%m-%dT%H:%M:%SZ}"] if fired else [])
    assert ("missed 1 times" in " ".join(caplog.messages)) is missed


def test_one_that_nobody_has_looked_at_yet_is_not_forgotten(days: Days) -> None:
    """It was made just before its process was killed: the next one looks at it for the first time after its time."""
    days.world.schedule(days.at(seconds=5), days.world.queue("unseen"))
    days.turn(seconds=30)

    assert len(days.world.texts("unseen")) == 1


def test_first_and_last_day_mean_nothing_to_one_that_fires_once(days: Days) -> None:
    """AWS ignores them for one-time schedules."""
    day = timedelta(days=1)
    dates: dict[str, Any] = {"StartDate": days.time + day, "EndDate": days.time + 2 * day}
    days.world.schedule(days.at(seconds=5), days.world.queue("dated"), **dates)
    days.turn()
    days.turn(seconds=5)

    assert len(days.world.texts("dated")) == 1


def test_an_update_without_a_state_enables(days: Days) -> None:
    """Whatever it was before."""
    expression, queue = days.at(seconds=5), days.world.queue("updated")
    days.world.schedule(expression, queue, State="DISABLED")
    scheduler = days.world.client("scheduler")
    scheduler.update_schedule(
        Name="once", ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target={**TARGET, "Arn": queue}
    )
    days.turn()
    days.turn(seconds=5)

    assert scheduler.get_schedule(Name="once")["State"] == "ENABLED"
    assert len(days.world.texts("updated")) == 1


SAID: dict[str, Any] = {
    "Description": "what it is for",
    "ScheduleExpressionTimezone": "Asia/Tokyo",
    "State": "DISABLED",
    "ActionAfterCompletion": "DELETE",
    "StartDate": datetime(2040, 1, 1, tzinfo=UTC),
    "EndDate": datetime(2041, 1, 1, tzinfo=UTC),
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    "FlexibleTimeWindow": HALF_AN_HOUR,
}
DEFAULT: dict[str, Any] = {
    **dict.fromkeys(SAID),
    "ScheduleExpressionTimezone": "UTC",
    "State": "ENABLED",
    "ActionAfterCompletion": "NONE",
    "FlexibleTimeWindow": OFF,
}
FULL = {
    **TARGET,
    "Input": "{}",
    "DeadLetterConfig": {"Arn": QUEUE},
    "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1},
}
PLAIN = {**TARGET, "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((SAID, FULL), ({}, TARGET), id="what is left out goes back"),
        pytest.param(({}, TARGET), (SAID, FULL), id="what is said is so"),
        pytest.param((SAID, FULL), ({"State": None, "ActionAfterCompletion": "NONE"}, TARGET), id="one is said"),
    ],
)
def test_an_update_replaces_the_whole_schedule(days: Days, before: Any, after: Any) -> None:
    """What an update does not say is as if it had never been said; only who it is and since when stays."""
    days.world.schedule("rate(1 day)", QUEUE, target=before[1], **before[0])
    scheduler = days.world.client("scheduler")
    made = scheduler.get_schedule(Name="once")
    settings, target = after
    said = {name: value for name, value in settings.items() if value is not None}
    asked: dict[str, Any] = {"FlexibleTimeWindow": OFF, **said}
    scheduler.update_schedule(Name="once", ScheduleExpression="rate(2 days)", Target=target, **asked)
    found = scheduler.get_schedule(Name="once")

    assert {name: found.get(name) for name in SAID} == {**DEFAULT, **said}
    assert found["Target"] == {**PLAIN, **target}
    assert found["ScheduleExpression"] == "rate(2 days)"
    assert (found["Arn"], found["CreationDate"]) == (made["Arn"], made["CreationDate"])


@pytest.mark.parametrize(("before", "after"), [("NONE", "DELETE"), ("DELETE", "NONE"), ("DELETE", None)])
def test_an_update_says_what_comes_after_the_last_firing(days: Days, before: str, after: str | None) -> None:
    """It is deleted if the last word was so, and stays otherwise."""
    expression, queue = days.at(seconds=5), days.world.queue("last")
    days.world.schedule(expression, queue, ActionAfterCompletion=before)
    said: dict[str, Any] = {} if after is None else {"ActionAfterCompletion": after}
    days.world.client("scheduler").update_schedule(
        Name="once", ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target={**TARGET, "Arn": queue}, **said
    )
    days.turn()
    days.turn(seconds=5)
    days.turn()

    assert len(days.world.texts("last")) == 1
    assert days.names() == ([] if after == "DELETE" else ["once"])


def test_half_a_retry_policy_is_completed(days: Days) -> None:
    """As AWS shows it."""
    days.world.schedule("rate(1 day)", QUEUE, target={"RetryPolicy": {"MaximumRetryAttempts": 3}})
    found = days.world.client("scheduler").get_schedule(Name="once")

    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 3}
    assert found["ActionAfterCompletion"] == "NONE"


def test_a_group_s_schedules_are_its_own_and_go_with_it(days: Days) -> None:
    """The same name may be in two groups; a deleted group fires nothing."""
    scheduler, queue = days.world.client("scheduler"), days.world.queue("grouped")
    for group in ("kept", "gone"):
        scheduler.create_schedule_group(Name=group)
        text = '"<aws.scheduler.schedule-arn>"'
        days.world.schedule(days.at(seconds=5), queue, GroupName=group, input=text, ActionAfterCompletion="DELETE")
    days.turn()
    scheduler.delete_schedule_group(Name="gone")
    days.turn(seconds=5)
    days.turn()

    assert days.world.events("grouped") == ["arn:aws:scheduler:us-east-1:123456789012:schedule/kept/once"]
    assert days.names() == []
    scheduler.delete_schedule_group(Name="kept")


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        pytest.param("2027-03-27T12:00", ["2027-03-29T00:30"], id="02:30 is skipped in spring"),
        pytest.param("2027-10-30T12:00", ["2027-10-31T00:30", "2027-11-01T01:30"], id="02:30 comes twice in autumn"),
        pytest.param("2027-07-01T12:00", ["2027-07-02T00:30", "2027-07-03T00:30"], id="in summer"),
    ],
)
def test_a_time_zone_s_clocks_are_put_forward_and_back(days: Days, begin: str, expected: list[str]) -> None:
    """A time that is skipped fires not at all, one that comes twice fires once."""
    days.time = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    text, queue = '"<aws.scheduler.scheduled-time>"', days.world.queue("zoned")
    days.world.schedule("cron(30 2 * * ? *)", queue, input=text, ScheduleExpressionTimezone="Europe/Berlin")
    days.turn()
    days.world.texts("zoned")
    for _ in range(4 * 42):
        days.turn(minutes=15)

    assert days.world.events("zoned") == [f"{at}:00Z" for at in expected]


def test_a_scheduled_rule_s_target_may_have_a_text_of_its_own(days: Days) -> None:
    """Made from parts of the event, as any rule's."""
    events = days.world.client("events")
    events.put_rule(Name="hourly", ScheduleExpression=days.cron("0 *"))
    made = {"InputPathsMap": {"at": "$.time"}, "InputTemplate": '{"told": "<aws.events.rule-name> at <at>"}'}
    target = {"Id": "0", "Arn": days.world.queue("made"), "InputTransformer": made}
    events.put_targets(Rule="hourly", Targets=[target])
    days.turn()
    days.turn(minutes=58, seconds=30)

    assert days.world.events("made") == [{"told": f"hourly at {days.time:%Y-%m-%dT%H:%M:%SZ}"}]


def asked(**more: Any) -> dict[str, Any]:
    return {"Name": "bad", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": OFF, "Target": TARGET, **more}


def retried(**policy: int) -> dict[str, Any]:
    return {**TARGET, "RetryPolicy": policy}


def targets(**more: Any) -> dict[str, Any]:
    return {"Rule": "any", "Targets": [{"Id": "1", "Arn": QUEUE, **more}]}


@pytest.mark.parametrize(
    ("operation", "given", "code", "told"),
    [
        pytest.param(
            "create_schedule",
            asked(GroupName="none"),
            "ResourceNotFoundException",
            "Schedule group none does not exist.",
            id="a schedule in no group",
        ),
        pytest.param(
            "delete_schedule_group",
            {"Name": "none"},
            "ResourceNotFoundException",
            "Schedule group none does not exist.",
            id="no group",
        ),
        pytest.param("delete_schedule_group", {"Name": "default"}, "ValidationException", "default", id="the group"),
        pytest.param("create_schedule_group", {"Name": "default"}, "ConflictException", "already", id="a group again"),
        pytest.param(
            "create_schedule",
            asked(FlexibleTimeWindow={"Mode": "FLEXIBLE"}),
            "ValidationException",
            "MaximumWindowInMinutes",
            id="a window without a length",
        ),
        pytest.param(
            "create_schedule",
            asked(FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}),
            "ValidationException",
            "Value '1441' at 'flexibleTimeWindow.maximumWindowInMinutes'",
            id="a window of more than a day",
        ),
        pytest.param(
            "create_schedule",
            asked(StartDate=2_000_000_000, EndDate=1_900_000_000),
            "ValidationException",
            "EndDate",
            id="an end before its beginning",
        ),
        pytest.param(
            "create_schedule",
            asked(Target=retried(MaximumRetryAttempts=186)),
            "ValidationException",
            "Value '186' at 'target.retryPolicy.maximumRetryAttempts'",
            id="a schedule's retries",
        ),
        pytest.param(
            "put_targets",
            targets(RetryPolicy={"MaximumEventAgeInSeconds": 86_401}),
            "ValidationException",
            "Value '86401' at 'targets.1.member.retryPolicy.maximumEventAgeInSeconds'",
            id="a rule's retries",
        ),
        pytest.param(
            "put_targets",
            targets(Input="{}", InputPath="$.detail"),
            "ValidationException",
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
            id="two inputs",
        ),
        pytest.param("put_targets", targets(Input="{"), "ValidationException", "JSON syntax error", id="no JSON"),
    ],
)
def test_refuses_what_aws_refuses(world: World, operation: str, given: dict[str, Any], code: str, told: str) -> None:
    """With AWS's code; nothing is made, and nothing that was there goes."""
    events, scheduler = world.client("events"), world.client("scheduler")
    events.put_rule(Name="any", EventPattern=json.dumps({"source": ["any"]}))
    client = events if operation == "put_targets" else scheduler
    with pytest.raises(client.exceptions.ClientError) as refused:
        getattr(client, operation)(**given)

    assert refused.value.response["Error"]["Code"] == code
    assert told in refused.value.response["Error"]["Message"]
    assert [each["Name"] for each in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default"]
    assert scheduler.list_schedules()["Schedules"] == events.list_targets_by_rule(Rule="any")["Targets"] == []
