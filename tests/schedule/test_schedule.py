"""Schedules: when they fire, what is refused, and how they are said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.errors import Problems
from handrail.schedule import Schedule

ZONES = ("UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def firings(expression: str, zone: str, after: str, count: int) -> list[str]:
    """The next few in UTC: `01-31 22:00`."""
    found = Schedule(expression, zone).firings(at(after))
    return [f"{firing:%m-%d %H:%M}" for firing, _ in zip(found, range(count), strict=False)]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        # The examples of AWS's page on cron expressions.
        pytest.param("cron(0 10 * * ? *)", "UTC", "2026-01-30T10:00", ["01-31 10:00", "02-01 10:00"], id="daily"),
        pytest.param(
            "cron(0 18 ? * MON-FRI *)", "UTC", "2026-01-30T17:00", ["01-30 18:00", "02-02 18:00"], id="Friday"
        ),
        pytest.param("cron(0 8 1 * ? *)", "UTC", "2026-01-01T08:00", ["02-01 08:00", "03-01 08:00"], id="the first"),
        pytest.param("cron(0/15 * * * ? *)", "UTC", "2026-01-01T23:44", ["01-01 23:45", "01-02 00:00"], id="quarters"),
        pytest.param(
            "cron(0/5 8-17 ? * MON-FRI *)", "UTC", "2026-01-30T17:50", ["01-30 17:55", "02-02 08:00"], id="office"
        ),
        pytest.param(
            "cron(0/30 20-2 ? * MON-FRI *)", "UTC", "2026-01-30T02:00", ["01-30 02:30", "01-30 20:00"], id="20-2"
        ),
        pytest.param(
            "cron(15 10 ? * 6L 2019-2026)", "UTC", "2026-01-01T00:00", ["01-30 10:15", "02-27 10:15"], id="6L"
        ),
        # Each wildcard on its own.
        pytest.param("cron(0 0 ? * 3#2 *)", "UTC", "2026-01-01T00:00", ["01-13 00:00", "02-10 00:00"], id="3#2"),
        pytest.param("cron(0 0 ? * TUE#5 *)", "UTC", "2026-01-01T00:00", ["03-31 00:00", "06-30 00:00"], id="no fifth"),
        pytest.param("cron(0 0 ? * L *)", "UTC", "2026-01-01T00:00", ["01-03 00:00", "01-10 00:00"], id="Saturdays"),
        pytest.param("cron(0 0 L * ? *)", "UTC", "2026-01-01T00:00", ["01-31 00:00", "02-28 00:00"], id="month's end"),
        pytest.param("cron(0 0 LW * ? *)", "UTC", "2026-01-01T00:00", ["01-30 00:00", "02-27 00:00"], id="LW"),
        pytest.param(
            "cron(0 0 1W * ? *)", "UTC", "2026-01-30T00:00", ["02-02 00:00", "03-02 00:00"], id="1W is no 31st"
        ),
        pytest.param("cron(0 0 31W * ? *)", "UTC", "2026-01-01T00:00", ["01-30 00:00", "03-31 00:00"], id="31W"),
        pytest.param("cron(0 0 15W 8 ? *)", "UTC", "2026-01-01T00:00", ["08-14 00:00"], id="15W on a Saturday"),
        pytest.param("cron(0 0 1,L * ? *)", "UTC", "2026-01-31T00:00", ["02-01 00:00", "02-28 00:00"], id="1,L"),
        pytest.param(
            "cron(10-50/20 0 1 JAN ? *)", "UTC", "2026-01-01T00:00", ["01-01 00:10", "01-01 00:30"], id="range/step"
        ),
        pytest.param("cron(0 0 29 2 ? *)", "UTC", "2026-01-01T00:00", ["02-29 00:00", "02-29 00:00"], id="leap years"),
        pytest.param("cron(0 0 1 1 ? 2020)", "UTC", "2026-01-01T00:00", [], id="over"),
        pytest.param("rate(5 minutes)", "UTC", "2026-01-01T00:03", ["01-01 00:05", "01-01 00:10"], id="rate"),
        pytest.param(
            "rate(1 hours)", "Asia/Tokyo", "2026-01-01T00:00", ["01-01 01:00", "01-01 02:00"], id="plural of one"
        ),
        pytest.param("at(2026-02-01T07:00:00)", "Asia/Tokyo", "2026-01-01T00:00", ["01-31 22:00"], id="at"),
        pytest.param("at(2026-02-01T07:00:00)", "UTC", "2026-02-01T07:00", [], id="at has been"),
        # Clocks go from 02:00 to 03:00 on 8 March, and from 02:00 to 01:00 on 1 November.
        pytest.param(
            "cron(30 2 * * ? *)", "America/New_York", "2026-03-07T00:00", ["03-07 07:30", "03-09 06:30"], id="skipped"
        ),
        pytest.param(
            "cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00", ["11-01 05:30", "11-02 06:30"], id="twice"
        ),
        pytest.param(
            "cron(0/30 * * * ? *)",
            "America/New_York",
            "2026-11-01T05:00",
            ["11-01 05:30", "11-01 07:00"],
            id="no repeat",
        ),
        pytest.param(
            "cron(30 1 * * ? *)", "America/New_York", "2026-11-01T06:10", ["11-02 06:30"], id="in the 2nd hour"
        ),
        pytest.param(
            "rate(1 day)",
            "America/New_York",
            "2026-03-07T12:00",
            ["03-08 00:00", "03-09 00:00"],
            id="24 hours, not a date",
        ),
    ],
)
def test_fires_as_eventbridge_scheduler_documents_it(
    expression: str, zone: str, after: str, expected: list[str]
) -> None:
    """The wildcards, the zones, and what happens when clocks are changed."""
    assert firings(expression, zone, after, max(len(expected), 1)) == expected


# ---------------------------------------------------------------------- laws


def subset(least: int, most: int, size: int) -> st.SearchStrategy[str]:
    chosen = st.sets(st.integers(least, most), min_size=1, max_size=size)
    return chosen.map(lambda numbers: ",".join(map(str, sorted(numbers))))


MINUTES = st.one_of(subset(0, 59, 3), st.sampled_from(["*", "0/15", "7/20", "50-5"]))
HOURS = st.one_of(subset(0, 23, 3), st.sampled_from(["*", "1-3", "22-1"]))
DAYS = st.one_of(
    st.sampled_from(["* * ?", "L * ?", "LW * ?", "1W * ?", "? * MON-FRI", "? * FRIL", "? * 1#2", "? 1-12/2 SUN"]),
    subset(1, 31, 4).map(lambda days: f"{days} * ?"),
)
CRONS = st.builds("cron({} {} {} *)".format, MINUTES, HOURS, DAYS)
RATES = st.builds("rate({} {})".format, st.integers(1, 500), st.sampled_from(["minute", "minutes", "hours", "days"]))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
# Around the changes of clocks, where mistakes are made.
CHANGES = st.builds(
    lambda change, seconds: at(change) + timedelta(seconds=seconds),
    st.sampled_from(
        ["2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00"]
    ),
    st.integers(-100_000, 100_000),
)
AFTER = st.one_of(MOMENTS, CHANGES)


@given(
    expression=st.one_of(CRONS, RATES),
    zone=st.sampled_from(ZONES),
    after=AFTER,
    later=st.timedeltas(timedelta(0), timedelta(days=40)),
)
@settings(max_examples=200)
def test_the_next_firing_is_later_and_never_runs_backwards(
    expression: str, zone: str, after: datetime, later: timedelta
) -> None:
    """next(after) > after; whoever asks later is told the same or a later one; every minute before it is silent."""
    schedule = Schedule(expression, zone)
    first, second = schedule.next(after), schedule.next(after + later)

    assert first is not None
    assert second is not None
    assert after < first <= second
    assert schedule.next(first - timedelta(microseconds=1)) == first
    assert second == first or later > timedelta(0)


@given(minutes=MINUTES, hours=HOURS, days=DAYS, zone=st.sampled_from(ZONES), after=AFTER)
@settings(max_examples=150, deadline=None)
def test_fires_at_every_minute_that_matches_and_at_no_other(
    minutes: str, hours: str, days: str, zone: str, after: datetime
) -> None:
    """Against a plain look at each minute of the next thirty hours, which knows nothing of how firings are found."""
    schedule = Schedule(f"cron({minutes} {hours} {days} *)", zone)
    begin, end = after.replace(second=0, microsecond=0), after + timedelta(hours=30)
    clock = ZoneInfo(zone)
    middle = after.replace(day=15)  # from there, 31 days lead into the next month, and into no other
    dates = {day for month in (-1, 0, 1) for day in matching_dates(days, middle + timedelta(days=31 * month))}
    expected, seen = [], set()
    # What the clock has shown before the span counts as shown, so the look begins a few hours earlier.
    for minute in range(-240, 30 * 60 + 1):
        moment = begin + timedelta(minutes=minute)
        wall = moment.astimezone(clock).replace(tzinfo=None)
        new = wall not in seen
        seen.add(wall)
        matches = wall.hour in plain(hours, 24) and wall.minute in plain(minutes, 60) and wall.date() in dates
        if after < moment <= end and new and matches:
            expected.append(moment)

    found = []
    for firing in schedule.firings(after):
        if firing > end:
            break
        found.append(firing)
    assert found == expected


def plain(text: str, size: int) -> set[int]:
    """The few forms of the strategies above, in the simplest way."""
    if text == "*":
        return set(range(size))
    if "/" in text:
        first, step = map(int, text.split("/"))
        return set(range(first, size, step))
    if "-" in text:
        first, last = map(int, text.split("-"))
        return {number % size for number in range(first, last + 1 + (size if last < first else 0))}
    return set(map(int, text.split(",")))


def matching_dates(days: str, near: datetime) -> set[object]:
    """The dates of one month that a rule means, by looking at each of them."""
    month = [near.replace(day=1) + timedelta(days=day) for day in range(31)]
    month = [day for day in month if day.month == near.month]
    of_month = days.split()[0]
    workdays = [day for day in month if day.weekday() < 5]
    forms = {
        "* * ?": month,
        "L * ?": month[-1:],
        "LW * ?": workdays[-1:],
        "1W * ?": workdays[:1],
        "? * MON-FRI": workdays,
        "? * FRIL": [day for day in month if day.weekday() == 4][-1:],
        "? * 1#2": [day for day in month if day.weekday() == 6][1:2],
        "? 1-12/2 SUN": [day for day in month if day.weekday() == 6 and day.month % 2 == 1],
    }
    chosen = forms[days] if days in forms else [day for day in month if day.day in plain(of_month, 32)]
    return {day.date() for day in chosen}


# ---------------------------------------------------------------------- intervals, words, refusals


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        pytest.param("cron(0 7 * * ? *)", "Asia/Tokyo", "2026-01-01T00:00", "1 day, 0:00:00", id="a day"),
        pytest.param(
            "cron(0 7 * * ? *)", "Europe/Berlin", "2026-03-20T00:00", "23:00:00", id="the short day in spring"
        ),
        pytest.param("cron(0 7,9,21 * * ? *)", "UTC", "2026-01-01T00:00", "2:00:00", id="the shortest of several"),
        pytest.param("cron(0 7 1 * ? *)", "UTC", "2026-01-15T00:00", "28 days, 0:00:00", id="a month"),
        pytest.param("cron(0 7 1 1 ? *)", "UTC", "2026-01-15T00:00", "365 days, 0:00:00", id="a year"),
        pytest.param("cron(* * * * ? *)", "UTC", "2026-01-01T00:00", "0:01:00", id="a minute"),
        pytest.param("rate(90 minutes)", "UTC", "2026-01-01T00:00", "1:30:00", id="a rate"),
        pytest.param("at(2026-02-01T07:00:00)", "UTC", "2026-01-01T00:00", "None", id="once"),
        pytest.param("cron(0 7 1 1 ? 2027)", "UTC", "2026-01-15T00:00", "None", id="one last time"),
    ],
)
def test_the_interval_is_the_shortest_gap_ahead(expression: str, zone: str, after: str, expected: str) -> None:
    """What a run's duration has to stay below."""
    assert str(Schedule(expression, zone).interval(at(after))) == expected


