"""Orders to Aurora: sent where one is needed, to the account that is meant, and remembered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.notify import posts
from handrail.runs import Run, keep
from schemas.cluster_power import Power
from tasks.cluster_wanted import Wanted, wanted
from tasks.rds import ClusterBusy, NoSuchCluster, judge, look, set_power, tell
from tests.tasks.conftest import World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "power", "after"),
    [
        pytest.param("available", "stop", "stopped", id="stop"),
        pytest.param("stopped", "start", "available", id="start"),
        pytest.param("stopped", "stop", "stopped", id="stopped already"),
        pytest.param("stopping", "stop", "stopping", id="stopping already"),
        pytest.param("available", "start", "available", id="started already"),
        pytest.param("starting", "start", "starting", id="starting already"),
    ],
)
def test_an_order_is_sent_where_one_is_needed(world: World, before: str, power: Power, after: str) -> None:
    """What is there already, or on its way, is a success without an order."""
    world.set("orders", before)

    set_power(cluster="orders", power=power, asked=NOON)

    assert world.status("orders") == after


@pytest.mark.parametrize("status", ["backing-up", "modifying", "upgrading", "failing-over", "maintenance"])
@pytest.mark.parametrize("power", ["start", "stop"])
def test_a_cluster_that_is_changing_is_busy(world: World, status: str, power: Power) -> None:
    """It takes no order, and the error is one that the machine answers by waiting."""
    world.set("orders", status)

    with pytest.raises(ClusterBusy):
        set_power(cluster="orders", power=power, asked=NOON)

    assert not look(cluster="orders", power=power).settled


def test_only_the_cluster_that_is_meant(world: World) -> None:
    """One of the same name in another account goes on as it was (S002-52)."""
    set_power(cluster="orders-live", power="stop", asked=NOON)

    assert [world.status(name) for name in ("orders", "search", "orders-live")] == ["available", "available", "stopped"]


def test_what_was_ordered_is_remembered(world: World) -> None:
    """The last order of each cluster, also of one that took none at the time."""
    set_power(cluster="orders", power="start", asked=NOON)
    world.set("search", "backing-up")
    with pytest.raises(ClusterBusy):
        set_power(cluster="search", power="stop", asked=NOON)
    set_power(cluster="orders", power="stop", asked=NOON.replace(hour=13))

    assert list(wanted()) == [Wanted("orders", "stop", NOON.replace(hour=13)), Wanted("search", "stop", NOON)]


def test_a_configured_cluster_that_aws_does_not_know(world: World) -> None:
    """The error says where it should be."""
    del world.backend("orders").clusters["orders"]

    with pytest.raises(NoSuchCluster, match='"development" has orders in ap-northeast-1'):
        look(cluster="orders", power="stop")


@pytest.mark.parametrize(
    ("status", "power", "settled"),
    [
        pytest.param("available", "start", True, id="started"),
        pytest.param("stopped", "stop", True, id="stopped"),
        pytest.param("available", "stop", False, id="not yet stopping"),
        pytest.param("stopping", "stop", False, id="stopping"),
        pytest.param("starting", "start", False, id="starting"),
        pytest.param("backing-up", "start", False, id="backing up"),
        pytest.param("stopped", "start", False, id="not yet starting"),
    ],
)
def test_when_a_cluster_has_settled(status: str, power: Power, settled: bool) -> None:
    """In the one status that each order leads to, and in no other."""
    assert judge(status, power).settled is settled


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where messages go."""
    path = tmp_path / "messages.jsonl"
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(path))
    return path


RUN = "arn:aws:states:us-east-1:123456789012:execution:cluster-power:run"


def test_the_end_is_told_in_the_thread_of_the_beginning(world: World, channel: Path) -> None:
    """One place in the channel for one run, with where the cluster is and whose it is."""
    keep(Run(arn=RUN, runbook="cluster-power", name="run", started=NOON, seconds=3600, thread="1.000000"))

    tell(run=RUN, cluster="orders-live", status="stopped")

    [post] = posts(channel)
    assert (post.thread_ts, post.message.text) == ("1.000000", "orders-live is stopped")
    [where] = post.message.blocks[1].model_dump()["elements"]
    assert where["text"] == "production · account production · ap-northeast-1 · @orders"


def test_a_foreign_text_is_shown_as_it_is(world: World, channel: Path) -> None:
    """What AWS calls a status can neither mention nor link (A13)."""
    tell(run=RUN, cluster="orders", status="<!channel> & <http://x|y>")

    [post] = posts(channel)
    assert "<" not in "".join(block.model_dump_json() for block in post.message.blocks)
