"""The matcher sees what differs, and only that."""

from typing import Any

import pytest

from tests.conformance.matching import Verdict, differences, verdict

ENTERED = {"id": 1, "previousEventId": 0, "type": "PassStateEntered", "stateEnteredEventDetails": {"input": {"a": 1}}}
LATER = {"id": 2, "previousEventId": 1, "type": "PassStateExited"}


def event(base: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {**base, **other}


@pytest.mark.parametrize(
    ("expected", "actual", "how"),
    [
        pytest.param({"output": {"a": [1]}}, {"output": '{"a": [1.0]}'}, "full", id="text counts by its value"),
        pytest.param({"output": "1"}, {"output": '"1"'}, "fail", id="a text is no number"),
        pytest.param({"output": True}, {"output": "1"}, "fail", id="one is not true"),
        pytest.param({"output": {"a": None}}, {"output": "{}"}, "fail", id="null is there"),
        pytest.param({"status": "FAILED"}, {"status": "FAILED", "error": "E"}, "full", id="only what is named"),
        pytest.param({"status": "FAILED", "cause": "A"}, {"status": "FAILED", "cause": "B"}, "result", id="a cause"),
        pytest.param({"error_code": None}, {"error_code": "X"}, "full", id="some refusal"),
        pytest.param({"error_code": None}, {"status": "SUCCEEDED"}, "fail", id="no refusal"),
        pytest.param({"status": "SUCCEEDED"}, {"error_code": "X"}, "fail", id="refused instead"),
        pytest.param({"status": "FAILED"}, {"unsupported": "why"}, "fail", id="not answered at all"),
        pytest.param({"codes": ["A"]}, {"diagnostics": [{"code": "A"}, {"code": "B"}]}, "result", id="another code"),
    ],
)
def test_results_and_texts_are_compared_by_value(expected: Any, actual: Any, how: Verdict) -> None:
    """What a case names must be there and equal; the level says what a difference means."""
    assert verdict(differences({"expected": expected}, actual)) == how


@pytest.mark.parametrize(
    ("rule", "events", "how"),
    [
        pytest.param("ordered", [ENTERED, LATER], "full", id="the same"),
        pytest.param("ordered", [event(ENTERED, timestamp=5), LATER], "full", id="another time"),
        pytest.param("ordered", [ENTERED, event(LATER, previousEventId=0)], "result", id="another predecessor"),
        pytest.param("ordered", [ENTERED], "result", id="one is missing"),
        pytest.param("ordered", [ENTERED, event(LATER, type="PassStateEntered")], "result", id="another type"),
        pytest.param("unordered", [event(LATER, id=1, previousEventId=0), event(ENTERED, id=2)], "full", id="turned"),
        pytest.param("unordered", [ENTERED, event(LATER, previousEventId=2)], "result", id="follows itself"),
        pytest.param("unordered", [ENTERED, LATER, event(LATER, id=3)], "result", id="one too many"),
    ],
)
def test_histories_are_compared_by_their_rule(rule: str, events: list[Any], how: Verdict) -> None:
    """In order with ids, or in any order with ids that make sense."""
    case = {"expected": {"status": "SUCCEEDED", "events": [ENTERED, LATER]}, "events_rule": rule}
    assert verdict(differences(case, {"status": "SUCCEEDED", "events": events})) == how
