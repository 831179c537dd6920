"""What a history tells about each visit of a state, however its branches, retries and ends run into each other."""

import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.engine import Execution, advance, load
from handrail.engine.commands import RunTask
from handrail.engine.events import Redriven, Stopped, TaskFailed, TaskSucceeded
from handrail.engine.visits import Visit, Visits, visits, walked
from handrail.testing import simulate
from tests.engine.strategies import JSON, machines

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
RETRY = {"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]}
CATCH = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]}
Z = {"Type": "Pass", "End": True}


def flow(**states: Mapping[str, Any]) -> dict[str, Any]:
    """States that follow each other in the order in which they are written, the last one at the end."""
    names = [*states, None]
    linked = {
        name: state if {"Next", "End", "Choices"} & {*state} or state["Type"] in ("Fail", "Succeed")
        else {**state, **({"Next": after} if after else {"End": True})}
        for (name, state), after in zip(states.items(), names[1:], strict=True)
    }  # fmt: skip
    return {"StartAt": names[0], "States": linked}


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [*branches], **more}


def mapped(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": body, "MaxConcurrency": 2, **more}


def played(
    definition: dict[str, Any], input: Any = None, answers: Mapping[str, Iterable[Any]] | None = None
) -> Execution:
    """An execution in which each state's task gives its answers in turn: a value, an error's name, or None for ever."""
    # One iterator may be shared by several states.
    left = {name: iter(given) for name, given in (answers or {}).items()}

    def answering(task: RunTask) -> list[tuple[timedelta, Callable[[float], Any]]]:
        answer = next(left[task.state]) if task.state in left else "ok"
        if answer is None:
            return []
        if answer == "stop":
            return [(timedelta(seconds=1), lambda at: Stopped(at, "Enough", "said a person"))]
        if isinstance(answer, str) and answer.startswith("Error"):
            return [(timedelta(seconds=1), lambda at: TaskFailed(at, task.task, answer, "because"))]
        return [(timedelta(seconds=1), lambda at: TaskSucceeded(at, task.task, answer))]

    execution = load(definition).execution(
        arn="arn:aws:states:us-east-1:1:execution:m:e",
        name="e",
        machine_arn="arn:aws:states:us-east-1:1:stateMachine:m",
        machine_name="m",
    )
    return simulate(execution, json.dumps(input), answering, at=0.0)


def outline(found: list[Visit]) -> list[str]:
    """Each visit in a line, with its lane, its status, and how many attempts failed; what ran inside is indented."""
    lines = []
    for visit in found:
        lane = f"[{visit.lane}] " if visit.lane is not None else ""
        failures = f" {visit.failures}x" if visit.failures else ""
        lines.append(f"{'  ' * visit.depth}{lane}{visit.name} {visit.status}{failures}")
        lines += outline(visit.inner)
    return lines


def test_a_task_tells_when_each_attempt_began_and_ended() -> None:
    """Between them lie the pauses of its Retry; one that is under way has no end."""
    [visit] = visits(played(flow(A={**TASK, **RETRY}), None, {"A": ["Error", 1]}).history())

    assert visit.tries == [(0.0, 1.0), (2.0, 3.0)]
    assert visits(played(flow(A=TASK), None, {"A": [None]}).history())[0].tries == [(0.0, None)]


TWICE = mapped(flow(W=TASK))


@pytest.mark.parametrize(
    ("definition", "input", "answers", "told"),
    [
        pytest.param(flow(A=TASK, B=Z), None, {}, ["A SUCCEEDED", "B SUCCEEDED"], id="one after the other"),
        pytest.param(flow(A={**TASK, **RETRY}), None, {"A": ["Error", "Error", 1]}, ["A SUCCEEDED 2x"], id="retried"),
        pytest.param(flow(A={**TASK, **RETRY}), None, {"A": ["Error"] * 3}, ["A FAILED 3x"], id="retried in vain"),
        pytest.param(
            flow(A={**TASK, **CATCH}, Z=Z), None, {"A": ["Error"]}, ["A CAUGHT 1x", "Z SUCCEEDED"], id="caught"
        ),
        pytest.param(flow(A=TASK), None, {"A": ["Error"]}, ["A FAILED 1x"], id="failed"),
        pytest.param(flow(A={"Type": "Fail", "Error": "E"}), None, {}, ["A FAILED"], id="Fail"),
        pytest.param(
            flow(A={"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Z"}]}, Z=Z),
            {}, {}, ["A FAILED"], id="an error of the state itself",
        ),
        pytest.param(flow(A=TASK), None, {"A": ["stop"]}, ["A ABORTED"], id="stopped"),
        pytest.param({**flow(A=TASK), "TimeoutSeconds": 9}, None, {"A": [None]}, ["A ABORTED"], id="out of time"),
        pytest.param(flow(A={**TASK, "TimeoutSeconds": 9}), None, {"A": [None]}, ["A FAILED 1x"], id="late"),
        pytest.param(
            flow(M=TWICE, B=TASK), [1, 2, 3], {},
            ["M SUCCEEDED", "  [0] W SUCCEEDED", "  [1] W SUCCEEDED", "  [2] W SUCCEEDED", "B SUCCEEDED"], id="Map",
        ),
        pytest.param(flow(M=TWICE), [], {}, ["M SUCCEEDED"], id="Map of nothing"),
        pytest.param(
            flow(M=TWICE), [1, 2, 3], {"W": ["ok", None, "Error"]},
            ["M FAILED", "  [0] W SUCCEEDED", "  [1] W ABORTED", "  [2] W FAILED 1x"], id="an iteration fails",
        ),
        pytest.param(
            flow(M={**TWICE, **CATCH}, Z=Z), [1, 2], {"W": ["Error", None]},
            ["M CAUGHT", "  [0] W FAILED 1x", "  [1] W ABORTED", "Z SUCCEEDED"], id="an iteration's failure is caught",
        ),
        pytest.param(
            flow(M={**TWICE, **RETRY}), [1], {"W": ["Error", "ok"]},
            ["M SUCCEEDED 1x", "  [0] W FAILED 1x", "  [0] W SUCCEEDED"], id="a Map is retried",
        ),
        pytest.param(
            flow(P=parallel(flow(A=TASK, B=Z), flow(C=TASK)), D=Z), None, {},
            ["P SUCCEEDED", "  [0] A SUCCEEDED", "  [1] C SUCCEEDED", "  [0] B SUCCEEDED", "D SUCCEEDED"],
            id="Parallel",
        ),
        pytest.param(
            flow(P=parallel(flow(A=TASK), flow(C=TASK), **CATCH), Z=Z), None, {"A": [None], "C": ["Error"]},
            ["P CAUGHT", "  [0] A ABORTED", "  [1] C FAILED 1x", "Z SUCCEEDED"], id="a branch's failure is caught",
        ),
        pytest.param(
            flow(P=parallel(flow(M={**TWICE, "ItemsPath": "$"}), flow(C={"Type": "Fail"}), **CATCH), Z=Z), [1], {},
            ["P CAUGHT", "  [0] M ABORTED", "  [1] C FAILED", "Z SUCCEEDED"], id="a Fail takes the others along",
        ),
        pytest.param(
            flow(P=parallel(flow(M=mapped(flow(Q=parallel(flow(A=TASK))))), **CATCH), Z=Z), [1], {"A": ["Error"]},
            ["P CAUGHT", "  [0] M FAILED", "    [0] Q FAILED", "      [0] A FAILED 1x", "Z SUCCEEDED"],
            id="through three of them",
        ),
        pytest.param(
            flow(P=parallel(flow(A=TASK), flow(Q=parallel(flow(B=Z), flow(C=TASK))))),
            None, {"A": ["Error"], "C": [None]},
            ["P FAILED", "  [0] A FAILED 1x", "  [1] Q ABORTED", "    [0] B SUCCEEDED", "    [1] C ABORTED"],
            id="one of them given up with a branch that has ended",
        ),
        pytest.param(
            flow(P=parallel(flow(A=TASK), flow(B={**Z, "OutputPath": "$.a"}))), {}, {"A": [None]},
            ["P FAILED", "  [0] A ABORTED", "  [1] B FAILED"], id="an error that ends everything at once",
        ),
        pytest.param(
            flow(P=parallel(flow(A=TASK), Catch=[{**CATCH["Catch"][0], "ResultPath": "$.a.b"}]), Z=Z),
            {"a": 1}, {"A": ["Error"]}, ["P FAILED", "  [0] A FAILED 1x"], id="a Catch that fails itself",
        ),
        pytest.param(
            {"QueryLanguage": "JSONata", **flow(P=parallel(flow(A={"Type": "Pass", "Output": "{% $nope() %}"})))},
            None, {}, ["P FAILED", "  [0] A FAILED 1x"], id="an expression of a branch's first state",
        ),
    ],
)  # fmt: skip
def test_each_visit_has_its_place_and_its_end(
    definition: dict[str, Any], input: Any, answers: dict[str, list[Any]], told: list[str]
) -> None:
    """What ran inside what, in the order of entering, and how each stay ended."""
    assert outline(visits(played(definition, input, answers).history())) == told


