"""The checker as a whole: what it catches, what it lets pass, and that nothing makes it stumble."""

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.check import check
from handrail.asl.model import Finding
from tests.asl.samples import LINEAR, MACHINES, task

SCHEMA, TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
PLAN = "/States/CheckEach/ItemProcessor/States/Plan"

# What stands in `lint`, by its mistake: what is told, and where. The others need compilers, data flow or API models.
CAUGHT = [
    pytest.param("b01", SCHEMA, "/States/Notify", id="neither Next nor End"),
    pytest.param("b02", SCHEMA, "/States/ListStacks/TimeoutSecond", id="unknown field"),
    pytest.param("b03", TARGET, "/States/Orphan", id="unreachable state"),
    pytest.param("b06", "MISSING_DEFAULT", "/States/AnyDrift", id="Choice without Default"),
    pytest.param("b07", SCHEMA, "/States/ListStacks/Retry/0/MaxAttempts", id="number as text"),
    pytest.param("b08", SCHEMA, "/States/CheckEach", id="Map without processor"),
    pytest.param("b09", SCHEMA, "/States/Notify", id="End and Next"),
    pytest.param("b11", TARGET, "/StartAt", id="unknown StartAt"),
    pytest.param("x01", TARGET, "/States/Notify/Next", id="unknown Next"),
    pytest.param("x02", TARGET, "/States/ListStacks/Catch/0/Next", id="unknown Next of a catcher"),
    pytest.param("x03", TARGET, "/States/CheckEach/ItemProcessor/StartAt", id="unknown StartAt inside a Map"),
    pytest.param("x04", TARGET, f"{PLAN}/Next", id="out of a Map"),
    pytest.param("x05", "DUPLICATE_STATE_NAME", "/States/CheckEach/ItemProcessor/States/Done", id="name twice"),
    pytest.param("x07", SCHEMA, "/States/Notify/ResultPath", id="JSONPath field in JSONata"),
    pytest.param("x08", SCHEMA, "/States/AnyDrift/Choices/0/Condition", id="JSONata rule in JSONPath"),
    pytest.param("x10", SCHEMA, "/States/ListStacks/Retry/0/ErrorEquals", id="States.ALL not last"),
    pytest.param("x12", "MISSING_END_STATE", "/States", id="no end"),
    pytest.param("x13", SCHEMA, "/States/ListStacks/Retry/0/JitterStrategy", id="unknown jitter"),
    pytest.param("x14", SCHEMA, f"{PLAN}/HeartbeatSeconds", id="heartbeat not below timeout"),
    pytest.param("x15", SCHEMA, "/States/AnyDrift/Choices/0/NumericGreaterThan", id="text compared as number"),
    pytest.param("x16", "INVALID_STATE_NAME", f"/States/{'N' * 81}", id="long name"),
    pytest.param(
        "x17", "NO_DOLLAR", f"{PLAN}/Parameters/EnvironmentVariablesOverride/0/Value", id="path without the dollar"
    ),
    pytest.param("x19", SCHEMA, "/States/CheckEach/Items", id="open delimiter"),
]
GOOD = ["good-credentials", "good-distributed-map", "good-jsonata", "good-jsonpath", "good-mixed"]


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "ERROR"]


@pytest.mark.parametrize(("case", "code", "pointer"), CAUGHT)
def test_catches_planted_mistakes(conformance: Path, case: str, code: str, pointer: str) -> None:
    """Every structural mistake is told with AWS's code, at its place, before anything that follows from it."""
    first = check((conformance / "lint" / f"{case}.asl.json").read_text())[0]

    assert (first.code, first.pointer) == (code, pointer)


@pytest.mark.parametrize("case", GOOD)
def test_accepts_good_machines(conformance: Path, case: str) -> None:
    """The good definitions of every kind give no finding at all, not even a warning."""
    assert check((conformance / "lint" / f"{case}.asl.json").read_text()) == ()


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_accepts_samples(machine: dict[str, Any]) -> None:
    """Our own sample machines give no finding either."""
    assert check(machine) == ()


