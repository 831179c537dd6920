"""Lambda's Invoke API: for handlers of the project, for zips, and for another endpoint.

Source: Invoke and InvokeAsync in the Lambda API Reference; "Lambda quotas" for the sizes.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from handrail.local.doors import ACCOUNT, ACCOUNT_HEADER, Answered, Asked
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import NAME, Outcome, Place, Refusal, Request

PATH: Final = re.compile(
    r"/2015-03-31/functions/(?P<name>.+)/invocations"
    r"|/2014-11-13/functions/(?P<old>.+)/invoke-async/?"
)

LARGEST: Final = {"RequestResponse": 6 * 1024**2, "Event": 1024**2, "DryRun": 6 * 1024**2}
"""Bytes of an event, by the type of the invocation."""

NO_NAME: Final = (
    "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member must satisfy "
    "regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\\d{{1}}:)?(\\d{{12}}:)?"
    "(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
)


class Door:
    """Answers Invoke before moto does. `loaded` is whether moto is there, which knows the accounts of sessions."""

    def __init__(self, functions: Functions, loaded: Callable[[], bool]) -> None:
        self.functions = functions
        self.loaded = loaded

    def __call__(self, asked: Asked) -> Answered | None:
        found = PATH.fullmatch(str(asked.environ["PATH_INFO"])) if asked.service == "lambda" else None
        if found is None or asked.method != "POST":
            return None
        try:
            return self.invoked(asked, unquote(found["name"] or found["old"]), old=found["name"] is None)
        except Refusal as refusal:
            return refused(refusal)

    def invoked(self, asked: Asked, name: str, *, old: bool) -> Answered:
        request = self.read(asked, name, "Event" if old else str(asked.environ.get(KIND, "RequestResponse")))
        if request.kind == "RequestResponse":
            tail = asked.environ.get("HTTP_X_AMZ_LOG_TYPE") == "Tail"
            return answered(self.functions.run(request), request, tail=tail)
        if request.kind == "DryRun":
            self.functions.known(request)
            return Answered(204, headers(request), b"")
        self.functions.begin(request)
        return Answered(202, headers(request), b"")

    def read(self, asked: Asked, name: str, kind: str) -> Request:
        """What is asked for; raises Refusal in the words of Lambda."""
        measure(len(asked.body), kind)
        found = NAME.fullmatch(name)
        if found is None:
            raise Refusal("ValidationException", NO_NAME.format(name))
        request = Request(
            name=name,
            event=event_of(asked.body),
            place=Place(self.account(asked), asked.region),
            qualifier=query(asked, "Qualifier"),
            context=context_of(asked.environ.get("HTTP_X_AMZ_CLIENT_CONTEXT")),
            trace=asked.environ.get("HTTP_X_AMZN_TRACE_ID"),
            kind=kind,
        )
        return request.named(found)

    def account(self, asked: Asked) -> str:
        if self.loaded():
            return asked.account
        # Without moto there is no session whose account could be another.
        return str(asked.environ.get(ACCOUNT_HEADER, ACCOUNT))


KIND: Final = "HTTP_X_AMZ_INVOCATION_TYPE"


def measure(size: int, kind: str) -> None:
    """See that an event of so many bytes can be taken; raises Refusal."""
    if kind not in LARGEST:
        told = f"1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy constraint: "
        most = f"Member must satisfy enum value set: [{', '.join(LARGEST)}]"
        raise Refusal("InvalidParameterValueException", told + most)
    if size > LARGEST[kind]:
        told = f"{size} byte payload is too large for the {kind} invocation type (limit {LARGEST[kind]} bytes)"
        raise Refusal("RequestTooLargeException", told, 413)


def event_of(body: bytes) -> bytes:
    """The event, which is JSON; none is an empty object. Raises Refusal."""
    try:
        json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal("InvalidRequestContentException", f"Could not parse request body into json: {error}") from None
    return body or b"{}"


def context_of(header: Any) -> str | None:
    """The client's context, JSON in base64; raises Refusal."""
    if not header:
        return None
    try:
        text = base64.b64decode(str(header), validate=True).decode()
        json.loads(text)
    except (ValueError, RecursionError):
        told = "Client context must be a valid Base64-encoded JSON object."
        raise Refusal("InvalidRequestContentException", told) from None
    # It travels in a header, which has one line.
    return json.dumps(json.loads(text))


def query(asked: Asked, name: str) -> str | None:
    values = parse_qs(str(asked.environ.get("QUERY_STRING", ""))).get(name)
    return values[-1] if values else None


def headers(request: Request) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), ("x-amzn-RequestId", request.id)]


def answered(outcome: Outcome, request: Request, *, tail: bool) -> Answered:
    """What came of an invocation, as Invoke tells it."""
    told = [*headers(request), ("X-Amz-Executed-Version", outcome.version)]
    if outcome.failed:
        told.append(("X-Amz-Function-Error", "Unhandled"))
    if tail:
        told.append(("X-Amz-Log-Result", base64.b64encode(outcome.log).decode()))
    return Answered(200, told, outcome.payload)


def refused(refusal: Refusal) -> Answered:
    body = {"Type": "User" if refusal.status < 500 else "Service", "Message": refusal.message}
    kind = [("Content-Type", "application/json"), ("x-amzn-ErrorType", refusal.code)]
    return Answered(refusal.status, kind, json.dumps({**body, "message": refusal.message}).encode())
