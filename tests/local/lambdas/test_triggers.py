"""What calls a function by itself: a topic, a queue, a table, a bucket; nothing is lost, and nothing is done twice."""

import json
from typing import Any

import pytest

from handrail.local.laptop import Laptop
from tests.local.lambdas.conftest import KEEPS, Create, connected, given, until

QUEUE = "arn:aws:sqs:us-east-1:123456789012:"


@pytest.fixture(scope="module")
def s3(laptop: Laptop) -> Any:
    made = connected(laptop, "s3")
    made.create_bucket(Bucket="seen")
    return made


@pytest.fixture
def function(create: Create, s3: Any, name: str) -> str:
    """The ARN of a function that keeps what it is given."""
    return create(name, KEEPS)


def test_a_topic(laptop: Laptop, s3: Any, function: str, name: str) -> None:
    """A message comes with its topic, its subscription and its attributes, but only if the filter lets it."""
    sns = connected(laptop, "sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    only = {"FilterPolicy": json.dumps({"kind": ["good"]})}
    own = sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes=only, ReturnSubscriptionArn=True
    )
    for kind in ("bad", "good"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"a {kind} one", Subject="news", MessageAttributes=attributes)
    [record] = until(lambda: given(s3, name))
    told = record["Sns"]

    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", own["SubscriptionArn"])
    assert (told["TopicArn"], told["Subject"], told["Message"]) == (topic, "news", "a good one")
    assert told["MessageAttributes"] == {"kind": {"Type": "String", "Value": "good"}}


def test_a_topic_of_a_function_of_the_project(laptop: Laptop, name: str) -> None:
    """A handler in the process is called as a zip is, and says nothing to whoever publishes if it fails."""
    seen: list[Any] = []
    laptop.functions.handlers = {**laptop.functions.handlers, f"handrail-{name}": lambda event, _: seen.append(event)}
    sns = connected(laptop, "sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    for one in (name, "nobody"):
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:handrail-{one}"
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "lambda": "l"}), MessageStructure="json")
    until(lambda: seen)

    assert [record["Sns"]["Message"] for event in seen for record in event["Records"]] == ["l"]


@pytest.mark.parametrize(
    ("reports", "bodies", "left"),
    [
        pytest.param(False, ["one", "two"], [], id="a batch that is dealt with is gone"),
        pytest.param(False, ["fail", "two"], ["fail", "two"], id="one that fails stays, whole"),
        pytest.param(True, ["one", "report"], ["report"], id="of one that reports, what it reports"),
        pytest.param(False, ["one", "report"], [], id="nobody asked for a report"),
    ],
)
def test_a_queue(
    laptop: Laptop, api: Any, s3: Any, function: str, name: str, reports: bool, bodies: list[str], left: list[str]
) -> None:
    """Messages come in batches; what a function does not deal with is tried again, and at last a dead letter."""
    sqs = connected(laptop, "sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUE}{name}-dead", "maxReceiveCount": "2"})
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive})["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    more = {"FunctionResponseTypes": ["ReportBatchItemFailures"]} if reports else {}
    api.create_event_source_mapping(FunctionName=name, EventSourceArn=QUEUE + name, **more)

    def waiting(url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))

    until(lambda: waiting(url) == 0 and waiting(dead) == len(left))
    received = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages", [])

    assert sorted(each["Body"] for each in received) == sorted(left)
    assert {record["body"] for record in given(s3, name)} == set(bodies)
    assert {record["eventSourceARN"] for record in given(s3, name)} == {QUEUE + name}


def test_a_mapping_that_is_disabled(laptop: Laptop, api: Any, s3: Any, function: str, name: str) -> None:
    """It takes nothing; from when it is enabled it takes what has waited."""
    sqs = connected(laptop, "sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    made = api.create_event_source_mapping(FunctionName=name, EventSourceArn=QUEUE + name, Enabled=False)
    sqs.send_message(QueueUrl=url, MessageBody="waits")
    [kept] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    api.update_event_source_mapping(UUID=made["UUID"], Enabled=True)
    records = until(lambda: given(s3, name))

    assert [record["body"] for record in records] == [kept["Body"]] == ["waits"]


def test_a_table(laptop: Laptop, api: Any, s3: Any, function: str, name: str) -> None:
    """The record of a change in a table's stream."""
    dynamodb = connected(laptop, "dynamodb")
    stream = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    api.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}})
    [record] = until(lambda: given(s3, name))

    assert (record["eventName"], record["dynamodb"]["NewImage"]) == ("INSERT", {"id": {"S": "1"}})
