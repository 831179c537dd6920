"""handrail.testing.play: a machine played on a virtual clock, with answers from the test or with its tasks for real."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from codebuild.drift_plan.project import PROJECT as PLAN
from codebuild.drift_roots.project import PROJECT as ROOTS
from handrail.aws import client
from handrail.errors import HandrailError, Problems
from handrail.machine import Build, Machine, Map, Task, Wait, execution, given
from handrail.notify import Message, notifier, section
from handrail.schema import Ask, Input
from handrail.task import TaskError, task
from handrail.testing import Run, Throws, Whole, after, play


class Stir(Input):
    """Stir the pots."""

    pots: list[str] = Ask("Which pots?", ja="どの鍋")


class Burnt(TaskError):
    """It has burnt."""


class Taste(BaseModel):
    """How it tastes."""

    salt: int = Field(alias="NaCl")


@task
def stir(*, pot: str) -> str:
    """Stir, and say so; a black pot burns."""
    if pot == "black":
        raise Burnt(pot)
    notifier().post(Message(text=f"stirred {pot}", blocks=(section(pot),)))
    return pot.upper()


@task
def taste(*, pots: list[str]) -> Taste:
    """Try them."""
    return Taste(NaCl=len(pots))


@task
def shop(*, pots: list[str]) -> None:
    """Asks AWS."""
    client("sqs").list_queues()


asked = given(Stir)
each = Map("Each", items=asked.pots, steps=lambda pot: [Task("Stir", stir, pot=pot)])
rest = Wait("Rest", timedelta(hours=9))
tried = Task("Try", taste, pots=asked.pots)
MACHINE = Machine("stir", input=Stir, steps=[each, rest, tried], timeout=timedelta(days=1))
SHOPPING = Machine("shop", input=Stir, steps=[Task("Shop", shop, pots=asked.pots)], timeout=timedelta(hours=1))
BUILDING = Machine(
    "build", input=Stir, steps=[Build("Roots", ROOTS, run="r", started=execution.start_time)], timeout=timedelta(days=1)
)

# The schemas of these machines are not in schemas/, where the built-in first task looks for them.
ACCEPT = {"Accept": lambda event: event["input"]}
ASKED = {"pots": ["red", "blue"]}


def played(answers: Mapping[Any, Any] | None = None, machine: Machine = MACHINE, **asked: Any) -> Run:
    return play(machine, ASKED | asked, ACCEPT | dict(answers or {}))


def test_nine_hours_pass_in_no_time() -> None:
    """A run tells how it ended, when, what was called, and which states it went through."""
    before = time.monotonic()
    run = played()

    assert time.monotonic() - before < 5
    assert (run.ended, run.error, run.cause, str(run.took)) == ("SUCCEEDED", None, None, "9:00:00")
    assert run.visited == ["Accept", "Each", "Stir", "Stir", "Rest", "Try"]
    assert [(call.state, call.arguments) for call in run.calls[1:]] == [
        ("Stir", {"pot": "red"}),
        ("Stir", {"pot": "blue"}),
        ("Try", {"pots": ["red", "blue"]}),
    ]
    assert [len(visit.inner) for visit in run.visits] == [0, 2, 0, 0]
    assert run.history[-1]["type"] == "ExecutionSucceeded"


def test_what_real_tasks_post_is_collected() -> None:
    """A task without answers runs for real; its messages are the run's, whatever the environment says."""
    assert played().told == ["stirred red", "stirred blue"]
    assert played({stir: ["x", "y"]}).told == []


@pytest.mark.parametrize(
    ("answers", "ended", "error", "took"),
    [
        pytest.param({stir: ["a", "b"]}, "SUCCEEDED", None, "9:00:00", id="values"),
        pytest.param({stir: lambda event: event["pot"]}, "SUCCEEDED", None, "9:00:00", id="a function"),
        pytest.param({"Try": [Taste(NaCl=1)]}, "SUCCEEDED", None, "9:00:00", id="a model, by the state's name"),
        pytest.param({taste: [after(timedelta(minutes=4), 1)]}, "SUCCEEDED", None, "9:04:00", id="in its time"),
        pytest.param({taste: [after(timedelta(minutes=6), 1)]}, "FAILED", "States.Timeout", "9:05:00", id="too late"),
        pytest.param({taste: [Burnt("tea")]}, "FAILED", "Burnt", "9:00:00", id="an error"),
        pytest.param({taste: [Burnt]}, "FAILED", "Burnt", "9:00:00", id="an error's class"),
        pytest.param({taste: [after(timedelta(seconds=9), Burnt)]}, "FAILED", "Burnt", "9:00:09", id="an error, later"),
    ],
)
def test_an_answer_is_what_the_task_gives(answers: Mapping[Any, Any], ended: str, error: str | None, took: str) -> None:
    """Values, functions of the arguments, errors, and each of them after a while."""
    run = played(answers)

    assert (run.ended, run.error, str(run.took)) == (ended, error, took)


