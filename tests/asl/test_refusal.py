"""Findings as the Step Functions API tells them, held against what AWS was recorded to answer."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from handrail.asl.check import check
from handrail.asl.refusal import diagnostic, refusal
from tests.asl.samples import flow, one


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        pytest.param(
            {},
            {
                "severity": "ERROR",
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": "These fields are required: [States, StartAt]",
                "location": "/",
            },
            id="the whole",
        ),
        pytest.param(
            one({"Type": "Succeed", "Retry": []}),
            {
                "severity": "ERROR",
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": "Field 'Retry' is not supported",
                "location": "/States/X",
            },
            id="a message that names its field is told at the object",
        ),
        pytest.param(
            {
                "StartAt": "a/b ~",
                "States": {
                    "a/b ~": {
                        "Type": "Choice",
                        "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Z"}],
                        "Default": "E",
                    },
                    "E": {"Type": "Succeed"},
                },
            },
            {
                "severity": "ERROR",
                "code": "MISSING_TRANSITION_TARGET",
                "message": "Missing 'Next' target: Z",
                "location": "/States/a/b ~/Choices[0]/Next",
            },
            id="indexes in brackets, names as they are",
        ),
        pytest.param(
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}},
            {"severity": "ERROR", "code": "MISSING_END_STATE", "message": "Workflow has no terminal state"},
            id="the whole workflow is nowhere",
        ),
    ],
)
def test_writes_diagnostics(definition: Any, told: dict[str, str]) -> None:
    """A diagnostic has AWS's members, its location in AWS's notation, and none of our hints."""
    assert diagnostic(check(definition)[0], definition) == told


def test_writes_refusals() -> None:
    """CreateStateMachine tells every error in one message, and no warning."""
    definition = flow("A", "B")
    definition["States"]["A"]["Next"] = "C"

    assert refusal(check(definition), definition) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: C at /States/A/Next, "
        'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B\''
    )
    looping: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}
    assert refusal(check(looping), looping).endswith("'MISSING_END_STATE: Workflow has no terminal state at null'")


def test_a_label_is_refused_in_its_own_words() -> None:
    """Around the whole definition as it was sent, and only where nothing else is wrong with it."""
    inner = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow("In")}
    definition: dict[str, Any] = {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "Label": "a*b", "ItemProcessor": inner, "End": True}},
    }
    told = refusal(check(definition), definition, "as it was sent")
    assert told == "Error=ValueError Args=[\"Label contains invalid character: '*'\"] in definition 'as it was sent'."

    definition["StartAt"] = "N"
    assert refusal(check(definition), definition).startswith("Invalid State Machine Definition: '")


def needs_a_compiler(case: Any) -> bool:
    return "INTRINSIC_FUNCTION" in case["id"]


def compared(conformance: Path, case: Any) -> list[str]:
    """The levels at which our answer differs from the recorded one."""
    spec = importlib.util.spec_from_file_location("match", conformance / "match.py")
    assert spec is not None
    assert spec.loader is not None
    match = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(match)
    definition = case["definition"]
    findings = check(definition, type=case["request"]["type"])
    errors = [finding for finding in findings if finding.severity == "ERROR"]
    if case["kind"] == "create_error":
        answer: dict[str, Any] = {
            "error_code": "InvalidDefinition" if errors else "",
            "message": refusal(errors, definition),
        }
    else:
        told = [diagnostic(finding, definition) for finding in errors]
        answer = {"result": "FAIL" if errors else "OK", "diagnostics": told, "truncated": False}
    return [difference.level for difference in match.compare(case, answer)]


def test_answers_as_aws_did(conformance: Path) -> None:
    """Every recorded refusal is refused and every acceptance accepted; the words are those on record."""
    lines = (conformance / "aws-recorded" / "validation.jsonl").read_text().splitlines()
    cases = [case for case in map(json.loads, lines) if not needs_a_compiler(case)]
    levels = {case["id"]: compared(conformance, case) for case in cases}

    assert [case for case, found in levels.items() if "result" in found] == []
    assert [case for case, found in levels.items() if found] == []
