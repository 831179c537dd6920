"""What an earlier process left RUNNING goes on: nothing is waited for twice, begun twice, or forgotten."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from handrail.asl.model import Json
from handrail.engine.commands import RunTask
from handrail.engine.events import Event, Started, TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.local.alarms import SystemClock
from handrail.local.conductor import CUT_OFF
from handrail.local.driver import Answer, Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.machines import ByName
from handrail.local.replay import UNREADABLE
from handrail.local.store import Store, Stored
from tests.local.driving import machine, result, types

START = "arn:aws:states:::states:startExecution"
CHILD = "arn:aws:states:us-east-1:123456789012:execution:child:kid"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def flow(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


class Later(SystemClock):
    """As late as it is told."""

    def __init__(self, at: float = 1_000.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


class Silent:
    """Takes work and says nothing; what it began is in `begun`."""

    def __init__(self) -> None:
        self.begun: SimpleQueue[RunTask] = SimpleQueue()

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        self.begun.put(task)
        return lambda: None


class Willing(Silent):
    """Does whatever it is asked to."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        answer(lambda at: TaskSucceeded(at, task.task, "well"))
        return super().begin(task, execution, answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path, 0) as store:
        yield store


@contextmanager
def driving(store: Store, work: Any, clock: SystemClock | None = None, scale: float = 1.0) -> Iterator[Driver]:
    driver = Driver(store, work, clock=clock)
    driver.wait_scale = scale
    yield driver
    driver.close()


def left(store: Store, definition: str, events: list[Event], name: str = "run", input: str = "{}") -> str:
    """What a process leaves that is killed after these events."""
    arn = f"arn:aws:states:us-east-1:123456789012:execution:m:{name}"
    store.add(Stored(arn, name, "m", definition, input, "RUNNING", 1_000.0))
    for place, event in enumerate(events):
        store.append(arn, place, event)
    return arn


BEGUN: list[Event] = [Started(1_000.0, "{}", 7)]


@pytest.mark.parametrize(
    ("scale", "at"),
    [
        pytest.param(1.0, 1_060.0, id="as the machine says"),
        pytest.param(0.5, 1_030.0, id="as short as waits are here"),
    ],
)
def test_a_wait_keeps_its_time(store: Store, scale: float, at: float) -> None:
    """The time that nobody was there counts."""
    arn = left(store, flow(W={"Type": "Wait", "Seconds": 60, "End": True}), BEGUN)
    clock = Later(1_010.0)
    with driving(store, Silent(), clock, scale) as driver:
        driver.resume_all()
        [alarm] = driver.alarms.alarms
        assert (alarm.arn, alarm.at) == (arn, at)
        clock.at = at
        driver.inbox.put(lambda: None)
        assert result(driver, arn)[0] == "SUCCEEDED"


def test_what_was_due_meanwhile_happens_at_once(store: Store) -> None:
    """A wait that ended while nobody was there has ended; a time limit that passed has passed."""
    waited = left(store, flow(W={"Type": "Wait", "Seconds": 60, "End": True}), BEGUN, "waited")
    callback = machine(TimeoutSeconds=30)
    limited = left(store, callback, [*BEGUN, TaskSubmitted(1_001.0, 3, {})], "limited")
    with driving(store, Silent(), Later(2_000.0)) as driver:
        assert driver.resume_all() == 2
        assert result(driver, waited)[0] == "SUCCEEDED"
        assert result(driver, limited)[::2] == ("FAILED", "States.Timeout")


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        pytest.param({}, ("FAILED", None, "States.TaskFailed", CUT_OFF), id="no Retry"),
        pytest.param(
            {"Retry": [{"ErrorEquals": ["States.Timeout"]}]},
            ("FAILED", None, "States.TaskFailed", CUT_OFF),
            id="a Retry of something else",
        ),
        pytest.param(
            {"Retry": [{"ErrorEquals": ["States.TaskFailed"]}]}, ("SUCCEEDED", "well", None, None), id="a Retry"
        ),
        pytest.param(
            {"Retry": [{"ErrorEquals": ["States.ALL"]}]}, ("SUCCEEDED", "well", None, None), id="a Retry of everything"
        ),
    ],
)
def test_a_task_that_was_under_way_has_failed(store: Store, fields: Mapping[str, Any], ended: object) -> None:
    """Whether its work was done nobody knows; its Retry says what becomes of that."""
    arn = left(store, machine(FUNCTION, **fields), BEGUN)
    with driving(store, Willing(), scale=0.0) as driver:
        driver.resume_all()
        assert result(driver, arn) == ended