@pytest.mark.parametrize(
    ("definition", "input", "answers", "told"),
    [
        pytest.param(flow(A=TASK, B=TASK), None, {"B": ["Error"]}, ["A SUCCEEDED", "B SUCCEEDED 1x"], id="failed"),
        pytest.param(flow(A=TASK, B=TASK), None, {"A": ["stop"]}, ["A SUCCEEDED", "B SUCCEEDED"], id="stopped"),
        pytest.param(
            flow(A={"Type": "Fail", "Error": "E"}), None, {}, ["A FAILED"], id="a Fail fails again, as one visit"
        ),
        pytest.param(
            flow(P=parallel(flow(X=TASK), flow(Y=TASK), flow(Z=TASK))), None, {"Y": ["Error"], "Z": [None]},
            ["P SUCCEEDED", "  [0] X SUCCEEDED", "  [1] Y SUCCEEDED 1x", "  [2] Z SUCCEEDED"], id="Parallel",
        ),
        pytest.param(
            flow(M=TWICE), [1, 2, 3], {"W": ["ok", "Error", None]},
            ["M SUCCEEDED", "  [0] W SUCCEEDED", "  [1] W SUCCEEDED 1x", "  [2] W SUCCEEDED"], id="Map",
        ),
        pytest.param(
            flow(M={**TWICE, **RETRY}), [1], {"W": ["Error"] * 3},
            ["M SUCCEEDED 2x", "  [0] W FAILED 1x", "  [0] W FAILED 1x", "  [0] W SUCCEEDED 1x"],
            id="only the last of a Map's attempts goes on",
        ),
    ],
)  # fmt: skip
def test_a_redrive_goes_on_with_the_visits_that_were_cut_off(
    definition: dict[str, Any], input: Any, answers: Mapping[str, Iterable[Any]], told: list[str]
) -> None:
    """No visit is told twice: the one that did not succeed goes on, and says that it was redriven."""
    execution = played(definition, input, answers)
    before = [each for each in walked(visits(execution.history())) if each.status in ("FAILED", "ABORTED")]
    due = [*advance(execution, Redriven(1000.0))]
    while due:
        command = due.pop(0)
        if isinstance(command, RunTask):
            due += advance(execution, TaskSucceeded(1001.0, command.task, "ok"))
    after = visits(execution.history())
    again = [each for each in walked(after) if each.redrives]

    assert outline(after) == told
    assert before
    assert execution.status == "FAILED" or {each.begun for each in again} == {1000.0}
    assert all(each.error is None for each in again if each.status == "SUCCEEDED")


