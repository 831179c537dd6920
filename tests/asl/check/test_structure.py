"""Structure: which fields an object has, of what kind they are, and in which query language they stand."""

from typing import Any

import pytest

from handrail.asl.check import check
from handrail.asl.fields import SHAPES, STATES, Field
from tests.asl.samples import LAMBDA, flow, one, task

PASS = {"Type": "Pass"}
CHOICE = {"Type": "Choice", "Default": "X"}
ONE_OF = "This object should have only one of the following fields:"
ONLY_IN = "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage"


def told(definition: Any) -> list[tuple[str, str]]:
    return [(finding.pointer, finding.message) for finding in check(definition) if finding.severity == "ERROR"]


@pytest.mark.parametrize(
    ("definition", "pointer", "text"),
    [
        pytest.param({}, "", "These fields are required: [States, StartAt]", id="nothing"),
        pytest.param([], "", "Expected value of type Object", id="no object"),
        pytest.param({"States": {}, "StartAt": "A"}, "/States", "Value cannot be empty", id="no states"),
        pytest.param({"States": [], "StartAt": "A"}, "/States", "Expected value of type Object", id="states as list"),
        pytest.param(one(PASS, Version="2.0"), "/Version", "Value should be one of the following: [1.0]", id="version"),
        pytest.param(one(PASS, TimeoutSeconds=-1), "/TimeoutSeconds", "Minimum value is 0", id="below the least"),
        pytest.param(
            one({"Type": "Wait", "Seconds": 10**12}),
            "/States/X/Seconds",
            "Maximum value is 99999999",
            id="above the most",
        ),
        pytest.param(one({}), "/States/X", "These fields are required: [Type]", id="no type"),
        pytest.param(
            one({"Type": "task"}),
            "/States/X/Type",
            "Value should be one of the following: [Pass, Task, Wait, Choice, Parallel, Map, Succeed, Fail]. "
            'Did you mean "Task"?',
            id="type in lower case",
        ),
        pytest.param(one({"Type": "Task"}), "/States/X", "These fields are required: [Resource]", id="no resource"),
        pytest.param(
            one({**PASS, "inputPath": "$"}),
            "/States/X/inputPath",
            "Field 'inputPath' is not supported. Did you mean \"InputPath\"?",
            id="field in lower case",
        ),
        pytest.param(
            one({**PASS, "Retry": []}),
            "/States/X/Retry",
            "Field 'Retry' is not supported. It belongs to Task, Parallel, Map.",
            id="field of other types",
        ),
        pytest.param(
            one({"Type": "Wait"}),
            "/States/X",
            f"{ONE_OF} [SecondsPath, Seconds, TimestampPath, Timestamp]",
            id="none of a group",
        ),
        pytest.param(
            one(
                {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:r:1:function:f",
                    "TimeoutSeconds": 1,
                    "TimeoutSecondsPath": "$.t",
                }
            ),
            "/States/X",
            "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]",
            id="two of a group",
        ),
        pytest.param(
            one({**PASS, "End": False}),
            "/States/X",
            "This object should have only one of the following fields: [Next, End]",
            id="End that is false",
        ),
        pytest.param(one({**PASS, "End": "yes"}), "/States/X/End", "Expected value of type Boolean", id="End as text"),
        pytest.param(
            one({"Type": "Map", "ItemProcessor": flow("I"), "MaxConcurrency": True}),
            "/States/X/MaxConcurrency",
            "Expected value of type Integer",
            id="truth as number",
        ),
        pytest.param(
            one({"Type": "Map", "ItemProcessor": flow("I"), "ToleratedFailurePercentage": 101}),
            "/States/X/ToleratedFailurePercentage",
            "Maximum value is 100.0",
            id="above the most of a fraction",
        ),
        pytest.param(
            one({"Type": "Map", "ItemProcessor": {**flow("I"), "QueryLanguage": "JSONata"}}),
            "/States/X/ItemProcessor/QueryLanguage",
            "Field 'QueryLanguage' is not supported",
            id="language of a processor",
        ),
        pytest.param(
            one({"Type": "Parallel", "Branches": [flow("I"), {"StartAt": "J"}]}),
            "/States/X/Branches/1",
            "These fields are required: [States]",
            id="branch without states",
        ),
        pytest.param(one({**CHOICE, "Choices": []}), "/States/X/Choices", "Value cannot be empty", id="no rules"),
        pytest.param(
            one({**PASS, "Output": 1}),
            "/States/X/Output",
            ONLY_IN.format("JSONPath", "Output", "JSONata"),
            id="JSONata field",
        ),
        pytest.param(
            one({**PASS, "Result": 1}, QueryLanguage="JSONata"),
            "/States/X/Result",
            ONLY_IN.format("JSONata", "Result", "JSONPath"),
            id="JSONPath field",
        ),
        pytest.param(
            one({**PASS, "QueryLanguage": "JSONPath"}, QueryLanguage="JSONata"),
            "/States/X/QueryLanguage",
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
            id="back to JSONPath",
        ),
        pytest.param(
            one({"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": one({**PASS, "Output": 1})}),
            "/States/X/ItemProcessor/States/X/Output",
            ONLY_IN.format("JSONPath", "Output", "JSONata"),
            id="inside a Map the machine's language holds",
        ),
        pytest.param(
            one({"Type": "Wait", "Seconds": "5"}, QueryLanguage="JSONata"),
            "/States/X/Seconds",
            "Expected value of type Integer. JSONata string must start with {% and end with %}.",
            id="text where a number is computed",
        ),
        pytest.param(
            one(task(Retry=[{"ErrorEquals": ["E", 3]}]), QueryLanguage="JSONata"),
            "/States/X/Retry/0/ErrorEquals/1",
            "Expected value of type String",
            id="number in a list of texts",
        ),
        pytest.param(
            one(task(Retry=[{"ErrorEquals": ["E"], "BackoffRate": 0.5}]), QueryLanguage="JSONata"),
            "/States/X/Retry/0/BackoffRate",
            "Minimum value is 1.0",
            id="shrinking backoff",
        ),
    ],
)
def test_tells_what_is_wrong_and_where(definition: Any, pointer: str, text: str) -> None:
    """A mistake is told once, in AWS's words, at the place where it stands, with what may have been meant."""
    assert (pointer, text) in told(definition)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"Type": "Wait", "Seconds": "{% $n %}"}, id="computed number"),
        pytest.param({"Type": "Wait", "Timestamp": "{% $when %}"}, id="computed time"),
        pytest.param({"Type": "Map", "Items": [1, "{% $n %}"], "ItemProcessor": flow("I")}, id="items as list"),
        pytest.param({"Type": "Pass", "Output": None}, id="null output"),
        pytest.param({"Type": "Pass", "End": True, "Comment": "why"}, id="comment"),
        pytest.param(task(Retry=[], Catch=[]), id="empty lists"),
        pytest.param(task(Credentials={"RoleArn": "{% $role %}"}), id="credentials"),
        pytest.param(task(TimeoutSeconds="{% 5 %}", HeartbeatSeconds=2), id="computed timeout"),
        pytest.param(
            {
                "Type": "Choice",
                "Choices": [{"Condition": True, "Next": "X"}, {"Condition": "{% $a %}", "Next": "X"}],
                "Default": "X",
            },
            id="conditions",
        ),
    ],
)
def test_accepts_what_jsonata_may_compute(state: dict[str, Any]) -> None:
    """Where JSONata may compute a value, an expression stands for it."""
    assert [pair for pair in told(one(state, QueryLanguage="JSONata")) if "terminal" not in pair[1]] == []


