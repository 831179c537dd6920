"""States: what each one is told arrives in the definition, and what cannot be is told with its line."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handrail.errors import Problems
from handrail.machine import Choice, Fail, Machine, Pass, Succeed, Task, Wait, given, when
from handrail.task import TaskError, task

Making = Callable[[Sequence[Any]], Machine]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NAIVE = datetime(2020, 1, 1)  # what is refused
LAMBDA = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
}


class Busy(TaskError):
    """It is busy."""


class Gone(TaskError):
    """It is gone."""


@task
def work(*, name: str = "x") -> int:
    """Do something."""
    return 1


def do() -> Task[int]:
    """A task to add something to."""
    return Task("Do", work)


@pytest.fixture
def state(machine: Making) -> Callable[..., Any]:
    """The named state of a machine of these steps."""

    def found(*steps: Any, name: str = "Do") -> Any:
        states: Any = machine(steps).definition()["States"]
        return states[name]

    return found


@pytest.mark.parametrize(
    ("step", "retries"),
    [
        pytest.param(do(), [LAMBDA], id="Lambda's own errors always"),
        pytest.param(
            do().retry(Busy, every=MINUTE, times=10),
            [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "MaxAttempts": 10, "BackoffRate": 1}, LAMBDA],
            id="an error of the task",
        ),
        pytest.param(
            do().retry(Busy, Gone, every=SECOND, times=2, backoff=1.5, jitter=True, longest=MINUTE),
            [
                {
                    "ErrorEquals": ["Busy", "Gone"],
                    "IntervalSeconds": 1,
                    "MaxAttempts": 2,
                    "BackoffRate": 1.5,
                    "MaxDelaySeconds": 60,
                    "JitterStrategy": "FULL",
                },
                LAMBDA,
            ],
            id="everything that can be said",
        ),
        pytest.param(
            do().retry(Busy).retry("States.ALL"),
            [
                {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1},
                LAMBDA,
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1},
            ],
            id="what catches all comes last",
        ),
        pytest.param(
            do().retry("Lambda.TooManyRequestsException", times=99),
            [
                {
                    "ErrorEquals": ["Lambda.TooManyRequestsException"],
                    "IntervalSeconds": 1,
                    "MaxAttempts": 99,
                    "BackoffRate": 1,
                },
                {**LAMBDA, "ErrorEquals": LAMBDA["ErrorEquals"][:3]},  # type: ignore[index]
            ],
            id="the author's word on Lambda's errors counts",
        ),
    ],
)
def test_retries(step: Any, retries: list[Any], state: Callable[..., Any]) -> None:
    """What AWS recommends for every Lambda function is there without a word, behind what the author says."""
    assert state(step)["Retry"] == retries


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        pytest.param(do(), {"TimeoutSeconds": 300}, id="five minutes unless said"),
        pytest.param(do().timeout(MINUTE), {"TimeoutSeconds": 60}, id="timeout"),
        pytest.param(do().heartbeat(SECOND), {"TimeoutSeconds": 300, "HeartbeatSeconds": 1}, id="heartbeat"),
    ],
)
def test_timeouts(step: Any, fields: dict[str, int], state: Callable[..., Any]) -> None:
    """No task runs for ever."""
    assert {name: value for name, value in state(step).items() if name.endswith("Seconds")} == fields


def test_a_changed_step_is_still_that_step(machine: Making) -> None:
    """Results are read and jumps go to a step, before or after it was given a retry."""
    first = do()
    again = Choice("Again?", when(first.result > 5, goto=first))

    states: Any = machine([first.retry(Busy).timeout(MINUTE), again]).definition()["States"]
    assert states["Again?"]["Choices"] == [{"Condition": "{% $do > 5 %}", "Next": "Do"}]


@pytest.mark.parametrize(
    ("wait", "fields"),
    [
        pytest.param(lambda _: Wait("W", MINUTE), {"Seconds": 60}, id="a time"),
        pytest.param(lambda f: Wait("W", seconds=f.limit), {"Seconds": "{% $asked.limit %}"}, id="seconds of the run"),
        pytest.param(
            lambda _: Wait("W", until=datetime(2027, 1, 1, tzinfo=UTC)),
            {"Timestamp": "2027-01-01T00:00:00Z"},
            id="a moment",
        ),
    ],
)
def test_waits(wait: Any, fields: dict[str, Any], asked: Any, state: Callable[..., Any]) -> None:
    """A pause is a time, a number of seconds, or a moment."""
    found = state(wait(given(asked)), do(), name="W")

    assert found == {"Type": "Wait", **fields, "Next": "Do"}


def test_ends(machine: Making, asked: Any) -> None:
    """A run ends with an output, or with an error's name and words."""
    fields = given(asked)
    states: Any = machine(
        [
            Choice(
                "How?",
                when(fields.deep, [Succeed("Well", {"name": fields.name})]),
                when(fields.limit == 1, [Fail("Gone", Gone)]),
                otherwise=[Fail("Badly", "TooMany", "more than {%")],
            )
        ]
    ).definition()["States"]

    assert states["Well"] == {"Type": "Succeed", "Output": {"name": "{% $asked.name %}"}}
    assert states["Gone"] == {"Type": "Fail", "Error": "Gone", "Cause": "It is gone."}
    assert states["Badly"]["Cause"] == '{% "more than \\u007b%" %}'


