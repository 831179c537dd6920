"""cluster-power: how long it waits, and what the channel is told."""

import json
from collections.abc import Sequence

import pytest

from handrail.table import MemoryTable
from handrail.testing import Run, play
from machines.cluster_power import MACHINE
from tasks import rds

ASKED = {"cluster": "orders", "power": "stop"}
STOPPING, STOPPED = rds.judge("stopping", "stop"), rds.judge("stopped", "stop")
BUSY, THROTTLED = rds.ClusterBusy("orders refused StopDBCluster."), rds.Throttled("It was StopDBCluster.")
DENIED = rds.NotAllowed("The role handrail-power needs rds:StopDBCluster.")


@pytest.mark.parametrize(
    ("orders", "looks", "told", "took", "ended"),
    [
        pytest.param([None], [STOPPED], "orders is stopped", "0:00:00", "SUCCEEDED", id="at once"),
        pytest.param([None], [STOPPING, STOPPED], "orders is stopped", "0:00:15", "SUCCEEDED", id="second look"),
        pytest.param([BUSY, None], [STOPPED], "orders is stopped", "0:00:05", "SUCCEEDED", id="busy once"),
        pytest.param([THROTTLED, BUSY, None], [STOPPED], "orders is stopped", "0:00:15", "SUCCEEDED", id="busy twice"),
        pytest.param([None], [THROTTLED, STOPPED], "orders is stopped", "0:00:05", "SUCCEEDED", id="throttled looks"),
        pytest.param([BUSY] * 31, [], "orders refused StopDBCluster", "0:27:15", "FAILED", id="busy for good"),
        pytest.param([DENIED], [], "needs rds:StopDBCluster", "0:00:00", "FAILED", id="not allowed"),
        pytest.param([None], [STOPPING] * 400, "took too long and was ended", "1:00:00", "TIMED_OUT", id="stuck"),
    ],
)
def test_tells_how_it_ended(
    orders: Sequence[object], looks: Sequence[object], told: str, took: str, ended: str
) -> None:
    """Whatever the database answers, the last message says how it ended (S002-51)."""
    run = play(MACHINE, ASKED, {rds.set_power: orders, rds.look: looks})

    assert run.told[0] == "cluster-power began: cluster orders, power stop"
    assert told in run.told[-1]
    assert str(run.took) == took
    assert run.ended == ended


def test_one_run_at_a_time() -> None:
    """A second run on the same cluster orders nothing and says who is at it; one on another cluster goes ahead."""
    table, during = MemoryTable(), list[Run]()

    def order(given: object) -> None:
        for name, asked in (("second", ASKED), ("third", ASKED | {"cluster": "search"})):
            during.append(play(MACHINE, asked, {rds.set_power: [None], rds.look: [STOPPED]}, name=name, table=table))

    first = play(MACHINE, ASKED, {rds.set_power: order, rds.look: [STOPPED]}, name="first", table=table)

    second, third = during
    assert (second.ended, second.error, second.visited) == ("FAILED", "Busy", ["Accept"])
    assert second.told == ["cluster-power failed: Somebody else is working on this: orders, since 09:00 UTC by first."]
    assert (first.ended, third.ended) == ("SUCCEEDED", "SUCCEEDED")


def test_the_end_releases_the_cluster() -> None:
    """However a run has ended, the next one has the cluster."""
    table = MemoryTable()

    for name, orders in (("denied", [DENIED]), ("again", [None])):
        run = play(MACHINE, ASKED, {rds.set_power: orders, rds.look: [STOPPED]}, name=name, table=table)

    assert run.ended == "SUCCEEDED"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({"cluster": "--force"}, "cluster: this may hold only small", id="a flag for a name (A9)"),
        pytest.param({"cluster": "orders; rm -rf /"}, "cluster: this may hold only small", id="a command (A9)"),
        pytest.param({"cluster": "../orders"}, "cluster: this may hold only small", id="a path (A9)"),
        pytest.param({"cluster": "orders\n"}, "cluster: this may hold only small", id="a line (A9)"),
        pytest.param({"cluster": "<!channel>"}, "cluster: this may hold only small", id="markup (A13)"),
        pytest.param({"cluster": "{% $states.input %}"}, "cluster: this may hold only small", id="JSONata (A11)"),
        pytest.param({"cluster": "a" * 64}, "cluster: this may have at most 63", id="too long (A18)"),
        pytest.param({"power": "delete"}, "power: this is none of the choices: start, stop", id="another power"),
        pytest.param({"account": "production"}, "account: there is no such field", id="an unknown key (A12)"),
        pytest.param({"clustre": "x"}, 'clustre: there is no such field. Did you mean "cluster"?', id="a slip (A12)"),
    ],
)
def test_bad_input_orders_nothing(asked: dict[str, str], says: str) -> None:
    """What cannot be asked ends the run before any order, and is told without effect."""
    run = play(MACHINE, ASKED | asked, {rds.set_power: [], rds.look: []})

    assert (run.ended, run.error) == ("FAILED", "InvalidInput")
    assert says in json.loads(run.cause or "")["errorMessage"]
    assert "<!" not in run.messages[-1].model_dump_json()


def test_a_cluster_that_is_none_of_the_choices_is_not_even_announced() -> None:
    """The run ends where it is accepted, and says what was likely meant (S002-53)."""
    run = play(MACHINE, ASKED | {"cluster": "ordres"}, {rds.clusters: [["orders", "search"]]})

    assert run.visited == ["Accept"]
    assert run.told == [
        "cluster-power failed: The runbook does not accept this input: "
        'cluster: this is none of the choices: orders, search. Did you mean "orders"?'
    ]


def test_a_cluster_that_is_not_configured_orders_nothing() -> None:
    """Where nobody could list the choices, the first task refuses it, with the nearest name (S002-53)."""
    run = play(MACHINE, ASKED | {"cluster": "ordres"}, {rds.look: []})

    assert (run.ended, run.error) == ("FAILED", "UnknownCluster")
    assert 'has no such cluster: "ordres". Did you mean "orders"?' in json.loads(run.cause or "")["errorMessage"]
