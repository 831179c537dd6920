"""The driver carries out commands, writes every event down first, and wakes whoever waits."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.local.driver import Answer, Driver, NotRedrivable
from handrail.local.replay import replayed
from handrail.local.store import Store, Stored


class Hands:
    """Does tasks as their arguments say: echo, fail, or wait until cancelled; all well once it is mended."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.begun = threading.Event()
        self.mended = False

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        self.begun.set()
        match task.arguments:
            case _ if self.mended:
                answer(lambda at: TaskSucceeded(at, task.task, "mended"))
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
NEXT = {name: value for name, value in TASK.items() if name != "End"}


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


def test_a_redriven_execution_goes_on_where_it_ended(driver: Driver, store: Store, hands: Hands) -> None:
    """It is RUNNING again in the store, ends once more, and the whole journal gives the whole history."""
    heard: list[Stored] = []
    driver.ended_listeners.append(heard.append)
    arn = driver.start("m", machine(A={**NEXT, "Next": "B"}, B=TASK), '{"fail": "Boom"}', "run")
    assert driver.wait(arn, 10)
    hands.mended = True
    driver.redrive(arn)
    assert driver.wait(arn, 10)
    ended = store.find("run")
    assert [each.status for each in heard] == ["FAILED", "SUCCEEDED"]
    assert (ended.status, ended.error, ended.output, ended.redrive_count) == ("SUCCEEDED", None, '"mended"', 1)
    assert (ended.redrive_date or 0) >= ended.started
    again = replayed(store, ended)
    assert (again.status, again.redrives, [event["type"] for event in again.history()].count("TaskStateEntered")) == (
        "SUCCEEDED", 1, 2,
    )  # fmt: skip


def test_a_redrive_in_another_process_goes_on_from_the_journal(store: Store, hands: Hands) -> None:
    """Whoever opens the store later loads the execution as it was, with its own definition."""
    first = Driver(store, hands)
    arn = first.start("m", machine(A=TASK), '{"hang": true}', "run")
    assert hands.begun.wait(10)
    first.stop(arn)
    assert first.wait(arn, 10)
    first.close()
    hands.mended = True
    second = Driver(store, hands)
    try:
        second.redrive(arn)
        assert second.wait(arn, 10)
    finally:
        second.close()
    assert (store.find("run").status, store.find("run").output) == ("SUCCEEDED", '"mended"')


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"n": 1}, "Execution is SUCCEEDED and cannot be redriven", id="succeeded"),
        pytest.param({"hang": True}, "Execution is RUNNING and cannot be redriven", id="running"),
    ],
)
def test_what_cannot_be_redriven_is_refused_in_aws_words(
    driver: Driver, store: Store, hands: Hands, given: object, reason: str
) -> None:
    """The store stays as it is."""
    arn = driver.start("m", machine(A=TASK), json.dumps(given), "run")
    assert hands.begun.wait(10)
    assert given == {"hang": True} or driver.wait(arn, 10)
    before = store.find("run")
    with pytest.raises(NotRedrivable, match=f"run cannot be redriven: {reason}."):
        driver.redrive(arn)
    assert store.find("run") == before


def test_the_redrivable_period_is_the_clocks(store: Store, hands: Hands) -> None:
    """Fourteen days after its end an execution stays ended."""

    class Later:
        now_ = 0.0

        def now(self) -> float:
            return self.now_

    clock = Later()
    driver = Driver(store, hands, clock=clock)
    try:
        arn = driver.start("m", machine(A=TASK), '{"fail": "Boom"}', "run")
        assert driver.wait(arn, 10)
        clock.now_ = 14 * 86_400 + 1.0
        with pytest.raises(NotRedrivable, match="Execution redrivable period exceeded"):
            driver.redrive(arn)
    finally:
        driver.close()


def test_a_wait_until_the_year_9999_is_in_nobody_s_way(driver: Driver) -> None:
    """It is longer than the system can wait; all others run, and it can be stopped."""
    far = machine(A={"Type": "Wait", "Timestamp": "9999-12-31T23:59:59Z", "End": True})
    waiting = driver.start("far", far, "{}", "waiting")
    for number in range(3):
        other = driver.start("m", machine(A=TASK), "{}", f"run-{number}")
        assert driver.wait(other, 20)
        assert driver.describe(other).status == "SUCCEEDED"
    driver.stop(waiting)
    assert driver.wait(waiting, 20)
    assert driver.describe(waiting).status == "ABORTED"


def test_stopping_cancels_the_work(driver: Driver, store: Store, hands: Hands) -> None:
    """A stopped execution is aborted, and the work it waited for is cancelled."""
    arn = driver.start("m", machine(A=TASK), '{"hang": true}', "run")
    assert hands.begun.wait(10)
    driver.stop(arn, "Enough", "said a person")
    assert driver.wait(arn, 10)
    ended = store.find("run")
    assert (ended.status, ended.error, ended.cause) == ("ABORTED", "Enough", "said a person")
    assert hands.cancelled.wait(10)


def test_an_end_is_told_once_it_is_in_the_store(driver: Driver, store: Store) -> None:
    """Each listener hears of the end, with what the store has; one that fails keeps nobody from hearing it."""
    heard: list[tuple[Stored, bool]] = []

    def fails(_ended: Stored) -> None:
        raise RuntimeError("listener")

    driver.ended_listeners += [fails, lambda ended: heard.append((ended, store.find("run") == ended))]
    assert driver.wait(driver.start("m", machine(A=TASK), '{"fail": "Boom"}', "run"), 10)
    [(ended, kept)] = heard
    assert (ended.status, ended.error, ended.cause, kept) == ("FAILED", "Boom", "because", True)


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
