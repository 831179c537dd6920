"""Writing: canonical text, and nothing lost on the way there and back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.read import read
from handrail.asl.write import write
from tests.asl.samples import MACHINES, flow, one

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_comes_back_as_it_was(machine: dict[str, Any]) -> None:
    """A flow written and read is the same flow; its text says what the definition said."""
    text = write(read(machine))

    assert read(text) == read(machine)
    assert json.loads(text) == machine


@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=4, unique=True), JSON)
def test_keeps_any_name_and_value(names: list[str], value: Any) -> None:
    """Whatever states are called and Pass states hold, it comes back."""
    machine = read(flow(*names, Result=value))

    assert read(write(machine)) == machine


def test_is_canonical() -> None:
    """However fields were ordered, the text is the same; states and an author's own objects keep their order."""
    told: dict[str, Any] = {"End": True, "Parameters": {"z": 1, "a": 2}, "Comment": "説明", "Type": "Pass"}
    text = write({"States": {"B": told}, "StartAt": "B", "Comment": "c"})

    assert text == (
        "{\n"
        '  "Comment": "c",\n'
        '  "StartAt": "B",\n'
        '  "States": {\n'
        '    "B": {\n'
        '      "Type": "Pass",\n'
        '      "Comment": "説明",\n'
        '      "Parameters": {\n'
        '        "z": 1,\n'
        '        "a": 2\n'
        "      },\n"
        '      "End": true\n'
        "    }\n"
        "  }\n"
        "}\n"
    )
    assert write(read(text)) == write(json.loads(text)) == text


def test_orders_nested_fields() -> None:
    """Retriers, rules and nested flows are ordered by their own tables."""
    retrier = {"MaxAttempts": 1, "ErrorEquals": ["E"]}
    processor = {"States": {"I": {"End": True, "Type": "Pass"}}, "StartAt": "I"}
    written = json.loads(write(one({"Retry": [retrier], "Iterator": processor, "Type": "Map"})))["States"]["X"]

    assert list(written) == ["Type", "Iterator", "Retry", "End"]
    assert list(written["Retry"][0]) == ["ErrorEquals", "MaxAttempts"]
    assert list(written["Iterator"]) == ["StartAt", "States"]
    assert list(written["Iterator"]["States"]["I"]) == ["Type", "End"]


def test_keeps_what_no_table_knows() -> None:
    """Writing is no judge: unknown fields and types stay, behind the known ones."""
    told: dict[str, Any] = {"StartAt": "A", "Extra": {"b": 1}, "States": {"A": {"New": 1, "Type": "Later"}}}

    assert json.loads(write(told)) == told
    assert list(json.loads(write(told))) == ["StartAt", "States", "Extra"]
