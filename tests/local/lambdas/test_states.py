"""Task states whose functions are zips: what Step Functions makes of their answers."""

import json
from typing import Any

import pytest

from handrail.local.laptop import Laptop
from tests.local.lambdas.conftest import Create, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:adds"
INVOKE = "arn:aws:states:::lambda:invoke"


@pytest.fixture(scope="module")
def adds(create: Create, api: Any) -> None:
    """Adds to a number, and cannot add to anything else; one version more adds two."""
    create("adds", "def handler(event, context):\n    return event + 2\n", Publish=True)
    api.publish_version(FunctionName="adds")
    code = "def handler(event, context):\n    return event + 1\n"
    api.update_function_code(FunctionName="adds", ZipFile=zipped(code))


def ran(laptop: Laptop, input: object, **task: Any) -> tuple[str, Any]:
    """The status, and the output or error and cause of a machine of one task."""
    state = {"Type": "Task", "End": True, **task}
    arn = laptop.run("adds", json.dumps({"StartAt": "A", "States": {"A": state}}), json.dumps(input))
    assert laptop.wait(arn, 20)
    ended = laptop.find(arn)
    return ended.status, json.loads(ended.output) if ended.output else [ended.error, json.loads(ended.cause or "{}")]


def invoking(**arguments: Any) -> dict[str, Any]:
    return {"Resource": INVOKE, "Parameters": {"FunctionName": "adds", "Payload.$": "$", **arguments}}


@pytest.mark.parametrize(
    ("task", "output"),
    [
        pytest.param({"Resource": ARN}, 6, id="by its ARN"),
        pytest.param({"Resource": f"{ARN}:1"}, 7, id="a version by its ARN"),
        pytest.param(
            {**invoking(), "ResultSelector": {"told.$": "States.Array($.Payload, $.ExecutedVersion, $.StatusCode)"}},
            {"told": [6, "$LATEST", 200]},
            id="lambda:invoke",
        ),
        pytest.param(
            {**invoking(Qualifier="1"), "ResultSelector": {"told.$": "States.Array($.Payload, $.ExecutedVersion)"}},
            {"told": [7, "1"]},
            id="lambda:invoke of a version",
        ),
        pytest.param(
            {**invoking(InvocationType="Event"), "ResultSelector": {"told.$": "$.StatusCode"}},
            {"told": 202},
            id="lambda:invoke that does not wait",
        ),
    ],
)
def test_answers(laptop: Laptop, adds: None, task: dict[str, Any], output: object) -> None:
    """A task has what the function answered; lambda:invoke, what the Lambda API says around it."""
    assert ran(laptop, 5, **task) == ("SUCCEEDED", output)


@pytest.mark.parametrize("task", [{"Resource": ARN}, invoking()], ids=["by its ARN", "lambda:invoke"])
def test_failures(laptop: Laptop, adds: None, task: dict[str, Any]) -> None:
    """What the function raised is the error, and its text the cause."""
    status, [error, cause] = ran(laptop, {}, **task)
    assert (status, error, cause["errorType"]) == ("FAILED", "TypeError", "TypeError")


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_no_such_function(laptop: Laptop, kind: str) -> None:
    """A function that nobody made is told, also where nobody waits for it."""
    parameters = {"FunctionName": "nobody", "InvocationType": kind}
    state = {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "End": True}
    arn = laptop.run("adds", json.dumps({"StartAt": "A", "States": {"A": state}}), "{}")
    assert laptop.wait(arn, 20)
    ended = laptop.find(arn)
    assert ended.error == "Lambda.ResourceNotFoundException"
    assert ended.cause == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody."
