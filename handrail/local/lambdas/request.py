"""One invocation that is asked for, and what came of it.

Source: Invoke in the Lambda API Reference; "AWS Lambda" under "Integrating services" in the Step Functions Developer
Guide for what Step Functions makes of a failure.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Self
from uuid import uuid4

from handrail.asl.model import Json
from handrail.local.refusals import ServiceError

Handler = Callable[[Any, object], Any]
"""A function of Python's as Lambda calls it: with the event and the context."""

LATEST: Final = "$LATEST"

NAME: Final = re.compile(
    r"(?:arn:[\w-]+:lambda:(?P<region>[\w-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[\w.-]+)(?::(?P<qualifier>[\w$-]+))?"
)

NO_TYPE: Final = "The cause could not be determined because Lambda did not return an error type. Returned payload: "


class Place(NamedTuple):
    """Where a function is looked for whose name does not say so."""

    account: str = "123456789012"
    region: str = "us-east-1"


HERE: Final = Place()


class Refusal(Exception):
    """Lambda does not run the function at all: the error's code, its text, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(message)


@dataclass(frozen=True)
class Request:
    """An invocation; `event` and `context` (of the client) are JSON text, `id` is what its log calls it."""

    name: str
    event: bytes = b"{}"
    place: Place = HERE
    qualifier: str | None = None
    context: str | None = None
    trace: str | None = None
    kind: str = "RequestResponse"
    id: str = field(default_factory=lambda: str(uuid4()))

    @classmethod
    def of(cls, name: str, event: Json, place: Place = HERE) -> Self:
        """An invocation with an event; what its name says of region, account and version is its own."""
        found = NAME.fullmatch(name)
        request = cls(name, json.dumps(event).encode(), place)
        return request if found is None else request.named(found)

    def named(self, found: re.Match[str]) -> Self:
        """The same with what a name says, which is more than what was known."""
        place = Place(found["account"] or self.place.account, found["region"] or self.place.region)
        return replace(self, name=found["name"], place=place, qualifier=found["qualifier"] or self.qualifier)

    @property
    def arn(self) -> str:
        """The ARN that was meant."""
        arn = f"arn:aws:lambda:{self.place.region}:{self.place.account}:function:{self.name}"
        return arn if self.qualifier is None else f"{arn}:{self.qualifier}"


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: JSON text of the result, or of the failure; and what was logged meanwhile."""

    payload: bytes
    failed: bool = False
    version: str = LATEST
    log: bytes = b""

    @classmethod
    def failure(cls, error: str, message: str, **more: Any) -> Self:
        """A failure in Lambda's words."""
        return cls(json.dumps({"errorType": error, "errorMessage": message, **more}).encode(), failed=True)

    def result(self) -> Json:
        """The result as Step Functions takes it; raises ServiceError with the failure's errorType and its text."""
        text = self.payload.decode(errors="replace")
        try:
            told: Any = json.loads(text) if text else None
        except ValueError:
            # Whoever answers for a function far away may send anything; Step Functions takes it for a text.
            told = text
        if not self.failed:
            return told  # type: ignore[no-any-return]
        error = told.get("errorType") if isinstance(told, dict) else None
        raise ServiceError(str(error), text) if error else ServiceError("Lambda.Unknown", NO_TYPE + text)


def function_name(name: str) -> str:
    """The name in a function's ARN or partial ARN, without version or alias."""
    found = NAME.fullmatch(name)
    return found["name"] if found else name