@pytest.mark.parametrize(
    ("expression", "english", "japanese"),
    [
        ("cron(0 7 * * ? *)", "daily at 07:00 Asia/Tokyo", "毎日 07:00 Asia/Tokyo"),
        ("cron(0 7,19 * * ? *)", "daily at 07:00, 19:00 Asia/Tokyo", "毎日 07:00、19:00 Asia/Tokyo"),
        (
            "cron(0 18 ? * MON-FRI *)",
            "every Monday to Friday at 18:00 Asia/Tokyo",
            "毎週月曜日〜金曜日 18:00 Asia/Tokyo",
        ),
        (
            "cron(0 9 ? * 3#2 *)",
            "on the second Tuesday of the month at 09:00 Asia/Tokyo",
            "毎月第2火曜日 09:00 Asia/Tokyo",
        ),
        ("cron(0 9 LW * ? *)", "on the last weekday of the month at 09:00 Asia/Tokyo", "毎月最終平日 09:00 Asia/Tokyo"),
        ("cron(0 9 1 1,7 ? *)", "on day 1 of January, July at 09:00 Asia/Tokyo", "1月、7月の1日 09:00 Asia/Tokyo"),
        ("cron(0/15 * * * ? *)", "every 15 minutes Asia/Tokyo", "15分ごと Asia/Tokyo"),
        (
            "cron(0/5 8-17 ? * SAT,SUN *)",
            "every Saturday, Sunday every 5 minutes, 08:00 to 17:55 Asia/Tokyo",
            "毎週土曜日、日曜日 08:00〜17:55、5分ごと Asia/Tokyo",
        ),
        ("rate(1 hour)", "every hour", "1時間ごと"),
        ("at(2026-03-01T07:00:00)", "once at 2026-03-01 07:00 Asia/Tokyo", "2026-03-01 07:00に1回 Asia/Tokyo"),
    ],
)
def test_is_said_in_both_languages(expression: str, english: str, japanese: str) -> None:
    """One line that a person reads at a glance."""
    schedule = Schedule(expression, "Asia/Tokyo")

    assert (schedule.words("en"), schedule.words("ja")) == (english, japanese)


