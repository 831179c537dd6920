"""SNS, SQS, DynamoDB and EventBridge, as Step Functions' own integrations call them.

Each takes JSON where the API wants text, and tells of the HTTP exchange in its answer. Errors are worded by the older
AWS SDK for Java. Source: "Integrating optimized services" in the Developer Guide, and recordings from AWS.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from handrail.asl.model import Json
from handrail.engine.values import text_of
from handrail.local.integrations.call import Call, Row
from handrail.local.integrations.metadata import AMAZON_JSON, with_metadata
from handrail.local.integrations.sdk import request
from handrail.local.refusals import ServiceError, refused_of_old


class Service(NamedTuple):
    """A service, by boto3's name; how its errors begin, what the older SDK calls it, and how it answers."""

    name: str
    prefix: str
    sdk: str
    type: str = AMAZON_JSON


DYNAMODB = Service("dynamodb", "DynamoDB", "AmazonDynamoDBv2")
EVENTS = Service("events", "EventBridge", "AmazonEventBridge", "application/x-amz-json-1.1")
SNS = Service("sns", "SNS", "AmazonSNS", "text/xml")
SQS = Service("sqs", "SQS", "AmazonSQS")


def row(service: Service, action: str) -> Row:
    """An action that is called as it is."""
    return lambda call: asked_of(call, service, action, call.task.arguments)


def asked_of(call: Call, service: Service, action: str, arguments: Json) -> Json:
    client = call.client(service.name)
    try:
        shown, told = request(client, service.name, action, arguments, texts=True)
    except ClientError as error:
        raise refused_of_old(service.prefix, service.sdk, client.meta.service_model, error) from error
    except BotoCoreError as error:
        raise ServiceError("States.Runtime", str(error)) from error
    return with_metadata(shown, service.type, told)


def send_message(call: Call) -> Json:
    """A queue is reached at its own address, so one whose host nobody knows fails before SQS is asked."""
    host = urlsplit(str(call.arguments.get("QueueUrl"))).hostname
    if host is not None and "." not in host and host != "localhost":
        told = f"Unable to execute HTTP request: {host}: Name or service not known"
        raise ServiceError("SQS.SdkClientException", told)
    return asked_of(call, SQS, "sendMessage", call.task.arguments)


def put_events(call: Call) -> Json:
    """Each event names the execution and its machine; one that is not taken fails the task."""
    parts = call.execution.arn.split(":")
    ours = [call.execution.arn, ":".join([*parts[:5], "stateMachine", call.execution.machine])]
    entries = call.arguments.get("Entries")
    if not isinstance(entries, list):
        return asked_of(call, EVENTS, "putEvents", call.task.arguments)
    sent = [{**each, "Resources": named(each, ours)} if isinstance(each, dict) else each for each in entries]
    answer: Any = asked_of(call, EVENTS, "putEvents", {**call.arguments, "Entries": sent})
    if answer["FailedEntryCount"]:
        told = {name: answer[name] for name in ("Entries", "FailedEntryCount")}
        raise ServiceError("EventBridge.FailedEntry", text_of(told))
    return dict(answer)


def named(entry: Mapping[str, Json], ours: list[str]) -> list[Json]:
    own = entry.get("Resources")
    return [*(own if isinstance(own, list) else []), *ours]


ROWS: Mapping[str, Row] = {
    **{f"dynamodb:{action}": row(DYNAMODB, action) for action in ("getItem", "putItem", "updateItem", "deleteItem")},
    "events:putEvents": put_events,
    "sns:publish": row(SNS, "publish"),
    "sqs:sendMessage": send_message,
}
