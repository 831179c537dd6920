"""What an execution does with its events: order, time, errors, and the same again from the same journal."""

import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.asl.model import InvalidDefinition
from handrail.engine import Execution, advance, load
from handrail.engine.commands import CancelTask, Finished, RunTask, SetTimer
from handrail.engine.events import (
    Event,
    Started,
    Stopped,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
    as_json,
    from_json,
)
from handrail.testing import Happening, simulate
from tests.engine.strategies import JSON, LAMBDA, machines

Answer = Callable[[RunTask], Any]


def new(definition: object) -> Execution:
    return load(json.dumps(definition)).execution(
        arn="arn:aws:states:us-east-1:123456789012:execution:m:run",
        name="run",
        machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:m",
        machine_name="m",
    )


def run(definition: object, input: object = None, answer: Answer = lambda task: task.arguments) -> Execution:
    """Run with functions that answer at once; an exception is a failure named by its text, a number takes seconds."""

    def answering(task: RunTask) -> Iterable[tuple[timedelta, Happening]]:
        match answer(task):
            case Exception() as error:
                return [(timedelta(), lambda at: TaskFailed(at, task.task, str(error), "cause"))]
            case timedelta() as delay:
                return [(delay, lambda at: TaskSucceeded(at, task.task, "late"))]
            case value:
                return [(timedelta(), lambda at: TaskSucceeded(at, task.task, value))]

    return simulate(new(definition), json.dumps(input if input is not None else {}), answering, at=0)


def types(execution: Execution) -> list[str]:
    return [event["type"] for event in execution.history()]


def machine(**states: object) -> dict[str, object]:
    return {"StartAt": next(iter(states)), "States": states}


TASK: dict[str, object] = {"Type": "Task", "Resource": LAMBDA, "End": True}
DONE: dict[str, object] = {"Type": "Pass", "End": True}


class Calls:
    """Fails its first calls with these errors, then answers."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)

    def __call__(self, task: RunTask) -> object:
        return Exception(self.errors.pop(0)) if self.errors else "ok"


RETRY = {"ErrorEquals": ["Boom"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3}


@pytest.mark.parametrize(
    ("retriers", "errors", "ended", "took"),
    [
        pytest.param([RETRY], ["Boom"], "SUCCEEDED", 2, id="first pause is the interval"),
        pytest.param([RETRY], ["Boom"] * 3, "SUCCEEDED", 2 + 6 + 18, id="pauses grow by the rate"),
        pytest.param([RETRY], ["Boom"] * 4, "FAILED", 2 + 6 + 18, id="no more than MaxAttempts"),
        pytest.param([RETRY | {"MaxDelaySeconds": 5}], ["Boom"] * 3, "SUCCEEDED", 2 + 5 + 5, id="never above the most"),
        pytest.param([RETRY | {"MaxAttempts": 0}], ["Boom"], "FAILED", 0, id="zero attempts means never"),
        pytest.param([RETRY], ["Other"], "FAILED", 0, id="another error"),
        pytest.param([{"ErrorEquals": ["Boom"]}], ["Boom"] * 3, "SUCCEEDED", 1 + 2 + 4, id="AWS's defaults"),
        pytest.param([{"ErrorEquals": ["States.ALL"]}], ["Any"], "SUCCEEDED", 1, id="ALL matches a task's error"),
        pytest.param([{"ErrorEquals": ["States.ALL"]}], ["States.Runtime"], "FAILED", 0, id="ALL leaves Runtime"),
        pytest.param([{"ErrorEquals": ["States.TaskFailed"]}], ["Any"], "SUCCEEDED", 1, id="TaskFailed matches it too"),
        pytest.param([{"ErrorEquals": ["States.TaskFailed"]}], ["States.Timeout"], "FAILED", 0, id="but not a timeout"),
        pytest.param(
            [{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["B"]}], ["A", "B", "B"], "SUCCEEDED", 1 + 1 + 2,
            id="each retrier counts its own",
        ),
    ],
)  # fmt: skip
def test_a_retry_waits_as_its_retrier_says(retriers: object, errors: list[str], ended: str, took: float) -> None:
    """The pauses between attempts and their number are what the Developer Guide says."""
    execution = run(machine(A=TASK | {"Retry": retriers}), answer=Calls(*errors))
    assert (execution.status, execution.now) == (ended, took)


def test_jitter_stays_below_the_pause_and_repeats_with_its_seed() -> None:
    """FULL jitter draws each pause between nothing and its length, from the execution's own generator."""
    definition = machine(A=TASK | {"Retry": [RETRY | {"JitterStrategy": "FULL"}]})
    took = {run(definition, answer=Calls("Boom", "Boom")).now for _ in range(3)}
    assert len(took) == 1
    assert 0 < took.pop() < 2 + 6


