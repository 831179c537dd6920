"""When a delivery that failed is tried again, and what its dead letter says where it is not."""

import json
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from handrail.errors import HandrailError
from handrail.local.eventbridge.failures import Failure, failure_of
from handrail.local.eventbridge.retries import Again, Over, letter, verdict
from handrail.local.eventbridge.targets import Delivery, FunctionFailed
from handrail.local.refusal import Unavailable
from handrail.local.refusals import ServiceError

RULE = "arn:aws:events:us-east-1:123456789012:rule/ends"
SCHEDULE = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/daily"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"

BUSY = Failure("THROTTLING", "ThrottlingException", "Rate exceeded")
GONE = Failure("NO_RESOURCE", "AWS.SimpleQueueService.NonExistentQueue", "No such queue")


def delivery(retries: int = 0, **more: Any) -> Delivery:
    policy = more.pop("policy", None)
    target = {"Arn": more.pop("arn", QUEUE), **({} if policy is None else {"RetryPolicy": policy})}
    made: dict[str, Any] = {"source": RULE, "since": 0.0, "whole": '{"id":"1"}', "retries": retries, **more}
    return Delivery(target, '{"n":1}', "id", "123456789012", "us-east-1", **made)


def refused(code: str, status: int = 400) -> ClientError:
    told = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "SendMessage")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "code", "again"),
    [
        pytest.param(refused("ThrottlingException"), "THROTTLING", True, id="throttled"),
        pytest.param(refused("TooManyRequestsException", 429), "THROTTLING", True, id="too many requests"),
        pytest.param(refused("ExecutionLimitExceeded"), "RESOURCE_LIMIT_EXCEEDED", True, id="a limit"),
        pytest.param(
            refused("ResourceConflictException", 409), "RESOURCE_MODIFICATION_COLLISION", True, id="collision"
        ),
        pytest.param(refused("InternalFailure", 500), "INTERNAL_ERROR", True, id="the service failed"),
        pytest.param(refused("ServiceUnavailable", 503), "INTERNAL_ERROR", True, id="the service is down"),
        pytest.param(refused("AccessDeniedException", 403), "NO_PERMISSIONS", False, id="not allowed"),
        pytest.param(refused("AWS.SimpleQueueService.NonExistentQueue"), "NO_RESOURCE", False, id="no such queue"),
        pytest.param(refused("StateMachineDoesNotExist"), "NO_RESOURCE", False, id="no such machine"),
        pytest.param(refused("ResourceNotFoundException", 404), "NO_RESOURCE", False, id="not found"),
        pytest.param(refused("InvalidExecutionInput"), "INVALID_JSON", False, id="no JSON"),
        pytest.param(refused("ValidationException"), "INVALID_PARAMETER", False, id="a wrong parameter"),
        pytest.param(refused("StateMachineDeleting"), "ERROR_FROM_TARGET", False, id="anything else"),
        pytest.param(
            ServiceError("Lambda.TooManyRequestsException", "no"), "THROTTLING", True, id="a function's limit"
        ),
        pytest.param(ServiceError("Lambda.ResourceNotFoundException", "no"), "NO_RESOURCE", False, id="no function"),
        pytest.param(ServiceError("Lambda.SdkClientException", "no"), "SDK_CLIENT_ERROR", True, id="no Lambda"),
        pytest.param(EndpointConnectionError(endpoint_url="x"), "CONNECTION_FAILURE", True, id="nobody there"),
        pytest.param(ConnectTimeoutError(endpoint_url="x"), "TIMEOUT", True, id="no connection in time"),
        pytest.param(ReadTimeoutError(endpoint_url="x"), "TIMEOUT", True, id="no answer in time"),
        pytest.param(ParamValidationError(report="x"), "INVALID_PARAMETER", False, id="boto3 refuses it"),
        pytest.param(NoCredentialsError(), "SDK_CLIENT_ERROR", True, id="boto3 cannot"),
        pytest.param(Unavailable("Nothing runs"), "INTERNAL_ERROR", True, id="this server is ending"),
        pytest.param(HandrailError("no such kind"), "UNKNOWN", False, id="no kind of target"),
    ],
)
def test_knows_which_errors_pass(error: Exception, code: str, again: bool) -> None:
    """EventBridge's code for each, and whether it expects a retry to help."""
    failure = failure_of(error)

    assert (failure.code, failure.passing) == (code, again)
    assert failure.message


