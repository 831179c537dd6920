"""Rules that tie fields together: error names, Choice rules, labels, Distributed Maps, variables."""

from typing import Any

import pytest

from handrail.asl.check import check
from tests.asl.samples import LAMBDA, flow, one, task

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow("I")}
SELECTORS = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"


def jsonata(state: dict[str, Any]) -> dict[str, Any]:
    return one(state, QueryLanguage="JSONata")


def mapping(**fields: Any) -> dict[str, Any]:
    return one({"Type": "Map", "ItemProcessor": DISTRIBUTED, **fields})


def rule(**fields: Any) -> dict[str, Any]:
    return {
        "StartAt": "X",
        "States": {
            "X": {"Type": "Choice", "Choices": [{**fields, "Next": "Y"}], "Default": "Y"},
            "Y": {"Type": "Succeed"},
        },
    }


def retried(*names: list[str]) -> dict[str, Any]:
    return jsonata(task(Retry=[{"ErrorEquals": each} for each in names]))


def processed(**config: str) -> dict[str, Any]:
    return one({"Type": "Map", "ItemProcessor": {**flow("I"), "ProcessorConfig": config}})


def reading(**config: Any) -> dict[str, Any]:
    return mapping(ItemReader={"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config})


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        pytest.param(retried(["E"], ["States.ALL"]), [], id="catch-all last"),
        pytest.param(
            retried(["States.ALL"], ["E"]),
            [("/States/X/Retry/0/ErrorEquals", "States.ALL must appear alone and at end of list")],
            id="catch-all not last",
        ),
        pytest.param(
            retried(["E", "States.ALL"]),
            [("/States/X/Retry/0/ErrorEquals", "States.ALL must appear alone and at end of list")],
            id="catch-all not alone",
        ),
        pytest.param(
            retried(["States.Timout"]),
            [("/States/X/Retry/0/ErrorEquals/0", "'States.Timout' is no error of Step Functions")],
            id="misspelt error",
        ),
        pytest.param(retried(["States.Http.StatusCode.404"], ["Mine"]), [], id="errors of others"),
        pytest.param(
            jsonata(task(TimeoutSeconds=60, HeartbeatSeconds=60)),
            [("/States/X/HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds")],
            id="slow heartbeat",
        ),
        pytest.param(rule(Variable="$.a", StringEquals="b"), [], id="comparison"),
        pytest.param(rule(), [("/States/X/Choices/0", SELECTORS)], id="nothing tested"),
        pytest.param(
            rule(Variable="$.a", IsNull=True, And=[{"Variable": "$.b", "IsNull": True}]),
            [("/States/X/Choices/0", SELECTORS)],
            id="two things tested",
        ),
        pytest.param(
            rule(Variable="$.a"),
            [("/States/X/Choices/0", "This object should have only one comparison operator")],
            id="no comparison",
        ),
        pytest.param(
            rule(Variable="$.a", IsNull=True, IsString=True),
            [("/States/X/Choices/0", "There should only be one of the following fields: [IsNull, IsString]")],
            id="two comparisons",
        ),
        pytest.param(
            rule(Not={"Variable": "$.a", "IsNull": True, "Next": "Y"}),
            [("/States/X/Choices/0/Not/Next", "Field 'Next' is not supported")],
            id="way on inside a test",
        ),
        pytest.param(
            rule(Variable="$.a", TimestampEquals="yesterday"),
            [("/States/X/Choices/0/TimestampEquals", "String does not match RFC3339 timestamp")],
            id="no timestamp",
        ),
        pytest.param(
            processed(Mode="DISTRIBUTED"),
            [("/States/X/ItemProcessor/ProcessorConfig", "These fields are required: [ExecutionType]")],
            id="distributed without type",
        ),
        pytest.param(
            processed(Mode="INLINE", ExecutionType="STANDARD"),
            [("/States/X/ItemProcessor/ProcessorConfig/ExecutionType", "Field 'ExecutionType' is not supported")],
            id="inline with type",
        ),
        pytest.param(
            one({"Type": "Map", "ItemProcessor": flow("I"), "ToleratedFailureCount": 1}),
            [("/States/X/ToleratedFailureCount", "'ToleratedFailureCount' has no effect in an inline Map")],
            id="inline with a field of distributed",
        ),
        pytest.param(
            one({"Type": "Map", "ItemProcessor": flow("I"), "MaxConcurrency": 41}),
            [("/States/X/MaxConcurrency", "An inline Map runs at most 40 iterations at a time")],
            id="inline, too many at a time",
        ),
        pytest.param(
            mapping(MaxConcurrency=10_001),
            [("/States/X/MaxConcurrency", "A distributed Map runs at most 10000 iterations at a time")],
            id="distributed, too many at a time",
        ),
        pytest.param(mapping(MaxConcurrency=10_000), [], id="distributed, as many as it can"),
        pytest.param(
            reading(InputType="CSV"),
            [("/States/X/ItemReader/ReaderConfig", "The field 'CSVHeaderLocation' is required")],
            id="CSV without header",
        ),
        pytest.param(
            reading(InputType="JSON", CSVHeaderLocation="FIRST_ROW"),
            [("/States/X/ItemReader/ReaderConfig/CSVHeaderLocation", "Field 'CSVHeaderLocation' is not supported")],
            id="JSON with header",
        ),
        pytest.param(
            reading(InputType="CSV", CSVHeaderLocation="GIVEN"),
            [("/States/X/ItemReader/ReaderConfig", "These fields are required: [CSVHeaders]")],
            id="header promised",
        ),
        pytest.param(
            jsonata(task(Credentials={"Role": "arn"})),
            [("/States/X/Credentials", "The field 'RoleArn' is required but was missing")],
            id="no role",
        ),
        pytest.param(
            one({"Type": "Task", "Resource": LAMBDA, "Credentials": {"RoleArn.$": "$.role"}}), [], id="role from a path"
        ),
        pytest.param(
            jsonata({"Type": "Pass", "Assign": {"states": 1}}),
            [("/States/X/Assign/states", "Cannot assign to reserved variable '$states'.")],
            id="reserved variable",
        ),
        pytest.param(
            jsonata({"Type": "Pass", "Assign": {"a-b": 1}}),
            [("/States/X/Assign/a-b", "Invalid variable name 'a-b': the variable name contains invalid characters.")],
            id="no variable name",
        ),
        pytest.param(
            jsonata({"Type": "Pass", "Assign": {"v" * 81: 1}}),
            [
                (
                    f"/States/X/Assign/{'v' * 81}",
                    f"Invalid variable name '{'v' * 81}': the variable name exceeds 80 characters.",
                )
            ],
            id="long variable name",
        ),
        pytest.param(one({"Type": "Pass", "Assign": {"数.$": "$.n", "a_1": 2}}), [], id="variables of a path"),
    ],
)
def test_ties_fields_together(definition: Any, told: list[tuple[str, str]]) -> None:
    """Fields that are right each for itself and wrong together are told, at the one to change."""
    assert [(finding.pointer, finding.verbatim) for finding in check(definition)] == told


