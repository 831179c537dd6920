"""The names of JSONata's functions: the same that the engine has, and found where they are called."""

import pytest

from handrail.asl.functions import FUNCTIONS, called
from handrail.engine.jsonata import functions


def test_the_language_knows_what_the_engine_runs() -> None:
    """A function that the engine learns is one that a variable may hide."""
    assert functions.FUNCTIONS.keys() | functions.LIBRARY == FUNCTIONS


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        pytest.param("$count($states.input)", {"count"}, id="call"),
        pytest.param("$sum ($map($xs, function($x) { $number($x) }))", {"sum", "map", "number"}, id="calls in calls"),
        pytest.param("$xs ~> $count", {"count"}, id="chain"),
        pytest.param("$count + $sum[0] & $error.Cause", set(), id="variables"),
        pytest.param("($mine := function() { 1 }; $mine())", set(), id="a function of its own"),
    ],
)
def test_calls_are_found(expression: str, names: set[str]) -> None:
    """What is called, not what is read: a variable may be called count where nobody counts."""
    assert called(expression) == names
