"""Whether a delivery that failed is tried again, and when; and what its dead-letter queue gets where it is not.

A permanent error is not tried again. Any other is, until MaximumRetryAttempts retries have been made or the next one
would come later than MaximumEventAgeInSeconds after the first attempt was due: by default 185 times in 24 hours, with
exponential backoff and jitter. How long the pauses are AWS does not say; ours grow from a second to eight minutes, with
which 185 retries fill a day. The jitter follows from what is delivered, so the same delivery has the same pauses.

Sources: "How EventBridge retries delivering events" and "Using dead-letter queues" in the EventBridge User Guide,
"Configuring a schedule's dead-letter queue" in the EventBridge Scheduler User Guide, "How Lambda handles errors and
retries with asynchronous invocation" in the Lambda Developer Guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from handrail.local.eventbridge.failures import Failure
from handrail.local.eventbridge.targets import ACTIONS, UNIVERSAL, Arn, Delivery

RETRIES: Final = 185
AGE: Final = 86_400.0
"""Seconds; the default of both services."""

FIRST: Final = 1.0
LONGEST: Final = 480.0
"""Seconds before the first retry, and at most before any."""

OF_LAMBDA: Final = (60.0, 120.0)
"""Seconds before each retry of a function that took an event and failed; these are Lambda's own, whatever the rule."""


@dataclass(frozen=True)
class Again:
    """To be tried again at this time, in seconds since the epoch."""

    at: float


@dataclass(frozen=True)
class Over:
    """Given up; `exhausted` is the limit that was reached, None for a permanent error."""

    exhausted: str | None = None


def verdict(delivery: Delivery, failure: Failure, now: float) -> Again | Over:
    """What becomes of a delivery whose attempt has failed now."""
    if failure.in_function:
        return Again(now + OF_LAMBDA[delivery.retries]) if delivery.retries < len(OF_LAMBDA) else Over()
    if not failure.passing:
        return Over()
    policy = delivery.settings("RetryPolicy")
    if delivery.retries >= policy.get("MaximumRetryAttempts", RETRIES):
        return Over("MaximumRetryAttempts")
    at = now + pause(delivery)
    if at - delivery.since > policy.get("MaximumEventAgeInSeconds", AGE):
        return Over("MaximumEventAgeInSeconds")
    return Again(at)


def pause(delivery: Delivery) -> float:
    """Seconds before the next retry: twice those before the last one, less up to half of them."""
    most = min(FIRST * 2.0 ** min(delivery.retries, 60), LONGEST)
    jitter = uuid5(NAMESPACE_URL, f"{delivery.id} {delivery.retries}").int % 1000 / 1000
    return most * (1 - jitter / 2)


def letter(delivery: Delivery, failure: Failure, over: Over) -> tuple[str, Mapping[str, str]]:
    """The body and the attributes of a dead letter: a rule's is the event as it came, a schedule's its input."""
    exhausted = {} if over.exhausted is None else {"EXHAUSTED_RETRY_CONDITION": over.exhausted}
    common = {"ERROR_MESSAGE": failure.message, "RETRY_ATTEMPTS": str(delivery.retries), **exhausted}
    if delivery.scheduled is None:
        about = {"RULE_ARN": delivery.source, "TARGET_ARN": delivery.arn, "ERROR_CODE": failure.code}
        return delivery.whole, {**about, **common}
    return delivery.numbered.text, {
        "SCHEDULE_ARN": delivery.source,
        "TARGET_ARN": action_of(delivery),
        "ERROR_CODE": failure.service or "AWS.Scheduler.InternalServerError",
        "EXECUTION_ID": delivery.id,
        "SCHEDULED_TIME": delivery.scheduled,
        "IS_PAYLOAD_TRUNCATED": "false",
        **common,
    }


def action_of(delivery: Delivery) -> str:
    """A schedule's target as the API action that is called for it, which is how its dead letter names it."""
    named = ACTIONS.get(Arn(delivery).service)
    return delivery.arn if named is None or delivery.arn.startswith(UNIVERSAL) else UNIVERSAL + named
