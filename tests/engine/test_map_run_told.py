"""A Map Run that is told something from outside: other numbers, or that one child is to stop, however deep."""

import json
from typing import Any

import pytest

from handrail.engine import Execution, advance
from handrail.engine.commands import RunTask
from handrail.engine.events import (
    Event,
    MapRunUpdated,
    Started,
    Stopped,
    TaskFailed,
    TaskSucceeded,
    as_json,
    from_json,
)
from tests.engine.test_distributed import distributed, map_run
from tests.engine.test_execution import new


class Told:
    """An execution, the events that it was told, and the tasks that it asked for."""

    def __init__(self, definition: Any, input: Any) -> None:
        self.definition = definition
        self.execution: Execution = new(definition)
        self.journal: list[Event] = []
        self.asked: list[int] = []
        self.tell(Started(0.0, json.dumps(input), 7))

    def tell(self, event: Event) -> None:
        self.journal.append(from_json(json.loads(json.dumps(as_json(event)))))
        self.asked += [command.task for command in advance(self.execution, event) if isinstance(command, RunTask)]

    def answer(self, number: int, *, well: bool = True) -> None:
        task = self.asked[number]
        self.tell(TaskSucceeded(1.0, task, "x") if well else TaskFailed(1.0, task, "E"))

    def again(self) -> Execution:
        """The same from the journal."""
        execution = new(self.definition)
        for event in self.journal:
            advance(execution, event)
        return execution


def statuses(run: Any) -> list[str]:
    return [child.status for child in run.children]


@pytest.mark.parametrize(
    ("most", "running"),
    [
        pytest.param(3, 3, id="more"),
        pytest.param(0, 5, id="as many as may be"),
        pytest.param(1, 2, id="fewer stop nobody"),
        pytest.param(None, 2, id="as before"),
    ],
)
def test_free_places_are_filled_at_once(most: int | None, running: int) -> None:
    """So they are in a replay of the journal."""
    told = Told(distributed(MaxConcurrency=2), [1, 2, 3, 4, 5])
    told.tell(MapRunUpdated(0.5, map_run(told.execution).arn, most))
    assert len(told.asked) == running
    assert statuses(map_run(told.again())) == statuses(map_run(told.execution))
    assert told.again().history() == told.execution.history()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"failures": 0}, "FAILED", id="no failure"),
        pytest.param({"failures": 1}, "RUNNING", id="as many as there are"),
        pytest.param({"share": 20.0}, "FAILED", id="a smaller share"),
        pytest.param({}, "RUNNING", id="nothing"),
    ],
)
def test_less_tolerance_is_held_against_what_has_failed_already(changed: dict[str, Any], status: str) -> None:
    """The run ends at once, and its other children with it."""
    told = Told(distributed(ToleratedFailureCount=2), [1, 2, 3])
    told.answer(0, well=False)
    told.tell(MapRunUpdated(2.0, map_run(told.execution).arn, **changed))
    assert told.execution.status == status
    assert told.again().history() == told.execution.history()


def test_more_tolerance_counts_for_what_fails_later() -> None:
    """The run that would have failed goes on."""
    told = Told(distributed(), [1, 2])
    told.tell(MapRunUpdated(0.5, map_run(told.execution).arn, failures=1))
    told.answer(0, well=False)
    told.answer(1)
    assert (told.execution.status, statuses(map_run(told.execution))) == ("SUCCEEDED", ["FAILED", "SUCCEEDED"])


def test_what_is_told_to_a_run_that_has_ended_or_to_none_changes_nothing() -> None:
    """Nor does what is told after the end of the whole."""
    told = Told(distributed(), [1])
    run = map_run(told.execution)
    told.tell(MapRunUpdated(0.5, "arn:of:none", 7))
    told.answer(0)
    before = told.execution.history()
    told.tell(MapRunUpdated(2.0, run.arn, 7))
    assert (run.settings.most, told.execution.history()) == (10_000, before)


def test_one_child_is_stopped_and_its_task_with_it() -> None:
    """A failure that is not tolerated fails the run, as any other."""
    told = Told(distributed(ToleratedFailureCount=1), [1, 2])
    first = map_run(told.execution).children[0].execution
    told.tell(Stopped(0.5, "Enough", "why", first.arn))
    assert (first.status, first.error, told.execution.status) == ("ABORTED", "Enough", "RUNNING")
    told.answer(0)
    told.answer(1)
    assert statuses(map_run(told.execution)) == ["ABORTED", "SUCCEEDED"]
    assert told.again().history() == told.execution.history()


def test_a_run_inside_a_child_is_told_through_the_child() -> None:
    """It is known by its own ARN."""
    inner = distributed(MaxConcurrency=1)["States"]["M"] | {"Label": "inner"}
    told = Told(distributed(states={"I": inner}), [[1, 2]])
    [child] = map_run(told.execution).children
    run = map_run(child.execution)
    told.tell(MapRunUpdated(0.5, run.arn, 2))
    assert (statuses(run), len(told.asked)) == (["RUNNING", "RUNNING"], 2)
    told.tell(Stopped(0.6, child=run.children[0].execution.arn))
    assert (statuses(run), told.execution.status) == (["ABORTED", "ABORTED"], "FAILED")


def test_while_its_items_are_being_read_a_run_only_takes_note() -> None:
    """It begins with the new numbers."""
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"},
              "Parameters": {"Bucket": "b", "Key": "k"}}  # fmt: skip
    told = Told(distributed(ItemReader=reader, MaxConcurrency=1), {})
    told.tell(MapRunUpdated(0.5, map_run(told.execution).arn, 2))
    assert told.execution.status == "RUNNING"
    told.tell(TaskSucceeded(1.0, told.asked[0], "[1, 2, 3]"))
    assert statuses(map_run(told.execution)) == ["RUNNING", "RUNNING"]
