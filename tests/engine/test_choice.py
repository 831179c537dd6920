"""Choice rules, by "Choice workflow state" in the Developer Guide."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.model import Json
from handrail.engine.choice import COMPARISONS, OPERATORS, compile_rule
from handrail.engine.failure import Failure


class Surroundings:
    """A variable and a Context Object."""

    variables: Mapping[str, Json] = {"limit": 5}

    def context(self) -> Json:
        return {"Execution": {"Name": "run-1"}}

    def random(self) -> float:
        raise AssertionError("a rule draws no random number")

    def now(self) -> float:
        raise AssertionError("a rule does not ask for the time")


INPUT: Json = {
    "one": 1,
    "half": 0.5,
    "float": 1.0,
    "text": "b",
    "digit": "1",
    "yes": True,
    "no": False,
    "null": None,
    "list": [1],
    "object": {},
    "noon": "2026-01-01T12:00:00Z",
    "noon in Rome": "2026-01-01T13:00:00.000+01:00",
    "later": "2026-01-01T12:00:00.001Z",
    "date": "2026-01-01",
}


def holds(rule: Mapping[str, Any], data: Json = INPUT) -> bool:
    return compile_rule(rule)(data, Surroundings())


def test_every_operator() -> None:
    """The Developer Guide lists 39 comparison operators."""
    assert len(OPERATORS) == 39


@pytest.mark.parametrize(
    ("variable", "operator", "value", "expected"),
    [
        ("text", "StringEquals", "b", True),
        ("text", "StringEquals", "B", False),
        ("one", "StringEquals", "1", False),
        ("text", "StringLessThan", "c", True),
        ("text", "StringLessThan", "b", False),
        ("text", "StringLessThanEquals", "b", True),
        ("text", "StringGreaterThan", "B", True),
        ("text", "StringGreaterThanEquals", "ba", False),
        ("null", "StringGreaterThan", "", False),
        ("one", "NumericEquals", 1, True),
        ("one", "NumericEquals", 1.0, True),
        ("float", "NumericEquals", 1, True),
        ("digit", "NumericEquals", 1, False),
        ("yes", "NumericEquals", 1, False),
        ("half", "NumericLessThan", 1, True),
        ("half", "NumericLessThan", 0.5, False),
        ("half", "NumericLessThanEquals", 0.5, True),
        ("one", "NumericGreaterThan", 0.99, True),
        ("one", "NumericGreaterThanEquals", 1.01, False),
        ("digit", "NumericGreaterThan", 0, False),
        ("yes", "BooleanEquals", True, True),
        ("no", "BooleanEquals", False, True),
        ("no", "BooleanEquals", True, False),
        ("one", "BooleanEquals", True, False),
        ("null", "BooleanEquals", False, False),
        ("noon", "TimestampEquals", "2026-01-01T12:00:00Z", True),
        ("noon in Rome", "TimestampEquals", "2026-01-01T12:00:00Z", True),
        ("noon", "TimestampLessThan", "2026-01-01T12:00:00.000001Z", True),
        ("noon", "TimestampLessThanEquals", "2026-01-01T12:00:00Z", True),
        ("later", "TimestampGreaterThan", "2026-01-01T12:00:00Z", True),
        ("later", "TimestampGreaterThanEquals", "2026-01-02T00:00:00Z", False),
        ("date", "TimestampEquals", "2026-01-01T00:00:00Z", False),
        ("one", "TimestampGreaterThan", "2026-01-01T00:00:00Z", False),
        ("null", "IsNull", True, True),
        ("no", "IsNull", True, False),
        ("no", "IsNull", False, True),
        ("half", "IsNumeric", True, True),
        ("yes", "IsNumeric", True, False),
        ("digit", "IsNumeric", False, True),
        ("digit", "IsString", True, True),
        ("list", "IsString", True, False),
        ("no", "IsBoolean", True, True),
        ("null", "IsBoolean", False, True),
        ("noon", "IsTimestamp", True, True),
        ("date", "IsTimestamp", True, False),
        ("one", "IsTimestamp", False, True),
        ("null", "IsPresent", True, True),
        ("gone", "IsPresent", True, False),
        ("gone", "IsPresent", False, True),
        ("one", "IsPresent", False, False),
    ],
)
def test_operator(variable: str, operator: str, value: Json, expected: bool) -> None:
    """A comparison holds between values of its own kind only."""
    assert holds({"Variable": f"$['{variable}']", operator: value, "Next": "There"}) is expected


@pytest.mark.parametrize(
    ("variable", "operator", "path", "expected"),
    [
        ("text", "StringEqualsPath", "$.text", True),
        ("text", "StringEqualsPath", "$.one", False),
        ("text", "StringLessThanPath", "$.digit", False),
        ("one", "NumericLessThanPath", "$limit", True),
        ("one", "NumericEqualsPath", "$.float", True),
        ("one", "NumericEqualsPath", "$.list", True),
        ("one", "NumericEqualsPath", "$.digit", False),
        ("yes", "BooleanEqualsPath", "$.no", False),
        ("noon", "TimestampEqualsPath", "$['noon in Rome']", True),
        ("noon", "TimestampLessThanEqualsPath", "$.later", True),
        ("noon", "TimestampLessThanEqualsPath", "$.date", False),
        ("text", "StringGreaterThanEqualsPath", "$$.Execution.Name", False),
    ],
)
def test_path_operator(variable: str, operator: str, path: str, expected: bool) -> None:
    """The other side of a comparison may be a path of its own."""
    assert holds({"Variable": f"$.{variable}", operator: path, "Next": "There"}) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("foo*.log", "foo23.log", True),
        ("*.log", "zebra.log", True),
        ("foo*.*", "foobar.zebra", True),
        ("foo*.log", "foo.log", True),
        ("foo*.log", "foo.log.gz", False),
        ("*", "", True),
        ("", "", True),
        ("", "x", False),
        ("a*a", "a", False),
        ("*a*b*", "xaxbx", True),
        ("*b*a*", "xaxbx", False),
        ("a*b*c", "a\nb\nc", True),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        (r"a\\*", "a\\b", True),
        ("a.c", "abc", False),
        ("[ab]?", "[ab]?", True),
        ("*" * 30 + "b", "a" * 5000, False),
    ],
)
def test_string_matches(pattern: str, text: str, expected: bool) -> None:
    """A `*` stands for any text, also none; a backslash makes it an asterisk; nothing else is special."""
    assert holds({"Variable": "$", "StringMatches": pattern}, text) is expected


def test_string_matches_texts_only() -> None:
    """What is no text matches no pattern."""
    assert not holds({"Variable": "$.one", "StringMatches": "*"})


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"IsPresent"}))
def test_missing_variable(operator: str) -> None:
    """A variable that is not there fails the state under every operator but IsPresent."""
    operand = "$.one" if operator.endswith("Path") else True if operator.startswith("Is") else "x"
    with pytest.raises(Failure) as raised:
        holds({"Variable": "$.gone.far", operator: operand})

    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == (
        "Invalid path '$.gone.far': The choice state's condition path references an invalid value."
    )


@pytest.mark.parametrize("operator", [f"{name}Path" for name in COMPARISONS])
def test_missing_operand(operator: str) -> None:
    """So does the path on the other side, whatever is compared with it."""
    with pytest.raises(Failure, match=r"Invalid path '\$\.gone': The choice state's condition path"):
        holds({"Variable": "$.null", operator: "$.gone"})


ONE: Json = {"Variable": "$.one", "NumericEquals": 1}
TWO: Json = {"Variable": "$.one", "NumericEquals": 2}
GONE: Json = {"Variable": "$.gone", "IsPresent": True}
FAILS: Json = {"Variable": "$.gone", "NumericEquals": 1}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param({"And": [ONE, ONE, ONE]}, True, id="and"),
        pytest.param({"And": [ONE, TWO]}, False, id="and: one does not hold"),
        pytest.param({"And": [ONE, TWO, FAILS]}, False, id="and: the rest is not looked at"),
        pytest.param({"Or": [TWO, ONE]}, True, id="or"),
        pytest.param({"Or": [TWO, TWO]}, False, id="or: none holds"),
        pytest.param({"Or": [TWO, ONE, FAILS]}, True, id="or: the rest is not looked at"),
        pytest.param({"Not": TWO}, True, id="not"),
        pytest.param({"Not": {"Or": [TWO, {"And": [ONE, {"Not": ONE}]}]}}, True, id="nested"),
        pytest.param({"Next": "There", "And": [ONE], "Assign": {"a": 1}}, True, id="beside other fields"),
        pytest.param({"And": [GONE, FAILS]}, False, id="guarded by IsPresent"),
        pytest.param({"And": [ONE] * 5000}, True, id="many"),
    ],
)
def test_combined(rule: Mapping[str, Any], expected: bool) -> None:
    """And, Or and Not combine rules, from left to right as far as needed."""
    assert holds(rule) is expected


def test_unknown_operator() -> None:
    """A rule that says nothing known is refused with the nearest operator."""
    with pytest.raises(ValueError, match=r'no operator "StringEqual".*"StringEquals"'):
        compile_rule({"Variable": "$.a", "StringEqual": "x", "Next": "There"})


@given(st.text(), st.text())
def test_order_of_texts(left: str, right: str) -> None:
    """Exactly one of less, equal and greater holds between two texts."""
    kinds = ["StringLessThan", "StringEquals", "StringGreaterThan"]

    assert sum(holds({"Variable": "$", kind: right}, left) for kind in kinds) == 1


@given(st.lists(st.sampled_from(["a", "b", "*", "\\*"])), st.text(alphabet="ab*"))
def test_pattern_against_regular_expressions(parts: list[str], text: str) -> None:
    """A pattern matches what the regular expression of the same meaning matches."""
    import re

    expression = "".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts)

    assert holds({"Variable": "$", "StringMatches": "".join(parts)}, text) is bool(
        re.fullmatch(expression, text, re.DOTALL)
    )
