"""The sums over a runbook's executions: counts, durations, the builds' minutes and their price."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from handrail.asl.model import Json
from handrail.engine.events import Event, Started, Stopped, TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.errors import HandrailError
from handrail.local.store import Store, Stored
from handrail.local.tally import PRICE, Ran, build_minutes, price, ran, tally
from handrail.stats import Chart, Figure

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
BUILD: Json = {"Build": {"Id": "dig:1"}}


def execution(started: float, stopped: float | None = None) -> Stored:
    return Stored(f"arn:{started}", f"knock-{started}", "knock", "{}", "{}", "SUCCEEDED", started, stopped)


def figures(executions: Sequence[Ran], days: int = 30) -> dict[str, object]:
    found = tally(executions, days, NOW, 0.01)
    return {each.name: each.value for each in found if isinstance(each, Figure)}


def some(*each: tuple[str, int, int]) -> list[Ran]:
    """(status, days ago, seconds that it took)."""
    return [Ran(status, NOW - timedelta(days=ago), timedelta(seconds=took)) for status, ago, took in each]


def test_every_runbook_has_these_figures() -> None:
    """How many, how they ended, and how long half of them and nearly all of them took."""
    found = figures(some(("SUCCEEDED", 1, 10), ("FAILED", 2, 20), ("TIMED_OUT", 2, 90), ("ABORTED", 10, 1)))

    assert found == {
        "runs": 4,
        "succeeded": 1,
        "failed": 2,
        "stopped": 1,
        "duration, median": timedelta(seconds=10),
        "duration, 95th percentile": timedelta(seconds=90),
    }


def test_nothing_ran() -> None:
    """Zeros and blanks, and a chart of empty days."""
    found = tally([], 3, NOW, PRICE)

    assert [(each.value, each.note) for each in found[:2] if isinstance(each, Figure)] == [(0, "0.0 a day"), (0, "")]
    assert found[-1] == Chart("runs a day", (("01-29", 0), ("01-30", 0), ("01-31", 0)))


@pytest.mark.parametrize(
    ("ago", "cost"),
    [
        pytest.param(30, 0.60, id="a month's minutes cost what they cost"),
        pytest.param(3, 6.0, id="three days are a tenth of a month"),
        pytest.param(0, 18.0, id="less than a day counts as one"),
    ],
)
def test_the_cost_of_a_month_is_reckoned_from_the_first_run(ago: int, cost: float) -> None:
    """Sixty minutes at a cent each."""
    found = figures([Ran("SUCCEEDED", NOW - timedelta(days=ago), timedelta(hours=1), build_minutes=60)])

    assert (found["build minutes"], found["builds' cost a month"]) == (60, cost)


@pytest.mark.parametrize(
    ("journal", "minutes"),
    [
        pytest.param([TaskSubmitted(0, 1, BUILD), TaskSucceeded(61, 1, BUILD)], 2, id="a begun minute is paid"),
        pytest.param([TaskSubmitted(0, 1, BUILD), TaskSucceeded(60, 1, BUILD)], 1, id="a minute"),
        pytest.param([TaskSubmitted(0, 1, BUILD), TaskFailed(0.1, 1, "Broken")], 1, id="a failure costs as well"),
        pytest.param(
            [TaskSubmitted(0, 1, BUILD), TaskSubmitted(0, 2, BUILD), TaskSucceeded(90, 1, BUILD), Stopped(600)],
            2 + 10,
            id="one that was stopped with its run",
        ),
        pytest.param([Started(0, "{}"), TaskSucceeded(600, 3, {"Payload": 1})], 0, id="a function is no build"),
        pytest.param([TaskSubmitted(0, 1, {"ExecutionArn": "a"}), TaskSucceeded(600, 1, {})], 0, id="nor a child run"),
    ],
)
def test_builds_are_paid_by_the_minute(journal: list[Event], minutes: int) -> None:
    """Each rounded up, as CodeBuild does."""
    assert build_minutes(execution(0, 600), journal) == minutes


def test_the_store_is_read_back_to_a_moment(tmp_path: Path) -> None:
    """Older executions, and those of other runbooks, do not count."""
    with Store.writing(tmp_path, 0) as store:
        for started in (100.0, 200.0, 300.0):
            store.add(execution(started, started + 60))
        store.append("arn:300.0", 0, TaskSubmitted(300, 1, BUILD))
        store.append("arn:300.0", 1, TaskSucceeded(310, 1, BUILD))
        found = [*ran(store, "knock", datetime.fromtimestamp(200, UTC))]
        others = [*ran(store, "other", datetime.fromtimestamp(0, UTC))]

    assert [(each.started.timestamp(), each.took, each.build_minutes) for each in found] == [
        (300.0, timedelta(minutes=1), 1),
        (200.0, timedelta(minutes=1), 0),
    ]
    assert others == []


@pytest.mark.parametrize(
    ("days", "bars", "first", "last"),
    [
        pytest.param(7, 7, ("01-25", 0), ("01-31", 1), id="a bar a day"),
        pytest.param(31, 31, ("01-01", 0), ("01-31", 1), id="a month"),
        pytest.param(62, 31, ("12-01", 0), ("01-30", 2), id="a bar for two days, named by the first"),
        pytest.param(365, 31, ("01-25", 0), ("01-20", 2), id="a year"),
    ],
)
def test_the_chart_has_at_most_a_month_of_bars(days: int, bars: int, first: object, last: object) -> None:
    """More days share a bar."""
    chart = tally(some(("SUCCEEDED", 0, 1), ("FAILED", 1, 1)), days, NOW, PRICE)[-1]

    assert isinstance(chart, Chart)
    assert (len(chart.bars), chart.bars[0], chart.bars[-1]) == (bars, first, last)


def test_a_day_begins_where_the_reader_is() -> None:
    """Late in the evening of one place is the next day of another."""
    tokyo = timezone(timedelta(hours=9))
    late = [Ran("SUCCEEDED", datetime(2026, 1, 30, 20, tzinfo=UTC), None)]
    here, there = (tally(late, 2, NOW.astimezone(zone), PRICE)[-1] for zone in (UTC, tokyo))

    assert isinstance(here, Chart)
    assert isinstance(there, Chart)
    assert (here.bars, there.bars) == ((("01-30", 1), ("01-31", 0)), (("01-30", 0), ("01-31", 1)))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        pytest.param("", PRICE, id="the list price"),
        pytest.param("build-minute = 0.02", 0.02, id="the project's"),
        pytest.param("build-minute = 0", 0.0, id="free"),
        *(pytest.param(f"build-minute = {bad}", None, id=bad) for bad in ("-1", '"a"', "true", "nan", "inf")),
    ],
)
def test_the_price_of_a_minute_is_a_setting(tmp_path: Path, setting: str, expected: float | None) -> None:
    """In US dollars; what is none is refused with an example."""
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(f"[tool.handrail]\n{setting}\n")

    if expected is None:
        with pytest.raises(HandrailError, match=r"must be US dollars for a minute, like 0\.005"):
            price(pyproject)
    else:
        assert price(pyproject) == expected