def test_what_had_succeeded_is_not_run_again(store: Store) -> None:
    """Only what was not answered is begun."""
    task = {"Type": "Task", "Resource": FUNCTION}
    definition = flow(A={**task, "Next": "B"}, B={**task, "End": True, "Retry": [{"ErrorEquals": ["States.ALL"]}]})
    work = Willing()
    arn = left(store, definition, [*BEGUN, TaskSucceeded(1_001.0, 3, "first")])
    with driving(store, work, scale=0.0) as driver:
        driver.resume_all()
        assert result(driver, arn)[0] == "SUCCEEDED"
    assert (work.begun.get(timeout=10).state, work.begun.empty()) == ("B", True)


def test_what_had_ended_is_told_as_it_ended(store: Store) -> None:
    """Where only the last note was missing, whoever deals with ends hears of it now."""
    told: list[Stored] = []
    arn = left(store, machine(FUNCTION), [*BEGUN, TaskSucceeded(1_001.0, 3, "well")])
    with driving(store, Silent()) as driver:
        driver.ended_listeners.append(told.append)
        driver.resume_all()
        assert driver.running == {}
    assert [(each.arn, each.status, each.stopped) for each in told] == [(arn, "SUCCEEDED", 1_001.0)]


def test_what_had_not_begun_begins(store: Store) -> None:
    """An execution of which there is a row and no event yet runs from its first state on."""
    arn = left(store, machine(FUNCTION), [])
    with driving(store, Willing()) as driver:
        driver.resume_all()
        assert result(driver, arn)[0] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("definition", "events"),
    [
        pytest.param('{"StartAt": "A", "States": {"A": {"Type": "Later"}}}', BEGUN, id="a definition"),
        pytest.param(machine(FUNCTION), [*BEGUN, TaskSucceeded(1_001.0, 99, "?")], id="an event"),
    ],
)
def test_what_nobody_can_go_on_with_keeps_nobody_from_the_rest(
    store: Store, definition: str, events: list[Event]
) -> None:
    """It is ended, saying why; everything else goes on."""
    bad = left(store, definition, events, "bad")
    good = left(store, machine(FUNCTION, Retry=[{"ErrorEquals": ["States.ALL"]}]), BEGUN, "good")
    with driving(store, Willing(), scale=0.0) as driver:
        driver.resume_all()
        assert result(driver, good)[0] == "SUCCEEDED"
    ended = store.find(bad)
    if events is BEGUN:
        assert (ended.status, ended.error) == ("ABORTED", "Handrail.CutOff")
        assert str(ended.cause).startswith(UNREADABLE)


# ---------------------------------------------------------------------- executions that wait for others


class Machines(ByName):
    """One machine, which waits."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        return "child", flow(W={"Type": "Wait", "Seconds": 60, "Next": "P"}, P={"Type": "Pass", "End": True})


class Failing(ByName):
    """A machine that fails."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        return "child", flow(F={"Type": "Fail", "Error": "Boom"})


def no_builds() -> Builds:
    raise AssertionError("no build here")


def integrations(driver: Callable[[], Driver]) -> Integrations:
    return Integrations({}, no_builds, lambda *_place: None, driver)


@contextmanager
def nesting(store: Store, scale: float, machines: ByName | None = None) -> Iterator[Driver]:
    with driving(store, integrations(lambda: driver), scale=scale) as driver:
        driver.machines = machines or Machines()
        yield driver


def parent(pattern: str, **named: str) -> str:
    asked = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child", **named}
    return machine(START + pattern, Parameters=asked)


def journaled(store: Store, arn: str) -> list[Event]:
    return [*store.journal(arn)]