def test_a_real_task_fails_as_on_lambda() -> None:
    """What a task raises has its class as the error, and its message in the cause."""
    run = played(pots=["black"])

    assert (run.ended, run.error) == ("FAILED", "Burnt")
    assert '"errorMessage": "It has burnt. black"' in (run.cause or "")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        pytest.param({stir: ["a"]}, "test_testing-stir was called 2 times, and the test has only 1 answer", id="task"),
        pytest.param({"Stir": ["a"]}, "Stir was called 2 times, and the test has only 1 answer", id="state"),
        pytest.param({"Try": []}, "Try was called 1 times, and the test has no answer", id="none at all"),
    ],
)
def test_answers_that_are_used_up_fail_the_test(answers: Mapping[Any, Any], told: str) -> None:
    """A task that is called more often than the test says is a mistake of one of the two."""
    with pytest.raises(AssertionError, match=told):
        played(answers)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        pytest.param({"Sitr": [1]}, ['The machine has no state "Sitr". Did you mean "Stir"?'], id="a state"),
        pytest.param({shop: [1]}, ["No state calls test_testing-shop."], id="a task"),
        pytest.param({PLAN: [1]}, ["No state calls drift_plan."], id="a project"),
        pytest.param({"Tri": [1], shop: []}, ['Did you mean "Try"?', "No state calls test_testing-shop"], id="both"),
    ],
)
def test_answers_that_nobody_asks_for_are_told(answers: Mapping[Any, Any], told: Sequence[str]) -> None:
    """A misspelt name does not make a test pass; all of them are told together."""
    with pytest.raises(Problems) as caught:
        played(answers)

    assert [text for text in told if text not in str(caught.value)] == []


def test_a_key_that_is_no_name_is_told() -> None:
    """Answers are for tasks, projects and states."""
    with pytest.raises(HandrailError, match="not for 3"):
        played({3: []})


@pytest.mark.parametrize(
    ("answers", "ended"),
    [
        pytest.param({ROOTS: [{}]}, "SUCCEEDED", id="by its project"),
        pytest.param({"Roots": [after(timedelta(minutes=1))]}, "SUCCEEDED", id="by its state"),
        pytest.param({ROOTS: [type("States.TaskFailed", (Exception,), {})]}, "FAILED", id="failing"),
    ],
)
def test_a_build_is_answered(answers: Mapping[Any, Any], ended: str) -> None:
    """A build is given what it exports, or the error it fails with; it never runs."""
    assert played(answers, BUILDING).ended == ended


def test_a_build_without_answers_fails_the_test() -> None:
    """A test does not start builds."""
    with pytest.raises(AssertionError, match='"Roots" calls drift_roots, which has no answers'):
        played({}, BUILDING)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://198.51.100.7"),
        ("AWS_ENDPOINT_URL_SQS", "http://198.51.100.7"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ("AWS_PROFILE", "production"),
    ],
)
def test_a_task_reaches_no_aws(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A call to AWS fails at once, whatever leads there outside; afterwards everything is as it was."""
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("HANDRAIL_MESSAGES", "mine")
    client.cache_clear()
    before, environment = time.monotonic(), dict(os.environ)

    run = played({}, SHOPPING)

    assert run.error == "EndpointConnectionError"
    assert "127.0.0.1:9" in (run.cause or "")
    assert time.monotonic() - before < 10
    assert dict(os.environ) == environment
    assert client.cache_info().currsize == 0


def test_a_plain_definition_is_played() -> None:
    """What was not written with handrail.machine plays as well: as an object, or as text."""
    definition = """{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl.$": "$.url"}}}}"""

    run = play(definition, {"url": "u"}, {"A": [{"MessageId": "1"}]})

    assert (run.ended, run.output) == ("SUCCEEDED", {"MessageId": "1"})
    assert [call.arguments for call in run.calls] == [{"QueueUrl": "u"}]


INVOKE: dict[str, Any] = {
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 5, "MaxAttempts": 1}],
            "End": True,
        }
    },
}


def test_an_error_may_have_any_name() -> None:
    """What Step Functions calls an error is no name of a Python class; the cause is the text itself."""
    busy = Throws("Lambda.TooManyRequestsException", "Rate exceeded")

    assert str(play(INVOKE, {}, {"A": [busy, 1]}).took) == "0:00:05"
    run = play(INVOKE, {}, {"A": [busy, busy]})
    assert (run.ended, run.error, run.cause) == ("FAILED", "Lambda.TooManyRequestsException", "Rate exceeded")


def test_a_whole_answer_is_not_wrapped() -> None:
    """As the service itself gives it; otherwise a function's answer is its payload."""
    assert play(INVOKE, {}, {"A": [Whole({"StatusCode": 500})]}).output == {"StatusCode": 500}
    assert play(INVOKE, {}, {"A": [7]}).output["Payload"] == 7


def test_calls_are_told_by_state() -> None:
    """What a state was called with, when, how long it took, and what came of it."""
    run = play(INVOKE, {"n": 1}, {"A": [Throws("Lambda.TooManyRequestsException"), after(timedelta(minutes=1), 7)]})

    assert run.calls("A") == [{"n": 1}, {"n": 1}]
    assert run.calls("B") == []
    assert [(str(call.at), str(call.took), call.error) for call in run.calls] == [
        ("0:00:00", "0:00:00", "Lambda.TooManyRequestsException"),
        ("0:00:05", "0:01:00", None),
    ]
    assert run.calls[1].output["Payload"] == 7


def test_a_file_is_played(tmp_path: Path) -> None:
    """A Path is a file; text is a definition."""
    (tmp_path / "a.asl.json").write_text(json.dumps(INVOKE), encoding="utf-8")

    assert play(tmp_path / "a.asl.json", {}, {"A": [1]}).ended == "SUCCEEDED"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([1, 2], id="the items"),
        pytest.param("[1, 2]", id="the object's text"),
        pytest.param({"Body": "[1, 2]", "ETag": "e"}, id="the answer of S3"),
        pytest.param(Whole({"Body": "[1, 2]"}), id="the whole answer"),
    ],
)
def test_items_from_s3_are_answered_for_the_map(answer: object) -> None:
    """A Distributed Map that reads an object asks for it under its own name."""
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q"}}
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Send",
            "States": {"Send": {**task, "End": True}},
        },
        "End": True,
    }
    run = play({"StartAt": "Each", "States": {"Each": each}}, {}, {"Each": [answer], "Send": ["x", "y"]})

    assert (run.output, run.visited) == (["x", "y"], ["Each", "Send", "Send"])
