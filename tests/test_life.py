"""The life of a run on the virtual clock: alone on its target, its end dealt with, redriven, begun again."""

from datetime import timedelta
from typing import Any

import pytest

from handrail.accept import accept
from handrail.errors import HandrailError
from handrail.machine import Machine
from handrail.table import MemoryTable
from handrail.testing import Run, play, redrive
from handrail.testing.stage import START
from machines import cluster_power
from tasks import rds

POWER = cluster_power.MACHINE
ASKED = {"cluster": "orders", "power": "stop"}
STOPPED = rds.judge("stopped", "stop")
DENIED = rds.NotAllowed("The role handrail-power needs rds:StopDBCluster.")


def stop(name: str, table: MemoryTable, *, orders: Any = (None,), after: timedelta = timedelta()) -> Run:
    return play(POWER, ASKED, {rds.set_power: orders, rds.look: [STOPPED]}, name=name, table=table, at=START + after)


def locked(table: MemoryTable, cluster: str = "orders") -> str | None:
    """Whose execution has a cluster."""
    row = table.get(f"lock#cluster-power#{cluster}", "lock")
    return None if row is None else row["run"]


def audited(table: MemoryTable) -> list[tuple[str, str]]:
    return [(row["execution"].rpartition(":")[2], row["what"]) for row in table.query("audit#2026-01-05")]


def test_two_runs_on_one_target_at_once() -> None:
    """The second fails, has done nothing and is told who is at it; the first goes on."""
    table, during = MemoryTable(), list[Run]()

    first = stop("first", table, orders=lambda _: during.append(stop("second", table)))
    [second] = during

    assert (second.ended, second.error, [call.state for call in second.calls]) == ("FAILED", "Busy", ["Accept"])
    assert second.told == ["cluster-power failed: Somebody else is working on this: orders, since 09:00 UTC by first."]
    assert (first.ended, locked(table)) == ("SUCCEEDED", None)
    assert {("first", "accepted"), ("second", "refused"), ("second", "FAILED"), ("first", "SUCCEEDED")} == {
        *audited(table)
    }


@pytest.mark.parametrize(
    ("after", "ended"),
    [
        pytest.param("0:30:00", "FAILED", id="while it may still run"),
        pytest.param("1:04:59", "FAILED", id="just before its lock ends"),
        pytest.param("1:05:00", "SUCCEEDED", id="when its lock has ended"),
    ],
)
def test_a_run_that_dies_with_the_lock(after: str, ended: str) -> None:
    """Where nobody is told of its end, its lock ends by itself, a little after the longest that it could have run."""
    table = MemoryTable()
    dead = {"Order": lambda _: (_ for _ in ()).throw(KeyboardInterrupt)}
    with pytest.raises(KeyboardInterrupt):
        play(POWER, ASKED, dead, name="dead", table=table)
    hours, minutes, seconds = map(int, after.split(":"))

    assert locked(table) == "dead"
    assert stop("next", table, after=timedelta(hours=hours, minutes=minutes, seconds=seconds)).ended == ended


def test_a_redrive_takes_its_lock_again() -> None:
    """The end had released it; while the run goes on, nobody else may, however long ago it was begun."""
    table, during = MemoryTable(), list[Run]()
    failed = stop("first", table, orders=[DENIED])
    assert (failed.ended, locked(table)) == ("FAILED", None)

    def order(_: object) -> None:
        during.append(stop("second", table, after=timedelta(days=3, minutes=30)))

    again = redrive(failed, {rds.set_power: order, rds.look: [STOPPED]}, after=timedelta(days=3))

    [second] = during
    assert second.told == ["cluster-power failed: Somebody else is working on this: orders, since 09:00 UTC by first."]
    assert (again.ended, again.calls[0].state, locked(table)) == ("SUCCEEDED", "Order", None)


def test_a_redrive_does_not_begin_where_somebody_else_is() -> None:
    """The dangerous step asks for the lock before it does anything, and the redrive fails with who has it."""
    table, during = MemoryTable(), list[Run]()
    failed = stop("first", table, orders=[DENIED])

    def order(_: object) -> None:
        during.append(redrive(failed, {rds.set_power: [], rds.look: []}, after=timedelta(hours=2, minutes=10)))

    second = stop("second", table, orders=order, after=timedelta(hours=2))

    [refused] = during
    assert (refused.ended, refused.error) == ("FAILED", "Busy")
    assert refused.told == [
        "cluster-power failed: Somebody else is working on this: orders, since 11:00 UTC by second."
    ]
    assert second.ended == "SUCCEEDED"


def test_a_run_that_succeeded_is_not_redriven() -> None:
    """With AWS's reason."""
    run = stop("first", MemoryTable())
    with pytest.raises(HandrailError, match="first cannot be redriven: Execution is SUCCEEDED and cannot be redriven"):
        redrive(run)


def test_the_same_input_begins_anew() -> None:
    """As "New execution" in the console does; nobody has proven who asks, and the start message says so."""
    table = MemoryTable()
    first, again = stop("first", table), stop("again", table, after=timedelta(minutes=1))

    assert (first.ended, again.ended) == ("SUCCEEDED", "SUCCEEDED")
    assert again.told[0] == "cluster-power began: cluster orders, power stop"
    assert "from the console, a schedule or the command line" in again.messages[0].model_dump_json()


def test_who_asked_is_no_field_of_an_input() -> None:
    """Whatever an input claims of its requester, nothing is begun with it."""
    run = play(POWER, ASKED | {"requested_by": "U123"})

    assert (run.ended, run.error, [call.state for call in run.calls]) == ("FAILED", "InvalidInput", ["Accept"])


def test_a_retried_accept_is_one_run() -> None:
    """Lambda may have done all of it and lost the answer: once more tells nothing and takes nothing more."""
    table = MemoryTable()

    class ServiceError(Exception):
        pass

    ServiceError.__name__ = "Lambda.ServiceException"
    answers = iter([ServiceError("lost")])

    def accepting(event: Any) -> Any:
        asked = accept.handle(event)
        error = next(answers, None)
        return asked if error is None else error

    run = play(POWER, ASKED, {"Accept": accepting, rds.set_power: [None], rds.look: [STOPPED]}, table=table)

    assert (run.ended, [call.state for call in run.calls][:2]) == ("SUCCEEDED", ["Accept", "Accept"])
    assert [text for text in run.told if "began" in text] == ["cluster-power began: cluster orders, power stop"]


def test_runs_of_a_machine_without_a_lock_go_side_by_side() -> None:
    """Nothing is theirs alone."""
    machine = Machine(
        "cluster-power", input=POWER.input, steps=[cluster_power.look, cluster_power.tell], timeout=timedelta(hours=1)
    )
    table, during = MemoryTable(), list[Run]()

    def look(_: object) -> object:
        if not during:
            during.append(play(machine, ASKED, {rds.look: [STOPPED]}, name="second", table=table))
        return STOPPED

    first = play(machine, ASKED, {rds.look: look}, name="first", table=table)

    assert (first.ended, during[0].ended) == ("SUCCEEDED", "SUCCEEDED")
