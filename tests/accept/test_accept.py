"""The first task of every run: whoever starts it, the input is checked and complete."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.accept import InvalidInput, UnknownRunbook, accept, accepted
from handrail.schema import Ask, Input

SAMPLE = Path(__file__).parents[1] / "types" / "project"


class Move(Input):
    """Move something."""

    what: str = Ask("What?", ja="何を")
    far: int = Ask("How far?", ja="距離", default=1, ge=1)


@pytest.fixture(autouse=True)
def schemas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sample's schemas, where a Lambda's zip would have them."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "schemas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(SAMPLE))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "schemas"]:
        monkeypatch.delitem(sys.modules, name)


def test_defaults_are_filled_in() -> None:
    """The machine goes on with every field."""
    assert accepted(Move, {"what": "a box"}) == {"what": "a box", "far": 1}


def test_it_answers_as_a_lambda() -> None:
    """The schema is found by the runbook's name."""
    event = {"runbook": "cluster-power", "input": {"cluster": "orders", "power": "stop"}}

    assert accept(event, None) == {"cluster": "orders", "power": "stop"}  # type: ignore[call-arg, arg-type]


def test_every_problem_of_an_input_is_in_the_error() -> None:
    """A wrong input ends the run with all that is wrong with it."""
    with pytest.raises(InvalidInput) as caught:
        accepted(Move, {"waht": "a box", "far": 0})

    assert str(caught.value) == (
        "The runbook does not accept this input: what: this is missing; "
        "far: Input should be greater than or equal to 1; "
        'waht: there is no such field. Did you mean "what"?'
    )


@pytest.mark.parametrize(
    "runbook",
    [
        pytest.param("cluster-pwoer", id="unknown"),
        pytest.param("../secrets", id="a path"),
        pytest.param("os.path", id="a module"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_unknown_runbook_is_refused(runbook: str) -> None:
    """A name that comes in from outside is never imported as it stands."""
    with pytest.raises(UnknownRunbook):
        accept(runbook=runbook, input={})


@pytest.mark.parametrize(
    "given", [pytest.param([], id="list"), pytest.param(None, id="null"), pytest.param("x", id="text")]
)
def test_an_input_is_an_object(given: Any) -> None:
    """An execution may be started with any JSON; a runbook is asked with an object."""
    with pytest.raises(Exception, match="input: Input should be"):
        accept({"runbook": "cluster-power", "input": given}, None)  # type: ignore[call-arg, arg-type]
