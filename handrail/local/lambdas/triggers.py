"""What calls functions by itself: topics, buckets, tables, streams and logs once for each event, queues in batches.

Source: "Asynchronous invocation" and "Using Lambda with Amazon SQS" in the Lambda Developer Guide.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final

from handrail.asl.model import Json
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import Outcome, Refusal, Request
from handrail.local.moto.triggers import Source
from handrail.local.refusal import Unavailable
from handrail.local.refusals import ServiceError

PATIENCE: Final = 2
"""Seconds for which a message is waited for before it is asked again."""

PAUSE: Final = 1.0
"""Seconds until a mapping is looked at again that is disabled, or whose queue or function is not there."""

MOST: Final = 10
"""Messages that SQS gives at a time."""


class Triggers:
    """Calls the functions of a laptop until it is closed. `client` makes one of a service, an account and a region."""

    def __init__(self, functions: Functions, client: Callable[[str, str, str], Any]) -> None:
        self.functions = functions
        self.client = client
        self.closed = Event()

    def call(self, function: str, event: Json) -> None:
        """Have a function called; where there is none, the event is lost, as on AWS."""
        with suppress(Refusal):
            self.functions.begin(Request.of(function, event))

    def poll(self, source: Source, kept: Callable[[], bool]) -> None:
        """Give a queue's messages to a function, batch by batch, as long as the mapping is kept."""
        Thread(target=self.serve, args=(source, kept), name="handrail-lambda-queue", daemon=True).start()

    def serve(self, source: Source, kept: Callable[[], bool]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        while kept() and not self.closed.is_set():
            try:
                if source.enabled:
                    self.batch(source)
                    continue
            except (BotoCoreError, ClientError, Refusal, Unavailable):
                pass
            self.closed.wait(PAUSE)

    def batch(self, source: Source) -> None:
        """Give one batch to the function; what it fails at comes again when the queue's visibility timeout is over."""
        *_, region, account, name = source.event_source_arn.split(":")
        sqs = self.client("sqs", account, region)
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(source.batch_size, MOST),
            WaitTimeSeconds=PATIENCE,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not found or self.closed.is_set():
            return
        records: Json = [record(message, source.event_source_arn, region) for message in found]
        outcome = self.functions.run(Request.of(source.function_arn, {"Records": records}))
        failed = failures(source, outcome, [message["MessageId"] for message in found])
        for message in found:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def close(self) -> None:
        self.closed.set()


def record(message: Mapping[str, Any], queue: str, region: str) -> dict[str, Json]:
    """A message as a function is given it."""
    attributes: dict[str, Json] = {
        name: {
            "stringListValues": [],
            "binaryListValues": [],
            **{f"{key[:1].lower()}{key[1:]}": text(each) for key, each in value.items()},
        }
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": region,
    }


def text(value: Any) -> Json:
    """A binary value is in base64."""
    from base64 import b64encode

    return b64encode(value).decode() if isinstance(value, bytes) else value


def failures(source: Source, outcome: Outcome, batch: Sequence[str]) -> set[str]:
    """The messages of a batch that were not dealt with: all, none, or those that the function reports, where it may.

    Source: "Implementing partial batch responses" in the Lambda Developer Guide.
    """
    if outcome.failed:
        return set(batch)
    if "ReportBatchItemFailures" not in (source.function_response_types or ()):
        return set()
    try:
        told: Any = outcome.result()
        reported = {each["itemIdentifier"] for each in (told or {}).get("batchItemFailures") or []}
    except (ServiceError, AttributeError, KeyError, TypeError):
        return set(batch)
    # A report of a message that nobody gave it makes the whole batch a failure.
    return reported if reported <= set(batch) else set(batch)
