"""The causes of States.QueryEvaluationError, as AWS wrote them into histories and answers of TestState."""

from typing import Any

import pytest

from handrail.engine.failure import EvaluationFailure
from handrail.engine.jsonata import compile_jsonata, compile_value
from tests.engine.jsonata.oracle import Surroundings

BEGIN = "The JSONata expression '{}' specified for the field '{}' "
STATES: Any = {"input": {"n": 5, "objs": [{"z": 1}], "mixed": [1, "a"], "obj": {"a": 1}, "s": "abc"}}


def failure(value: Any, field: str) -> EvaluationFailure:
    with pytest.raises(EvaluationFailure) as caught:
        compile_value(value, field)(STATES, Surroundings())
    return caught.value


@pytest.mark.parametrize(
    ("value", "field", "named"),
    [
        pytest.param("{% $gone %}", "Arguments", "Arguments", id="the field"),
        pytest.param({"FunctionName": "{% $gone %}"}, "Arguments", "Arguments/FunctionName", id="a key"),
        pytest.param({"a": {"b": [[1, "{% $gone %}"]]}}, "Output", "Output/a/b[0][1]", id="deep"),
        pytest.param(["{% $gone %}"], "Items", "Items[0]", id="an item"),
        pytest.param("{%$gone%}", "Choices[1]/Condition", "Choices[1]/Condition", id="the caller's own path"),
    ],
)
def test_names_the_field(value: Any, field: str, named: str) -> None:
    """An expression that finds nothing fails the state, and the cause names where it stands."""
    found = failure(value, field)

    assert found.error == "States.QueryEvaluationError"
    assert found.location == named
    assert found.cause == BEGIN.format("$gone", named) + "returned nothing (undefined)."


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        pytest.param("$randomSeeded(1)", "T1006: Attempted to invoke a non-function", id="no function"),
        pytest.param('$eval("1+1")', "T1006: Attempted to invoke a non-function", id="$eval"),
        pytest.param(
            "$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"', id="wrong items"
        ),
        pytest.param(
            '$abs("x")', 'T0410: Argument 1 of function "abs" does not match function signature', id="wrong argument"
        ),
        pytest.param(
            "$partition(null, 2)",
            'T0412: Argument 1 of function "partition" must be an array of undefined',
            id="no array",
        ),
        pytest.param("1 + {}", 'T2002: The right side of the "+" operator must evaluate to a number', id="operator"),
        pytest.param(
            "1 < 'a'",
            'T2009: The values 1 and "a" either side of operator "<" must be of the same data type',
            id="comparison",
        ),
        pytest.param(
            "null < 1",
            'T2010: The expressions either side of operator "<" must evaluate to numeric or string values',
            id="not comparable",
        ),
        pytest.param('$number("a")', 'D3030: Unable to cast value to a number: "a"', id="cast"),
        pytest.param("$sqrt(-1)", "D3060: The sqrt function cannot be applied to a negative number: -1", id="root"),
        pytest.param(
            "$split('a','b',-1)",
            "D3020: Third argument of split function must evaluate to a positive number",
            id="split",
        ),
        pytest.param(
            "$reduce([1,2], function($a){$a})",
            "D3050: The second argument of reduce function must be a function with at least two arguments",
            id="reduce",
        ),
        pytest.param(
            "$single([1,2], function($x){true})",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
            id="single",
        ),
        pytest.param("{'a': 1, 'a': 2}", 'D1009: Multiple key definitions evaluate to same key: "a"', id="keys"),
        pytest.param("$error('no ' & 1)", "D3137: no 1", id="$error"),
        pytest.param("$parse('{')", "D3137: Invalid JSON", id="$parse"),
        pytest.param(
            "$hash('a', 'md5')",
            "D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
            id="$hash",
        ),
        pytest.param(
            "$match(1, /a/)", 'T0410: Argument 1 of function "match" does not match function signature', id="fallback"
        ),
    ],
)
def test_tells_the_error(expression: str, told: str) -> None:
    """An error of JSONata's is told with its code and its sentence."""
    cause = failure(f"{{% {expression} %}}", "Output/r").cause

    assert cause == BEGIN.format(expression, "Output/r") + "threw an error during evaluation. " + told


TOO_DEEP = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
TOO_LARGE = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


@pytest.mark.parametrize(
    ("within", "beyond", "told"),
    [
        pytest.param("1" + "+1" * 99, "1" + "+1" * 100, TOO_DEEP, id="terms"),
        pytest.param("(" * 99 + "1" + ")" * 99, "(" * 100 + "1" + ")" * 100, TOO_DEEP, id="brackets"),
        pytest.param("1" + "~>$string" * 99, "1" + "~>$string" * 100, TOO_DEEP, id="chain"),
        pytest.param(
            "($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(31))",
            "($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(32))",
            TOO_DEEP,
            id="recursion",
        ),
        pytest.param("$count([1..873782])", "$count([1..873783])", TOO_LARGE, id="[..]"),
        pytest.param("$count($range(1,360145,1))", "$count($range(1,360146,1))", TOO_LARGE, id="$range"),
        pytest.param(
            "($p := function($s, $n){ $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 22)))",
            "($p := function($s, $n){ $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 23)))",
            TOO_LARGE,
            id="text",
        ),
    ],
)
def test_holds_the_limits(within: str, beyond: str, told: str) -> None:
    """What AWS still evaluates is evaluated, and one step further fails in its words."""
    compile_jsonata(within, "Output")(STATES, Surroundings())

    cause = failure(f"{{% {beyond} %}}", "Output").cause

    assert cause == BEGIN.format(beyond, "Output") + "threw an error during evaluation: " + told
