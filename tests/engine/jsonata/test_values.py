"""JSON with expressions inside."""

from typing import Any

import pytest

from handrail.engine.jsonata import JsonataSyntaxError, compile_value, is_expression
from tests.engine.jsonata.oracle import Surroundings

STATES: Any = {"input": {"n": 1, "items": [1, 2], "nothing": None}}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{% 1 %}", True),
        ("{%1%}", True),
        ("{%%}", True),
        ("{%}", False),
        (" {% 1 %}", False),
        ("{% 1 %} ", False),
        ("a {% 1 %}", False),
        ("", False),
        (1, False),
        (None, False),
    ],
)
def test_is_expression(text: Any, answer: bool) -> None:
    """An expression begins with `{%` and ends with `%}`, with nothing around it."""
    assert is_expression(text) is answer


@pytest.mark.parametrize(
    ("value", "result"),
    [
        pytest.param("{% $states.input.n %}", 1, id="an expression"),
        pytest.param("{%\n$states.input.n + 1\n%}", 2, id="over several lines"),
        pytest.param("n {% 1 %}", "n {% 1 %}", id="text that mentions one"),
        pytest.param({"a": "{% $x %}", "b": [True, None, "{% 'c' %}"]}, {"a": 7, "b": [True, None, "c"]}, id="nested"),
        pytest.param("{% $states.input.nothing %}", None, id="null is a value"),
        pytest.param({"{% 'k' %}": 1}, {"{% 'k' %}": 1}, id="keys are not expressions"),
        pytest.param([], [], id="empty array"),
        pytest.param("{% $states %}", STATES, id="$states as a whole"),
    ],
)
def test_gives(value: Any, result: Any) -> None:
    """Each expression stands for its result; everything else for itself."""
    assert compile_value(value, "Output")(STATES, Surroundings({"x": 7})) == result


def test_shares_what_is_constant() -> None:
    """What has no expression in it is handed out as it is, not copied."""
    constant: Any = {"a": [1, {"b": 2}]}
    evaluate = compile_value({"constant": constant, "n": "{% $states.input.n %}"}, "Output")

    result: Any = evaluate(STATES, Surroundings())

    assert result["constant"] is constant


def test_shares_the_input() -> None:
    """What an expression only passes on is not copied."""
    result = compile_value("{% $states.input.items %}", "Output")(STATES, Surroundings())

    assert result is STATES["input"]["items"]


def test_compiles_at_once() -> None:
    """A mistake is found when the value is compiled, not when it is first used."""
    with pytest.raises(JsonataSyntaxError):
        compile_value({"a": ["{% 1 + %}"]}, "Output")


def test_workflow_variables_come_before_functions() -> None:
    """A workflow variable named like a function hides it, as it does in JSONata."""
    evaluate = compile_value("{% $sum %}", "Output")

    assert evaluate(STATES, Surroundings({"sum": 3})) == 3
