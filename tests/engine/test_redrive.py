"""An execution that did not succeed goes on where it ended, as AWS documents it.

The promises follow "Restarting state machine executions with redrive" in the Developer Guide, sentence by sentence.
"""

import itertools
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handrail.engine import Execution, advance
from handrail.engine.commands import Finished
from handrail.engine.events import (
    Event,
    Redriven,
    Started,
    TaskFailed,
    TaskSucceeded,
    as_json,
    from_json,
)
from handrail.engine.redrive import against, described
from tests.engine.redriving import (
    BOOM,
    DONE,
    HANG,
    RETRY,
    TASK,
    Play,
    chained,
    machine,
    mapped,
    new,
    parallel,
)
from tests.engine.strategies import JSON, machines

DAY = 86_400.0

# ---------------------------------------------------------------------- the page, sentence by sentence


@pytest.mark.parametrize(
    ("play", "status"),
    [
        pytest.param(Play(machine(A=TASK)).run({"A": BOOM}), "FAILED", id="failed"),
        pytest.param(Play(machine(A=TASK)).run({"A": HANG}).stop(), "ABORTED", id="aborted"),
        pytest.param(Play(machine(A=TASK) | {"TimeoutSeconds": 8}).run({"A": HANG}), "TIMED_OUT", id="timed out"),
    ],
)
def test_what_failed_was_aborted_or_timed_out_can_be_redriven(play: Play, status: str) -> None:
    """All three run again, and no longer say how they had ended."""
    execution = play.execution
    assert execution.status == status
    play.happen(Redriven(100))
    assert (execution.status, execution.redrives, execution.redriven_at) == ("RUNNING", 1, 100)
    assert (execution.error, execution.cause, execution.output, execution.stopped_at) == (None, None, None, None)


def test_it_goes_on_from_the_unsuccessful_step_with_the_same_input_and_variables() -> None:
    """A task that is run again is asked exactly what it was asked before."""
    ask = TASK | {"Parameters": {"v.$": "$v", "in.$": "$"}}
    play = Play(machine(P={"Type": "Pass", "Assign": {"v": 3}}, A=ask), {"n": 1}).run({"A": BOOM})
    before = play.calls[0].arguments
    play.redrive()
    assert play.calls[0].arguments == before == {"v": 3, "in": {"n": 1}}


def test_the_results_and_the_history_of_successful_steps_are_kept_and_not_run_again() -> None:
    """The old history is the beginning of the new one, and only the failed task is called."""
    play = Play(machine(A=TASK, B=TASK, C=TASK)).run({"A": 1, "B": BOOM})
    before = play.execution.history()
    play.redrive()
    assert play.execution.history()[: len(before)] == before
    assert (play.called, play.output) == (["B", "C"], 1)


def test_after_a_pass_only_the_task_that_failed_is_rescheduled_and_rerun() -> None:
    """The page's own example."""
    play = Play(machine(P={"Type": "Pass"}, T=TASK)).run({"T": BOOM}).redrive()
    assert ("PassStateEntered", "") not in play.since
    assert play.since[0][0] == "LambdaFunctionScheduled"


def test_the_state_machines_timeout_is_reset() -> None:
    """The redriven execution has the whole TimeoutSeconds again, however long ago it began."""
    play = Play(machine(A=TASK | RETRY, W={"Type": "Wait", "Seconds": 7, "End": True}) | {"TimeoutSeconds": 8})
    play.run({"A": BOOM}).redrive(later=DAY)
    assert play.execution.status == "SUCCEEDED"
    again = Play(machine(A=TASK) | {"TimeoutSeconds": 8}).run({"A": HANG}).redrive({"A": HANG}, later=DAY)
    assert (again.execution.status, again.execution.now) == ("TIMED_OUT", 8 + DAY + 8)


class Ended:
    """An execution as far as it decides whether it can be redriven."""

    def __init__(self, status: str = "FAILED", *, events: int = 9, lasted: float = 1, express: bool = False) -> None:
        self.status = status
        self.express = express
        self.started_at = 0.0
        self.stopped_at: float | None = None if status == "RUNNING" else lasted
        self.events = range(events)