def test_pass_names_a_value(machine: Making, asked: Any) -> None:
    """A value that is made once is read under its name."""
    named = Pass("Who", {"name": given(asked).name, "limit": 5})
    states: Any = machine([named, Task("Do", work, name=named.result["name"])]).definition()["States"]

    assert states["Who"]["Assign"] == {"who": {"name": "{% $asked.name %}", "limit": 5}}
    assert states["Do"]["Arguments"]["Payload"] == {"name": "{% $who.name %}"}


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param(lambda: [Task("x" * 81, work)], "has a name of 81 characters; Step Functions takes 80", id="name"),
        pytest.param(lambda: [Task(" ", work)], "needs a name", id="no name"),
        pytest.param(lambda: [do().retry()], "names no error", id="retry of nothing"),
        pytest.param(
            lambda: [do().retry("States.Timeuot")],
            'no error of Step Functions. Did you mean "States.Timeout"?',
            id="unknown error",
        ),
        pytest.param(lambda: [do().retry("no name")], 'names "no name", which is not the name of an error', id="words"),
        pytest.param(lambda: [do().retry(Busy, "States.ALL")], "it stands alone", id="States.ALL among others"),
        pytest.param(lambda: [do().retry(Busy, every=timedelta(0))], "must be 1 to", id="no pause"),
        pytest.param(lambda: [do().retry(Busy, every=timedelta(milliseconds=1500))], "whole seconds", id="fraction"),
        pytest.param(lambda: [do().retry(Busy, backoff=0.5)], "the least is 1", id="backoff"),
        pytest.param(lambda: [do().retry(Busy, backoff=float("inf"))], "backoff is inf", id="backoff without end"),
        pytest.param(lambda: [do().retry(Busy, times=-1)], "times is -1", id="times"),
        pytest.param(lambda: [do().retry(Busy, every=MINUTE, longest=SECOND)], "is not longer than its", id="longest"),
        pytest.param(lambda: [do().timeout(30)], "its timeout is 30, not a timedelta", id="timeout"),  # type: ignore[arg-type]
        pytest.param(lambda: [do().heartbeat(timedelta(hours=1))], "is not shorter than its timeout", id="heartbeat"),
        pytest.param(lambda: [Wait("W")], "exactly one of a timedelta, seconds= and until=", id="no wait"),
        pytest.param(lambda: [Wait("W", MINUTE, seconds=1)], "exactly one of", id="two waits"),
        pytest.param(lambda: [Wait("W", 30)], "its pause is 30, not a timedelta", id="number"),  # type: ignore[arg-type]
        pytest.param(lambda: [Wait("W", seconds="1")], "cannot wait so: Input should be a valid i", id="text"),  # type: ignore[arg-type]
        pytest.param(lambda: [Wait("W", until=NAIVE)], "its until has no time zone: 2020-01-01", id="no time zone"),
        pytest.param(
            lambda: [Wait("W", seconds=-1)], '"W" is not for AWS: Minimum value is 0 (at /States/W/Seconds)', id="past"
        ),
        pytest.param(
            lambda: [do().retry(Busy, longest=timedelta(days=400))], "Maximum value is 31622400", id="very long pause"
        ),
        pytest.param(
            lambda: [do().catch("States.ALL").catch(Busy)],
            "States.ALL must appear alone and at end of list (at /States/Do/Catch/0/ErrorEquals)",
            id="States.ALL before others",
        ),
        pytest.param(
            lambda: [do().heartbeat(MINUTE).timeout(SECOND)],
            "HeartbeatSeconds must be smaller than TimeoutSeconds",
            id="heartbeat, then timeout",
        ),
        pytest.param(lambda: [Choice("C?")], "has no when(…)", id="choice without conditions"),
        pytest.param(
            lambda: [do(), Choice("C?", when(do().result == 1))], "without steps and without goto=", id="when"
        ),
        pytest.param(lambda: [do().catch(Busy, [5])], "has 5 among its steps, which is no step", id="no step"),  # type: ignore[list-item]
        pytest.param(lambda: [do().catch(Busy, do())], "steps that are not a list", id="no list"),  # type: ignore[arg-type]
        pytest.param(lambda: [do().catch(Busy, instead="x")], "instead of its result: Input should", id="instead"),  # type: ignore[arg-type]
        pytest.param(list, 'the machine "small" has no steps', id="nothing to do"),
    ],
)
def test_what_cannot_be_is_told(steps: Callable[[], list[Any]], told: str, machine: Making) -> None:
    """The state's name, its line, and what is wrong with it."""
    with pytest.raises(Problems) as caught:
        machine(steps())

    assert any(told in problem for problem in caught.value.problems), caught.value.problems
    assert all("test_states.py:" in problem or "conftest.py:" in problem for problem in caught.value.problems)
