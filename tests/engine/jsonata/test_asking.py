"""Functions that ask the execution: time and chance come from it and from nowhere else."""

import re
from typing import Any

import pytest

from handrail.engine.jsonata import compile_jsonata
from tests.engine.jsonata.oracle import Surroundings


def evaluate(expression: str) -> Any:
    return compile_jsonata(expression, "Output")({"input": {}}, Surroundings())


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        pytest.param("$now()", "2017-07-14T02:40:00.123Z", id="$now"),
        pytest.param("$millis()", 1_500_000_000_123, id="$millis"),
        pytest.param("$now() = $now()", True, id="time stands still"),
        pytest.param('$now("[Y]/[M01]")', "2017/07", id="$now with a picture"),
        pytest.param('$now("[H01]", "+0900")', "11", id="$now in a time zone"),
        pytest.param("$contains($now(), /^2017/) ? $millis()", 1_500_000_000_123, id="in the fallback"),
        pytest.param("$random()", 0.37, id="$random"),
        pytest.param("[$random(), $random()]", [0.37, 0.74], id="$random twice"),
        pytest.param('$contains("a", /a/) ? $random()', 0.37, id="$random in the fallback"),
        pytest.param("$shuffle([1, 2, 3, 4])", [4, 1, 3, 2], id="$shuffle"),
        pytest.param("$shuffle([1])", [1], id="$shuffle of one"),
    ],
)
def test_asks_the_execution(expression: str, result: Any) -> None:
    """The same execution, replayed, gets the same time and the same chance."""
    assert evaluate(expression) == result


def test_uuid() -> None:
    """$uuid gives version 4 UUIDs, each another one, drawn from the execution."""
    first, second = evaluate("[$uuid(), $uuid()]")

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != second
    assert evaluate("$uuid()") == first


# The numbers that java.util.Random gives, and AWS gave.
@pytest.mark.parametrize(
    ("seed", "number"),
    [(42, 0.7275636800328681), (0, 0.730967787376657), (7, 0.7306990420600421), (0.9, 0.730967787376657)],
)
def test_seeded(seed: float, number: float) -> None:
    """With a seed, $random gives what Java's generator gives first."""
    assert evaluate(f"$random({seed})") == number