def sample(field: Field) -> Any:
    """A value that a field may hold."""
    kind = field.kind
    if kind.choices:
        return kind.choices[0]
    if kind.shape in ("rule", "test"):
        return filler(kind.json, {"Variable": "$.a", "IsNull": True, **({"Next": "X"} if kind.shape == "rule" else {})})
    if kind.shape in ("branch", "processor"):
        return filler(kind.json, flow("Inner"))
    made = {"retrier": {"ErrorEquals": ["E"]}, "catcher": {"ErrorEquals": ["E"], "Next": "X"}, "text": "t"}
    made |= {"reader": {"Resource": "arn:aws:states:::s3:getObject"}, "writer": {"WriterConfig": {}}}
    made |= {"credentials": {"RoleArn": "arn"}, "variables": {"v": 1}}
    if kind.shape:
        return filler(kind.json, made.get(kind.shape, {}))
    held: dict[str, Any] = {
        "path": "$.a",
        "path or intrinsic": "$.a",
        "reference": "$.a",
        "timestamp": "2024-01-01T00:00:00Z",
    }
    held |= {"target": "X", "condition": True}
    by_type = {"String": held.get(kind.holds, "t"), "Integer": 1, "Number": 1, "Boolean": True, "Object": {}, "": 1}
    return by_type[kind.json]


def filler(json: str, value: Any) -> Any:
    return [value] if json == "Array" else value


@pytest.mark.parametrize(
    ("type_", "name"), [(type_, name) for type_, shape in STATES.items() for name in shape.fields if name != "Type"]
)
def test_accepts_every_field_where_the_table_puts_it(type_: str, name: str) -> None:
    """A field of the table with a value of its kind is never refused for itself."""
    field = SHAPES[type_].fields[name]
    state = {"Type": type_, name: LAMBDA if name == "Resource" else sample(field)}
    wrong = [
        pair
        for pair in told(one(state, QueryLanguage=field.language or "JSONPath"))
        if pair[0].startswith(f"/States/X/{name}")
    ]

    assert [text for _, text in wrong if "Missing 'Next' target" not in text] == []


def test_tells_people_more_than_aws() -> None:
    """The message has AWS's own words, kept for the API, and after them what may have been meant."""
    [finding] = check(one({"Type": "Succeed", "Assing": {}, "Output": 1}, QueryLanguage="JSONata"))

    assert finding.verbatim == "Field 'Assing' is not supported"
    assert finding.message == finding.verbatim
    [finding] = check(one({"Type": "Pass", "Assing": {}}))
    assert finding.message == "Field 'Assing' is not supported. Did you mean \"Assign\"?"
