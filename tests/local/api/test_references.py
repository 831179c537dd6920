"""A description tells which variables each state reads."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from handrail.local.api.references import references

GIVES = {"Type": "Pass", "Assign": {"count": 1, "name": "x"}, "Next": "B"}
PATHS = {"Type": "Pass", "End": True}
JSONATA = {**PATHS, "QueryLanguage": "JSONata"}


@pytest.mark.parametrize(
    ("state", "read"),
    [
        pytest.param(PATHS, None, id="nothing"),
        pytest.param({**PATHS, "Parameters": {"a.$": "$count", "b": "$name"}}, ["count"], id="a template's path"),
        pytest.param({**PATHS, "InputPath": "$name.first"}, ["name"], id="a path"),
        pytest.param({**PATHS, "InputPath": "$.count"}, None, id="the input"),
        pytest.param({**PATHS, "InputPath": "$$.Execution"}, None, id="the context"),
        pytest.param(
            {**PATHS, "Parameters": {"a.$": "States.Format('{} $no', $count)"}},
            ["count"],
            id="a function, not its text",
        ),
        pytest.param({**PATHS, "Result": {"a.$": "$count"}}, None, id="a result, which is as it is"),
        pytest.param({**JSONATA, "Output": "{% $count & $name %}"}, ["count", "name"], id="an expression"),
        pytest.param({**JSONATA, "Output": "{% $sum($states.input.a) %}"}, None, id="functions and $states"),
        pytest.param({**JSONATA, "Output": "{% '$count' %}"}, None, id="a text in an expression"),
        pytest.param({**JSONATA, "Output": "$count"}, None, id="no expression"),
        pytest.param({**JSONATA, "Output": [{"a": "{% $count %}"}]}, ["count"], id="an expression further in"),
    ],
)
def test_each_state_is_told_with_what_it_reads(state: Mapping[str, Any], read: list[str] | None) -> None:
    """By its name; where nothing is read, there is no member."""
    definition = json.dumps({"StartAt": "A", "States": {"A": GIVES, "B": state}})
    assert references(definition) == (None if read is None else {"B": read})


def test_what_cannot_be_read_has_none() -> None:
    """A definition from elsewhere is no reason to fail."""
    assert references("{") is None
