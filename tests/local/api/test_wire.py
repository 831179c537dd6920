"""A request is checked against botocore's model before anybody acts on it, and refused in AWS's words."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from handrail.local.api.wire import answered, parameters
from handrail.local.apierror import ApiError

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
DEEP = b'{"name": ' + b"[" * 100_000
ONE = "1 validation error detected: Value"
BROKEN = "failed to satisfy constraint: Member must"


@pytest.mark.parametrize(
    ("operation", "body", "read"),
    [
        pytest.param("ListStateMachines", b"", {}, id="no body"),
        pytest.param("ListStateMachines", b'{"maxResults": 5, "color": [1]}', {"maxResults": 5}, id="unknown member"),
        pytest.param("ListStateMachines", b'{"maxResults": null}', {}, id="null"),
        pytest.param(
            "TagResource",
            b'{"resourceArn": "a", "tags": [{"key": "k", "color": 1}, null]}',
            {"resourceArn": "a", "tags": [{"key": "k"}]},
            id="unknown member and null further in",
        ),
        pytest.param(
            "CreateActivity", b'{"name": "a\\ud800b"}', {"name": "a?b"}, id="half of a character, which UTF-8 lacks"
        ),
    ],
)
def test_a_request_is_read_by_the_models_names(operation: str, body: bytes, read: Mapping[str, Any]) -> None:
    """What the model does not know, and what is null, is as if it were not there."""
    assert parameters(operation, body) == read


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe\xff", id="no text"),
        pytest.param(DEEP, id="too deep"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"name": 1}', id="number for a text"),
        pytest.param(b'{"name": true}', id="boolean for a text"),
        pytest.param(b'{"name": "a", "publish": "yes"}', id="text for a boolean"),
        pytest.param(b'{"name": "a", "publish": 1}', id="number for a boolean"),
        pytest.param(b'{"name": "a", "tags": {}}', id="object for a list"),
        pytest.param(b'{"name": "a", "tags": ["x"]}', id="text for an object in a list"),
        pytest.param(b'{"name": NaN}', id="what only Python reads"),
    ],
)
def test_a_body_of_another_shape_cannot_be_read(body: bytes) -> None:
    """The client made a mistake of types: no operation is begun."""
    with pytest.raises(ApiError) as refused:
        parameters("CreateStateMachine", body)
    assert refused.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("operation", "given", "told"),
    [
        pytest.param(
            "DescribeActivity", {}, f"{ONE} null at 'activityArn' {BROKEN} not be null", id="a member is missing"
        ),
        pytest.param(
            "ListStateMachines",
            {"maxResults": 1001},
            f"{ONE} '1001' at 'maxResults' {BROKEN} have value less than or equal to 1000",
            id="a number is too great",
        ),
        pytest.param(
            "ListStateMachines",
            {"nextToken": ""},
            f"{ONE} '' at 'nextToken' {BROKEN} have length greater than or equal to 1",
            id="a text is too short",
        ),
        pytest.param(
            "CreateStateMachine",
            {"name": "a", "definition": "{}", "roleArn": "arn:", "type": "SLOW"},
            f"{ONE} 'SLOW' at 'type' {BROKEN} satisfy enum value set: [STANDARD, EXPRESS]",
            id="a value is none of those",
        ),
        pytest.param(
            "CreateStateMachine",
            {"name": "a", "definition": "", "roleArn": "arn:"},
            f"{ONE} at 'definition' {BROKEN} have length greater than or equal to 1",
            id="a secret is not repeated",
        ),
        pytest.param(
            "StartExecution",
            {"stateMachineArn": ARN, "traceHeader": "é"},
            f"{ONE} 'é' at 'traceHeader' {BROKEN} satisfy regular expression pattern: \\p{{ASCII}}*",
            id="a pattern of Java's own",
        ),
        pytest.param(
            "CreateStateMachineAlias",
            {"name": "7", "routingConfiguration": [{"stateMachineVersionArn": ARN, "weight": 101}]},
            "2 validation errors detected: Value '7' at 'name' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$; "
            f"Value '101' at 'routingConfiguration.1.member.weight' {BROKEN} have value less than or equal to 100",
            id="two at once, one of them in a list",
        ),
    ],
)
def test_a_broken_constraint_is_told_in_awss_words(operation: str, given: Mapping[str, Any], told: str) -> None:
    """All of them at once, each with its place."""
    with pytest.raises(ApiError) as refused:
        parameters(operation, json.dumps(given).encode())
    assert (refused.value.code, str(refused.value)) == ("ValidationException", told)


def refuses(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ApiError("InvalidName", f"{name}: {given}")


@pytest.mark.parametrize(
    ("target", "status", "told"),
    [
        pytest.param("ListStateMachines", 200, {"asked": "ListStateMachines", "given": {}}, id="an answer"),
        pytest.param("Nonsense", 400, "UnknownOperationException", id="no operation"),
        pytest.param("", 400, "UnknownOperationException", id="no target"),
        pytest.param("../../etc", 400, "UnknownOperationException", id="a path"),
    ],
)
def test_an_answer_is_json(target: str, status: int, told: Any) -> None:
    """200 with the result, 400 with the code that boto3 raises."""
    found, body = answered(lambda name, given: {"asked": name, "given": given}, f"AWSStepFunctions.{target}", b"{}")
    answer = json.loads(body)
    assert (found, answer.get("__type", answer)) == (status, told)


def test_a_refusal_is_told_with_its_code_and_words() -> None:
    """As AWS JSON 1.0 writes errors."""
    status, body = answered(refuses, "AWSStepFunctions.ListActivities", b'{"maxResults": 2}')
    told = {"__type": "InvalidName", "message": "ListActivities: {'maxResults': 2}"}
    assert (status, json.loads(body)) == (400, told)
