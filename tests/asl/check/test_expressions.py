"""Expressions: what form tells, and what the caller's compilers are asked."""

from typing import Any

import pytest

from handrail.asl.check import check
from handrail.asl.check.scope import Complaint, ExpressionKind
from tests.asl.samples import LAMBDA, one, task

CALL = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
DELIMITERS = "JSONata string must start with {% and end with %}"


def passing(**fields: Any) -> dict[str, Any]:
    return one({"Type": "Pass", **fields})


def jsonata(**fields: Any) -> dict[str, Any]:
    return one({"Type": "Pass", **fields}, QueryLanguage="JSONata")


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        pytest.param(passing(InputPath="a.b"), [("/InputPath", "Value must be a valid JSONPath.")], id="no path"),
        pytest.param(passing(InputPath=None, OutputPath=None, ResultPath=None), [], id="null paths"),
        pytest.param(passing(ResultPath="a"), [("/ResultPath", "Value is not a Reference Path")], id="no reference"),
        pytest.param(
            passing(Parameters={"a": {"b.$": "x"}}),
            [("/Parameters/a/b.$", CALL.format("b.$"))],
            id="no path in a template",
        ),
        pytest.param(passing(Parameters={"b.$": 3}), [("/Parameters/b.$", CALL.format("b.$"))], id="number as path"),
        pytest.param(passing(Parameters={"b.$": "States.UUID()", "c.$": "$$.State.Name", "d.$": "$v"}), [], id="paths"),
        pytest.param(
            passing(Parameters={"list": [{"a": "$.b"}], "price": "$5"}),
            [
                (
                    "/Parameters/list/0/a",
                    "The value of 'a' looks like a JSONPath or an intrinsic function, and is taken as it stands",
                )
            ],
            id="path without the dollar",
        ),
        pytest.param(
            passing(Result={"a.$": "$.b"}),
            [
                (
                    "/Result/a.$",
                    "The Result of a Pass state is taken as it stands; a path in it is not evaluated",
                )
            ],
            id="path in a result",
        ),
        pytest.param(
            one({"Type": "Fail", "Error": "E", "Cause": "$.cause"}),
            [("/Cause", "The value of 'Cause' looks like a path")],
            id="path as text",
        ),
        pytest.param(one({"Type": "Fail", "CausePath": "States.Format('{}', $.a)"}), [], id="call as path"),
        pytest.param(jsonata(Output="{% $a"), [("/Output", DELIMITERS)], id="open"),
        pytest.param(jsonata(Output={"a": ["{% $a %"]}), [("/Output/a/0", DELIMITERS)], id="half closed inside"),
        pytest.param(
            jsonata(Output=" {% $a %}"), [("/Output", "This string is taken as it stands")], id="space before"
        ),
        pytest.param(
            jsonata(Output="Hello {% $a %}!"), [("/Output", "This string is taken as it stands")], id="text around"
        ),
        pytest.param(jsonata(Output="100 %} sure"), [], id="looks like nothing"),
        pytest.param(jsonata(Output={"a.$": "$.b", "c": "$.d"}), [], id="paths mean nothing in JSONata"),
        pytest.param(
            one({"Type": "Wait", "Timestamp": "2016-12-05T25:29:29Z"}),
            [("/Timestamp", "String does not match RFC3339 timestamp")],
            id="25 o'clock",
        ),
        pytest.param(one({"Type": "Wait", "Timestamp": "2024-02-29T01:59:00.5+09:00"}), [], id="leap day in Tokyo"),
        pytest.param(
            one({"Type": "Wait", "Timestamp": "2024-02-30T01:59:00Z"}),
            [("/Timestamp", "String does not match RFC3339 timestamp")],
            id="no such day",
        ),
    ],
)
def test_tells_by_form(definition: Any, told: list[tuple[str, str]]) -> None:
    """What is no expression by its form, and what looks like one and is none, is told without a compiler."""
    assert [(finding.pointer.removeprefix("/States/X"), finding.verbatim) for finding in check(definition)] == told


def test_asks_the_compilers() -> None:
    """Every expression is shown once to the caller's compilers, with its kind, bare of delimiters."""
    asked: set[tuple[ExpressionKind, str]] = set()

    def complain(kind: ExpressionKind, text: str) -> None:
        asked.add((kind, text))

    states: dict[str, Any] = {
        "A": {
            "Type": "Task",
            "Resource": LAMBDA,
            "InputPath": "$.in",
            "Parameters": {"a.$": "$.p", "b.$": "States.UUID()", "c": [{"d.$": "$v"}]},
            "ResultPath": "$.out",
            "TimeoutSecondsPath": "$.t",
            "Assign": {"v.$": "$.w"},
            "Next": "B",
        },
        "B": {**task(Output="{% $b %}", TimeoutSeconds="{% 1 %}", Next="C"), "QueryLanguage": "JSONata"},
        "C": {
            "Type": "Choice",
            "Choices": [{"Not": {"Variable": "$.c", "StringEqualsPath": "$.d"}, "Next": "D"}],
            "Default": "D",
        },
        "D": {"Type": "Fail", "ErrorPath": "States.Format('e')", "CausePath": "$.cause"},
    }
    check({"StartAt": "A", "States": states}, expressions=complain)

    assert asked == {
        ("jsonpath", "$.in"),
        ("jsonpath", "$.p"),
        ("intrinsic", "States.UUID()"),
        ("jsonpath", "$v"),
        ("reference", "$.out"),
        ("jsonpath", "$.t"),
        ("jsonpath", "$.w"),
        ("jsonata with result", "$b"),
        ("jsonata", "1"),
        ("jsonpath", "$.c"),
        ("jsonpath", "$.d"),
        ("intrinsic", "States.Format('e')"),
        ("jsonpath", "$.cause"),
    }


@pytest.mark.parametrize(
    ("definition", "code", "message"),
    [
        pytest.param(
            passing(InputPath="$.a["), "SCHEMA_VALIDATION_FAILED", "Value must be a valid JSONPath.", id="path"
        ),
        pytest.param(
            passing(ResultPath="$.a["), "SCHEMA_VALIDATION_FAILED", "Value is not a Reference Path", id="reference"
        ),
        pytest.param(
            passing(Parameters={"a.$": "$.a["}), "SCHEMA_VALIDATION_FAILED", CALL.format("a.$"), id="template"
        ),
        pytest.param(jsonata(Output="{% 1 + %}"), "INVALID_JSONATA_EXPRESSION", "It does not end", id="JSONata"),
    ],
)
def test_tells_what_the_compilers_say(definition: Any, code: str, message: str) -> None:
    """A complaint is told in AWS's words; where AWS's do not say why, it is the hint."""
    [finding] = check(definition, expressions=lambda kind, text: Complaint("It does not end"))

    assert (finding.code, finding.verbatim) == (code, message)
    assert "It does not end" in finding.message
