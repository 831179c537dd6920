"""The driver carries out commands, writes every event down first, and wakes whoever waits."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.local.driver import Answer, Driver
from handrail.local.replay import replayed
from handrail.local.store import Store, Stored


class Hands:
    """Does tasks as their arguments say: echo, fail, or wait until cancelled."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.begun = threading.Event()

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        self.begun.set()
        match task.arguments:
            case {"fail": str(error)}:
                answer(lambda at: TaskFailed(at, task.task, error, "because"))
            case {"hang": True}:
                pass
            case value:
                answer(lambda at: TaskSucceeded(at, task.task, value))
        return self.cancelled.set


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path, 0) as store:
        yield store


@pytest.fixture
def driver(store: Store, hands: Hands) -> Iterator[Driver]:
    driver = Driver(store, hands)
    yield driver
    driver.close()


def machine(**states: object) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}


@pytest.mark.parametrize(
    ("definition", "given", "status", "output"),
    [
        pytest.param(machine(A=TASK), {"n": 1}, "SUCCEEDED", {"n": 1}, id="a task answers"),
        pytest.param(machine(A=TASK), {"fail": "Boom"}, "FAILED", None, id="a task fails"),
        pytest.param(machine(A={"Type": "Wait", "Seconds": 0, "End": True}), {}, "SUCCEEDED", {}, id="a timer fires"),
        pytest.param(machine(A=TASK | {"TimeoutSeconds": 1}), {"hang": True}, "FAILED", None, id="a task times out"),
    ],
)
def test_an_execution_ends_as_its_tasks_do(
    driver: Driver, store: Store, definition: str, given: object, status: str, output: object
) -> None:
    """Whatever a task answers, the store ends with the status and the output."""
    arn = driver.start("m", definition, json.dumps(given), "run")
    assert driver.wait(arn, 10)
    ended = store.find("run")
    assert (ended.status, json.loads(ended.output or "null")) == (status, output)


def test_the_journal_gives_the_same_history_again(driver: Driver, store: Store) -> None:
    """Replaying the journal makes the history that the execution had, to the event."""
    seen: list[dict[str, object]] = []
    driver.watchers.append(lambda execution, _before: seen.__setitem__(slice(None), execution.history()))
    wait = {"Type": "Wait", "Seconds": 0, "Next": "B"}
    arn = driver.start("m", machine(A=wait, B=TASK), '{"x": [1, 2]}', "run")
    assert driver.wait(arn, 10)
    assert replayed(store, store.find("run")).history() == seen


def test_stopping_cancels_the_work(driver: Driver, store: Store, hands: Hands) -> None:
    """A stopped execution is aborted, and the work it waited for is cancelled."""
    arn = driver.start("m", machine(A=TASK), '{"hang": true}', "run")
    assert hands.begun.wait(10)
    driver.stop(arn, "Enough", "said a person")
    assert driver.wait(arn, 10)
    ended = store.find("run")
    assert (ended.status, ended.error, ended.cause) == ("ABORTED", "Enough", "said a person")
    assert hands.cancelled.wait(10)


def test_a_broken_store_reaches_whoever_waits(driver: Driver, store: Store) -> None:
    """When the journal cannot be written, waiting raises instead of hanging."""
    store.connection.close()
    with pytest.raises(Exception, match="closed"):
        driver.wait(driver.start("m", machine(A=TASK), "{}", "run"), 10)


def deep() -> object:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("answer", [pytest.param(deep(), id="too deep"), pytest.param(b"bytes", id="no JSON")])
def test_an_answer_that_cannot_be_written_fails_its_own_execution(store: Store, answer: object) -> None:
    """One task's impossible answer fails its execution; the others go on."""

    class Strange(Hands):
        def begin(self, task: RunTask, execution: Stored, answer_: Answer) -> Callable[[], None]:
            value: Any = answer if execution.name == "bad" else "good"
            answer_(lambda at: TaskSucceeded(at, task.task, value))
            return self.cancelled.set

    driver = Driver(store, Strange())
    try:
        runs = [driver.start("m", machine(A=TASK), "{}", name) for name in ("bad", "good")]
        assert all(driver.wait(arn, 10) for arn in runs)
        assert [store.find(name).status for name in ("bad", "good")] == ["FAILED", "SUCCEEDED"]
    finally:
        driver.close()