def accepted(folder: Path) -> Iterator[tuple[str, Any, Any]]:
    """Every definition in the recordings that AWS accepted, with the id of its case and the machine's type."""
    for path in sorted((folder / "aws-recorded").glob("*.jsonl")):
        for case in map(json.loads, path.read_text().splitlines()):
            if case["kind"] == "execution":
                yield case["id"], case["definition"], case.get("request", {}).get("type", "STANDARD")
            for other in case.get("other_state_machines") or []:
                yield case["id"], other["definition"], other.get("type", "STANDARD")


def test_refuses_nothing_that_aws_accepted(conformance: Path) -> None:
    """A definition that ran on AWS gives no error."""
    refused = [
        (case, finding)
        for case, definition, kind in accepted(conformance)
        for finding in errors(check(definition, type=kind))
    ]

    assert refused == []


def test_tells_errors_first() -> None:
    """A warning never stands before an error."""
    definition: dict[str, Any] = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "B"}]},
            "B": {"Type": "Pass", "Next": "C"},
        },
    }

    assert [finding.severity for finding in check(definition)] == ["ERROR", "ERROR", "WARNING"]


def broken(definition: Any, where: list[int], put: Any) -> Any:
    """The definition with one value somewhere inside replaced, removed or renamed."""
    copied = copy.deepcopy(definition)
    inner: Any = copied
    for step in where:
        if not isinstance(inner, dict | list) or not inner:
            break
        key = list(inner)[step % len(inner)] if isinstance(inner, dict) else step % len(inner)
        if isinstance(inner[key], dict | list) and inner[key] and step % 3:
            inner = inner[key]
        elif put == "remove":
            del inner[key]
            break
        elif put == "rename" and isinstance(inner, dict):
            inner[f"{key}x"] = inner.pop(key)
            break
        else:
            inner[key] = put
            break
    return copied


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["{% a", "$.a"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
FIELDS = st.sampled_from(["States", "StartAt", "Type", "Choices", "Next", "Retry", "Branches", "ItemProcessor", "x"])
ALMOST = st.recursive(
    SCALARS | st.sampled_from(["Task", "Map", "Choice"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
)


@given(
    st.sampled_from(list(MACHINES.values())),
    st.lists(
        st.tuples(st.lists(st.integers(0, 12), max_size=14), ANYTHING | st.sampled_from(["remove", "rename"])),
        max_size=3,
    ),
)
def test_never_raises_on_broken_machines(machine: Any, changes: list[tuple[list[int], Any]]) -> None:
    """However a valid definition is damaged, the answer is findings."""
    for where, put in changes:
        machine = broken(machine, where, put)

    assert all(isinstance(finding, Finding) for finding in check(machine))


@given(ANYTHING | ALMOST)
def test_never_raises_on_anything(value: Any) -> None:
    """Whatever JSON it is given, or what is not even JSON, the answer is findings."""
    assert errors(check(value))


@given(st.text(max_size=40) | st.text(alphabet='{}[]",:0 ntrue\\', max_size=40))
def test_never_raises_on_any_text(text: str) -> None:
    """Whatever text it is given, the answer is findings."""
    assert errors(check(text))


@pytest.mark.parametrize(
    "states",
    [
        pytest.param({f"S{number}": {"Type": "Pass", "Next": f"T{number}"} for number in range(15_000)}, id="targets"),
        pytest.param({"A": {"Type": "Pass", **{f"Tiem{number}": 1 for number in range(50_000)}}}, id="fields"),
        pytest.param({f"S{number}": {"Type": "Pas"} for number in range(30_000)}, id="types"),
    ],
)
def test_a_megabyte_of_mistakes(states: dict[str, Any]) -> None:
    """A definition that is wrong everywhere is told in moments, its first thousand errors."""
    start = time.process_time()
    found = check(json.dumps({"StartAt": "S0", "States": states}))

    assert len(found) == 1000
    assert time.process_time() - start < 5


def test_is_quick() -> None:
    """A machine of 200 states is checked in under 20 ms."""
    names = [f"S{number}" for number in range(200)]
    ways: list[dict[str, Any]] = [{"Next": name} for name in names[1:]]
    states = {name: task(**way) for name, way in zip(names, [*ways, {"End": True}], strict=True)}
    text = json.dumps({**LINEAR, "StartAt": "S0", "States": states})

    def took() -> float:
        start = time.process_time()
        check(text)
        return time.process_time() - start

    assert min(took() for _ in range(9)) < 0.020
