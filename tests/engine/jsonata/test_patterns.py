"""Patterns: JavaScript's, as far as Python can read them, and none that holds an execution for ever."""

import time
from typing import Any

import pytest

from handrail.testing import play

ENDLESS = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a|a)+$/)"


def output(expression: str) -> Any:
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
    return play({"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": state}}, {}, {})


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(ENDLESS, id="match"),
        pytest.param(ENDLESS.replace("$match", "$contains"), id="contains"),
        pytest.param(ENDLESS.replace("$match", "$split"), id="split"),
        pytest.param(ENDLESS.replace("$match", "$replace").replace("$/)", "$/, '')"), id="replace"),
        pytest.param(f"$map([1], function($v) {{ {ENDLESS} }})", id="inside of a function"),
    ],
)
def test_a_pattern_that_finds_no_end_fails_the_state(expression: str) -> None:
    """In AWS's words for an expression that takes too long: it holds neither this execution nor any other."""
    run = output(expression)

    assert run.error == "States.QueryEvaluationError"
    assert run.cause is not None
    assert run.cause.endswith("Expression evaluation timeout: Check for infinite loop")


def test_looking_for_a_pattern_keeps_no_other_thread_from_working() -> None:
    """The endpoint answers meanwhile."""
    from threading import Thread

    looking = Thread(target=output, args=[ENDLESS])
    looking.start()
    turns = 0
    while looking.is_alive():
        time.sleep(0.01)
        turns += 1

    assert turns > 20


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        pytest.param("$match('a{x}b', /a{x}b/).match", "a{x}b", id="braces that are no count"),
        pytest.param("$match('a{,2}b', /a{,2}b/).match", "a{,2}b", id="nor this one"),
        pytest.param("$match('a{e<=1}b', /a{e<=1}b/).match", "a{e<=1}b", id="nor a likeness of another language"),
        pytest.param("$match('aab', /a{2}b/).match", "aab", id="a count"),
        pytest.param("$match('aaab', /a{2,}b/).match", "aaab", id="a count from here on"),
        pytest.param("$match('a]', /[[:alpha:]]/).match", "a]", id="no class of POSIX"),
    ],
)
def test_braces_and_brackets_are_javascripts(expression: str, found: str) -> None:
    assert output(expression).output == found