@pytest.mark.parametrize(
    ("label", "message"),
    [
        pytest.param("", "Label cannot be empty", id="empty"),
        pytest.param("x" * 41, "Label cannot exceed 40 characters", id="long"),
        *[
            pytest.param(
                f"label_{letter}", f"Label contains invalid character: {letter!r}", id=f"with U+{ord(letter):04X}"
            )
            for letter in '?*<>{}[]:;,\\|^~$#%&`"/ \t\x01\x7f\x9f'
        ],
    ],
)
def test_refuses_labels_that_no_arn_can_hold(label: str, message: str) -> None:
    """A Map Run's label becomes part of an ARN; what cannot stand there is told with the first wrong character."""
    assert [(finding.code, finding.verbatim) for finding in check(mapping(Label=label))] == [
        ("INVALID_LABEL_NAME", message)
    ]


def test_names_stand_once() -> None:
    """State names and labels are unique across the whole machine, whatever is nested in what."""
    states: dict[str, Any] = {
        "A": {"Type": "Map", "ItemProcessor": DISTRIBUTED, "Label": "run", "Next": "B"},
        "B": {"Type": "Map", "ItemProcessor": DISTRIBUTED, "Label": "run", "End": True},
    }

    assert [(finding.pointer, finding.code) for finding in check({"StartAt": "A", "States": states})] == [
        ("/States/B/Label", "DUPLICATE_LABEL_NAME"),
        ("/States/B/ItemProcessor/States/I", "DUPLICATE_STATE_NAME"),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("", "Invalid State name: it cannot be empty", id="empty"),
        pytest.param(
            "n" * 81,
            f"Invalid State name: '{'n' * 81}' exceeds the 80-character limit allowed by the service",
            id="long",
        ),
    ],
)
def test_refuses_names(name: str, message: str) -> None:
    """A state has a name of 1 to 80 characters, whichever they are."""
    assert [finding.verbatim for finding in check(flow(name))] == [message]
    assert check(flow("状態 / ~ 1? <b>")) == ()
