"""Runs and their locks: one at a time on a target, and no lock for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from handrail.runs import Busy, NotRunning, Run, dealt_with, find, hold, keep, release_lock, take_lock, unfinished
from handrail.table import MemoryTable, table, using

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HANDRAIL_TIMEZONE", "UTC")
    with using(MemoryTable()):
        yield


def run(name: str = "one", target: str | None = "orders", runbook: str = "cluster-power") -> Run:
    arn = f"arn:aws:states:us-east-1:123456789012:execution:{runbook}:{name}"
    return Run(arn=arn, runbook=runbook, name=name, started=START, seconds=3600, target=target)


def length(written: str) -> timedelta:
    """`0:10:00` as a duration."""
    hours, minutes, seconds = map(int, written.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@pytest.mark.parametrize(
    ("second", "after", "free"),
    [
        pytest.param(run("two"), "0:30:00", False, id="while it runs"),
        pytest.param(run("one"), "0:30:00", True, id="the same run again"),
        pytest.param(run("two", "search"), "0:30:00", True, id="another target"),
        pytest.param(run("two", runbook="other"), "0:30:00", True, id="another runbook"),
        pytest.param(run("two", None), "0:30:00", True, id="nothing to lock"),
        pytest.param(run("two"), "1:04:00", False, id="a little longer than a run may take"),
        pytest.param(run("two"), "1:05:00", True, id="longer than any run"),
    ],
)
def test_a_target_is_one_runs_for_as_long_as_it_may_take(second: Run, after: str, free: bool) -> None:
    """After that the lock ends by itself: its run was never heard of again."""
    take_lock(run(), START)
    try:
        take_lock(second, START + length(after))
    except Busy as busy:
        assert not free
        assert str(busy).endswith("orders, since 09:00 UTC by one.")  # noqa: PT017
    else:
        assert free


def test_the_day_is_told_where_it_is_another_one() -> None:
    """A run that goes on over midnight."""
    take_lock(run().model_copy(update={"seconds": 90_000}), START)
    with pytest.raises(Busy, match="since 2026-01-05 09:00 UTC by one"):
        take_lock(run("two"), START + timedelta(hours=20))


def test_a_lock_is_released_by_its_own_run_only() -> None:
    """A late end of an earlier run takes nothing from the one that has it now."""
    take_lock(run(), START)
    take_lock(run("two"), START + timedelta(hours=2))
    release_lock(run())
    with pytest.raises(Busy):
        take_lock(run("three"), START + timedelta(hours=2))
    release_lock(run("two"))
    take_lock(run("three"), START + timedelta(hours=2))


@pytest.mark.parametrize(
    ("ended", "free"),
    [
        pytest.param("0:10:00", True, id="the end of the run that has it"),
        pytest.param("0:09:59", False, id="an end before a redrive took it again"),
        pytest.param(None, True, id="a run of which nothing is known any more"),
    ],
)
def test_an_end_that_is_told_late_releases_nothing_of_a_redrive(ended: str | None, free: bool) -> None:
    """EventBridge may deliver an end again, and after the run goes on."""
    take_lock(run(), START)
    take_lock(run(), START + timedelta(minutes=10))
    release_lock(run(), None if ended is None else START + length(ended))

    assert (table().get("lock#cluster-power#orders", "lock") is None) == free


def test_who_has_a_target_has_it_since_the_first_time() -> None:
    """Each dangerous step takes the lock again; the one who waits is told when the run began."""
    keep(run())
    take_lock(run(), START)
    hold(run().arn, START + timedelta(minutes=30))
    with pytest.raises(Busy, match="since 09:00 UTC by one"):
        take_lock(run("two"), START + timedelta(minutes=40))
    with pytest.raises(Busy, match="since 09:00 UTC by one"):
        take_lock(run("two"), START + timedelta(minutes=94))


def test_a_dangerous_step_takes_its_lock_again() -> None:
    """As after a redrive, which comes when the end has released it."""
    keep(run())
    take_lock(run(), START)
    release_lock(run())
    dealt_with(run().arn)
    hold(run().arn, START + timedelta(days=1))

    assert unfinished() == [run().arn]
    with pytest.raises(Busy, match="by one"):
        take_lock(run("two"), START + timedelta(days=1, minutes=1))


def test_a_dangerous_step_waits_for_nobody() -> None:
    """Where another run has the target by now, the step does not begin."""
    keep(run())
    take_lock(run("two"), START)
    with pytest.raises(Busy, match="by two"):
        hold(run().arn, START + timedelta(minutes=5))


def test_a_dangerous_step_outside_of_a_run_does_not_begin() -> None:
    """Nobody has accepted what it does."""
    with pytest.raises(NotRunning, match="stranger"):
        hold("arn:aws:states:us-east-1:123456789012:execution:m:stranger", START)


def test_a_run_is_kept_for_as_long_as_its_history() -> None:
    """90 days, then DynamoDB drops the row."""
    keep(run())
    row = table().get(f"run#{run().arn}", "run")

    assert find(run().arn) == run()
    assert row is not None
    assert row["expires"] == int((START + timedelta(days=90)).timestamp())