@pytest.mark.parametrize(
    ("failed", "failure", "now", "expected"),
    [
        pytest.param(delivery(), GONE, 1, Over(), id="permanent: never"),
        pytest.param(delivery(184), BUSY, 1, Again, id="the last of 185"),
        pytest.param(delivery(185), BUSY, 1, Over("MaximumRetryAttempts"), id="185 by default"),
        pytest.param(delivery(), BUSY, 86_399, Again, id="within a day by default"),
        pytest.param(delivery(), BUSY, 86_401, Over("MaximumEventAgeInSeconds"), id="a day is over"),
        pytest.param(
            delivery(policy={"MaximumRetryAttempts": 0}), BUSY, 1, Over("MaximumRetryAttempts"), id="none is wanted"
        ),
        pytest.param(delivery(2, policy={"MaximumRetryAttempts": 2}), BUSY, 1, Over("MaximumRetryAttempts"), id="two"),
        pytest.param(
            delivery(7, policy={"MaximumEventAgeInSeconds": 60}),
            BUSY,
            30,
            Over("MaximumEventAgeInSeconds"),
            id="too late",
        ),
        pytest.param(
            delivery(2, policy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}),
            BUSY,
            99,
            Over("MaximumRetryAttempts"),
            id="attempts are looked at first",
        ),
        pytest.param(delivery(1), failure_of(FunctionFailed("x")), 1, Again(121), id="a function: as Lambda does"),
        pytest.param(delivery(2), failure_of(FunctionFailed("x")), 1, Over(), id="a function: three times in all"),
    ],
)
def test_tries_again_until_a_limit_is_reached(failed: Delivery, failure: Failure, now: float, expected: Any) -> None:
    """Which of the two it was stands in the verdict."""
    found = verdict(failed, failure, now)

    assert isinstance(found, Again) if expected is Again else found == expected


def test_pauses_grow_and_185_of_them_fit_into_a_day() -> None:
    """Each at most twice the one before, and never more than eight minutes; the same delivery has the same ones."""
    at, pauses = 0.0, []
    for retries in range(185):
        found = verdict(delivery(retries), BUSY, at)
        assert isinstance(found, Again)
        pauses.append(found.at - at)
        at = found.at

    assert all(min(2**n, 480) / 2 <= pause <= min(2**n, 480) for n, pause in enumerate(pauses))
    assert verdict(delivery(3), BUSY, 0) == verdict(delivery(3), BUSY, 0)
    assert len({pause / min(2**n, 480) for n, pause in enumerate(pauses)}) > 50


def test_a_rule_s_dead_letter_is_the_event_and_why() -> None:
    """The attributes that the EventBridge User Guide lists."""
    body, about = letter(delivery(3), BUSY, Over("MaximumRetryAttempts"))

    assert body == '{"id":"1"}'
    assert about == {
        "RULE_ARN": RULE,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "Rate exceeded",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "3",
    }


@pytest.mark.parametrize(
    ("arn", "shown"),
    [
        pytest.param(QUEUE, "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", id="a queue"),
        pytest.param(
            "arn:aws:states:x:1:stateMachine:a", "arn:aws:scheduler:::aws-sdk:sfn:startExecution", id="machine"
        ),
        pytest.param(
            "arn:aws:scheduler:::aws-sdk:rds:stopDBCluster",
            "arn:aws:scheduler:::aws-sdk:rds:stopDBCluster",
            id="universal",
        ),
    ],
)
def test_a_schedule_s_dead_letter_is_its_input_and_why(arn: str, shown: str) -> None:
    """The attributes that the EventBridge Scheduler User Guide lists; a permanent error has exhausted nothing."""
    body, about = letter(delivery(source=SCHEDULE, scheduled="2026-05-14T01:12:00Z", arn=arn), GONE, Over())

    assert json.loads(body) == {"n": 1}
    assert about == {
        "SCHEDULE_ARN": SCHEDULE,
        "TARGET_ARN": shown,
        "ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue",
        "ERROR_MESSAGE": "No such queue",
        "EXECUTION_ID": "id",
        "SCHEDULED_TIME": "2026-05-14T01:12:00Z",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
    }