@pytest.mark.parametrize(
    ("execution", "now", "reason"),
    [
        pytest.param(Ended("FAILED"), 2, None, id="failed"),
        pytest.param(Ended("TIMED_OUT"), 2, None, id="timed out"),
        pytest.param(Ended("ABORTED"), 2, None, id="aborted"),
        pytest.param(Ended("SUCCEEDED"), 2, "Execution is SUCCEEDED and cannot be redriven", id="succeeded"),
        pytest.param(Ended("RUNNING"), 2, "Execution is RUNNING and cannot be redriven", id="running"),
        pytest.param(Ended(lasted=5 * DAY), 19 * DAY, None, id="14 days after its end"),
        pytest.param(Ended(lasted=5 * DAY), 19 * DAY + 1, "Execution redrivable period exceeded", id="later"),
        pytest.param(Ended(lasted=360 * DAY), 365 * DAY, None, id="open for a year"),
        pytest.param(
            Ended(lasted=360 * DAY), 365 * DAY + 1, "Execution has exceeded the max execution time", id="for longer"
        ),
        pytest.param(Ended(events=24_998), 2, None, id="24,998 events"),
        pytest.param(Ended(events=24_999), 2, "Execution history event limit exceeded", id="24,999 events"),
        pytest.param(Ended(express=True), 2, "Execution is of type EXPRESS and cannot be redriven", id="express"),
    ],
)
def test_what_can_be_redriven_and_aws_words_for_what_cannot(execution: Ended, now: float, reason: str | None) -> None:
    """Each condition of eligibility, at its border."""
    told = {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    assert against(execution, now) == reason
    assert described(execution, now) == (told if reason else {"redriveStatus": "REDRIVABLE"})


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(Play(machine(A=TASK)).run(), id="succeeded"),
        pytest.param(Play(machine(A=TASK)).run({"A": HANG}), id="running"),
        pytest.param(Play(machine(A=TASK), express=True).run({"A": BOOM}), id="express"),
    ],
)
def test_what_cannot_be_redriven_stays_as_it_is(play: Play) -> None:
    """The engine takes the event and changes nothing."""
    before = (play.execution.status, play.execution.history())
    play.redrive()
    assert (play.execution.status, play.execution.history()) == before


def test_after_fourteen_days_nothing_goes_on() -> None:
    """The engine itself keeps the period, by the time of the event."""
    play = Play(machine(A=TASK)).run({"A": BOOM}).redrive(later=14 * DAY + 1)
    assert (play.execution.status, play.execution.redrives) == ("FAILED", 0)


def test_with_24_998_events_there_is_room_for_the_redrive_and_one_event_more() -> None:
    """The longest history that can be redriven ends with its 25,000th event."""
    play = Play(machine(A=TASK)).run({"A": BOOM})
    execution = play.execution
    execution.events += [execution.events[-1]] * (24_998 - len(execution.events))
    play.redrive()
    assert (execution.status, len(execution.events)) == ("FAILED", 25_000)
    assert [event["type"] for event in execution.history()[-2:]] == ["ExecutionRedriven", "ExecutionFailed"]
    assert against(execution, execution.now) == "Execution history event limit exceeded"


def test_a_task_is_scheduled_and_started_again_with_its_whole_timeout() -> None:
    """TimeoutSeconds of the state counts from the redrive."""
    play = Play(machine(A=TASK | {"TimeoutSeconds": 5})).run({"A": HANG})
    assert play.execution.error == "States.Timeout"
    play.redrive({"A": HANG}, later=50)
    assert (play.execution.now, play.execution.error) == (5 + 50 + 5, "States.Timeout")


def test_a_choice_evaluates_its_rules_again() -> None:
    """What a rule reads of the Context Object is read anew."""
    rule = {"Variable": "$$.Execution.RedriveCount", "NumericGreaterThan": 0, "Next": "B"}
    play = Play(machine(C={"Type": "Choice", "Choices": [rule]}, B=DONE)).run()
    assert play.execution.status == "FAILED"
    play.redrive()
    assert (play.execution.status, play.since[0]) == ("SUCCEEDED", ("ChoiceStateExited", "ChoiceStateEntered C"))


def test_a_wait_for_a_time_that_has_passed_is_left_at_once() -> None:
    """Timestamp in the past: the Wait is exited, and the next state is entered."""
    wait = {"Type": "Wait", "Timestamp": "1970-01-01T00:01:00Z"}
    play = Play(machine(W=wait, B=DONE))
    play.happen(Started(0, "{}", 7))
    play.stop()
    play.redrive(later=500)
    assert (play.execution.status, play.execution.now) == ("SUCCEEDED", 501)
    assert play.since[0] == ("WaitStateExited", "WaitStateEntered W")


def test_a_wait_for_seconds_waits_again() -> None:
    """Seconds count from the redrive, as for every state that is run again."""
    play = Play(machine(W={"Type": "Wait", "Seconds": 30, "End": True}))
    play.happen(Started(0, "{}", 7))
    play.stop()
    play.redrive(later=500)
    assert play.execution.now == 1 + 500 + 30


def test_a_fail_state_fails_again() -> None:
    """It is not entered in the history once more: AWS has the failure follow the redrive."""
    play = Play(machine(F={"Type": "Fail", "Error": "No", "Cause": "way"})).run().redrive()
    assert (play.execution.status, play.execution.error, play.execution.cause) == ("FAILED", "No", "way")
    assert play.since == [("ExecutionFailed", "ExecutionRedriven")]


