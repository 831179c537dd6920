"""What has ended is in the store and not in memory, however many have: only what was looked at is, within a limit."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from handrail.engine import Execution
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.engine.execution import Branch
from handrail.engine.history import HistoryEvent
from handrail.local import histories
from handrail.local.alarms import Alarm
from handrail.local.conductor import Running
from handrail.local.driver import Answer
from handrail.local.store import Stored
from handrail.local.tokens import Place
from tests.local.api.serving import Site, serving

OF_ONE = (Alarm, Branch, Execution, HistoryEvent, Place, Running, Stored)
"""What there is of one execution."""

MANY = 20


class Answers:
    """Answers every task at once: that of a function called `bad` with an error."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        bad = task.resource.endswith(":bad")
        answer(lambda at: TaskFailed(at, task.task, "Boom", "why") if bad else TaskSucceeded(at, task.task, {}))
        return lambda: None


def call(function: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:lambda:eu-west-1:111111111111:function:{function}"} | more


def each(mode: str, state: Mapping[str, Any]) -> dict[str, Any]:
    config = {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})
    inner = {"ProcessorConfig": config, "StartAt": "Do", "States": {"Do": {**state, "End": True}}}
    return {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": inner}


PASS: Mapping[str, Any] = {"Type": "Pass"}
CATCH = [{"ErrorEquals": ["Boom"], "Next": "Rest"}]
BRANCHES = [{"StartAt": name, "States": {name: {**PASS, "End": True}}} for name in ("Left", "Right")]

GONE: Mapping[str, Mapping[str, Any]] = {
    "one that only passes": PASS,
    "one that waits": {"Type": "Wait", "Seconds": 0},
    "a task with a time limit of a year": call("good", TimeoutSeconds=31_536_000),
    "one that fails": call("bad"),
    "one whose error is caught": call("bad", Catch=CATCH),
    "one that is retried": call("bad", Retry=[{"ErrorEquals": ["Boom"], "IntervalSeconds": 1, "MaxAttempts": 2}]),
    "branches": {"Type": "Parallel", "Branches": BRANCHES},
    "iterations": each("INLINE", PASS),
}
RINGS: Mapping[str, Mapping[str, Any]] = {
    "iterations of which one fails": each("INLINE", call("bad")),
    "children": each("DISTRIBUTED", PASS),
    "children of which one fails": each("DISTRIBUTED", call("bad")),
}


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One in which nothing that was looked at is kept but the last."""
    monkeypatch.setattr(histories, "MOST", 0)
    with serving(tmp_path_factory.mktemp("api"), Answers()) as found:
        found.api.driver.wait_scale = 0.0
        gc.collect()
        gc.disable()
        yield found
        gc.enable()


def alive(site: Site) -> Counter[type]:
    """How many there are of each, once the driver has nothing to do any more."""
    for _ in range(2):
        site.api.driver.ask(lambda: None)
    return Counter({kind: sum(type(found) is kind for found in gc.get_objects()) for kind in OF_ONE})


def run(site: Site, machine: str, *, looks: bool) -> None:
    arn = site.run(machine)
    told = site.call("describe_execution", executionArn=arn)
    assert told["status"] in ("SUCCEEDED", "FAILED")
    if looks:
        assert site.call("get_execution_history", executionArn=arn)["events"]


def definition(state: Mapping[str, Any]) -> str:
    end: dict[str, Any] = {"Type": "Pass", "End": True}
    states = {"First": {**state, "Next": "Rest"}, "Rest": end}
    language = {"QueryLanguage": "JSONata"} if state["Type"] == "Map" else {}
    return json.dumps({**language, "StartAt": "First", "States": states})


@pytest.mark.parametrize("state", [pytest.param(state, id=name) for name, state in GONE.items()])
@pytest.mark.parametrize("looks", [pytest.param(False, id="described"), pytest.param(True, id="looked at")])
def test_twenty_leave_no_more_than_one(site: Site, state: Mapping[str, Any], looks: bool) -> None:
    """What has ended goes at once, and waits for no garbage collection, which a busy server has seldom."""
    machine = site.machines.keep("m", definition(state))
    run(site, machine, looks=looks)
    one = alive(site)
    for _ in range(MANY):
        run(site, machine, looks=looks)
    # Timers that were cancelled may be there for a while: tests of the alarms say how many.
    more = alive(site) - one
    del more[Alarm]
    assert not more


@pytest.mark.parametrize("state", [pytest.param(state, id=name) for name, state in RINGS.items()])
def test_what_is_left_in_a_ring_is_found(site: Site, state: Mapping[str, Any]) -> None:
    """Nobody holds it: the garbage collection takes it."""
    machine = site.machines.keep("m", definition(state))
    run(site, machine, looks=True)
    gc.collect()
    one = alive(site)
    for _ in range(MANY):
        run(site, machine, looks=True)
    gc.collect()
    more = alive(site) - one
    del more[Alarm]
    assert not more


def test_nothing_is_known_of_what_has_ended(site: Site) -> None:
    """Neither a token, nor a mock, nor an execution that runs."""
    for name, state in {**GONE, **RINGS}.items():
        run(site, site.machines.keep(f"m-{len(name)}", definition(state)), looks=False)
    driver = site.api.driver
    assert not driver.running
    assert not driver.tokens.places
    assert not driver.tokens.of_execution
    assert not driver.mocked.calls
    assert len(site.api.histories.cache.kept) <= 1
