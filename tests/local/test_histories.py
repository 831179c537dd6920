"""Executions that are looked at: those that run as they are, those that have ended made again, a few of them kept."""

import gc
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.local import histories
from handrail.local.driver import Driver
from handrail.local.histories import Histories, size
from handrail.local.replay import replayed
from handrail.local.store import Store, Stored
from tests.local.driving import Taker, machine

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
FAIL = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail"}}})
PREFIX = "arn:aws:states:eu-west-1:111111111111"


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        made = Driver(store, Taker())
        yield made
        made.close()


def begun(driver: Driver, name: str, definition: str = PASS) -> Stored:
    return driver.begin(Stored(f"{PREFIX}:execution:m:{name}", name, "m", definition, "{}", "RUNNING", 1.0))


def ended(driver: Driver, name: str, definition: str = PASS) -> Stored:
    stored = begun(driver, name, definition)
    assert driver.wait(stored.arn, 20)
    return driver.describe(stored.arn)


def test_what_was_begun_is_in_the_store_at_once(driver: Driver) -> None:
    """Of any account and region; whoever is killed after the answer has lost nothing."""
    stored = begun(driver, "run", machine())
    [found] = driver.store.executions()
    assert found == stored
    assert (found.machine_arn, found.role) == (
        f"{PREFIX}:stateMachine:m", "arn:aws:iam::111111111111:role/handrail-m",
    )  # fmt: skip


def test_what_has_just_ended_is_at_hand(driver: Driver) -> None:
    """Whoever reads the history of what they ran need not wait for its journal to be read."""
    found, stored = Histories(driver), begun(driver, "run")
    assert driver.wait(stored.arn, 20)
    kept = found.cache.get((stored.arn, 0))
    assert kept is not None
    assert kept.events == replayed(driver.store, driver.describe(stored.arn)).events
    assert found.ended(driver.describe(stored.arn)) is kept


def test_an_ended_execution_is_made_again_once(driver: Driver) -> None:
    """Only a redrive makes it another one."""
    stored = ended(driver, "run", FAIL)
    found = Histories(driver)
    first = found.ended(stored)
    assert found.ended(stored) is first
    driver.redrive(stored.arn)
    assert driver.wait(stored.arn, 20)
    assert len(found.events(driver.describe(stored.arn))) > len(first.events)


def test_the_ones_looked_at_longest_ago_are_let_go(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with what is looked at: so many bytes are kept, and the last one, however long it is."""
    one, two, three = (ended(driver, name) for name in ("one", "two", "three"))
    room = size(replayed(driver.store, one)) + size(replayed(driver.store, two))
    monkeypatch.setattr(histories, "MOST", room)
    found = Histories(driver)
    for stored in (one, two, one, three):
        found.ended(stored)
    assert [arn for arn, _ in found.cache.kept] == [one.arn, three.arn]
    assert 0 < found.cache.held <= room


@pytest.mark.parametrize(
    "text",
    [pytest.param("", id="short inputs"), pytest.param("x" * 2_000, id="long ones")],
)
def test_bytes_are_counted_as_they_are(driver: Driver, text: str) -> None:
    """What is kept has about the size that it is counted with, so the limit is one of memory."""
    states = {f"S{n}": {"Type": "Pass", "Result": f"{n}{text}", "Next": f"S{n + 1}"} for n in range(100)}
    chain = json.dumps({"StartAt": "S0", "States": {**states, "S100": {"Type": "Succeed"}}})
    stored = ended(driver, "run", chain)
    replayed(driver.store, stored)
    tracemalloc.start()
    try:
        execution = replayed(driver.store, stored)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / 2 < size(execution) < held * 2


def test_one_that_runs_is_read_as_it_is(driver: Driver) -> None:
    """Nothing is made again, and nothing is kept."""
    found, stored = Histories(driver), begun(driver, "run", machine())
    assert isinstance(driver.work, Taker)
    driver.work.token()
    assert found.look(stored, lambda execution: execution is driver.running[stored.arn].execution)
    assert [event.type for event in found.events(stored)][:2] == ["ExecutionStarted", "TaskStateEntered"]
    assert not found.cache.kept
