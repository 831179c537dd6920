"""Activities: workers ask for tasks, are given each once, and answer with its token."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handrail.local.apierror import ApiError
from handrail.local.driver import Driver
from handrail.local.refusal import Unavailable
from handrail.local.replay import replayed
from handrail.local.store import Store
from tests.local.driving import Seen, Taker, machine, result, types

ARN = "arn:aws:states:us-east-1:123456789012:activity:dig"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path, 0) as store:
        yield store


@pytest.fixture
def driver(store: Store) -> Iterator[Driver]:
    driver = Driver(store, Taker())
    driver.activities.create(ARN)
    yield driver
    driver.close()


def test_a_worker_takes_a_task_and_answers(driver: Driver) -> None:
    """The worker is given the input as JSON text and a token; the history has its name."""
    arn = driver.start("m", machine(ARN), '{"where": ["é", 1.0]}', "run")
    assigned = driver.get_activity_task(ARN, "mole")
    assert assigned is not None
    assert json.loads(assigned.input) == {"where": ["é", 1.0]}
    driver.task_succeeded(assigned.token, '"dug"')
    assert result(driver, arn)[:2] == ("SUCCEEDED", "dug")
    history = replayed(driver.store, driver.store.find(arn)).history()
    assert [event["type"] for event in history][2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert history[3]["activityStartedEventDetails"] == {"workerName": "mole"}


def test_a_worker_waits_for_a_task_to_come(driver: Driver) -> None:
    """A poll that began before the task is given it."""
    with ThreadPoolExecutor(1) as threads:
        polled = threads.submit(driver.get_activity_task, ARN)
        arn = driver.start("m", machine(ARN), "1", "run")
        assigned = polled.result(timeout=10)
    assert assigned is not None
    driver.task_failed(assigned.token, "Rock", "too hard")
    assert result(driver, arn) == ("FAILED", None, "Rock", "too hard")


def test_a_poll_ends_without_a_task(driver: Driver) -> None:
    """When no task comes in time there is none, and none that comes later is lost."""
    assert driver.get_activity_task(ARN, timeout=0) is None
    seen = Seen(driver)
    driver.start("m", machine(ARN), "1", "run")
    seen.until("ActivityScheduled")
    assert driver.get_activity_task(ARN) is not None


def test_each_task_is_given_once_the_oldest_first(driver: Driver) -> None:
    """However many workers poll, no two have the same task."""
    seen = Seen(driver)
    for number in range(8):
        driver.start("m", machine(ARN), str(number), f"run-{number}")
        seen.until("ActivityScheduled")
    first = driver.get_activity_task(ARN)
    with ThreadPoolExecutor(7) as threads:
        others = list(threads.map(lambda _: driver.get_activity_task(ARN), range(7)))
    assert first is not None
    assert first.input == "0"
    assert sorted(each.input for each in others if each is not None) == list("1234567")
    assert driver.get_activity_task(ARN, timeout=0) is None


def test_a_stopped_execution_takes_its_task_back(driver: Driver) -> None:
    """What nobody waits for any more is given to nobody."""
    seen = Seen(driver)
    arn = driver.start("m", machine(ARN), "1", "run")
    seen.until("ActivityScheduled")
    driver.stop(arn)
    assert driver.wait(arn, 10)
    assert driver.get_activity_task(ARN, timeout=0) is None


def test_silence_counts_from_when_a_worker_has_the_task(driver: Driver) -> None:
    """HeartbeatSeconds begin with ActivityStarted, TimeoutSeconds before."""
    seen = Seen(driver)
    arn = driver.start("m", machine(ARN, HeartbeatSeconds=1, TimeoutSeconds=90), "1", "run")
    seen.until("ActivityScheduled")
    assert len(driver.alarms.alarms) == 1
    assert driver.get_activity_task(ARN) is not None
    assert result(driver, arn) == ("FAILED", None, "States.Timeout", None)
    assert types(driver, arn)[3:5] == ["ActivityStarted", "ActivityTimedOut"]


def test_an_activity_that_is_none_fails_its_execution(driver: Driver) -> None:
    """AWS says which, where, and records no more than that the state was entered."""
    arn = driver.start("m", machine(f"{ARN}-deep"), "1", "run")
    status, _, error, cause = result(driver, arn)
    assert (status, error) == ("FAILED", "States.Runtime")
    assert cause == (
        "An error occurred while executing the state 'A' (entered at the event id #2). "
        f"The activity {ARN}-deep does not exist."
    )
    assert types(driver, arn) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


def test_who_watches_sees_how_it_failed(driver: Driver) -> None:
    """The history that is told as it grows is the one that is read later."""
    seen = Seen(driver)
    arn = driver.start("m", machine(f"{ARN}-deep"), "1", "run")
    assert driver.wait(arn, 10)
    assert [seen.types.get(timeout=10) for _ in range(3)] == types(driver, arn)


def test_a_deleted_activity_is_told(driver: Driver) -> None:
    """Neither can its tasks be taken, nor answered."""
    driver.start("m", machine(ARN), "1", "run")
    assigned = driver.get_activity_task(ARN)
    assert assigned is not None
    driver.activities.delete(ARN)
    with pytest.raises(ApiError) as refused:
        driver.get_activity_task(ARN)
    assert (refused.value.code, str(refused.value)) == ("ActivityDoesNotExist", f"Activity Does Not Exist: '{ARN}'")
    with pytest.raises(ApiError) as refused:
        driver.task_succeeded(assigned.token, "1")
    assert refused.value.code == "TaskDoesNotExist"


def test_a_closing_driver_sends_workers_away(driver: Driver) -> None:
    """A poll does not outlive the driver, and is told why, or the worker would poll again at once."""
    with ThreadPoolExecutor(1) as threads:
        polled = threads.submit(driver.get_activity_task, ARN)
        driver.close()
        assert isinstance(polled.exception(timeout=10), Unavailable)


@pytest.mark.parametrize("taken", [pytest.param(True, id="taken"), pytest.param(False, id="still waiting")])
def test_the_next_process_knows_what_a_worker_has(store: Store, taken: bool) -> None:
    """A task that a worker took is awaited from it; one that waits is given out, with the same token."""
    first = Driver(store, Taker())
    first.activities.create(ARN)
    seen = Seen(first)
    arn = first.start("m", machine(ARN), "1", "run")
    seen.until("ActivityScheduled")
    assigned = first.get_activity_task(ARN) if taken else None
    first.close()
    second = Driver(store, Taker())
    second.activities.create(ARN)
    try:
        second.resume(arn)
        again = second.get_activity_task(ARN, timeout=0)
        assert (again is None) is taken
        held = assigned or again
        assert held is not None
        second.task_succeeded(held.token, '"dug"')
        assert result(second, arn)[:2] == ("SUCCEEDED", "dug")
    finally:
        second.close()