@pytest.mark.parametrize(
    ("expression", "zone", "problems"),
    [
        ("cron(0 25 * * ? *)", "UTC", ["character 8: hours are 0-23, not 25."]),
        (
            "cron(60 7 * * ? *)",
            "Tokyo",
            ["character 6: minutes are 0-59, not 60.", 'there is no time zone "Tokyo". Did you mean "Asia/Tokyo"?'],
        ),
        (
            "cron(0 7 * FEV ? *)",
            "UTC",
            ['character 12: month cannot be "FEV"; it is 1-12 or JAN-DEC, with , - * /. Did you mean "FEB"?'],
        ),
        ("cron(/5 * * * ? *)", "UTC", ['character 6: minutes "/5" does not say where it begins; write "0/5".']),
        ("cron(0 7 * * ? 2030-2020)", "UTC", ['character 16: year "2030-2020" ends before it begins.']),
        (
            "cron(0 0 30 2 ? *)",
            "UTC",
            ["character 10: no month that is meant has such a day, so this would never fire."],
        ),
        (
            "cron(0 0 ? * 3#1,6#3 *)",
            "UTC",
            ['character 17: day-of-week with a "#" holds one day only; write a second schedule.'],
        ),
        ("cron(0 0 ? * 3#6 *)", "UTC", ['character 16: after "#" stands which one of the month, 1 to 5, not "6".']),
        (
            "cron(0 7 ? * ? *)",
            "UTC",
            ['character 10: neither field for the day says anything; write "*" in day-of-month for every day.'],
        ),
        ("rate(0 minutes)", "UTC", ['character 6: write a whole number from 1 on, not "0".']),
        (
            "rate(5 minuts)",
            "UTC",
            ['character 8: "minuts" is no unit; there are minutes, hours, days. Did you mean "minutes"?'],
        ),
        ("corn(0 7 * * ? *)", "UTC", ['character 1: write cron(…), rate(…) or at(…). Did you mean "cron"?']),
        (
            "at(2026-02-30T00:00:00)",
            "UTC",
            ['character 4: there is no such moment as "2026-02-30T00:00:00": day is out of range for month.'],
        ),
        (
            "at(2026-03-29T02:30:00)",
            "Europe/Berlin",
            ["the clocks of Europe/Berlin skip 02:30:00 on that day; take an hour later."],
        ),
        ("rate(5 minutes)", "../etc/passwd", ['there is no time zone "../etc/passwd".']),
    ],
)
def test_a_bad_schedule_is_refused_with_place_and_remedy(expression: str, zone: str, problems: list[str]) -> None:
    """Everything that is wrong with it, when it is made."""
    with pytest.raises(Problems) as refused:
        Schedule(expression, zone)

    assert refused.value.heading == f'The schedule "{expression}" cannot be read:'
    assert list(refused.value.problems) == problems


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("cron(0 7 * * *)", 'A cron of five fields has no year: add "*", and "?" for the day that is not meant.'),
        ("cron(0 7 * * * *)", 'write "?" in the one that says nothing: day-of-month or day-of-week.'),
        ("cron(0 7 L-3 * ? *)", 'character 10: day-of-month cannot be "L"'),
        ("cron(? * * * ? *)", 'minutes cannot be "?"; write "*" for every one.'),
        ("cron(1,,2 * * * ? *)", "minutes has nothing where a value is expected"),
        ("cron(0/0 * * * ? *)", 'steps of "0"; write a number from 1 to 59.'),
        ("cron(0 0 * * ? 1969)", "year is 1970-2199, not 1969."),
        ("rate(99999999999999999999 days)", "is more than a hundred years"),
        ("cron(0 ７ * * ? *)", 'hours cannot be "７"'),
    ],
)
def test_what_is_near_a_good_one_is_told_what_is_missing(expression: str, told: str) -> None:
    """Habits of Unix cron and of Quartz among them."""
    with pytest.raises(Problems, match=r"cannot be read") as refused:
        Schedule(expression)

    assert told in str(refused.value)


def test_a_moment_without_a_zone_is_a_programs_mistake() -> None:
    """Nobody knows which instant it means."""
    with pytest.raises(ValueError, match="has no time zone"):
        Schedule("rate(1 day)").next(datetime(2026, 1, 1))
