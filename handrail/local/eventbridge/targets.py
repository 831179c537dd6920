"""What is done with an event at each kind of target.

Sources: "Event bus targets in Amazon EventBridge" in the EventBridge User Guide, "Managing targets in EventBridge
Scheduler" in the EventBridge Scheduler User Guide.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import time
from typing import Any, Final, Protocol, Self
from uuid import uuid4

from handrail.errors import HandrailError, did_you_mean

UNIVERSAL: Final = "arn:aws:scheduler:::aws-sdk:"

SERVICES: Final[Mapping[str, str]] = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""Services that a universal target calls by another name than boto3."""


class World(Protocol):
    """What targets are reached with."""

    def client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client of this machine's AWS, in an account."""
        ...

    def call(self, function: str, event: Any) -> object:
        """Call a Lambda function by its ARN. Raises FunctionFailed, or what says that it was not called."""
        ...

    def build(self, request: Mapping[str, Any]) -> object:
        """Start a build, as StartBuild does."""
        ...


class FunctionFailed(Exception):
    """A function has taken an event and failed at it."""


@dataclass(frozen=True)
class Delivery:
    """One text for one target, which `retries` times has not taken it. All of it is JSON.

    `id` is the same for the same delivery, also in another process; `source` is the ARN of the rule or the schedule,
    `since` when this was taken on, in seconds since the epoch. `whole` is the event of which the text was made;
    `scheduled` is a schedule's moment, as text, None for a rule.
    """

    target: Mapping[str, Any]
    text: str
    id: str
    account: str
    region: str
    source: str
    since: float
    whole: str = ""
    scheduled: str | None = None
    retries: int = 0

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])

    @property
    def line(self) -> str:
        """What is the same for all that has to come one after the other."""
        return f"{self.source} {self.target.get('Id', '')}"

    @property
    def numbered(self) -> Self:
        """With the number of the attempt put in, where it is a schedule's: its input may name it."""
        if self.scheduled is None:
            return self
        return replace(self, text=self.text.replace("<aws.scheduler.attempt-number>", str(self.retries + 1)))

    @property
    def json(self) -> Any:
        """What the text says as JSON, or the text itself where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text

    def settings(self, name: str) -> Mapping[str, Any]:
        return self.target.get(name) or {}


class Arn:
    """The parts of an ARN; its account and region are those of the rule where it names none."""

    def __init__(self, delivery: Delivery) -> None:
        _, _, self.service, region, account, self.resource = (delivery.arn.split(":", 5) + [""] * 6)[:6]
        self.region, self.account = region or delivery.region, account or delivery.account
        self.name = re.split("[:/]", self.resource, maxsplit=1)[-1]


def deliver(delivery: Delivery, world: World) -> None:
    """Hand a delivery to its target. Raises HandrailError, or what boto3 raises, where it does not take it."""
    if delivery.arn.startswith(UNIVERSAL):
        universal(delivery, world)
        return
    arn = Arn(delivery)
    if arn.service not in TARGETS:
        known = ", ".join(sorted(TARGETS))
        near = did_you_mean(arn.service, TARGETS)
        raise HandrailError(f"A target of {arn.service} cannot be reached on a laptop.{near} These can: {known}.")
    TARGETS[arn.service](delivery, arn, world)


def to_queue(delivery: Delivery, _arn: Arn, world: World) -> None:
    group = delivery.settings("SqsParameters").get("MessageGroupId")
    send_message(delivery.arn, delivery.text, world, **({"MessageGroupId": group} if group else {}))


def send_message(queue: str, text: str, world: World, **more: Any) -> None:
    """Put a message into a queue; `more` is what else SendMessage takes."""
    _, _, _, region, account, name = queue.split(":", 5)
    sqs = world.client("sqs", account, region)
    url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=text, **more)


def to_topic(delivery: Delivery, arn: Arn, world: World) -> None:
    world.client("sns", arn.account, arn.region).publish(TopicArn=delivery.arn, Message=delivery.text)


def to_function(delivery: Delivery, _arn: Arn, world: World) -> None:
    world.call(delivery.arn, delivery.json)


def to_machine(delivery: Delivery, arn: Arn, world: World) -> None:
    """Begin an execution, once: the same delivery a second time finds it there."""
    states = world.client("stepfunctions", arn.account, arn.region)
    try:
        states.start_execution(stateMachineArn=delivery.arn, name=delivery.id, input=delivery.text)
    except states.exceptions.ExecutionAlreadyExists:
        return


def to_log(delivery: Delivery, arn: Arn, world: World) -> None:
    logs, group, stream = world.client("logs", arn.account, arn.region), arn.name.removesuffix(":*"), str(uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    line = {"timestamp": round(time() * 1000), "message": delivery.text}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])


def to_build(delivery: Delivery, arn: Arn, world: World) -> None:
    """Start a project's build; what the target is given are parameters of StartBuild."""
    asked = delivery.json
    given = asked if isinstance(asked, dict) and "detail-type" not in asked else {}
    world.build({**given, "projectName": arn.name})