@pytest.mark.parametrize(
    ("catchers", "output"),
    [
        pytest.param([{"ErrorEquals": ["Boom"], "Next": "B"}], {"Error": "Boom", "Cause": "cause"}, id="replaces"),
        pytest.param(
            [{"ErrorEquals": ["Boom"], "Next": "B", "ResultPath": "$.why"}],
            {"n": 1, "why": {"Error": "Boom", "Cause": "cause"}},
            id="joins the input",
        ),
        pytest.param([{"ErrorEquals": ["Boom"], "Next": "B", "ResultPath": None}], {"n": 1}, id="is dropped"),
        pytest.param(
            [{"ErrorEquals": ["X"], "Next": "C"}, {"ErrorEquals": ["States.ALL"], "Next": "B"}],
            {"Error": "Boom", "Cause": "cause"},
            id="the first catcher that matches",
        ),
    ],
)
def test_a_caught_error_goes_where_its_catcher_says(catchers: list[object], output: object) -> None:
    """Catch chooses the next state and puts the error where ResultPath points."""
    other = {"ErrorEquals": ["Other"], "Next": "C"}
    states = {"A": TASK | {"Catch": [other, *catchers]}, "B": DONE, "C": {"Type": "Fail"}}
    execution = run(machine(**states), {"n": 1}, Calls("Boom"))
    assert json.loads(execution.output or "null") == output


@pytest.mark.parametrize(
    ("limits", "events", "error", "at"),
    [
        pytest.param({"TimeoutSeconds": 9}, [], "States.Timeout", 9, id="no answer in time"),
        pytest.param({"TimeoutSeconds": 9, "HeartbeatSeconds": 4}, [], "States.Timeout", 4, id="no heartbeat"),
        pytest.param({"TimeoutSeconds": 9, "HeartbeatSeconds": 4}, [3, 6], "States.Timeout", 9, id="kept alive"),
        pytest.param({"TimeoutSeconds": 9, "HeartbeatSeconds": 4}, [3], "States.Timeout", 7, id="then silent"),
    ],
)  # fmt: skip
def test_a_silent_task_times_out(limits: dict[str, object], events: list[float], error: str, at: float) -> None:
    """TimeoutSeconds bounds the whole task, HeartbeatSeconds each silence of it."""
    execution = new(machine(A=TASK | limits))
    answering: Callable[[RunTask], Any] = lambda task: [  # noqa: E731
        (timedelta(seconds=when), lambda now: TaskHeartbeat(now, task.task)) for when in events
    ]
    simulate(execution, "{}", answering, at=0)
    assert (execution.status, execution.error, execution.now) == ("FAILED", error, at)
    assert types(execution)[-2:] == ["LambdaFunctionTimedOut", "ExecutionFailed"]


@pytest.mark.parametrize(
    ("name", "caught"),
    [
        pytest.param("States.HeartbeatTimeout", "States.Timeout", id="by its own name"),
        pytest.param("States.Timeout", "States.Timeout", id="as a timeout"),
        pytest.param("States.TaskFailed", None, id="not as a failure"),
    ],
)
def test_silence_is_caught_by_its_own_name(name: str, caught: str | None) -> None:
    """A missed heartbeat is told as States.Timeout, and answered by a Catch of States.HeartbeatTimeout too."""
    states = {"A": TASK | {"HeartbeatSeconds": 4, "Catch": [{"ErrorEquals": [name], "Next": "B"}]}, "B": DONE}
    execution = simulate(new(machine(**states)), "{}", lambda _task: [], at=0)
    assert json.loads(execution.output or "{}").get("Error") == caught


def drive(definition: object, *events: Event) -> tuple[Execution, list[Any]]:
    execution = new(definition)
    commands = [command for event in events for command in advance(execution, event)]
    return execution, commands


CALLBACK = TASK | {
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"Token.$": "$$.Task.Token"},
}
ACTIVITY = TASK | {"Resource": "arn:aws:states:us-east-1:123456789012:activity:work"}


