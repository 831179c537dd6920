"""Why a target did not take a delivery, in EventBridge's words, and whether to try again helps.

Source: "Using dead-letter queues to process undelivered events" in the EventBridge User Guide: its error codes, and of
which of them it expects a retry to help. Which errors of a service are which is not documented; their names tell.
"""

import re
from typing import Any, Final, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as Unconnected

from handrail.local.eventbridge.targets import FunctionFailed
from handrail.local.refusal import Unavailable
from handrail.local.refusals import ServiceError

HELPS: Final = {
    "CONNECTION_FAILURE": True,
    "ERROR_FROM_TARGET": False,
    "INTERNAL_ERROR": True,
    "INVALID_JSON": False,
    "INVALID_PARAMETER": False,
    "NO_PERMISSIONS": False,
    "NO_RESOURCE": False,
    "RESOURCE_ALREADY_EXISTS": False,
    "RESOURCE_LIMIT_EXCEEDED": True,
    "RESOURCE_MODIFICATION_COLLISION": True,
    "SDK_CLIENT_ERROR": True,
    "THROTTLING": True,
    "TIMEOUT": True,
    "UNKNOWN": False,
}
"""Whether to try again helps, by EventBridge's code."""

NAMES: Final = (
    ("THROTTLING", r"Throttl|TooManyRequests|RequestLimitExceeded|ThroughputExceeded|SlowDown"),
    ("RESOURCE_LIMIT_EXCEEDED", r"LimitExceeded"),
    ("NO_PERMISSIONS", r"AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|InvalidClientToken|ExpiredToken"),
    ("NO_RESOURCE", r"NotFound|NonExistent|DoesNotExist|NoSuch"),
    ("RESOURCE_ALREADY_EXISTS", r"AlreadyExists"),
    ("RESOURCE_MODIFICATION_COLLISION", r"InUse|Conflict|ConcurrentModification|OptimisticLock"),
    ("SDK_CLIENT_ERROR", r"SdkClientException"),
    ("INVALID_JSON", r"InvalidExecutionInput"),
    ("INVALID_PARAMETER", r"Invalid|Validation|Malformed|Missing|Unsupported|TooLarge|TooLong"),
)
"""EventBridge's code by what is in the name of a service's error; the first that fits."""

LOST: Final = (
    (ReadTimeoutError, "TIMEOUT"),
    (ConnectTimeoutError, "TIMEOUT"),
    (Unconnected, "CONNECTION_FAILURE"),
    (HTTPClientError, "CONNECTION_FAILURE"),
    (ParamValidationError, "INVALID_PARAMETER"),
    (BotoCoreError, "SDK_CLIENT_ERROR"),
)
"""EventBridge's code where no service answered, by what boto3 raises."""


class Failure(NamedTuple):
    """One attempt that failed: EventBridge's code, the one of the service that was asked (empty: none), and why."""

    code: str
    service: str
    message: str
    in_function: bool = False
    """Whether a function took the event and failed at it, which EventBridge, who does not wait for it, never hears."""

    @property
    def passing(self) -> bool:
        """Whether to try again may help."""
        return HELPS[self.code]

    def __str__(self) -> str:
        return f"{self.service or self.code}: {self.message}"


def failure_of(error: Exception) -> Failure:
    """What the exception means with which a delivery ended."""
    match error:
        case FunctionFailed():
            return Failure("ERROR_FROM_TARGET", "", str(error), in_function=True)
        case ClientError():
            told: Any = error.response["Error"]
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
            return Failure(code_of(told["Code"], status), told["Code"], told["Message"] or told["Code"])
        case ServiceError(error=name, cause=cause):
            return Failure(code_of(name), name.removeprefix("Lambda."), cause or name)
        case BotoCoreError():
            code = next(code for kind, code in LOST if isinstance(error, kind))
            return Failure(code, "", str(error))
        case Unavailable():
            return Failure("INTERNAL_ERROR", "ServiceUnavailable", str(error))
        case _:
            return Failure("UNKNOWN", "", f"{type(error).__name__}: {error}")


def code_of(name: str, status: int = 400) -> str:
    """EventBridge's code for a service's error; what has no telling name is told from the status of its answer."""
    named = next((code for code, pattern in NAMES if re.search(pattern, name)), None)
    return named or ("INTERNAL_ERROR" if status >= 500 else "ERROR_FROM_TARGET")
