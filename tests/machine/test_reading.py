"""Reads: a step reads what is there on every way that leads to it, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from handrail.errors import Problems
from handrail.machine import Choice, Machine, Map, Parallel, Pass, Steps, Succeed, Task, given, when
from handrail.schema import Ask, Input
from handrail.task import TaskError, task


class Fields(Input):
    """What is asked."""

    deep: bool = Ask("Deep?", ja="深く", default=False)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])


class Others(Input):
    """What another machine is asked."""

    name: str = Ask("Name?", ja="名前")


class Busy(TaskError):
    """It is busy."""


class Found(BaseModel):
    """What a task found."""

    name: str
    names: list[str]


@task
def find(*, name: str = "") -> Found:
    """Find something."""
    return Found(name=name, names=[])


fields = given(Fields)


def machine(steps: list[Any]) -> Machine:
    """A machine of these steps."""
    return Machine("small", input=Fields, steps=steps, timeout=timedelta(hours=1))


def behind_a_branch() -> list[Any]:
    """Read of a step that only one branch runs."""
    found = Task("Find", find)
    return [Choice("C?", when(fields.deep, [found])), Task("Tell", find, name=found.result.name)]


def behind_both_branches() -> list[Any]:
    """Read of steps that every branch passes."""
    found = Task("Find", find)
    way = Choice("C?", when(fields.deep, [Task("A", find)]), otherwise=[Task("B", find)])
    return [found, way, Task("Tell", find, name=found.result.name)]


def behind_a_catch() -> list[Any]:
    """Read of a step that may have failed and been caught."""
    found = Task("Find", find).catch(Busy)
    return [found, Task("Tell", find, name=found.result.name)]


def behind_a_catch_with_a_stand_in() -> list[Any]:
    """Read of a step that may have failed, of which then something else is known."""
    found = Task("Find", find).catch(Busy, instead=Found(name="none", names=[]))
    return [found, Task("Tell", find, name=found.result.name)]


def before_it_runs() -> list[Any]:
    """Read of a step that comes later."""
    found = Task("Find", find)
    return [Task("Tell", find, name=found.result.name), found]


def of_itself() -> list[Any]:
    """Read of the very step, which a second round would have, but not the first."""
    found = Task("Find", find)
    again = Task("Again", find, name=found.result.name)
    return [again, found, Choice("C?", when(fields.deep, goto=again))]


def in_a_loop() -> list[Any]:
    """Read on every round of what the first one made."""
    found = Task("Find", find)
    look = Task("Look", find, name=found.result.name)
    return [found, look, Choice("C?", when(look.result.name == "", goto=look))]


def inside_a_map_from_outside() -> list[Any]:
    """Read of a body's step behind the Map."""
    inner = Task("Inner", find)
    return [Map("Each", items=fields.names, steps=lambda _: inner), Task("Tell", find, name=inner.result.name)]


def outside_a_map_from_inside() -> list[Any]:
    """Read of an earlier step, in a body."""
    found = Task("Find", find)
    return [found, Map("Each", items=found.result.names, steps=lambda _: Task("Inner", find, name=found.result.name))]


def later_than_the_map_from_inside() -> list[Any]:
    """Read, in a body, of a step behind the Map."""
    found = Task("Find", find)
    return [Map("Each", items=fields.names, steps=lambda _: Task("Inner", find, name=found.result.name)), found]


def an_item_outside() -> list[Any]:
    """Read of an item behind its Map."""
    kept: list[str] = []
    each = Map("Each", items=fields.names, steps=lambda name: [kept.append(name) or Task("Inner", find)])  # type: ignore[func-returns-value]
    return [each, Task("Tell", find, name=kept[0])]


def another_branch() -> list[Any]:
    """Read of a step that runs beside."""
    left = Task("Left", find)
    return [Parallel("Both", left, Task("Right", find, name=left.result.name))]


def results_of_branches() -> list[Any]:
    """Read of what the branches gave."""
    both = Parallel("Both", Task("Left", find), Task("Right", find))
    return [both, Task("Tell", find, name=both.result[1].name)]


def another_machine() -> list[Any]:
    """Read of a step of nobody."""
    return [Task("Tell", find, name=Task("Find", find).result.name)]