def first_life(store: Store, definition: str, machines: ByName | None = None) -> str:
    """A parent whose child was begun."""
    with nesting(store, 1.0, machines) as driver:
        arn = driver.start("m", definition, "{}", "run")
        while not any(isinstance(event, TaskSubmitted) for event in journaled(store, arn)):
            driver.wait(arn, 0.01)
    return arn


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
@pytest.mark.parametrize("named", [{"Name": "kid"}, {}], ids=["named", "without a name"])
@pytest.mark.parametrize(
    "forgotten",
    [
        pytest.param(0, id="known to have been begun"),
        pytest.param(1, id="begun a moment before the end"),
    ],
)
def test_a_child_is_joined_and_not_begun_twice(
    store: Store, pattern: str, named: dict[str, str], forgotten: int
) -> None:
    """A parent and its child both go on, and the parent is told how the child ended."""
    arn = first_life(store, parent(pattern, **named))
    store.write("DELETE FROM journal WHERE execution=? AND place>=?", arn, store.length(arn) - forgotten)
    with nesting(store, 0.0) as driver:
        assert driver.resume_all() == 2
        status, told, *_ = result(driver, arn)
    assert (status, told["Status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert len(store.executions(machine="child")) == 1


@pytest.mark.parametrize(
    ("machines", "ended"),
    [
        pytest.param(Machines(), ("SUCCEEDED", None), id="well"),
        pytest.param(Failing(), ("FAILED", "States.TaskFailed"), id="badly"),
    ],
)
@pytest.mark.parametrize("forgotten", [pytest.param(0, id="known"), pytest.param(1, id="a moment before")])
def test_a_child_that_ended_meanwhile_is_told(
    store: Store, machines: ByName, ended: tuple[str, str | None], forgotten: int
) -> None:
    """The parent hears of an end that it missed."""
    definition = parent(".sync", Name="kid")
    arn = first_life(store, definition, machines)
    keep = next(n for n, event in enumerate(journaled(store, arn)) if isinstance(event, TaskSubmitted)) + 1 - forgotten
    with nesting(store, 0.0, machines) as driver:
        if store.find("kid").status == "RUNNING":
            driver.resume(CHILD)
            result(driver, CHILD)
    store.write("DELETE FROM journal WHERE execution=? AND place>=?", arn, keep)
    store.write("UPDATE execution SET status='RUNNING', error=NULL, cause=NULL, stopped=NULL WHERE arn=?", arn)
    with nesting(store, 0.0, machines) as driver:
        driver.resume_all()
        status, _, error, _ = result(driver, arn)
    assert (status, error) == ended
    assert len(store.executions(machine="child")) == 1


def test_a_child_that_was_not_begun_yet_begins(store: Store) -> None:
    """The process was gone before it came to it."""
    arn = left(store, parent(".sync"), BEGUN)
    with nesting(store, 0.0) as driver:
        driver.resume_all()
        assert result(driver, arn)[0] == "SUCCEEDED"
    assert len(store.executions(machine="child")) == 1
    assert types(driver, arn).count("TaskScheduled") == 1


def test_an_older_execution_of_the_same_name_is_somebody_elses(store: Store) -> None:
    """It is refused as StartExecution refuses it."""
    with nesting(store, 0.0) as driver:
        result(driver, driver.start("child", str(Machines().definition("child")[1]), "{}", "kid"))  # type: ignore[index]
        store.write("UPDATE execution SET started=1.0")
    arn = left(store, parent(".sync", Name="kid"), BEGUN)
    with nesting(store, 0.0) as driver:
        driver.resume_all()
        assert result(driver, arn)[2] == "StepFunctions.ExecutionAlreadyExistsException"


# ---------------------------------------------------------------------- maps


class Shelf:
    """S3 with one object, which is read as often as it is asked for."""

    def __init__(self) -> None:
        self.read = 0

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.read += 1
        body = type("Body", (), {"read": lambda _self: b"[1, 2, 3]"})
        return {"Body": body()}


EVERY = {
    "Type": "Map",
    "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    },
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **json.loads(machine(FUNCTION, Retry=[{"ErrorEquals": ["States.ALL"]}])),
    },
    "End": True,
}


@pytest.mark.parametrize("lives", [pytest.param(1, id="while it read"), pytest.param(2, id="while children ran")])
def test_a_distributed_map_goes_on(store: Store, lives: int) -> None:
    """What it was reading is read again; of its children those under way fail and are tried again, no other."""
    done: list[Json] = []

    def work(event: Any, _context: object) -> Json:
        done.append(event)
        return event  # type: ignore[no-any-return]

    shelf, held = Shelf(), Silent()
    arn = left(store, flow(M=EVERY), BEGUN)
    if lives == 2:
        with driving(store, Both(held, shelf), scale=0.0) as driver:
            driver.resume_all()
            first = held.begun.get(timeout=10)
            driver.happened(arn, lambda at: TaskSucceeded(at, first.task, first.arguments))
            while not any(
                isinstance(event, TaskSucceeded) and event.task == first.task for event in store.journal(arn)
            ):
                driver.wait(arn, 0.01)
    functions = {"f": work}
    with driving(store, Integrations(functions, no_builds, lambda *_place: shelf), scale=0.0) as driver:
        driver.resume_all()
        assert result(driver, arn)[:2] == ("SUCCEEDED", [1, 2, 3])
    assert sorted(done, key=str) == ([1, 2, 3] if lives == 1 else [2, 3])
    assert shelf.read == 1
    assert sum(isinstance(event, TaskFailed) for event in store.journal(arn)) == (0 if lives == 1 else 2)


class Both:
    """Reads for a map; of everything else it says nothing."""

    def __init__(self, silent: Silent, shelf: Shelf) -> None:
        self.silent = silent
        self.real = Integrations({}, no_builds, lambda *_place: shelf)

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        hands = self.real if "s3:" in task.resource else self.silent
        return hands.begin(task, execution, answer)

    def rejoin(self, task: RunTask, execution: Stored, before: Json, answer: Answer) -> Callable[[], None] | None:
        return self.real.rejoin(task, execution, before, answer)
