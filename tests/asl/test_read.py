"""Reading: what becomes of a definition, and how it is refused."""

import json
from typing import Any

import pytest

from handrail.asl.model import InvalidDefinition
from handrail.asl.read import read
from tests.asl.samples import LOOP, MACHINES, NESTED, one


def test_keeps_everything() -> None:
    """A state has its type, its language, its place, and every other field as it was written."""
    flow = read(LOOP)
    pause = flow.states["Pause"]

    assert (flow.start_at, list(flow.states), flow.fields) == (
        "Order",
        list(LOOP["States"]),
        {"QueryLanguage": "JSONata"},
    )
    assert (pause.name, pause.type, pause.query_language, pause.pointer) == (
        "Pause",
        "Wait",
        "JSONata",
        "/States/Pause",
    )
    assert pause.fields == {"Seconds": 30, "Next": "Look"}


def test_nests_flows() -> None:
    """Branches and processors are flows of their own, and the walk meets every state, outer ones first."""
    flow = read(NESTED)
    each = flow.states["Both"].branches[0].states["Each"]

    assert [state.name for state in flow.walk()] == [
        "Both",
        "Find",
        "Each",
        "Plan",
        "Judge",
        "Say hello",
        "Any?",
        "Old map",
        "Inner",
        "Done",
    ]
    assert each.processor is not None
    assert each.processor.pointer == "/States/Both/Branches/0/States/Each/ItemProcessor"
    assert each.processor.fields == {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    assert not {"ItemProcessor", "Branches", "Type"} & (set(each.fields) | set(flow.states["Both"].fields))


@pytest.mark.parametrize(
    ("machine", "state", "languages"),
    [
        pytest.param({}, {}, ("JSONPath", "JSONPath"), id="neither says"),
        pytest.param({"QueryLanguage": "JSONata"}, {}, ("JSONata", "JSONata"), id="the machine says"),
        pytest.param({}, {"QueryLanguage": "JSONata"}, ("JSONata", "JSONPath"), id="the Map says, for itself alone"),
    ],
)
def test_knows_the_language(machine: Any, state: Any, languages: tuple[str, str]) -> None:
    """A nested state has the machine's language, whatever the Map around it says."""
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    outer = read(one({"Type": "Map", "ItemProcessor": inner, **state}, **machine)).states["X"]

    assert outer.processor is not None
    assert (outer.query_language, outer.processor.states["I"].query_language) == languages


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_reads_text_as_mapping(machine: dict[str, Any]) -> None:
    """The same definition as text and as a mapping is the same flow."""
    assert read(json.dumps(machine)) == read(machine)


def test_refuses_with_everything_wrong() -> None:
    """What AWS would refuse is refused with every error at once, each with its place; warnings refuse nothing."""
    with pytest.raises(InvalidDefinition) as caught:
        read({"StartAt": "A", "States": {"A": {"Type": "Pas"}, "B": {"Type": "Wait", "Seconds": 1, "Next": "C"}}})

    assert [finding.pointer for finding in caught.value.findings] == ["/States/A/Type", "/States/B/Next"]
    assert str(caught.value) == (
        "/States/A/Type: Value should be one of the following: "
        '[Pass, Task, Wait, Choice, Parallel, Map, Succeed, Fail]. Did you mean "Pass"?; '
        "/States/B/Next: Missing 'Next' target: C"
    )
