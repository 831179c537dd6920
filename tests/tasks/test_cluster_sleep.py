"""cluster-sleep's tasks: which clusters AWS has started, and how they are put back to sleep."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.cluster_sleep import ASLEEP, BY_AWS, Restarted, Sleeper, doze, judge, message, restarted
from tasks.cluster_wanted import remember, remember_sleep
from tasks.rds import set_power
from tests.tasks.conftest import World

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NEXT_MONDAY = MONDAY + timedelta(days=7)
TUESDAY = NEXT_MONDAY + timedelta(hours=8)
STARTED = f"DB cluster is being started due to it {BY_AWS}."


def slept_for_a_week(world: World, name: str = "orders") -> None:
    """Stopped by the runbook, and started by AWS a week later."""
    set_power(cluster=name, power="stop", asked=MONDAY)
    world.happened(name, NEXT_MONDAY, STARTED)
    world.set(name, "available")


def found(now: datetime = TUESDAY) -> list[str]:
    return restarted(now=now).clusters


def test_a_cluster_that_aws_has_started_is_found(world: World) -> None:
    """Whatever the others are doing."""
    slept_for_a_week(world)
    set_power(cluster="search", power="stop", asked=MONDAY)

    assert restarted(now=TUESDAY) == Restarted(clusters=["orders"], unread=[], attention=1)


@pytest.mark.parametrize("status", ["available", "starting", "backing-up", "maintenance"])
def test_whatever_it_is_doing_since(world: World, status: str) -> None:
    """AWS starts it to maintain it; it is found also while that goes on."""
    slept_for_a_week(world)
    world.set("orders", status)

    assert found() == ["orders"]


def by_hand(world: World) -> None:
    set_power(cluster="orders", power="stop", asked=MONDAY)
    world.happened("orders", NEXT_MONDAY, "DB cluster started")
    world.set("orders", "available")


def wanted_awake(world: World) -> None:
    slept_for_a_week(world)
    remember("orders", "start", TUESDAY)


def stopped_already(world: World) -> None:
    slept_for_a_week(world)
    world.set("orders", "stopping")


def before_the_order(world: World) -> None:
    slept_for_a_week(world)
    remember("orders", "stop", NEXT_MONDAY + timedelta(minutes=1))


def put_to_sleep_since(world: World) -> None:
    slept_for_a_week(world)
    remember_sleep("orders", NEXT_MONDAY + timedelta(hours=1))


def not_configured(world: World) -> None:
    remember("billing", "stop", MONDAY)


@pytest.mark.parametrize("happened", [by_hand, wanted_awake, stopped_already, before_the_order, put_to_sleep_since,
                                      not_configured])  # fmt: skip
def test_what_is_left_alone(world: World, happened: object) -> None:
    """A cluster that a person started, in the console or with the runbook; one that sleeps; one that is not ours."""
    happened(world)  # type: ignore[operator]

    assert restarted(now=TUESDAY).attention == 0


def test_one_that_cannot_be_looked_at_hides_no_other(world: World) -> None:
    """It is told with the reason, and the others are found all the same."""
    slept_for_a_week(world)
    slept_for_a_week(world, "search")
    del world.backend("orders").clusters["orders"]

    seen = restarted(now=TUESDAY)

    assert (seen.clusters, seen.attention) == (["search"], 2)
    assert [each.outcome for each in seen.unread] == [
        'AWS knows no such cluster. config/clusters.yaml says that "development" has orders in ap-northeast-1.'
    ]


def step(now: datetime = TUESDAY) -> Sleeper:
    return doze(cluster="orders", started=TUESDAY, now=now)


def test_it_is_stopped_as_soon_as_it_takes_the_order(world: World) -> None:
    """While it is starting or being maintained it is waited for; then it is stopped, and then it sleeps."""
    slept_for_a_week(world)
    seen = []
    for status in ("starting", "backing-up", "available", None):
        if status:
            world.set("orders", status)
        seen.append((step().done, world.status("orders")))

    assert seen == [(False, "starting"), (False, "backing-up"), (False, "stopped"), (True, "stopped")]


def test_its_week_begins_anew(world: World) -> None:
    """What AWS did before is no reason to stop it a second time; what it does a week later is one."""
    slept_for_a_week(world)
    step()
    world.set("orders", "available")
    assert found() == []

    world.happened("orders", TUESDAY + timedelta(days=7), STARTED)
    assert found(TUESDAY + timedelta(days=7, hours=1)) == ["orders"]


def test_somebody_wants_it_in_the_meantime(world: World) -> None:
    """An order to start it counts from the moment at which it is given."""
    slept_for_a_week(world)
    set_power(cluster="orders", power="start", asked=TUESDAY)

    assert step() == Sleeper(cluster="orders", outcome="left alone: a start was ordered in the meantime")
    assert world.status("orders") == "available"


@pytest.mark.parametrize(
    ("status", "passed", "done", "outcome"),
    [
        pytest.param("stopped", "0:01", True, ASLEEP, id="asleep"),
        pytest.param("stopped", "3:00", True, ASLEEP, id="asleep after all"),
        pytest.param("stopping", "0:59", False, "", id="on its way"),
        pytest.param("stopping", "1:00", True, "not stopped: it is still stopping", id="stuck"),
        pytest.param("busy", "1:30", True, "not stopped: it is still busy", id="never took the order"),
    ],
)
def test_how_long_it_is_waited_for(status: str, passed: str, done: bool, outcome: str) -> None:
    """One that does not fall asleep within an hour is told, and keeps nobody waiting."""
    hours, minutes = map(int, passed.split(":"))

    judged = judge("orders", status, timedelta(hours=hours, minutes=minutes))

    assert (judged.done, judged.outcome) == (done, outcome)


def test_the_message_begins_with_those_that_need_somebody() -> None:
    """One line a cluster, with its owner; foreign text in it has no effect (A13)."""
    told = message(
        [Sleeper(cluster="orders", outcome=ASLEEP), Sleeper(cluster="search", outcome="not stopped: <!here> & co")],
        {"orders": "@orders", "search": "@search"},
    )

    assert told.text == "1 of 2 clusters put back to sleep"
    assert told.blocks[1].model_dump()["text"]["text"].splitlines() == [
        "`search` (@search): not stopped: &lt;!here&gt; &amp; co",
        "`orders` (@orders): stopped again",
    ]


def test_a_great_many_clusters_fit_into_one_message() -> None:
    """As many as a file may have in practice; a section of Slack's takes 3,000 characters."""
    told = message([Sleeper(cluster=f"cluster-{n}", outcome=ASLEEP) for n in range(200)], {})

    assert sum(block.model_dump_json().count("stopped again") for block in told.blocks) == 200
