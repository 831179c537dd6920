"""Functions that moto calls by itself, for topics, buckets, tables, streams and logs: whoever runs them here is told.

moto would start a container for each, and take the messages of a queue without calling anybody. What it calls while
earlier changes are done again was called then, and is not called twice.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any, Final, Protocol

from handrail.asl.model import Json


class Source(Protocol):
    """An event source mapping as moto has it: what is updated of it is seen here."""

    enabled: bool
    batch_size: int
    function_arn: str
    event_source_arn: str
    function_response_types: Sequence[str] | None


class Receiver(Protocol):
    """Whoever runs functions."""

    def call(self, function: str, event: Json) -> None:
        """Have a function called, by its ARN, with an event; nobody waits for it."""
        ...

    def poll(self, source: Source, kept: Callable[[], bool]) -> None:
        """Give the messages of a queue to a function from now on, as long as the mapping is kept."""
        ...


RECEIVERS: Final[list[Receiver]] = []
"""Who is told, nobody at first. moto is one in a process, so there is one at most."""


def hand_over(receiver: Receiver | None) -> None:
    """From now on this one runs functions; it is given what is there already."""
    RECEIVERS[:] = [] if receiver is None else [receiver]
    simple: Any = sys.modules.get("moto.awslambda_simple.models")
    if receiver is None or simple is None:
        return
    for regions in list(simple.lambda_simple_backends.values()):
        for backend in list(regions.values()):
            for source in list(backend._event_source_mappings.values()):
                polled(backend, source)


def listen() -> None:
    """Have what is loaded of moto tell; to be called again when more of it is."""
    for name, change in CHANGED.items():
        module = sys.modules.get(name)
        if module is not None and not hasattr(module, HEARD):
            change(module)
            setattr(module, HEARD, True)


HEARD: Final = "_tells_of_functions"


def call(function: str, event: Json) -> None:
    for receiver in RECEIVERS:
        receiver.call(function, event)


# ---------------------------------------------------------------------- what is changed in moto


def functions(module: Any) -> None:
    """A function is invoked for a bucket, a table, a stream or logs; a mapping is made."""

    def invoke(function: Any, body: str, _headers: Any, _told: Any) -> bytes:
        call(function.function_arn, json.loads(body))
        # A table takes something for an answer: its records were taken.
        return b"{}"

    make = module.LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(backend: Any, spec: Any) -> Any:
        source = make(backend, spec)
        polled(backend, source)
        return source

    module.LambdaFunction.invoke = invoke
    module.LambdaBackend.create_event_source_mapping = create_event_source_mapping


def polled(backend: Any, source: Any) -> None:
    """Messages stay in a queue until somebody asks for them, and moto gives them to nobody by itself."""
    from moto.sqs.models import sqs_backends

    if source.event_source_arn.split(":")[2] != "sqs":
        return
    for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
        if queue.queue_arn == source.event_source_arn:
            queue.lambda_event_source_mappings.clear()
    for receiver in RECEIVERS:
        receiver.poll(source, lambda: backend._event_source_mappings.get(source.uuid) is source)


def topics(module: Any) -> None:
    """A message is published to a subscription: one of a function is told with all that SNS tells."""
    publish = module.Subscription.publish

    form = signature(publish)

    def published(subscription: Any, *given: Any, **named: Any) -> None:
        if subscription.protocol != "lambda":
            publish(subscription, *given, **named)
            return
        bound = form.bind(subscription, *given, **named)
        bound.apply_defaults()
        asked = bound.arguments
        message, attributes = asked["message"], asked["message_attributes"]
        wanted = subscription._filter_policy_matcher
        if wanted is not None and not wanted.matches(attributes, message):
            return
        if asked["message_structure"] == "json":
            message = subscription._parse_message_structure(message, "lambda")
        told = subscription.get_post_data(message, asked["message_id"], asked["subject"], attributes)
        call(subscription.endpoint, {"Records": [notification(subscription.arn, told)]})

    module.Subscription.publish = published


def notification(subscription: str, told: Mapping[str, Json]) -> dict[str, Json]:
    """What a function is given of a message. Source: "Using Lambda with Amazon SNS" in the Lambda Developer Guide."""
    named = {f"{name[:-3]}Url" if name.endswith("URL") else name: value for name, value in told.items()}
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {"Subject": None, "MessageAttributes": {}, **named},
    }


CHANGED: Final[Mapping[str, Callable[[Any], None]]] = {
    "moto.awslambda.models": functions,
    "moto.sns.models": topics,
}
