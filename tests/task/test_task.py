"""Tasks: a typed function that Lambda can call, strict about its event and honest about its errors."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from handrail.errors import HandrailError
from handrail.runs import Run, keep, take_lock
from handrail.table import MemoryTable, using
from handrail.task import GUARD, InvalidArguments, TaskError, failure, options, task


class ClusterBusy(TaskError):
    """The cluster is changing
    and accepts no order yet.

    More about it, which nobody is told.
    """


class Status(BaseModel):
    """How it is."""

    status: str
    since: datetime


class Colour(Enum):
    """A choice with values."""

    RED = "red"


@dataclass(frozen=True)
class Pair:
    """Two of something."""

    left: Colour
    right: int = 0


@task
def look(*, cluster: str, power: Literal["start", "stop"], on: date | None = None) -> Status:
    """Look."""
    return Status(status=f"{cluster} {power} {on}", since=datetime(2026, 1, 5, tzinfo=UTC))


@task
def pairs(*, pairs: list[Pair], scale: float = 1) -> list[Pair]:
    """Give back what came."""
    assert all(isinstance(pair, Pair) for pair in pairs)
    return pairs


@task
def nothing() -> None:
    """Do nothing."""


@task
def liar(*, n: int) -> int:
    """Say an int, give a text."""
    return "one"  # type: ignore[return-value]


@options
def clusters() -> list[str]:
    """What there is."""
    return ["orders"]


# As Lambda sees them: functions of an event and a context.
on_lambda: Any = look
lying: Any = liar


ANSWERS = pytest.mark.parametrize(
    ("function", "event", "answer"),
    [
        pytest.param(
            look,
            {"cluster": "orders", "power": "stop", "on": "2026-01-05"},
            {"status": "orders stop 2026-01-05", "since": "2026-01-05T00:00:00Z"},
            id="model",
        ),
        pytest.param(pairs, {"pairs": [{"left": "red"}]}, [{"left": "red", "right": 0}], id="dataclasses and enums"),
        pytest.param(pairs, {"pairs": [], "scale": 2}, [], id="a whole number where any number may be"),
        pytest.param(nothing, {}, None, id="nothing"),
        pytest.param(clusters, {}, ["orders"], id="options"),
    ],
)


@ANSWERS
def test_lambda_calls_a_task_with_event_and_context(function: Any, event: dict[str, Any], answer: object) -> None:
    """The handler string is simply the function, and the answer is JSON."""
    assert function(event, None) == answer


def test_a_person_calls_a_task_with_keywords() -> None:
    """In a test a task is the function that was written, types and all."""
    assert look(cluster="a", power="stop").since.year == 2026
    assert look.__doc__ == "Look."


@pytest.mark.parametrize(
    ("event", "told"),
    [
        pytest.param({"cluster": "a", "powr": "stop"}, ["power: Field required", 'Did you mean "power"?'], id="names"),
        pytest.param({"cluster": 5, "power": "up"}, ["cluster: Input should be a", "power: Input should"], id="kinds"),
        pytest.param({"cluster": "a", "power": "stop", "on": 5}, ["on: "], id="a date is text"),
        pytest.param({}, ["cluster: Field required", "power: Field required"], id="nothing"),
        pytest.param([], ["Input should be"], id="no object"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_as_a_whole(event: Any, told: list[str]) -> None:
    """Everything that is wrong with an event is in one error, whose name a machine could catch."""
    with pytest.raises(InvalidArguments) as caught:
        on_lambda(event, None)

    for words in told:
        assert words in str(caught.value)


def test_what_was_given_is_not_repeated_in_the_error() -> None:
    """An argument may be a secret; the error says what is wrong with it, not what it is."""
    with pytest.raises(InvalidArguments) as caught:
        on_lambda({"cluster": ["hunter2"], "power": "hunter2"}, None)

    assert "hunter2" not in str(caught.value)


def test_a_result_of_another_type_is_no_result() -> None:
    """A machine reads what the function says it returns, or nothing."""
    with pytest.raises(ValueError, match="int"):
        lying({"n": 1}, None)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        pytest.param(ClusterBusy(), "The cluster is changing and accepts no order yet.", id="the docstring"),
        pytest.param(ClusterBusy("backup"), "The cluster is changing and accepts no order yet. backup", id="a detail"),
    ],
)
def test_an_error_is_shown_as_lambda_shows_it(error: TaskError, shown: str) -> None:
    """The class's name is what a machine retries, the docstring is what a person reads."""
    answer = failure(error)

    assert (answer["errorType"], answer["errorMessage"]) == ("ClusterBusy", shown)


def test_an_error_without_words_is_refused() -> None:
    """The docstring is the message, so there is one."""
    with pytest.raises(HandrailError, match="Silent has no docstring"):
        type("Silent", (TaskError,), {})


def test_names_follow_the_module() -> None:
    """The module and the function name a task; Lambda's names have no dots."""
    assert (look.name, look.function_name) == ("test_task.look", "test_task-look")


def positional(cluster: str) -> None:
    """Takes by position."""


def untyped(*, cluster) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Takes anything."""


def silent(*, cluster: str):  # type: ignore[no-untyped-def]
    """Does not say what it returns."""


@pytest.mark.parametrize(
    ("function", "told"),
    [
        pytest.param(positional, "must be keyword-only; write def positional(*, cluster: …)", id="positional"),
        pytest.param(untyped, '"cluster" has no type', id="no type"),
        pytest.param(silent, "it does not say what it returns", id="no result type"),
    ],
)
def test_a_function_that_no_machine_could_call_is_refused(function: Any, told: str) -> None:
    """What is wrong is told with file and line, when the module is imported."""
    with pytest.raises(HandrailError, match=r"test_task\.py:\d+: the task ") as caught:
        task(function)

    assert told in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.text(), i)
    )
)
def test_any_event_is_answered_or_refused(event: Any) -> None:
    """No event brings down a task in any other way than by being refused."""
    with contextlib.suppress(InvalidArguments):
        assert on_lambda(event, None)


def test_a_lambda_loads_neither_authoring_nor_execution() -> None:
    """What a task imports is what its zip carries."""
    program = "import sys, handrail.task, handrail.accept, handrail.codebuild; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    heavy = ("handrail.machine", "handrail.engine", "handrail.asl", "boto3", "botocore")
    assert not [name for name in done.stdout.split() if name.startswith(heavy)]


ARN = "arn:aws:states:us-east-1:123456789012:execution:handrail-cluster-power:{}"


@pytest.mark.parametrize(
    ("run", "found"),
    [
        pytest.param("one", "orders start None", id="the run that has the lock"),
        pytest.param("two", "Somebody else is working on this: orders, since 09:00 UTC by one.", id="another one"),
        pytest.param("stranger", "This step may only run inside a run that was accepted: stranger", id="no run"),
    ],
)
def test_a_dangerous_task_runs_with_its_lock_only(run: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is no argument; it is judged right before the function begins, and nothing is done without the lock."""
    monkeypatch.setenv("HANDRAIL_TIMEZONE", "UTC")
    began = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    known = [
        Run(arn=ARN.format(name), runbook="cluster-power", name=name, started=began, seconds=3600, target="orders")
        for name in ("one", "two")
    ]
    guard = {"execution": ARN.format(run), "now": "2026-01-05T09:10:00.000Z"}
    with using(MemoryTable()):
        for each in known:
            keep(each)
        take_lock(known[0], began)
        try:
            answer = look.handle({"cluster": "orders", "power": "start", GUARD: guard})["status"]
        except TaskError as refused:
            answer = str(refused)

    assert answer == found
