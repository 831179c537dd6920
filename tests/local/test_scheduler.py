"""The local scheduler: what is due, what was missed, that a firing happens once; on a clock that nobody waits for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.local.scheduler import MOST, PRECISION, Diary, Due, Firing, Missed, Rest, Scheduler, due, upcoming
from handrail.schedule import Schedule

DAILY = Schedule("cron(0 7 * * ? *)", "Asia/Tokyo")
OFTEN = Schedule("rate(5 minutes)")
ONCE = Schedule("at(2026-02-01T00:00:00)")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def told(found: Due) -> list[str]:
    """One line each: what fires, then what was missed."""
    fired = [f"{firing.runbook} {firing.at:%m-%d %H:%M}" for firing in found.firings]
    missed = [
        f"missed {each.runbook} {each.count}: {each.first:%m-%d %H:%M} to {each.last:%m-%d %H:%M}"
        for each in found.missed
    ]
    return fired + missed


@pytest.mark.parametrize(
    ("schedules", "last", "now", "expected"),
    [
        pytest.param({"a": DAILY}, {"a": "01-30T21:59:30"}, "01-30T22:00:00", ["a 01-30 22:00"], id="to the second"),
        pytest.param({"a": DAILY}, {"a": "01-30T21:00:00"}, "01-30T21:59:59", [], id="not before its time"),
        pytest.param({"a": DAILY}, {"a": "01-30T22:00:00"}, "01-30T22:00:30", [], id="not twice"),
        pytest.param({"a": DAILY}, {}, "01-30T22:00:59", ["a 01-30 22:00"], id="begun within the minute"),
        pytest.param({"a": DAILY}, {}, "01-30T22:01:00", [], id="begun after the minute: nobody knows of it"),
        pytest.param(
            {"a": DAILY},
            {"a": "01-28T12:00:00"},
            "01-30T22:01:00",
            ["missed a 3: 01-28 22:00 to 01-30 22:00"],
            id="off for three days",
        ),
        pytest.param(
            {"a": DAILY},
            {"a": "01-28T12:00:00"},
            "01-30T22:00:10",
            ["a 01-30 22:00", "missed a 2: 01-28 22:00 to 01-29 22:00"],
            id="on again in time for the third",
        ),
        pytest.param(
            {"b": OFTEN, "a": ONCE},
            {"a": "01-31T23:59:00", "b": "01-31T23:59:00"},
            "02-01T00:00:01",
            ["a 02-01 00:00", "b 02-01 00:00"],
            id="several at one time",
        ),
        pytest.param(
            {"b": OFTEN},
            {"b": "01-01T00:00:00"},
            "01-31T00:00:30",
            ["b 01-31 00:00", f"missed b {MOST}: 01-01 00:05 to 01-04 11:20"],
            id="more than are counted",
        ),
        pytest.param({"a": DAILY}, {"a": "03-01T00:00:00"}, "01-30T22:00:00", [], id="the clock was set back"),
        pytest.param({"a": ONCE}, {"a": "02-01T00:00:00"}, "02-05T00:00:00", [], id="once is once"),
        pytest.param({}, {}, "01-30T22:00:00", [], id="none"),
    ],
)
def test_what_is_due(schedules: Mapping[str, Schedule], last: Mapping[str, str], now: str, expected: list[str]) -> None:
    """Each firing whose minute is running, and each that nobody looked at in its minute."""
    assert told(due(schedules, {name: at(text) for name, text in last.items()}, at(now))) == expected


@given(
    looks=st.lists(st.integers(1, 400), min_size=1, max_size=40),
    schedule=st.sampled_from([OFTEN, Schedule("rate(1 minute)"), Schedule("cron(0/7 * * * ? *)", "Europe/Berlin")]),
)
def test_nothing_is_lost_and_nothing_happens_twice(looks: list[int], schedule: Schedule) -> None:
    """However often somebody looks, every firing is either fired or told as missed, once."""
    now = begin = at("03-29T00:00:00")
    last = {"a": begin}
    seen = 0
    for seconds in looks:
        now += timedelta(seconds=seconds)
        found = due({"a": schedule}, last, now)
        assert all(timedelta(0) <= now - firing.at < PRECISION for firing in found.firings)
        seen += len(found.firings) + sum(missed.count for missed in found.missed)
        last = {"a": now}

    expected = 0
    for firing in schedule.firings(begin):
        if firing > now:
            break
        expected += 1
    assert seen == expected


def test_a_firings_name_tells_what_and_when() -> None:
    """The same for whoever makes it, in UTC since a local clock shows some times twice, and short enough for AWS."""
    assert Firing("drift-check", at("01-30T22:00:00")).name == "drift-check-20260130-220000Z"
    assert len(Firing("a" * 71, at("01-30T22:00:00")).name) <= 80


def test_the_next_to_come_is_first() -> None:
    """Those that never fire any more are left out."""
    found = upcoming({"daily": DAILY, "often": OFTEN, "once": ONCE}, at("02-01T00:00:00"))

    assert [(firing.runbook, f"{firing.at:%H:%M}") for firing in found] == [("often", "00:05"), ("daily", "22:00")]


# ---------------------------------------------------------------------- the loop


@dataclass
class Time:
    """A clock that goes on by itself while the scheduler rests, and can be made to jump."""

    now: datetime
    until: datetime
    jumps: Iterator[timedelta] = field(default_factory=lambda: iter(()))
    naps: list[timedelta] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def rest(self, length: timedelta) -> bool:
        self.naps.append(length)
        self.now += max(length, timedelta(milliseconds=1)) + next(self.jumps, timedelta(0))
        return self.now < self.until


@dataclass
class Book:
    """Writes down what the scheduler does."""

    lines: list[str] = field(default_factory=list)

    def fire(self, firing: Firing) -> None:
        self.lines.append(firing.name)

    def tell(self, missed: Missed) -> None:
        self.lines.append(f"missed {missed.runbook} {missed.count}")


def followed(folder: Path, time: Time, schedules: Mapping[str, Schedule]) -> list[str]:
    book = Book()
    Scheduler(schedules, Diary(folder / "schedules.json"), time, book.fire, book.tell).run(time.rest)
    return book.lines


def test_a_day_of_schedules(tmp_path: Path) -> None:
    """Each at its time, in order, without a look more seldom than every half minute."""
    time = Time(at("01-30T12:00:00"), until=at("01-31T12:00:00"))
    lines = followed(tmp_path, time, {"daily": DAILY, "hourly": Schedule("rate(6 hours)")})

    assert lines == [
        "hourly-20260130-120000Z",
        "hourly-20260130-180000Z",
        "daily-20260130-220000Z",
        "hourly-20260131-000000Z",
        "hourly-20260131-060000Z",
    ]
    assert max(time.naps) == timedelta(seconds=30)


def test_what_came_while_the_machine_slept_is_told(tmp_path: Path) -> None:
    """The clock jumps over the firing: it is missed, not made up for, and the next one is as usual."""
    time = Time(at("01-30T21:59:00"), until=at("01-31T22:05:00"), jumps=iter([timedelta(hours=9)]))

    assert followed(tmp_path, time, {"daily": DAILY}) == ["missed daily 1", "daily-20260131-220000Z"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(DAILY, DAILY, ["missed a 2"], id="two were missed while it was off"),
        pytest.param(OFTEN, DAILY, [], id="the schedule is another now, so nothing was promised"),
    ],
)
def test_a_new_process_knows_what_was_missed(
    tmp_path: Path, before: Schedule, after: Schedule, expected: list[str]
) -> None:
    """By the diary of the one before it."""
    followed(tmp_path, Time(at("01-28T12:00:30"), until=at("01-28T12:00:31")), {"a": before})

    assert followed(tmp_path, Time(at("01-30T12:00:30"), until=at("01-30T12:00:31")), {"a": after}) == expected


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"a": 1}', '{"a": {"schedule": "rate(5 minutes) UTC", "seen": 1e99}}', '{"a": {"seen": 1}}'],
)
def test_a_damaged_diary_says_nothing(tmp_path: Path, text: str) -> None:
    """Nothing is known of the past then, and it is written anew."""
    (tmp_path / "schedules.json").write_text(text)

    assert followed(tmp_path, Time(at("01-30T12:00:30"), until=at("01-30T12:00:31")), {"a": OFTEN}) == [
        "a-20260130-120000Z"
    ]
    assert json.loads((tmp_path / "schedules.json").read_text())["a"]["seen"] == at("01-30T12:00:30").timestamp()


def test_the_rest_is_ended_from_another_thread() -> None:
    """And whoever rests afterwards does not rest at all."""
    rest = Rest()
    ending = Thread(target=rest.end)
    ending.start()

    assert not rest(timedelta(hours=1))
    assert not rest(timedelta(hours=1))
    ending.join()
