"""cluster-sleep: silent when nothing woke up; else each cluster is waited for, and one message says how it went."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from handrail.testing import play
from machines.cluster_sleep import MACHINE
from tasks import cluster_sleep
from tasks.cluster_sleep import ASLEEP, Restarted, Sleeper

LOOKING, SLEEPS = Sleeper(cluster="orders", done=False), Sleeper(cluster="orders", outcome=ASLEEP)
STUCK = Sleeper(cluster="orders", outcome="not stopped: it is still stopping")
UNREAD = Sleeper(cluster="search", outcome="AWS does not let us do this.")


def awake(*clusters: str, unread: Sequence[Sleeper] = ()) -> Restarted:
    return Restarted(clusters=list(clusters), unread=list(unread), attention=len(clusters) + len(unread))


@pytest.mark.parametrize(
    ("found", "dozes", "told", "took"),
    [
        pytest.param(awake(), [], [], "0:00:00", id="nothing woke up"),
        pytest.param(awake("orders"), [SLEEPS], ["1 of 1 cluster put back to sleep"], "0:00:00", id="asleep at once"),
        pytest.param(awake("orders"), [LOOKING] * 20 + [SLEEPS], ["1 of 1 cluster put back to sleep"], "0:10:00",
                     id="after ten minutes"),
        pytest.param(awake("orders"), [STUCK], ["0 of 1 cluster put back to sleep"], "0:00:00", id="stuck"),
        pytest.param(awake(unread=[UNREAD]), [], ["0 of 1 cluster put back to sleep"], "0:00:00", id="one unread"),
        pytest.param(awake("orders", unread=[UNREAD]), [SLEEPS], ["1 of 2 clusters put back to sleep"], "0:00:00",
                     id="one asleep, one unread"),
    ],
)  # fmt: skip
def test_one_message_or_none(found: Restarted, dozes: Sequence[Sleeper], told: list[str], took: str) -> None:
    """Nobody hears of a morning on which nothing woke up."""
    run = play(MACHINE, {}, {cluster_sleep.restarted: [found], cluster_sleep.doze: dozes})

    assert (run.ended, run.told, str(run.took)) == ("SUCCEEDED", told, took)


def test_one_that_stays_awake_holds_up_no_other() -> None:
    """Each cluster is waited for by itself, at the same time as the others."""
    run = play(
        MACHINE,
        {},
        {
            cluster_sleep.restarted: [awake("orders", "search")],
            cluster_sleep.doze: lambda given: Sleeper(cluster=given["cluster"], done=given["now"] > "2026-01-05T09:05"),
        },
    )

    assert run.ended == "SUCCEEDED"
    assert str(run.took) == "0:05:00"
    assert {call.arguments["cluster"] for call in run.calls if call.state == "Doze"} == {"orders", "search"}


def test_it_is_told_the_time_of_each_step() -> None:
    """A step knows when the run began and when it is itself, so that it can tell how long it has waited."""
    run = play(
        MACHINE, {}, {cluster_sleep.restarted: [awake("orders")], cluster_sleep.doze: [LOOKING, LOOKING, SLEEPS]}
    )

    dozes = [call.arguments for call in run.calls if call.state == "Doze"]
    assert {each["started"] for each in dozes} == {"2026-01-05T09:00:00.000Z"}
    assert [each["now"][11:19] for each in dozes] == ["09:00:00", "09:00:30", "09:01:00"]


@pytest.mark.parametrize("asked", [{"cluster": "orders"}, {"force": True}])
def test_there_is_nothing_to_ask(asked: dict[str, object]) -> None:
    """A field that nobody declared is refused (A12)."""
    run = play(MACHINE, asked, {cluster_sleep.restarted: [], cluster_sleep.doze: []})

    assert (run.ended, run.error) == ("FAILED", "InvalidInput")


def test_it_gives_up_before_the_next_morning() -> None:
    """A run is over long before the next one begins."""
    assert MACHINE.timeout < timedelta(hours=24)
