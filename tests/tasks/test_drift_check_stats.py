"""Figures about drift: counted from what the table remembers, by days as people of the time zone call them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from handrail.stats import Chart, Figure
from handrail.table import MemoryTable, table, using
from schemas.drift_memory import Memory, Open, Trouble
from schemas.drift_result import Verdict
from tasks.drift_check_stats import MOST_OWNERS, STATS, Event, report

NOW = datetime.fromisoformat("2026-03-31T12:00:00+09:00")


def at(text: str) -> datetime:
    """A moment of March in Tokyo: `07 09:00`."""
    return datetime.fromisoformat(f"2026-03-{text.replace(' ', 'T')}:00+09:00")


def event(kind: str, when: str, opened: str = "", *, verdict: Verdict = "drift", first: bool = False) -> Event:
    return Event(kind, "infra/web", verdict, at(when), at(opened or when), first)


def row(name: str, opened: str, owner: str = "@sre", claimed: str = "") -> Memory:
    known = Open(verdict="drift", fingerprint="f", cause="c", opened=at(opened), case="x")
    return Memory(
        repository="infra", path=name, owner=owner, run="r", checked=NOW, open=known, claimed_by=claimed
    )  # fmt: skip


def told(events: Sequence[Event] = (), rows: Sequence[Memory] = (), days: int = 30) -> dict[str, object]:
    found = report(events, rows, days, NOW)
    return {each.name: each.value for each in found if isinstance(each, Figure)}


MONTH = [event("new", f"{day:02} 07:00") for day in range(2, 32) for _ in range(2)]
FIXED = [
    event("resolved", "10 07:00", "09 07:00"),
    event("resolved", "11 07:00", "09 07:00"),
    event("resolved", "20 07:00", "11 07:00"),
]


@pytest.mark.parametrize(
    ("events", "days", "figures"),
    [
        pytest.param([], 30, {"drifts": 0, "drifts a day": 0.0, "time to fix, median": None, "oldest open": None},
                     id="nothing yet"),
        pytest.param(MONTH, 30, {"drifts": 60, "drifts a day": 2.05, "drifts a month": 61.6}, id="two each morning"),
        pytest.param(MONTH, 7, {"drifts": 14, "drifts a day": 2.0}, id="a week of them"),
        pytest.param([event("new", "31 07:00")], 30, {"drifts": 1, "drifts a day": 1.0, "drifts a month": 30.0},
                     id="on its first day: no month has passed yet"),
        pytest.param([event("new", "11 07:00", first=True), event("new", "21 12:00")], 30,
                     {"drifts": 1, "drifts a day": 0.05}, id="what had piled up is not of a day"),
        pytest.param([event("new", "21 12:00", verdict="unapplied"), event("failed", "22 12:00", verdict="failed")], 30,
                     {"drifts": 1, "checks that failed": 1}, id="what failed is no drift"),
        pytest.param([event("changed", "21 12:00"), event("recovered", "22 12:00", verdict="failed"),
                      event("closed", "23 12:00")], 30, {"drifts": 0, "resolved": 0}, id="neither new nor resolved"),
        pytest.param([event("ignored", "21 12:00", "11 12:00")], 30,
                     {"ignored by a new rule": 1, "resolved": 0, "time to fix, median": None},
                     id="what a rule hides is not mended"),
        pytest.param([event("new", "21 12:00", verdict="failed", first=True), event("recovered", "22 12:00")], 30,
                     {"drifts": 0, "checks that failed": 1}, id="what failed at the first look"),
        pytest.param(FIXED, 30, {"resolved": 3, "time to fix, median": timedelta(days=2),
                                 "time to fix, mean": timedelta(days=4)}, id="times to fix"),
        pytest.param(FIXED, 14, {"resolved": 1, "time to fix, median": timedelta(days=9)}, id="fixed in the window"),
    ],
)  # fmt: skip
def test_counts_what_happened(events: list[Event], days: int, figures: dict[str, object]) -> None:
    """Drifts a day and a month, and the time until they are gone (S003-16)."""
    found = told(events, days=days)

    assert {name: found[name] for name in figures} == figures


def test_what_had_piled_up_is_told_beside_it() -> None:
    """Sixty at once on the first day are no rate (S003-13)."""
    [drifts] = [
        each for each in report([event("new", "30 07:00", first=True)] * 60, [], 30, NOW) if each.name == "drifts"
    ]

    assert drifts == Figure("drifts", 0, note="and 60 found by a first look")


def test_knows_what_is_open_and_whose_it_is() -> None:
    """Now, whenever it began; the oldest with its name, owners with the most first (S003-15)."""
    rows = [
        row("a", "01 12:00", "@db"),
        row("b", "30 12:00", claimed="aki"),
        row("c", "30 11:00"),
        row("d", "29 12:00", ""),
    ]
    closed = row("e", "01 00:00").model_copy(update={"open": None})
    found = [each for each in report([], [*rows, closed], 30, NOW) if each.name.startswith(("open", "oldest"))]

    assert found == [
        Figure("open", 4, note="1 of them taken"),
        Figure("oldest open", timedelta(days=30), note="infra/a"),
        Figure("open of @sre", 2),
        Figure("open of @db", 1),
        Figure("open, of nobody", 1),
    ]


def test_knows_what_is_not_checked() -> None:
    """Now, told or not, and which has been so for the longest time; what is open there is counted as open, too."""
    rows = [row("a", "01 12:00"), failing(row("b", "30 12:00"), "29 12:00"), failing(row("c", "02 12:00"), "04 23:00")]
    found = {each.name: each for each in report([], rows, 30, NOW) if isinstance(each, Figure)}

    assert found["not checked"] == Figure("not checked", 2, note="infra/c since 2026-03-04")
    assert found["open"].value == 3
    assert told()["not checked"] == 0


def failing(known: Memory, since: str) -> Memory:
    return known.model_copy(update={"trouble": Trouble(verdict="failed", since=at(since), times=1)})


def test_many_owners_are_summed_up() -> None:
    """A table stays a table."""
    found = told(rows=[row(str(n), "01 12:00", f"@team-{n:02}") for n in range(MOST_OWNERS + 5)])

    assert sum(name.startswith("open of @") for name in found) == MOST_OWNERS
    assert found["open of others"] == 5


@pytest.mark.parametrize(
    ("days", "name", "bars"),
    [
        pytest.param(3, "drifts a day", [("03-29", 0), ("03-30", 1), ("03-31", 2)], id="a bar a day"),
        pytest.param(62, "drifts in 2 days, from", [("03-26", 1), ("03-28", 0), ("03-30", 3)], id="a bar for two days"),
    ],
)
def test_draws_drifts_a_day(days: int, name: str, bars: list[tuple[str, int]]) -> None:
    """By the days of the time zone: 23:00 in London is the next morning in Tokyo."""
    late = Event("new", "a", "drift", datetime.fromisoformat("2026-03-30T23:00:00+00:00"), at("31 08:00"), first=False)
    events = [event("new", "27 07:00"), event("new", "30 07:00"), event("new", "31 07:00"), late]
    [chart] = [each for each in report(events, [], days, NOW) if isinstance(each, Chart)]

    assert (chart.name, list(chart.bars[-3:])) == (name, bars)
    assert len(chart.bars) <= 31


@pytest.fixture
def _filled() -> Iterator[None]:
    with using(MemoryTable()):
        moments = {"at": "2026-03-30T22:00:00+00:00", "opened": "2026-03-30T22:00:00+00:00"}
        new = {"kind": "new", "root": "infra/a", "verdict": "drift", "first": False, **moments}
        table().put({"pk": "drift-event", "sk": "1", **new})
        table().put({"pk": "drift-event", "sk": "2", **new, "kind": "resolved", "at": "2026-03-31T02:00:00+00:00"})
        table().put({"pk": "drift-event", "sk": "3", **new, "at": "2026-04-30T00:00:00+00:00"})
        table().put({"pk": "drift-root", "sk": "infra/b", "memory": row("b", "30 12:00").model_dump_json()})
        yield


@pytest.mark.usefixtures("_filled")
def test_reads_the_table() -> None:
    """Events as the check writes them, up to now; and the rows of what is open."""
    found = {each.name: each.value for each in STATS(30, NOW) if isinstance(each, Figure)}

    assert (found["drifts"], found["time to fix, mean"], found["open"]) == (1, timedelta(hours=4), 1)
