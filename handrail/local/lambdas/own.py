"""Handlers of the project, called in this process: JSON in, JSON out, and errors as Lambda shows them."""

import json
from collections.abc import Mapping
from typing import Any

from handrail.local.lambdas.request import Handler, Outcome, Request
from handrail.task import failure


def call(function: Handler, request: Request) -> Outcome:
    """What a handler makes of an event."""
    try:
        result = function(json.loads(request.event), None)
    except SystemExit as error:
        text = f"Runtime exited with error: exit status {error.code if isinstance(error.code, int) else 1}"
        return failed(request, "Runtime.ExitError", {"errorMessage": text})
    except Exception as error:  # noqa: BLE001  # whatever a function raises is its answer
        shown = failure(error)
        # The first frame is this one.
        return failed(request, shown["errorType"], {**shown, "stackTrace": shown["stackTrace"][1:]})
    return marshalled(request, result)


def marshalled(request: Request, result: Any) -> Outcome:
    """What a function returned, as JSON; Lambda's runtime refuses what is none."""
    try:
        return Outcome(json.dumps(result, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        text = f"Unable to marshal response: {error}"
        return failed(request, "Runtime.MarshalError", {"errorMessage": text, "stackTrace": []})


def failed(request: Request, error: str, shown: Mapping[str, Any]) -> Outcome:
    """A function's failure, as Lambda writes it."""
    cause = {"errorType": error, **shown, "requestId": request.id}
    return Outcome(json.dumps(cause, ensure_ascii=False).encode(errors="replace"), failed=True)
