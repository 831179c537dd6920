"""Task tokens: what waits for an answer from outside gets it once, from any thread, in this process or the next."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handrail.local.apierror import ApiError
from handrail.local.driver import Driver
from handrail.local.store import Store
from tests.local.driving import Seen, Taker, machine, result, types


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest.fixture
def driver(tmp_path: Path, taker: Taker) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, taker)
        yield driver
        driver.close()


Tell = Callable[[Driver, str], None]


@pytest.mark.parametrize(
    ("tell", "told"),
    [
        pytest.param(lambda d, t: d.task_succeeded(t, '{"a": 1}'), ("SUCCEEDED", {"a": 1}, None, None), id="success"),
        pytest.param(lambda d, t: d.task_succeeded(t, "null"), ("SUCCEEDED", None, None, None), id="null"),
        pytest.param(lambda d, t: d.task_failed(t, "E", "why"), ("FAILED", None, "E", "why"), id="failure"),
        pytest.param(lambda d, t: d.task_failed(t), ("FAILED", None, None, None), id="failure without a word"),
    ],
)
def test_a_callback_ends_its_task(
    driver: Driver, taker: Taker, tell: Tell, told: tuple[str, object, str | None, str | None]
) -> None:
    """The request is submitted, the task waits, and whoever has the token says how it ended."""
    arn = driver.start("m", machine(), "{}", "run")
    tell(driver, taker.token())
    assert result(driver, arn) == told
    ended = "TaskSucceeded" if told[0] == "SUCCEEDED" else "TaskFailed"
    assert types(driver, arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", ended]


def test_the_arguments_name_the_token_that_ends_the_task(driver: Driver, taker: Taker) -> None:
    """`$$.Task.Token` is what SendTaskSuccess takes."""
    arn = driver.start("m", machine(Parameters={"token.$": "$$.Task.Token"}), "{}", "run")
    arguments = taker.tasks.get(timeout=10).arguments
    assert isinstance(arguments, dict)
    driver.task_succeeded(str(arguments["token"]), "1")
    assert result(driver, arn)[:2] == ("SUCCEEDED", 1)


def test_what_was_not_told_a_catch_is_given_as_null(driver: Driver, taker: Taker) -> None:
    """SendTaskFailure without Error and Cause is caught by States.ALL, with neither."""
    definition = json.loads(machine(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]))
    definition["States"]["B"] = {"Type": "Pass", "End": True}
    arn = driver.start("m", json.dumps(definition), "{}", "run")
    driver.task_failed(taker.token())
    assert result(driver, arn)[:2] == ("SUCCEEDED", {"Error": None, "Cause": None})


def ended(driver: Driver, token: str) -> None:
    driver.task_succeeded(token, "1")


@pytest.mark.parametrize(
    ("before", "token", "output", "code"),
    [
        pytest.param(None, "nonsense", "1", "InvalidToken", id="no token"),
        pytest.param(None, "nonsense", "{", "InvalidToken", id="the token is looked at first"),
        pytest.param(None, "0" * 48, "1", "TaskTimedOut", id="a token of nothing"),
        pytest.param(ended, None, "1", "TaskTimedOut", id="an answered task"),
        pytest.param(None, None, "{", "InvalidOutput", id="no JSON"),
        pytest.param(None, None, "NaN", "InvalidOutput", id="what Python takes for JSON"),
    ],
)
def test_a_wrong_answer_is_refused_in_aws_words(
    driver: Driver, taker: Taker, before: Tell | None, token: str | None, output: str, code: str
) -> None:
    """The refusal has the code of the API Reference, and the task goes on waiting as it did."""
    arn = driver.start("m", machine(), "{}", "run")
    own = taker.token()
    if before is not None:
        before(driver, own)
    with pytest.raises(ApiError) as refused:
        driver.task_succeeded(token or own, output)
    assert refused.value.code == code
    if before is None:
        driver.task_succeeded(own, "1")
    assert result(driver, arn)[:2] == ("SUCCEEDED", 1)


def test_of_many_answers_one_is_taken(driver: Driver, taker: Taker) -> None:
    """However many threads answer at once, one of them ends the task and the others hear that it is over."""
    arn = driver.start("m", machine(), "{}", "run")
    token = taker.token()

    def answer(number: int) -> int | str:
        try:
            driver.task_succeeded(token, str(number))
        except ApiError as refused:
            return refused.code
        return number

    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(answer, range(16)))
    taken = result(driver, arn)[1]
    assert heard == [number if number == taken else "TaskTimedOut" for number in range(16)]


def test_a_missed_heartbeat_ends_the_token(driver: Driver, taker: Taker) -> None:
    """After the timeout nobody can answer any more, nor say that the task is alive."""
    arn = driver.start("m", machine(HeartbeatSeconds=1), "{}", "run")
    token = taker.token()
    driver.task_heartbeat(token)
    assert result(driver, arn) == ("FAILED", None, "States.Timeout", None)
    with pytest.raises(ApiError, match="Provided task does not exist anymore"):
        driver.task_heartbeat(token)


def test_a_stopped_execution_takes_no_answer(driver: Driver, taker: Taker) -> None:
    """Its tokens are over with it, and none of them is kept."""
    arn = driver.start("m", machine(), "{}", "run")
    token = taker.token()
    driver.stop(arn)
    assert result(driver, arn)[0] == "ABORTED"
    with pytest.raises(ApiError, match="Provided task does not exist anymore"):
        driver.task_succeeded(token, "1")
    assert (driver.tokens.places, driver.tokens.of_execution) == ({}, {})


def test_each_iteration_of_a_map_has_its_token(driver: Driver, taker: Taker) -> None:
    """Answers come in any order; each reaches its own iteration."""
    task = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "End": True}
    flow = {"StartAt": "A", "States": {"A": task}}
    every = {"Type": "Map", "ItemProcessor": flow, "End": True}
    arn = driver.start("m", json.dumps({"StartAt": "M", "States": {"M": every}}), '["a", "b"]', "run")
    tasks = [taker.tasks.get(timeout=10) for _ in range(2)]
    for task_ in reversed(tasks):
        driver.task_succeeded(task_.token, json.dumps(f"for {task_.arguments}"))
    assert result(driver, arn)[1] == ["for a", "for b"]


def test_a_token_is_found_by_the_next_process(tmp_path: Path, taker: Taker) -> None:
    """An execution that is picked up waits on with its old token and its old time limit; nothing is sent twice."""
    with Store.writing(tmp_path, 0) as store:
        first = Driver(store, taker)
        seen = Seen(first)
        arn = first.start("m", machine(TimeoutSeconds=900), "{}", "run")
        token = taker.token()
        seen.until("TaskSubmitted")
        first.close()
        second = Driver(store, taker)
        try:
            second.resume(arn)
            assert len(second.alarms.alarms) == 1
            second.task_succeeded(token, "1")
            assert result(second, arn)[:2] == ("SUCCEEDED", 1)
        finally:
            second.close()
        assert taker.tasks.empty()
        assert types(second, arn).count("TaskSubmitted") == 1


def test_work_that_died_with_its_process_has_failed(tmp_path: Path, taker: Taker) -> None:
    """Whether a request that was not answered was made nobody knows; the task's Retry decides."""

    class Silent(Taker):
        def begin(self, task: object, execution: object, answer: object) -> Callable[[], None]:
            self.tasks.put(task)  # type: ignore[arg-type]
            return lambda: None

    silent = Silent()
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    with Store.writing(tmp_path, 0) as store:
        first = Driver(store, silent)
        arn = first.start("m", machine(Retry=retry), "{}", "run")
        lost = silent.token()
        first.close()
        second = Driver(store, taker)
        try:
            second.resume(arn)
            again = taker.token()
            second.task_succeeded(again, "1")
            assert result(second, arn)[:2] == ("SUCCEEDED", 1)
        finally:
            second.close()
        assert lost != again
        assert types(second, arn).count("TaskFailed") == 1


def test_whoever_asks_a_closed_driver_is_told(tmp_path: Path, taker: Taker) -> None:
    """No answer is waited for that cannot come."""
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, taker)
        driver.close()
        with pytest.raises(Exception, match="Nothing runs any more"):
            driver.task_heartbeat("0" * 48)