def test_a_visit_tells_what_was_asked_and_answered() -> None:
    """The task's arguments and answer, the state's input and output, what was assigned, and the times."""
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Assign": {"v": "{% $states.result.a %}"}}
    task |= {"Arguments": {"FunctionName": "f"}, "Output": "done"}

    [visit] = visits(played({"QueryLanguage": "JSONata", **flow(A=task)}, {"n": 1}, {"A": [{"a": 2}]}).history())

    assert (visit.input, visit.output) == ('{"n": 1}', '"done"')
    assert (visit.resource, visit.asked, visit.answer) == ("lambda:invoke", '{"FunctionName":"f"}', '{"a":2}')
    assert visit.assigned == {"v": "2"}
    assert (visit.entered, visit.exited) == (0.0, 1.0)


def test_a_function_called_by_its_arn_tells_as_much() -> None:
    """Its events name things in another way."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"

    [visit] = visits(played(flow(A={"Type": "Task", "Resource": arn}), {"n": 1}, {"A": [2]}).history())

    assert (visit.resource, visit.asked, visit.answer) == (arn, '{"n":1}', "2")


@pytest.mark.parametrize(
    ("definition", "answers", "failing"),
    [
        pytest.param(flow(A=TASK), ["Error"], [("A", "Error", "because")], id="a task"),
        pytest.param(flow(A={**TASK, **RETRY}), ["Error", "ok"], [], id="in the end it went well"),
        pytest.param(flow(A={"Type": "Fail", "Error": "E", "Cause": "c"}), [], [("A", "E", "c")], id="Fail"),
        pytest.param(
            flow(P=parallel(flow(A=TASK), **CATCH), Z=Z), ["Error"],
            [("P", "Error", "because"), ("A", "Error", "because")], id="caught around it",
        ),
    ],
)  # fmt: skip
def test_a_failure_is_told_where_it_happened(
    definition: dict[str, Any], answers: list[Any], failing: list[tuple[str, str, str]]
) -> None:
    """Error and cause stand at the state that failed, and at those that it took along."""
    found = everyone(visits(played(definition, None, {"A": answers}).history()))

    assert [(visit.name, visit.error, visit.cause) for visit in found if visit.error is not None] == failing


def states(definition: Any) -> Iterator[str]:
    """The names of all states, nested ones too."""
    return (state.name for state in load(definition).flow.walk())


def everyone(found: list[Visit]) -> list[Visit]:
    return [each for visit in found for each in (visit, *everyone(visit.inner))]


ANSWERS = st.lists(st.sampled_from(["ok", "Error", None, "stop", {"a": 1}]), max_size=12)


@pytest.mark.prove
@settings(max_examples=3_000 if "HANDRAIL_PROVE" in os.environ else 100, deadline=None)
@given(machines(), JSON, ANSWERS, st.data())
def test_any_history_is_told_whole(definition: Any, input: Any, answers: list[Any], data: st.DataObject) -> None:
    """Of any machine, each state that was entered is one visit, each that was left has its output, and none goes on."""
    given = itertools.chain(answers, itertools.repeat(1))
    execution = played(definition, input, dict.fromkeys(states(definition), given))
    history = execution.history()
    whole = everyone(visits(history))

    entered = [event["stateEnteredEventDetails"] for event in history if event["type"].endswith("StateEntered")]
    exited = [event["stateExitedEventDetails"] for event in history if event["type"].endswith("StateExited")]
    left = [each for each in whole if each.status in ("SUCCEEDED", "CAUGHT")]
    assert sorted((each.name, each.input) for each in whole) == sorted((one["name"], one["input"]) for one in entered)
    assert sorted((each.name, each.output) for each in left) == sorted((one["name"], one["output"]) for one in exited)
    assert [each.name for each in whole if each.exited is None and execution.status != "RUNNING"] == []

    apart, collected = data.draw(st.integers(0, len(history))), Visits()
    collected.take(history[:apart])
    collected.take(history[apart:])
    assert everyone(collected.top) == whole
