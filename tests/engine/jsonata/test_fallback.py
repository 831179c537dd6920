"""jsonata-python behind our door: nothing of it comes out, nothing goes in that it could change."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handrail.engine.failure import EvaluationFailure
from handrail.engine.jsonata import JsonataSyntaxError, compile_jsonata, fallback
from tests.engine.jsonata.oracle import Surroundings, is_plain

INPUT: Any = {"text": "a1b22", "none": [], "nothing": None, "orders": [{"id": 1, "tags": ["x"]}, {"id": 2, "tags": []}]}


def evaluate(expression: str, variables: Any = None) -> Any:
    return compile_jsonata(expression, "Output")({"input": INPUT}, Surroundings(variables))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        pytest.param("$split($states.input.text, /[0-9]+/)", ["a", "b", ""], id="an array"),
        pytest.param("$match($states.input.text, /b/)", {"match": "b", "index": 2, "groups": []}, id="an object"),
        pytest.param("[$contains('a', /a/), $states.input.nothing]", [True, None], id="null in an array"),
        pytest.param(
            "{'a': $contains('a', /a/), 'b': $states.input.nothing}", {"a": True, "b": None}, id="in an object"
        ),
        pytest.param("$contains('a', /a/) ? $states.input.nothing", None, id="null"),
        pytest.param("$contains('a', /a/) ? $v.a", None, id="null in a variable"),
        pytest.param("$states.input ~> |$|{'none': 1}, ['text', 'orders']|", {"none": 1, "nothing": None}, id="copy"),
        pytest.param("$states.input.orders.tags.{'id': %.id}", {"id": 1}, id="parent"),
        pytest.param("[$replace('a', /a/, 'b'), 1/0]", ["b", "Infinity"], id="numbers that JSON lacks"),
        pytest.param("$map(['1', 'x2'], function($s){$number($replace($s, /x/, ''))})", [1, 2], id="our functions"),
        pytest.param("$contains('a', /a/) ? 4 / 2", 2, id="whole numbers"),
    ],
)
def test_gives_plain_json(expression: str, result: Any) -> None:
    """Results are JSON made of Python's own types; null stays null."""
    found = evaluate(expression, {"v": {"a": None}})

    assert found == result
    assert is_plain(found)


def test_undefined_is_not_null() -> None:
    """What finds nothing is told apart from null."""
    with pytest.raises(EvaluationFailure, match=r"returned nothing \(undefined\)"):
        evaluate("$contains('a', /b/) ? 1")


@pytest.mark.parametrize(
    "expression", ["/a/", "$substring(?, 1)", "[$uppercase]", "$sum", "$zip($sum, 1)", "$shuffle($sum)", "$sort($sum)"]
)
def test_functions_are_not_json(expression: str) -> None:
    """A function as a result is an error, not a leak."""
    with pytest.raises(EvaluationFailure, match="internal error"):
        evaluate(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input ~> |orders|{'id': 0}, 'tags'|",
        "$states.input.none{'a': $contains('a', /a/)}",
        "$states.input.orders#$i.{'i': $i}",
        "$append($states.input.orders, $match('a', /a/))",
        "$sort($states.input.orders, function($a, $b){ $contains('a', /a/) })",
    ],
)
def test_changes_no_input(expression: str) -> None:
    """Whatever the library does to its values, ours stay as they are."""
    before = json.dumps(INPUT)
    evaluate(expression)

    assert json.dumps(INPUT) == before


def test_threads() -> None:
    """One compiled expression can be evaluated by many threads at once."""
    run = compile_jsonata("$map([1..20], function($i){ $replace('x' & $i & $v, /x/, '') })", "Output")

    def ask(number: int) -> Any:
        return run({"input": {}}, Surroundings({"v": f"/{number}"}))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))

    assert answers == [[f"{i}/{number}" for i in range(1, 21)] for number in range(40)]


def test_tail_recursion_takes_any_number_of_steps() -> None:
    """A function that calls itself last does not nest."""
    assert evaluate("($f := function($n, $sum){ $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(300, 0))") == 45_150


def test_a_picture_without_a_date_means_the_executions_day() -> None:
    """What a picture leaves out is taken from the execution's time, never from the machine's clock."""
    assert evaluate("$toMillis('10:30', '[H]:[m]')") == 1_500_028_200_000
    assert evaluate("$now('[Y]-[D]')") == "2017-14"


def test_an_endless_expression_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """An expression without an end is stopped after so many steps, the same number in every replay."""
    monkeypatch.setattr(fallback, "MOST_STEPS", 10_000)

    with pytest.raises(EvaluationFailure, match="evaluation timeout: Check for infinite loop"):
        evaluate("($f := function($x){ $f($x + 1) }; $f(1))")


def test_a_pattern_that_python_cannot_read() -> None:
    """A regular expression that cannot be read is refused when the expression is compiled."""
    with pytest.raises(JsonataSyntaxError):
        compile_jsonata("$match('a', /(/)", "Output")


def test_loads_the_library_only_when_needed() -> None:
    """Neither the import nor the common expressions load jsonata-python; the first other expression does."""
    program = """
import sys
from handrail.engine.jsonata import compile_jsonata
compile_jsonata("$merge([$states.input, {'n': $states.input.n + 1}])", "Output")
before = "jsonata" in sys.modules
compile_jsonata("$match('a', /a/)", "Output")
print(before, "jsonata" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]
