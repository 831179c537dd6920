"""The Lambda Runtime API for one process of a function: it asks for an event, is given one, and answers it.

Source: "Using the Lambda runtime API for custom runtimes" in the Lambda Developer Guide. One listener a process, at any
free port of 127.0.0.1, since the runtime knows nothing but an address. No web page is answered.
"""

import json
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Condition
from typing import Any, Final

from handrail.local.doors import OURS, Answered, Environ, from_page, host_of, said
from handrail.local.lambdas.request import Outcome
from handrail.local.listener import Listener

HOST: Final = "127.0.0.1"

LARGEST: Final = 6_291_556
"""Bytes of an answer: 6 MB and what Lambda puts around it."""

TOO_LARGE: Final = f"Response payload size exceeded maximum allowed payload size ({LARGEST} bytes)."

PATH: Final = re.compile(
    r"/2018-06-01/runtime/(?:invocation/(?P<id>[^/]+)/(?P<told>response|error)|(?P<init>init/error))"
)
NEXT: Final = "/2018-06-01/runtime/invocation/next"


@dataclass(frozen=True)
class Order:
    """An event for the process; `deadline` is in seconds since the epoch."""

    id: str
    event: bytes
    arn: str
    deadline: float
    trace: str
    context: str | None = None

    @property
    def headers(self) -> list[tuple[str, str]]:
        told = {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": self.trace,
            "Lambda-Runtime-Client-Context": self.context,
        }
        return [("Content-Type", "application/json"), *((name, value) for name, value in told.items() if value)]


class RuntimeApi:
    """What one process knows of Lambda. Any thread may give orders and wait for what comes of them."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.waiting = False
        self.closed = False
        self.order: Order | None = None
        self.given: str | None = None
        self.outcome: Outcome | None = None
        self.broken: Outcome | None = None
        listening = socket.create_server((HOST, 0), backlog=8)
        self.address = f"{HOST}:{listening.getsockname()[1]}"
        self.listener = Listener(listening, self.answer, name="handrail-lambda")

    def give(self, order: Order) -> None:
        """Let the process have an event as soon as it asks."""
        with self.changed:
            self.order, self.given, self.outcome = order, order.id, None
            self.changed.notify_all()

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.listener.close()

    def answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The API as a WSGI application."""
        return said(self.answered(environ), start_response)

    # ------------------------------------------------------------------ what the process asks and tells

    def answered(self, environ: Environ) -> Answered:
        if from_page(environ) or host_of(str(environ.get("HTTP_HOST", ""))) not in OURS:
            return told(403, {"errorType": "AccessDenied", "errorMessage": "This is no address for web pages."})
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if (method, path) == ("GET", NEXT):
            return self.next()
        found = PATH.fullmatch(path)
        if method != "POST" or found is None:
            return told(404, {"errorType": "InvalidPath", "errorMessage": "The Lambda Runtime API has no such path."})
        body: bytes = environ["wsgi.input"].read()
        if found["init"]:
            return self.not_begun(body)
        return self.finished(found["id"], body, failed=found["told"] == "error")

    def next(self) -> Answered:
        """Wait for an event, for as long as it takes."""
        with self.changed:
            self.waiting = True
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.order is not None or self.closed)
            order, self.order, self.waiting = self.order, None, False
        if order is None:
            return told(503, {"errorType": "Closed", "errorMessage": "There are no events any more."})
        return Answered(200, order.headers, order.event)

    def not_begun(self, body: bytes) -> Answered:
        with self.changed:
            self.broken = Outcome(body, failed=True)
            self.changed.notify_all()
        return ACCEPTED

    def finished(self, id: str, body: bytes, *, failed: bool) -> Answered:
        with self.changed:
            if id != self.given or self.outcome is not None:
                return told(400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"})
            large = len(body) > LARGEST and not failed
            self.outcome = (
                Outcome.failure("Function.ResponseSizeTooLarge", TOO_LARGE) if large else Outcome(body, failed)
            )
            self.changed.notify_all()
        return told(413, {"errorType": "RequestEntityTooLarge", "errorMessage": TOO_LARGE}) if large else ACCEPTED


def told(status: int, body: Mapping[str, str]) -> Answered:
    return Answered(status, [("Content-Type", "application/json")], json.dumps(body).encode())


ACCEPTED: Final = told(202, {"status": "OK"})