def test_a_parallel_redrives_only_the_branches_that_failed_or_were_aborted() -> None:
    """A branch that had ended well keeps its output, however deep the others are."""
    deep = parallel(machine(D1=TASK), machine(D2=TASK), ResultPath="$.deep")
    branches = [machine(A=TASK), machine(B=TASK, X=deep, Y=TASK)]
    play = Play(machine(P=parallel(*branches))).run({"A": "a", "D1": "d1", "D2": BOOM})
    assert sorted(play.called) == ["A", "B", "D1", "D2"]
    play.redrive({"D2": "d2"})
    assert play.called == ["D2", "Y"]
    assert play.output == ["a", {"deep": ["d1", "d2"]}]


def test_a_branch_that_had_not_begun_begins() -> None:
    """Branches that never got their turn enter their first state."""
    fails = {"Type": "Choice", "Choices": [{"Variable": "$$.Execution.RedriveCount", "NumericEquals": 1, "Next": "E"}]}
    play = Play(machine(P=parallel(machine(C=fails, E=DONE), machine(B=TASK)))).run()
    assert "TaskStateEntered" not in [type for type, _ in chained(play.execution)]
    play.redrive({"B": "b"})
    assert play.output == [{}, "b"]


def test_an_inline_map_redrives_only_the_iterations_that_failed_or_were_aborted() -> None:
    """Each is asked what it was asked before, no more at once than may be."""
    select = {"ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}}
    body = machine(T=TASK | {"Parameters": {"in.$": "$", "i.$": "$$.Map.Item.Index"}})
    play = Play(machine(M=mapped(body, MaxConcurrency=3, **select)), {"items": ["a", "b", "c", "d", "e"]})
    play.run({"T": ["A", HANG, BOOM, HANG]}).redrive()
    assert [task.arguments["i"] for task in play.calls] == [1, 2, 3, 4]
    assert [task.arguments["in"]["v"] for task in play.calls] == ["b", "c", "d", "e"]
    assert [play.output[0], *(each["i"] for each in play.output[1:])] == ["A", 1, 2, 3, 4]


def test_an_iteration_whose_item_could_not_be_selected_is_selected_again() -> None:
    """An ItemSelector that failed reads the Context Object of the redrive."""
    select = {"ItemSelector": {"c.$": "$$.Execution.RedriveTime"}}
    play = Play(machine(M=mapped(machine(T=TASK), **select)), {"items": [1, 2]}).run()
    assert (play.execution.status, play.called) == ("FAILED", [])
    play.redrive(later=60)
    assert play.output == [{"c": "1970-01-01T00:01:00.000Z"}] * 2


LARGE = "x" * 150_000


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(parallel(machine(A=TASK), machine(B=TASK)), id="Parallel"),
        pytest.param(mapped(machine(A=TASK)), id="Map"),
    ],
)
def test_too_much_data_runs_all_branches_again(state: dict[str, Any]) -> None:
    """After States.DataLimitExceeded also what had ended well is run again."""
    play = Play(machine(P=state), {"items": [1, 2]}).run({"A": LARGE, "B": LARGE})
    assert play.execution.error == "States.DataLimitExceeded"
    calls = len(play.calls)
    play.redrive({"A": "a", "B": "b"})
    assert (len(play.calls), len(play.output)) == (calls, 2) == (2, 2)
    assert play.since[0][0] in ("ParallelStateStarted", "MapStateStarted")


def test_what_failed_after_its_branches_is_done_again_without_them() -> None:
    """All branches had succeeded: only the result is made once more."""
    state = parallel(machine(A=TASK), ResultSelector={"t.$": "$$.Execution.RedriveTime", "a.$": "$[0]"})
    play = Play(machine(P=state)).run({"A": "a"})
    assert play.execution.status == "FAILED"
    play.redrive(later=60)
    assert (play.called, play.output) == ([], {"t": "1970-01-01T00:01:00.000Z", "a": "a"})


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(machine(A=TASK | RETRY), id="Task"),
        pytest.param(machine(P=parallel(machine(A=TASK), **RETRY)), id="Parallel"),
        pytest.param(machine(M=mapped(machine(A=TASK), **RETRY)), id="Map"),
    ],
)
def test_the_retry_attempt_count_is_reset(definition: dict[str, Any]) -> None:
    """The redriven state has all its retries again."""
    play = Play(definition, {"items": [1]}).run({"A": BOOM})
    assert (play.execution.status, len(play.calls)) == ("FAILED", 2)
    play.redrive({"A": [BOOM, "well"]})
    assert (play.execution.status, len(play.calls)) == ("SUCCEEDED", 2)


