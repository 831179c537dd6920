"""Optimized integrations against the laptop's AWS: what arrives there, what is answered, how refusals are named."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.local.aws import Aws
from handrail.local.driver import Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.store import Store
from tests.local.driving import Seen, machine, result

ACCOUNT = "123456789012"
STATES = "arn:aws:states:::"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:m:run"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    table = {
        "TableName": "rows",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    aws.client("dynamodb").create_table(**table)
    sns = aws.client("sns")
    sns.create_topic(Name="news")
    sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})
    yield aws
    aws.close()


@pytest.fixture
def queue(aws: Aws) -> Iterator[str]:
    """The URL of an empty queue, as AWS writes it."""
    own = aws.client("sqs").create_queue(QueueName="in")["QueueUrl"]
    yield f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/in"
    aws.client("sqs").delete_queue(QueueUrl=own)


def no_builds() -> Builds:
    raise AssertionError("no build here")


@pytest.fixture
def driver(aws: Aws, tmp_path: Path) -> Iterator[Driver]:
    functions: dict[str, Callable[[Any, object], Any]] = {"echo": lambda event, _context: event}
    with Store.writing(tmp_path, 0) as store:
        made = Driver(store, Integrations(functions, no_builds, aws.client, lambda: made))
        yield made
        made.close()


def call(driver: Driver, action: str, asked: Any) -> tuple[str, Any, str | None, str | None]:
    return result(driver, driver.start("m", machine(STATES + action, Parameters=asked), "{}", "run"))


def received(aws: Aws, url: str) -> Any:
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    return message["Body"]


@pytest.mark.parametrize(
    ("body", "arrives"),
    [
        pytest.param("hello", "hello", id="text as it is"),
        pytest.param({"a": [1, "é"]}, '{"a":[1,"é"]}', id="an object as JSON"),
        pytest.param([], "[]", id="an empty list"),
        pytest.param(False, "false", id="a boolean"),
    ],
)
def test_a_message_is_sent_as_text(driver: Driver, aws: Aws, queue: str, body: Any, arrives: str) -> None:
    """MessageBody may be any JSON; the answer has the message's id and the exchange around it."""
    status, told, *_ = call(driver, "sqs:sendMessage", {"QueueUrl": queue, "MessageBody": body})
    assert (status, list(told)) == (
        "SUCCEEDED", ["MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"],
    )  # fmt: skip
    http = told["SdkHttpMetadata"]
    assert http["HttpStatusCode"] == 200
    assert http["AllHttpHeaders"] == {name: [value] for name, value in http["HttpHeaders"].items()}
    assert http["HttpHeaders"]["x-amzn-RequestId"] == told["SdkResponseMetadata"]["RequestId"]
    assert received(aws, queue) == arrives


def test_a_message_with_a_token_is_answered(driver: Driver, aws: Aws, queue: str) -> None:
    """The task waits after the message was sent; the token in the message ends it."""
    seen = Seen(driver)
    asked = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    definition = machine(f"{STATES}sqs:sendMessage.waitForTaskToken", Parameters=asked)
    arn = driver.start("m", definition, "{}", "run")
    seen.until("TaskSubmitted")
    driver.task_succeeded(json.loads(received(aws, queue))["token"], '"read"')
    assert result(driver, arn)[:2] == ("SUCCEEDED", "read")


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        pytest.param("lambda:invoke", {"FunctionName": "echo", "Payload": {"t.$": "$$.Task.Token"}}, id="Lambda"),
        pytest.param("sns:publish", {"TopicArn": TOPIC, "Message": {"t.$": "$$.Task.Token"}}, id="SNS"),
        pytest.param(
            "events:putEvents", {"Entries": [{"Detail": {}, "DetailType": "d", "Source": "s"}]}, id="EventBridge"
        ),
        pytest.param("aws-sdk:sqs:listQueues", {}, id="any AWS API"),
    ],
)
def test_every_service_can_be_waited_for(driver: Driver, action: str, asked: Any) -> None:
    """What the service answered is told when the request is submitted; the token's answer is the result."""
    seen = Seen(driver)
    definition = machine(f"{STATES}{action}.waitForTaskToken", Parameters=asked)
    arn = driver.start("m", definition, "{}", "run")
    seen.until("TaskSubmitted")
    [token] = driver.tokens.places
    driver.task_succeeded(token, "1")
    assert result(driver, arn)[:2] == ("SUCCEEDED", 1)


def test_a_request_that_fails_is_not_waited_for(driver: Driver) -> None:
    """A callback task whose request is refused fails at once."""
    asked = {"FunctionName": "nobody", "Payload": {}}
    assert call(driver, "lambda:invoke.waitForTaskToken", asked)[2] == "Lambda.ResourceNotFoundException"


