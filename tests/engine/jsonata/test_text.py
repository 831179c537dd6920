"""Numbers and JSON as JSONata writes them into strings."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.jsonata.sequence import MISSING, Sequence
from handrail.engine.jsonata.text import cast_number, number_text, to_json
from tests.engine.jsonata.trees import JSON


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (5, "5"),
        (1.5, "1.5"),
        (3.0, "3"),
        (100.0, "100"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (123456.789, "123456.789"),
        (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"),
        (-1e21, "-1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (9223372036854775807, "9223372036854775807"),
        (9223372036854775808, "9223372036854776000"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_number_text(number: float, text: str) -> None:
    """A number is written as JavaScript writes it; whole numbers that a Java long holds, in full."""
    assert number_text(number) == text


@given(st.floats(allow_nan=False))
def test_number_text_reads_back(number: float) -> None:
    """Any double, read back from its text, is the same double."""
    assert float(number_text(number)) == number


@pytest.mark.parametrize(("number", "text"), [(0.1 + 0.2, "0.3"), (1 / 3, "0.333333333333333"), (2 / 3 * 3, "2")])
def test_cast_number(number: float, text: str) -> None:
    """A cast to a string keeps fifteen digits of a fraction."""
    assert cast_number(number) == text


@given(JSON)
def test_to_json_is_json(value: Any) -> None:
    """The text is JSON and says the same, on one line or on several."""
    assert json.loads(to_json(value)) == value
    assert json.loads(to_json(value, indent="  ")) == value
    assert "\n" not in to_json(value)


def test_to_json_writes_what_is_missing() -> None:
    """Nothing is left out of an object, and is null in an array."""
    assert to_json({"a": MISSING, "b": Sequence([MISSING, 1])}) == '{"b":[null,1]}'