@pytest.mark.parametrize(
    ("state", "told", "events"),
    [
        pytest.param(
            CALLBACK, [TaskSubmitted(1, 3, {}), TaskSucceeded(2, 3, "ok")],
            ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"], id="callback",
        ),
        pytest.param(
            ACTIVITY, [TaskStarted(1, 3, "worker"), TaskSucceeded(2, 3, "ok")],
            ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"], id="activity",
        ),
        pytest.param(
            TASK, [TaskSucceeded(2, 3, "ok")],
            ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"], id="function",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_work_writes_its_own_events(state: object, told: list[Event], events: list[str]) -> None:
    """A function, an activity and a service integration are told apart in the history, as on AWS."""
    execution, _ = drive(machine(A=state), Started(0, "{}"), *told)
    assert types(execution)[2:-2] == events
    assert execution.output == '"ok"'


def test_a_callback_can_read_its_token() -> None:
    """The token in the Context Object is the one that the command carries."""
    _, commands = drive(machine(A=CALLBACK), Started(0, "{}", 3))
    [task] = [command for command in commands if isinstance(command, RunTask)]
    assert task.arguments == {"Token": task.token}
    assert len(task.token) >= 32


BRANCHES = {"Type": "Parallel", "Branches": [machine(X=TASK), machine(Y={"Type": "Wait", "Seconds": 60, "End": True})]}


def test_a_failing_branch_gives_up_the_others() -> None:
    """When one branch of a Parallel fails, the others are aborted and what they wait for is taken back."""
    definition = machine(P=BRANCHES | {"End": True})
    _, [task, *_] = drive(definition, Started(0, "{}"))
    execution, commands = drive(definition, Started(0, "{}"), TaskFailed(1, task.task, "Boom", "why"))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Boom", "why")
    assert "WaitStateAborted" in types(execution)
    assert types(execution)[-2:] == ["ParallelStateFailed", "ExecutionFailed"]
    assert [type(command).__name__ for command in commands[-2:]] == ["CancelTimer", "Finished"]


@pytest.mark.parametrize(
    ("concurrency", "together"),
    [pytest.param(1, 1, id="one"), pytest.param(3, 3, id="three"), pytest.param(0, 40, id="0 is AWS's most, 40")],
)
def test_a_map_runs_no_more_at_once_than_it_may(concurrency: int, together: int) -> None:
    """Iterations beyond MaxConcurrency begin when others have ended, and the results keep the items' order."""
    definition = machine(
        M={"Type": "Map", "MaxConcurrency": concurrency, "ItemProcessor": machine(T=TASK), "End": True}
    )
    execution = new(definition)
    items = list(range(50))
    tasks = [c for c in advance(execution, Started(0, json.dumps(items))) if isinstance(c, RunTask)]
    assert len(tasks) == together
    while tasks:
        task = tasks.pop()  # the last first, so that they end out of order
        answered = advance(execution, TaskSucceeded(1, task.task, task.arguments))
        tasks += [command for command in answered if isinstance(command, RunTask)]
        assert len(tasks) <= together
    assert json.loads(execution.output or "null") == items


def test_a_machine_that_takes_too_long_times_out() -> None:
    """TimeoutSeconds of the machine ends everything with TIMED_OUT."""
    definition = {"TimeoutSeconds": 30, **machine(A=TASK)}
    execution, commands = drive(definition, Started(0, "{}"), TimerFired(30, 1))
    assert (execution.status, execution.error, types(execution)[-1]) == (
        "TIMED_OUT",
        "States.Timeout",
        "ExecutionTimedOut",
    )
    assert CancelTask(3) in commands


def test_stopping_aborts_and_late_answers_change_nothing() -> None:
    """After StopExecution nothing moves the execution any more."""
    execution, _ = drive(machine(A=TASK), Started(0, "{}"), Stopped(5, "Enough", "said so"))
    before = execution.history()
    assert advance(execution, TaskSucceeded(6, 3, "late")) == []
    assert (execution.status, execution.error, execution.history()) == ("ABORTED", "Enough", before)


def test_an_endless_loop_ends_at_the_longest_history() -> None:
    """A machine that never ends fails at AWS's 25,000 events."""
    out = {"Variable": "$.out", "IsPresent": True, "Next": "C"}
    execution = run(
        machine(A={"Type": "Choice", "Choices": [out], "Default": "B"}, B={"Type": "Pass", "Next": "A"}, C=DONE)
    )
    assert (execution.status, len(execution.events)) == ("FAILED", 25_000)
    assert "25000" in (execution.cause or "")


@pytest.mark.parametrize(
    ("size", "ended"),
    [pytest.param(262_144 - 2, "SUCCEEDED", id="just fits"), pytest.param(262_144 - 1, "FAILED", id="one byte more")],
)
def test_a_result_may_have_256_kib(size: int, ended: str) -> None:
    """A payload of 262,144 bytes of UTF-8 passes, one more is States.DataLimitExceeded."""
    execution = run(machine(A=TASK), answer=lambda _task: "é" * (size // 2) + "x" * (size % 2))
    assert execution.status == ended
    assert execution.error == (None if ended == "SUCCEEDED" else "States.DataLimitExceeded")


def journaled(definition: object, input: object, answers: list[Any]) -> tuple[Execution, list[Event]]:
    """Run with these answers in turn, and keep every event."""
    execution = new(definition)
    journal: list[Event] = []
    pending: list[Event] = [Started(0, json.dumps(input), 42)]
    given = iter(answers * 50)
    while pending and len(journal) < 300:
        event = pending.pop(0)
        journal.append(event)
        for command in advance(execution, event):
            match command:
                case RunTask():
                    answer = next(given, None)
                    pending.append(
                        TaskFailed(len(journal), command.task, "Boom", "x")
                        if answer == "fail"
                        else TaskSucceeded(len(journal), command.task, answer)
                    )
                case SetTimer():
                    pending.append(TimerFired(max(command.at, len(journal)), command.timer))
    return execution, journal


@pytest.mark.prove
@settings(max_examples=5_000 if "HANDRAIL_PROVE" in os.environ else 150, deadline=None)
@given(machines(), JSON, st.lists(JSON | st.just("fail"), min_size=1, max_size=4))
def test_any_machine_ends_in_a_status_and_replays_the_same(definition: object, input: object, answers: Any) -> None:
    """Whatever a valid definition meets, it ends in a status, its history is well formed, and a replay repeats it."""
    execution, journal = journaled(definition, input, answers)
    history = execution.history()
    assert execution.status in ("SUCCEEDED", "FAILED")
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert all(event["previousEventId"] < event["id"] for event in history)
    assert history[-1]["type"] == f"Execution{execution.status.title()}"
    again = new(definition)
    for event in journal:
        advance(again, from_json(json.loads(json.dumps(as_json(event)))))
    assert again.history() == history


def test_a_finished_execution_says_so_once() -> None:
    """The last command is Finished, with what DescribeExecution would show."""
    _, commands = drive(machine(A=DONE), Started(0, '{"n": 1}'))
    assert commands == [Finished("SUCCEEDED", '{"n":1}')]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


PASS_THROUGH = {"Type": "Pass", "End": True}
WAIT_FOR = {"Type": "Wait", "SecondsPath": "$.n", "End": True}
OFTEN = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2_000, "MaxDelaySeconds": 60}


@pytest.mark.parametrize(
    ("state", "input", "answer", "ended"),
    [
        pytest.param(WAIT_FOR, {"n": 10**400}, None, "FAILED", id="more seconds than a double has"),
        pytest.param(TASK | {"TimeoutSecondsPath": "$.n"}, {"n": 10**400}, None, "FAILED", id="a timeout as long"),
        pytest.param(PASS_THROUGH, {"s": "\ud800" * 70_000}, None, "SUCCEEDED", id="halves of characters"),
        pytest.param(TASK, {}, lambda _task: float("inf"), "FAILED", id="an answer that is no number"),
        pytest.param(TASK, {}, lambda _task: nested(100_000), "FAILED", id="an answer too deep to write"),
        pytest.param(
            TASK | {"Retry": [OFTEN]}, {}, Calls(*["Boom"] * 1_500), "SUCCEEDED", id="a pause beyond counting"
        ),
    ],
)
def test_values_beyond_python_fail_their_state_only(state: object, input: object, answer: Any, ended: str) -> None:
    """A value that cannot be counted, nested or written ends in a status, never in a traceback."""
    assert run(machine(A=state), input, answer or (lambda task: task.arguments)).status == ended


ANY = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
TWICE = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
ITEMS = {"Type": "Map", "Items": "{% [1, 2, 3] %}", "ItemSelector": {"x": "{% $states.context.Map.Item.Value.no %}"}}


@pytest.mark.parametrize(
    ("fields", "ended", "started"),
    [
        pytest.param({"End": True}, "FAILED", 1, id="and fails"),
        pytest.param({"Next": "C", "Catch": ANY}, "SUCCEEDED", 1, id="caught"),
        pytest.param({"End": True, "Retry": TWICE}, "FAILED", 3, id="retried"),
    ],
)  # fmt: skip
def test_a_map_whose_item_selector_fails_starts_no_more_items(fields: Any, ended: str, started: int) -> None:
    """The first item that cannot be made ends the Map, whatever becomes of the error then."""
    state = {**ITEMS, "ItemProcessor": machine(X=DONE), **fields}
    definition = {"QueryLanguage": "JSONata", **machine(M=state, **({"C": DONE} if "Next" in fields else {}))}
    execution = run(definition)
    assert (execution.status, types(execution).count("MapIterationStarted")) == (ended, started)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param({"Type": "Pass", "InputPath": "$.a[", "End": True}, "/States/A/InputPath: ", id="a path"),
        pytest.param(
            {"Type": "Pass", "Parameters": {"x.$": "States.Formt('a')"}, "End": True},
            "/States/A/Parameters",
            id="an intrinsic function",
        ),
        pytest.param(
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"x": "{% $sum( %}"}, "End": True},
            "/States/A/Output/x: ",
            id="JSONata",
        ),
    ],
)
def test_a_bad_expression_is_told_with_its_state_and_field(state: object, told: str) -> None:
    """What does not compile is refused when the definition is loaded, where it stands."""
    with pytest.raises(InvalidDefinition, match=re.escape(told)):
        new(machine(A=state))
