"""How deliveries reach their targets: none waits for another's slow one, what fails is tried again or kept."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from threading import Event as Flag
from threading import Lock
from typing import Any

import pytest

from handrail.local.doors import Answered, Asked
from handrail.local.eventbridge.deliveries import WORKERS
from tests.local.eventbridge.conftest import Days, World, apart, days, world

__all__ = ["apart", "days", "world"]

ACCOUNT = "123456789012"
LONG = 30.0
"""Seconds for whatever has to come."""


class Trouble:
    """A door of the laptop's AWS: so many messages for one queue are refused as by a service that is down."""

    def __init__(self, queue: str, times: int) -> None:
        self.queue = queue
        self.left = times

    def __call__(self, asked: Asked) -> Answered | None:
        if self.left <= 0 or (asked.service, asked.action) != ("sqs", "SendMessage"):
            return None
        if not asked.parameters["QueueUrl"].endswith(f"/{self.queue}"):
            return None
        self.left -= 1
        return asked.refuse("ServiceUnavailable", "Down for a moment.", 503)


@pytest.fixture
def down(world: World) -> Iterator[Callable[[str, int], Trouble]]:
    """What makes a queue fail so many times."""
    doors = world.laptop.aws.doors
    before = [*doors]

    def made(queue: str, times: int) -> Trouble:
        doors.insert(0, Trouble(queue, times))
        return doors[0]  # type: ignore[return-value]

    yield made
    doors[:] = before


@pytest.fixture
def function(world: World) -> Iterator[Callable[[str, Callable[[Any], object]], str]]:
    """What makes a function of this process, until the test is over; gives its ARN."""
    handlers: dict[str, Any] = world.laptop.functions.handlers  # type: ignore[assignment]
    before = dict(handlers)

    def made(name: str, does: Callable[[Any], object]) -> str:
        handlers[name] = lambda event, _context: does(event)
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"

    yield made
    handlers.clear()
    handlers.update(before)


def until(found: Callable[[], object]) -> None:
    """Wait for something that has to come."""
    end = time.monotonic() + LONG
    while not found():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def letters(world: World, name: str) -> list[tuple[Any, dict[str, str]]]:
    """What a dead-letter queue holds: bodies and attributes."""
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    told = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return [
        (json.loads(each["Body"]), {key: value["StringValue"] for key, value in each["MessageAttributes"].items()})
        for each in told.get("Messages", [])
    ]


def test_a_slow_target_delays_nobody_else(world: World, function: Callable[..., str]) -> None:
    """Events reach a queue while a function is still busy with the first of them."""
    go_on, entered = Flag(), Flag()

    def slow(_event: Any) -> None:
        entered.set()
        go_on.wait(LONG)

    world.rule("slow", {"source": ["slow"]}, {"Arn": function("slow", slow)}, {"Arn": world.queue("beside-slow")})
    url = world.client("sqs").get_queue_url(QueueName="beside-slow")["QueueUrl"]
    for number in range(3):
        world.put({"n": number}, source="slow")
    assert entered.wait(LONG)
    count = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    until(lambda: world.client("sqs").get_queue_attributes(**count)["Attributes"].popitem()[1] == "3")
    go_on.set()

    assert [each["detail"]["n"] for each in world.events("beside-slow")] == [0, 1, 2]


def test_what_one_target_gets_keeps_its_order(world: World, function: Callable[..., str]) -> None:
    """One after the other, whichever thread brings it."""
    heard: dict[str, list[int]] = {"one": [], "two": []}
    pairs = [{"Arn": function(name, lambda event, to=heard[name]: to.append(event["n"]))} for name in heard]
    world.rule("order", {"source": ["order"]}, *({**target, "InputPath": "$.detail"} for target in pairs))
    for number in range(40):
        world.put({"n": number}, source="order")
    world.laptop.events.drain()

    assert heard == {"one": [*range(40)], "two": [*range(40)]}


def test_not_more_are_under_way_than_there_are_workers(world: World, function: Callable[..., str]) -> None:
    """However many targets are slow, the others wait, and have their turn."""
    lock, full, under_way, most = Lock(), Flag(), [0], [0]

    def slow(_event: Any) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            if under_way[0] >= WORKERS:
                full.set()
        full.wait(LONG)
        with lock:
            under_way[0] -= 1

    world.rule("many", {"source": ["many"]}, *({"Arn": function(f"many-{n}", slow)} for n in range(WORKERS + 4)))
    world.put({}, source="many")
    world.laptop.events.drain()

    assert (most[0], under_way[0]) == (WORKERS, 0)


def test_a_schedule_tries_again_and_its_input_numbers_the_attempt(days: Days, down: Callable[..., Trouble]) -> None:
    """By the schedule's clock: nothing before its time, and only once when it has arrived."""
    days.world.schedule(
        days.at(seconds=5), days.world.queue("flaky"), input='{"attempt": <aws.scheduler.attempt-number>}'
    )
    trouble = down("flaky", 2)
    days.turn()
    days.turn(seconds=5)
    first = (trouble.left, days.world.texts("flaky"))
    days.turn(seconds=1)
    second = (trouble.left, days.world.texts("flaky"))
    days.turn(seconds=2)

    assert (first, second) == ((1, []), (0, []))
    assert days.world.events("flaky") == [{"attempt": 3}]
    days.turn(hours=1)
    assert days.world.texts("flaky") == []


