"""From a definition as given to its JSON: broken text, repeated names, what no JSON can hold."""

import datetime
from typing import Any

import pytest

from handrail.asl.check import check
from tests.asl.samples import one

PASS = {"Type": "Pass"}


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def endless() -> Any:
    value: dict[str, Any] = {}
    value["me"] = value
    return value


def wide() -> Any:
    value: Any = {}
    for _ in range(100):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("definition", "code", "message"),
    [
        pytest.param("", "MISSING_DESCRIPTION", "The definition is empty", id="empty"),
        pytest.param(" \n", "MISSING_DESCRIPTION", "The definition is empty", id="blank"),
        pytest.param("null", "MISSING_DESCRIPTION", "The definition is empty", id="null"),
        pytest.param(None, "MISSING_DESCRIPTION", "The definition is empty", id="none"),
        pytest.param(
            '{"a": 1,}',
            "INVALID_JSON_DESCRIPTION",
            "The definition is not JSON: line 1, column 9: a comma stands before the closing bracket",
            id="broken text",
        ),
        pytest.param(
            '{"a": NaN}',
            "INVALID_JSON_DESCRIPTION",
            "The definition is not JSON: NaN is no number that a state can hold",
            id="not a number",
        ),
        pytest.param(
            '{"a": 1e999}',
            "INVALID_JSON_DESCRIPTION",
            "The definition is not JSON: 1e999 is no number that a state can hold",
            id="beyond all numbers",
        ),
        pytest.param("[" * 10_000, "TOO_DEEPLY_NESTED", "The definition is too deeply nested", id="deep text"),
        pytest.param(
            '{"a":' * 500 + "1" + "}" * 500,
            "TOO_DEEPLY_NESTED",
            "The definition is too deeply nested",
            id="nested text",
        ),
        pytest.param(deep(10_000), "TOO_DEEPLY_NESTED", "The definition is too deeply nested", id="deep mapping"),
        pytest.param(endless(), "TOO_DEEPLY_NESTED", "The definition is too deeply nested", id="mapping in itself"),
        pytest.param(wide(), "TOO_DEEPLY_NESTED", "The definition is too deeply nested", id="mapping without end"),
        pytest.param(
            '{"Comment": "' + "x" * 1_048_576 + '"}',
            "DEFINITION_TOO_LONG",
            "The definition has 1,048,591 bytes; at most 1,048,576 are allowed",
            id="long text",
        ),
        pytest.param(
            one({**PASS, "Result": {1: 2}}),
            "INVALID_JSON_DESCRIPTION",
            "The name 1 is not a string",
            id="numbered name",
        ),
        pytest.param(
            one({**PASS, "Result": datetime.date(2024, 1, 1)}),
            "INVALID_JSON_DESCRIPTION",
            "A date is no JSON value",
            id="YAML's date",
        ),
        pytest.param(
            one({**PASS, "Result": float("nan")}),
            "INVALID_JSON_DESCRIPTION",
            "nan is no number that a state can hold",
            id="nan in a mapping",
        ),
        pytest.param(
            '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "A": {"Type": "Pass", "End": true}}}',
            "DUPLICATE_STATE_NAME",
            "Duplicate State name: A",
            id="state twice in one object",
        ),
    ],
)
def test_tells_why_there_is_no_definition(definition: Any, code: str, message: str) -> None:
    """What cannot be checked at all is told as the one finding that it is."""
    assert [(finding.code, finding.verbatim) for finding in check(definition)] == [(code, message)]


def test_warns_of_repeated_fields() -> None:
    """A field that stands twice is told at its place: JSON readers silently keep the last one."""
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "1", "Comment": "2", "End": true}}}'

    assert [(finding.severity, finding.code, finding.pointer) for finding in check(text)] == [
        ("WARNING", "DUPLICATE_FIELD", "/States/A/Comment")
    ]


def test_checks_a_large_definition() -> None:
    """A definition of just under a megabyte is checked like any other."""
    text = '{"Comment": "%s", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}' % ("x" * 1_048_000)

    assert check(text) == ()
