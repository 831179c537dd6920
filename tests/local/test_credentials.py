"""Credentials of a task: its call is made by the role that it names, in that role's account, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.local.aws import Aws
from handrail.local.driver import Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.integrations.roles import session_name
from handrail.local.store import Store
from tests.local.cloud import role, there
from tests.local.driving import machine, result

BLUE = "222222222222"
OURS = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
SQS = "arn:aws:states:::aws-sdk:sqs:listQueues"
ROWS = "arn:aws:states:::dynamodb:getItem"
TABLE: dict[str, Any] = {
    "TableName": "blue-rows",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    aws.client("sqs").create_queue(QueueName="own")
    there(aws, "sqs", BLUE).create_queue(QueueName="blue")
    table = there(aws, "dynamodb", BLUE)
    table.create_table(**TABLE)
    table.put_item(TableName="blue-rows", Item={"id": {"S": "a"}})
    role(aws, BLUE, OURS)
    role(aws, BLUE, "somebody else's machine", name="closed")
    yield aws
    aws.close()


def no_builds() -> Builds:
    raise AssertionError("no build here")


@pytest.fixture
def driver(aws: Aws, tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        made = Driver(store, Integrations({}, no_builds, aws.client, lambda: made))
        yield made
        made.close()


def run(driver: Driver, resource: str, credentials: Any, **more: Any) -> tuple[str, Any, str | None, str | None]:
    given = {"Parameters": {}, **more} | ({"Credentials": credentials} if credentials else {})
    text = machine(resource, **given)
    return result(driver, driver.start("m", text, f'{{"role": "arn:aws:iam::{BLUE}:role/power"}}', "run"))


@pytest.mark.parametrize(
    ("credentials", "queue"),
    [
        pytest.param(None, "own", id="none: our own account"),
        pytest.param({"RoleArn": f"arn:aws:iam::{BLUE}:role/power"}, "blue", id="a role"),
        pytest.param({"RoleArn.$": "$.role"}, "blue", id="a role out of the input"),
    ],
)
def test_a_call_is_made_by_the_role(driver: Driver, credentials: Any, queue: str) -> None:
    """What it sees is what the role's account has; the state machine's ARN is the external id."""
    status, output, *_ = run(driver, SQS, credentials)

    assert (status, [url.rpartition("/")[2] for url in output["QueueUrls"]]) == ("SUCCEEDED", [queue])


def test_optimized_integrations_act_as_the_role_too(driver: Driver) -> None:
    """DynamoDB's own integration reads the other account's table."""
    asked = {"TableName": "blue-rows", "Key": {"id": {"S": "a"}}}
    status, output, *_ = run(driver, ROWS, {"RoleArn": f"arn:aws:iam::{BLUE}:role/power"}, Parameters=asked)

    assert (status, output["Item"]) == ("SUCCEEDED", {"id": {"S": "a"}})


@pytest.mark.parametrize("name", ["closed", "missing"])
def test_a_role_that_does_not_let_us_in_fails_the_task(driver: Driver, name: str) -> None:
    """As an error that Retry and Catch know, with what has to be done; nothing is called instead."""
    status, _, error, cause = run(driver, SQS, {"RoleArn": f"arn:aws:iam::{BLUE}:role/{name}"})

    assert (status, error) == ("FAILED", "States.Permissions")
    assert f"{OURS} cannot assume arn:aws:iam::{BLUE}:role/{name}" in str(cause)
    assert "trust policy" in str(cause)


@pytest.mark.parametrize(
    ("execution", "session"),
    [("run-1", "run-1"), ("実行 1", "---1"), ("x", "x-"), ("n" * 80, "n" * 64)],
    ids=["as it is", "other letters", "too short", "too long"],
)
def test_a_session_has_a_name_that_sts_takes(execution: str, session: str) -> None:
    """Two to 64 letters of those that RoleSessionName allows."""
    assert session_name(execution) == session