def test_a_pause_before_a_retry_that_was_cut_short_is_not_waited_for() -> None:
    """Stopped between two attempts, the redrive tries at once."""
    play = Play(machine(A=TASK | RETRY))
    play.answers = {"A": BOOM}
    play.happen(Started(0, "{}", 7))
    play.happen(TaskFailed(0, 3, "Boom"))
    play.stop()
    play.redrive(later=10)
    assert (play.execution.status, play.execution.now) == ("SUCCEEDED", 11)


def test_the_context_object_tells_of_the_redrive() -> None:
    """RedriveCount and RedriveTime are the redrive's; the entry of the state and the start remain the first ones."""
    seen = {"e.$": "$$.Execution", "s.$": "$$.State"}
    play = Play(machine(A=TASK | {"Parameters": seen} | RETRY)).run({"A": BOOM})
    first = play.calls[0].arguments
    assert first["e"]["RedriveCount"] == 0
    assert "RedriveTime" not in first["e"]
    play.redrive({"A": BOOM}, later=59)
    asked: Any = play.calls[0].arguments
    told = {"RedriveCount": 1, "RedriveTime": "1970-01-01T00:01:00.000Z"}
    assert asked == {"e": first["e"] | told, "s": first["s"]}
    assert [task.arguments["s"]["RetryCount"] for task in play.calls] == [0, 1]


def test_what_was_read_of_the_context_object_before_is_not_changed() -> None:
    """A variable keeps the Context Object as it was."""
    keep = {"Type": "Pass", "Assign": {"v.$": "$$.Execution"}}
    play = Play(machine(P=keep, A=TASK | {"Parameters": {"v.$": "$v"}})).run({"A": BOOM}).redrive()
    asked: Any = play.calls[0].arguments
    assert asked["v"]["RedriveCount"] == 0


def test_a_task_has_a_new_token_and_late_answers_to_the_old_one_change_nothing() -> None:
    """What the first attempt still answers goes nowhere."""
    play = Play(machine(A=TASK)).run({"A": HANG}).stop()
    old = play.calls[0]
    play.redrive({"A": HANG}).tell(TaskSucceeded(play.execution.now, old.task, "late"))
    assert play.execution.status == "RUNNING"
    assert play.calls[0].token != old.token
    play.tell(TaskSucceeded(play.execution.now, play.calls[0].task, "well"))
    assert play.output == "well"


def test_it_says_that_it_has_ended_after_each_end() -> None:
    """Finished is told once for the first end and once for the redrive's."""
    execution = new(machine(F={"Type": "Fail"}))
    ends = [command for event in (Started(0, "{}"), Redriven(1)) for command in advance(execution, event)]
    assert [type(command) for command in ends] == [Finished, Finished]


# ---------------------------------------------------------------------- whatever the machine


def replay(journal: list[Event], definition: Any) -> Execution:
    again = new(definition)
    for event in journal:
        advance(again, from_json(json.loads(json.dumps(as_json(event)))))
    return again


def well_formed(execution: Execution) -> bool:
    history = execution.history()
    ids = [event["id"] for event in history] == list(range(1, len(history) + 1))
    return ids and all(event["previousEventId"] < event["id"] for event in history)


ENDS: dict[str, Callable[[Play], Play]] = {"failing": lambda play: play, "stopped": lambda play: play.stop()}


@pytest.mark.prove
@settings(max_examples=5_000 if "HANDRAIL_PROVE" in os.environ else 150, deadline=None)
@given(machines(), JSON, st.integers(0, 6), st.sampled_from(sorted(ENDS)))
def test_any_machine_can_be_redriven_and_replays_the_same(definition: Any, input: Any, place: int, how: str) -> None:
    """Wherever a machine fails or is stopped, a redrive ends it, each branch runs once more, and a replay agrees."""
    shared = itertools.chain(["ok"] * place, itertools.repeat(BOOM if how == "failing" else HANG))
    play = Play(definition, input)
    play.run(dict.fromkeys(names(definition), shared))
    play = ENDS[how](play)
    assume(play.execution.status != "SUCCEEDED")
    kept = play.execution.history()
    play.redrive(dict.fromkeys(names(definition), "ok"))
    assert play.execution.status in ("SUCCEEDED", "FAILED")
    # With tasks that succeed, only the machine's own expressions can still fail.
    assert play.execution.error not in ("Boom", "Enough", "States.Timeout")
    assert well_formed(play.execution)
    assert play.execution.history()[: len(kept)] == kept
    assert replay(play.journal, definition).history() == play.execution.history()


def names(flow: Any) -> set[str]:
    """The names of all states of a definition, nested ones too."""
    if isinstance(flow, list):
        return {name for each in flow for name in names(each)}
    if not isinstance(flow, dict):
        return set()
    own = set(flow["States"]) if isinstance(flow.get("States"), dict) else set()
    return own | {name for each in flow.values() for name in names(each)}