def test_items_are_written_read_changed_and_deleted(driver: Driver, aws: Aws) -> None:
    """DynamoDB takes and gives items in its own notation."""
    key = {"TableName": "rows", "Key": {"id": {"S": "1"}}}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("putItem", {"TableName": "rows", "Item": {"id": {"S": "1"}, "n": {"N": "1"}}}),
        ("updateItem", {**key, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}),
        ("getItem", key),
        ("deleteItem", key),
        ("getItem", key),
    ]
    told = []
    for number, (action, asked) in enumerate(steps):
        definition = machine(f"{STATES}dynamodb:{action}", Parameters=asked)
        told.append(result(driver, driver.start("m", definition, "{}", f"run-{number}"))[1])
    assert [each.get("Item") for each in told] == [None, None, {"id": {"S": "1"}, "n": {"N": "2"}}, None, None]
    assert all("SdkHttpMetadata" in each for each in told)


def test_an_event_names_its_execution_and_machine(driver: Driver, aws: Aws, queue: str) -> None:
    """Detail may be an object; both ARNs are added to the entry's own resources."""
    events = aws.client("events")
    events.put_rule(Name="all", EventPattern='{"source": ["ours"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:in"}])
    entry = {"Detail": {"a": 1}, "DetailType": "d", "Source": "ours", "Resources": ["own"]}
    status, told, *_ = call(driver, "events:putEvents", {"Entries": [entry]})
    assert (status, told["FailedEntryCount"]) == ("SUCCEEDED", 0)
    event = json.loads(received(aws, queue))
    assert event["detail"] == {"a": 1}
    assert event["resources"] == ["own", EXECUTION, "arn:aws:states:us-east-1:123456789012:stateMachine:m"]


@pytest.mark.parametrize("detail", [pytest.param("[1]", id="no object"), pytest.param("{", id="no JSON")])
def test_an_event_that_is_not_taken_fails_the_task(driver: Driver, detail: str) -> None:
    """One entry is enough; the cause is what EventBridge answered."""
    entries = [{"Detail": text, "DetailType": "d", "Source": "s"} for text in ("{}", detail)]
    status, _, error, cause = call(driver, "events:putEvents", {"Entries": entries})
    assert (status, error) == ("FAILED", "EventBridge.FailedEntry")
    told = json.loads(cause or "")
    assert told["FailedEntryCount"] == 1
    assert told["Entries"][1] == {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


@pytest.mark.parametrize(
    ("action", "asked", "error", "cause"),
    [
        pytest.param(
            "dynamodb:getItem", {"TableName": "none", "Key": {"id": {"S": "1"}}}, "DynamoDB.ResourceNotFoundException",
            "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; ", id="DynamoDB",
        ),
        pytest.param(
            "sqs:sendMessage", {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/none", "MessageBody": "x"},
            "SQS.QueueDoesNotExistException", "(Service: AmazonSQS; Status Code: 400; Error Code: ", id="SQS",
        ),
        pytest.param(
            "sqs:sendMessage", {"QueueUrl": "http://nowhere", "MessageBody": "x"}, "SQS.SdkClientException",
            "Unable to execute HTTP request: nowhere: Name or service not known", id="no host",
        ),
        pytest.param(
            "sns:publish", {"TopicArn": f"{TOPIC}-none", "Message": "x"}, "SNS.NotFoundException",
            "(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; ", id="SNS",
        ),
        pytest.param(
            "sns:publish", {"TopicArn": f"{TOPIC}.fifo", "Message": "x"}, "SNS.InvalidParameterException",
            "Invalid parameter: The MessageGroupId parameter is required for FIFO topics (", id="no group",
        ),
        pytest.param(
            "aws-sdk:secretsmanager:createSecret", {"Name": "a b", "SecretString": "x"},
            "SecretsManager.SecretsManagerException", "(Service: SecretsManager, Status Code: 400, ", id="a bad name",
        ),
    ],
)  # fmt: skip
def test_a_refusal_fails_the_task(driver: Driver, action: str, asked: Any, error: str, cause: str) -> None:
    """Error and cause are worded as AWS's SDKs for Java do, the older one for Step Functions' own integrations."""
    status, _, told, why = call(driver, action, asked)
    assert (status, told) == ("FAILED", error)
    assert cause in (why or "")


def test_a_published_message_has_its_number(driver: Driver) -> None:
    """FIFO topics number what they take."""
    numbers = []
    for name in ("one", "two"):
        asked = {
            "TopicArn": f"{TOPIC}.fifo", "Message": {"n": name}, "MessageGroupId": "g", "MessageDeduplicationId": name,
        }  # fmt: skip
        definition = machine(f"{STATES}sns:publish", Parameters=asked)
        numbers.append(result(driver, driver.start("m", definition, "{}", name))[1]["SequenceNumber"])
    assert numbers == sorted(numbers)
    assert [len(each) for each in numbers] == [20, 20]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        pytest.param("glue:startJobRun.sync", "cannot be run on a laptop yet. These can: ", id="a job to wait for"),
        pytest.param("http:invoke", "cannot be run on a laptop: boto3 has no service http. A mock", id="no service"),
    ],
)
def test_what_no_laptop_runs_is_told(driver: Driver, action: str, told: str) -> None:
    """The machine's author reads what it is, and what can be done instead."""
    status, _, error, cause = call(driver, action, {"JobName": "x"})
    assert (status, error) == ("FAILED", "States.Runtime")
    assert f"{action} {told}" in (cause or "")
    assert len(cause or "") < 1000