def to_stream(delivery: Delivery, arn: Arn, world: World) -> None:
    kinesis = world.client("kinesis", arn.account, arn.region)
    key = delivery.settings("KinesisParameters").get("PartitionKey") or delivery.id
    kinesis.put_record(StreamName=arn.name, Data=delivery.text.encode(), PartitionKey=key)


def to_firehose(delivery: Delivery, arn: Arn, world: World) -> None:
    firehose = world.client("firehose", arn.account, arn.region)
    firehose.put_record(DeliveryStreamName=arn.name, Record={"Data": delivery.text.encode()})


def to_bus(delivery: Delivery, arn: Arn, world: World) -> None:
    """A schedule's event for a bus; a rule's goes from bus to bus as it is, and never comes here."""
    about = delivery.settings("EventBridgeParameters")
    entry = {
        "Source": about.get("Source", "aws.scheduler"),
        "DetailType": about.get("DetailType", "Scheduled Event"),
        "Detail": delivery.text,
        "EventBusName": delivery.arn,
    }
    [told] = world.client("events", arn.account, arn.region).put_events(Entries=[entry])["Entries"]
    if "ErrorCode" in told:
        raise HandrailError(f"{told['ErrorCode']}: {told['ErrorMessage']}")


def universal(delivery: Delivery, world: World) -> None:
    """Any action of any service: `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`."""
    from botocore import xform_name

    service, _, action = delivery.arn.removeprefix(UNIVERSAL).partition(":")
    client = world.client(SERVICES.get(service, service), delivery.account, delivery.region)
    name = action[:1].upper() + action[1:]
    if name not in client.meta.service_model.operation_names:
        near = did_you_mean(name, client.meta.service_model.operation_names)
        raise HandrailError(f"{service} has no action {action}.{near}")
    asked = delivery.json
    getattr(client, xform_name(name))(**(asked if isinstance(asked, dict) else {}))


Target = Callable[[Delivery, Arn, World], None]

TARGETS: Final[Mapping[str, Target]] = {
    "codebuild": to_build,
    "events": to_bus,
    "firehose": to_firehose,
    "kinesis": to_stream,
    "lambda": to_function,
    "logs": to_log,
    "sns": to_topic,
    "sqs": to_queue,
    "states": to_machine,
}

ACTIONS: Final[Mapping[str, str]] = {
    "codebuild": "codebuild:startBuild",
    "events": "eventbridge:putEvents",
    "firehose": "firehose:putRecord",
    "kinesis": "kinesis:putRecord",
    "lambda": "lambda:invoke",
    "sns": "sns:publish",
    "sqs": "sqs:sendMessage",
    "states": "sfn:startExecution",
}
"""What Scheduler calls at a target of each service, as a universal target names it."""
