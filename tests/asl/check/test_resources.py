"""Resources: ARNs, integration patterns, and what Express workflows may not do."""

from typing import Any, Literal

import pytest

from handrail.asl.check import check
from tests.asl.samples import flow, one

EXPRESS = "Express state machine does not support "
UNKNOWN = "The resource provided {} is not recognized"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"


def called(resource: str, **fields: Any) -> dict[str, Any]:
    return one({"Type": "Task", "Resource": resource, "Parameters": {}, **fields})


@pytest.mark.parametrize(
    ("resource", "type_", "told"),
    [
        pytest.param("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", "EXPRESS", [], id="function"),
        pytest.param("arn:aws-cn:states:::lambda:invoke", "EXPRESS", [], id="other partition"),
        pytest.param("${FunctionArn}", "STANDARD", [], id="filled in later"),
        pytest.param("arn:aws:states:::codebuild:startBuild.sync", "STANDARD", [], id="job"),
        pytest.param("arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken", "STANDARD", [], id="callback"),
        pytest.param("arn:aws:states:::states:startExecution.sync:2", "STANDARD", [], id="nested execution"),
        pytest.param("my-function", "STANDARD", ["Value is not a valid resource ARN"], id="no ARN"),
        pytest.param("arn:aws:lambda", "STANDARD", ["Value is not a valid resource ARN"], id="short ARN"),
        pytest.param(
            "arn:aws:states:::lambda:invoke.sync",
            "STANDARD",
            [UNKNOWN.format("arn:aws:states:::lambda:invoke.sync")],
            id="function as job",
        ),
        pytest.param(
            "arn:aws:states:::codebuild:startBuild.sync:2",
            "STANDARD",
            [UNKNOWN.format("arn:aws:states:::codebuild:startBuild.sync:2")],
            id="second form of a job",
        ),
        pytest.param(
            "arn:aws:states:::glue:startJobRun.waitForTaskToken",
            "STANDARD",
            [UNKNOWN.format("arn:aws:states:::glue:startJobRun.waitForTaskToken")],
            id="job as callback",
        ),
        pytest.param(
            "arn:aws:states:::states:startExecution.sync",
            "EXPRESS",
            [f"{EXPRESS}'.sync' service integration"],
            id="express job",
        ),
        pytest.param(
            "arn:aws:states:::sns:publish.waitForTaskToken",
            "EXPRESS",
            [f"{EXPRESS}'.waitForTaskToken' service integration "],
            id="express callback",
        ),
        pytest.param(ACTIVITY, "EXPRESS", [f"{EXPRESS}Activity ARN"], id="express activity"),
        pytest.param(ACTIVITY, "STANDARD", [], id="activity"),
    ],
)
def test_tells_what_cannot_be_called(resource: str, type_: Literal["STANDARD", "EXPRESS"], told: list[str]) -> None:
    """A Resource is an ARN, in a pattern that its service has and that the type of workflow allows."""
    found = check(called(resource), type=type_)

    assert [(finding.pointer, finding.verbatim) for finding in found] == [("/States/X/Resource", text) for text in told]


def test_activities_take_no_role() -> None:
    """An activity's worker has its own credentials."""
    found = check(called(ACTIVITY, Credentials={"RoleArn": "arn:aws:iam::123456789012:role/r"}))

    assert [(finding.pointer, finding.verbatim) for finding in found] == [
        ("/States/X/Credentials", "The field 'Credentials' is not supported for activities")
    ]


def distributed(kind: str, resource: str) -> dict[str, Any]:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": resource, "Parameters": {}, "End": True}}}
    return one(
        {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **inner}}
    )


def test_express_machines_have_no_distributed_map() -> None:
    """A Distributed Map is refused in an Express workflow, at its mode."""
    found = check(distributed("EXPRESS", "arn:aws:states:::lambda:invoke"), type="EXPRESS")

    assert [(finding.pointer, finding.verbatim) for finding in found] == [
        (
            "/States/X/ItemProcessor/ProcessorConfig/Mode",
            "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
        )
    ]


@pytest.mark.parametrize(("kind", "count"), [("STANDARD", 0), ("EXPRESS", 1)])
def test_iterations_may_be_express(kind: str, count: int) -> None:
    """Inside a Distributed Map the iterations' own type counts, not the machine's."""
    assert len(check(distributed(kind, "arn:aws:states:::codebuild:startBuild.sync"))) == count


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        pytest.param("ItemReader", {"Resource": "arn:aws:states:::s3:listObjectsV2"}, [], id="reads a list"),
        pytest.param(
            "ItemReader",
            {"Resource": "arn:aws:states:::s3:putObject"},
            ["The field 'Resource' does not match any of the allowed values"],
            id="reads by writing",
        ),
        pytest.param("ResultWriter", {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {}}, [], id="writes"),
        pytest.param(
            "ResultWriter",
            {"Resource": "arn:aws:states:::s3:getObject"},
            ["The field 'Resource' does not match any of the allowed values"],
            id="writes by reading",
        ),
        pytest.param("ResultWriter", {}, ["These fields are required: [Resource]"], id="writes nowhere"),
    ],
)
def test_readers_and_writers_use_s3(field: str, value: dict[str, Any], told: list[str]) -> None:
    """A Distributed Map reads from S3 and writes to it, by the actions that it has for that."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow("I")}
    found = check(one({"Type": "Map", "ItemProcessor": processor, field: value}))

    assert [finding.verbatim for finding in found] == told