@pytest.mark.parametrize(
    ("policy", "steps", "exhausted", "retries"),
    [
        pytest.param({"MaximumRetryAttempts": 2}, [1, 2], "MaximumRetryAttempts", "2", id="attempts"),
        pytest.param({"MaximumRetryAttempts": 0}, [], "MaximumRetryAttempts", "0", id="no retry"),
        pytest.param({"MaximumEventAgeInSeconds": 60}, [1, 2, 4, 8, 60], "MaximumEventAgeInSeconds", "5", id="age"),
    ],
)
def test_what_was_tried_often_enough_is_a_dead_letter(
    days: Days, down: Callable[..., Trouble], policy: dict[str, int], steps: list[int], exhausted: str, retries: str
) -> None:
    """Of a rule: the whole event, with the attributes that say why."""
    world = days.world
    world.rule(
        "tried",
        {"source": ["tried"]},
        {
            "Arn": world.queue("tried"),
            "InputPath": "$.detail",
            "RetryPolicy": policy,
            "DeadLetterConfig": {"Arn": world.queue("dead-of-tried")},
        },
    )
    down("tried", 99)
    days.put({"n": 1}, source="tried")
    for seconds in steps:
        assert letters(world, "dead-of-tried") == []
        days.turn(seconds=seconds)
    [(body, about)] = letters(world, "dead-of-tried")

    assert (body["source"], body["detail"]) == ("tried", {"n": 1})
    assert about == {
        "RULE_ARN": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/tried",
        "TARGET_ARN": f"arn:aws:sqs:us-east-1:{ACCOUNT}:tried",
        "ERROR_CODE": "INTERNAL_ERROR",
        "ERROR_MESSAGE": "Down for a moment.",
        "EXHAUSTED_RETRY_CONDITION": exhausted,
        "RETRY_ATTEMPTS": retries,
    }
    assert world.texts("dead-of-tried") == []


def test_a_target_that_is_not_there_is_not_tried_again(days: Days) -> None:
    """A schedule's dead letter has its input, and the code of the service that was asked."""
    world = days.world
    arn = days.world.schedule(
        days.at(seconds=5),
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:not-there",
        input='{"n": 1}',
        target={"DeadLetterConfig": {"Arn": world.queue("not-there-dead")}},
    )
    days.turn()
    days.turn(seconds=5)
    [(body, about)] = letters(world, "not-there-dead")

    assert (body, about["SCHEDULE_ARN"], about["RETRY_ATTEMPTS"]) == ({"n": 1}, arn, "0")
    assert about["ERROR_CODE"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert about["SCHEDULED_TIME"] == f"{days.time:%Y-%m-%dT%H:%M:%SZ}"
    assert "EXHAUSTED_RETRY_CONDITION" not in about


def test_a_function_that_fails_is_called_three_times_and_is_no_dead_letter(
    days: Days, function: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    """As Lambda does with what nobody waits for: after a minute, after two more, then no more."""
    calls = []

    def fails(_event: Any) -> None:
        calls.append(f"{days.time:%M:%S}")
        raise ValueError("not today")

    arn, queue = function("fails", fails), days.world.queue("fails-dead")
    days.world.schedule(days.at(seconds=30), arn, target={"DeadLetterConfig": {"Arn": queue}})
    days.turn()
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            days.turn(seconds=30)

    assert calls == ["02:00", "03:00", "05:00"]
    assert letters(days.world, "fails-dead") == []
    assert ["not today" in told for told in caplog.messages] == [True, True]


def test_the_next_process_goes_on_with_what_was_to_be_tried_again(days: Days, down: Callable[..., Trouble]) -> None:
    """Where it was: not before its time, and not from the beginning."""
    days.world.schedule(days.at(seconds=5), days.world.queue("kept-on"), input='"<aws.scheduler.attempt-number>"')
    trouble = down("kept-on", 3)
    days.turn()
    for seconds in (5, 1, 2):
        days.turn(seconds=seconds)
    following = days.again()
    following.turn()
    waiting = following.world.texts("kept-on")
    following.turn(seconds=4)
    delivered = following.world.texts("kept-on")
    last = following.again()
    last.turn(hours=1)

    assert (trouble.left, waiting, delivered) == (0, [], ['"4"'])
    assert last.world.texts("kept-on") == []


def test_a_schedule_is_deleted_when_its_last_delivery_is_over(days: Days, down: Callable[..., Trouble]) -> None:
    """Not while it is still tried again."""
    days.world.schedule(days.at(seconds=5), days.world.queue("last"), ActionAfterCompletion="DELETE")
    down("last", 1)
    days.turn()
    days.turn(seconds=5)
    trying = days.names()
    days.turn(seconds=1)
    days.turn()

    assert (trying, days.names()) == (["once"], [])
    assert len(days.world.texts("last")) == 1


def test_dead_letters_that_cannot_be_kept_are_told(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    """With both reasons."""
    nowhere = f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere"
    days.world.schedule(days.at(seconds=5), nowhere, target={"DeadLetterConfig": {"Arn": f"{nowhere}-dead"}})
    days.turn()
    with caplog.at_level(logging.WARNING):
        days.turn(seconds=5)
    [told] = caplog.messages

    assert f"could not reach {nowhere} (AWS.SimpleQueueService.NonExistentQueue" in told
    assert "nor its dead-letter queue" in told