def another_input() -> list[Any]:
    """Read of what another runbook is asked."""
    return [Task("Tell", find, name=given(Others).name)]


def an_error_where_there_is_none() -> list[Any]:
    """Read of an error behind the place where it was caught."""
    kept: list[str] = []
    risky = Task("Find", find).catch(Busy, lambda error: [kept.append(error.cause) or Task("Handle", find)])  # type: ignore[func-returns-value]
    return [risky, Task("Tell", find, name=kept[0])]


def an_error_where_it_was_caught() -> list[Any]:
    """Read of an error in the steps that answer it."""
    return [Task("Find", find).catch(Busy, lambda error: [Task("Handle", find, name=error.cause)])]


def a_result_of_steps_that_may_not_run() -> list[Any]:
    """A body that answers what only one of its branches knows."""
    found = Task("Find", find)
    body = Steps([Choice("C?", when(fields.deep, [found]))], result=found.result.name)
    each = Map("Each", items=fields.names, steps=lambda _: body)
    return [each, Task("Tell", find, name=each.result[0])]


def a_result_that_nobody_reads() -> list[Any]:
    """The same, but nobody asks for the answer."""
    return a_result_of_steps_that_may_not_run()[:1]


def a_pass_in_a_branch() -> list[Any]:
    """Read of a value that both branches name differently."""
    one = Pass("One", "1")
    return [Choice("C?", when(fields.deep, [one])), Task("Tell", find, name=one.result)]


RIGHT = [
    behind_both_branches,
    behind_a_catch_with_a_stand_in,
    in_a_loop,
    outside_a_map_from_inside,
    results_of_branches,
    an_error_where_it_was_caught,
    a_result_that_nobody_reads,
]
NEVER = "but a way leads here on which there is none."
WRONG: list[tuple[Callable[[], list[Any]], str]] = [
    (behind_a_branch, f'"Tell" reads the result of "Find", {NEVER}'),
    (behind_a_catch, f'"Tell" reads the result of "Find", {NEVER}'),
    (before_it_runs, f'"Tell" reads the result of "Find", {NEVER}'),
    (of_itself, f'"Again" reads the result of "Find", {NEVER}'),
    (later_than_the_map_from_inside, f'"Inner" reads the result of "Find", {NEVER}'),
    (a_result_of_steps_that_may_not_run, f'"Each done" reads the result of "Find", {NEVER}'),
    (a_pass_in_a_branch, f'"Tell" reads the result of "One", {NEVER}'),
    (an_error_where_there_is_none, f'"Tell" reads the error of "Find", {NEVER}'),
    (inside_a_map_from_outside, '"Tell" reads "Inner", which runs inside "Each"; give Steps(…, result=…) there'),
    (another_branch, '"Right" reads "Left", which runs inside "Both"; give Steps(…, result=…) there'),
    (an_item_outside, '"Tell" reads the item of "Each", which only the steps inside it have.'),
    (another_machine, '"Tell" reads "Find" of '),
    (another_input, '"Tell" reads Others, but the machine is asked Fields.'),
]


@pytest.mark.parametrize("steps", RIGHT)
def test_what_is_there_may_be_read(steps: Callable[[], list[Any]]) -> None:
    """A value is there when every way to the reader makes it, or goes with it into a body."""
    assert machine(steps()).definition()


@pytest.mark.parametrize(("steps", "told"), [pytest.param(*case, id=case[0].__name__) for case in WRONG])
def test_what_may_be_missing_is_told(steps: Callable[[], list[Any]], told: str) -> None:
    """Found when the machine is written, not by the run that goes the other way."""
    with pytest.raises(Problems) as caught:
        machine(steps())

    [problem] = caught.value.problems
    where, _, text = problem.partition(": ")
    assert text.startswith(told)
    assert re.fullmatch(r"\S*test_reading\.py:\d+", where)


def test_the_end_of_a_run_reads_too() -> None:
    """An output is read like any other field."""
    found = Task("Find", find)
    with pytest.raises(Problems, match='"Well" reads the result of "Find"'):
        machine([Choice("C?", when(fields.deep, [found])), Succeed("Well", found.result)])
