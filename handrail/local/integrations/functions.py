"""Lambda functions: run in this process, answered as the Lambda API does.

Source: "Invoke an AWS Lambda function with Step Functions" in the Developer Guide.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from handrail.asl.model import Json
from handrail.engine.resources import lambda_event
from handrail.errors import did_you_mean
from handrail.local.driver import ACCOUNT
from handrail.local.integrations.call import Call, Reach
from handrail.local.integrations.metadata import with_metadata
from handrail.local.refusals import ServiceError
from handrail.task import failure


def call_function(call: Call) -> Json:
    """A function called by its own ARN answers with what it returned."""
    return run_function(call.reach, call.task.resource, call.task.arguments)


def invoke(call: Call) -> Json:
    """`lambda:invoke` answers with the Payload and what the Lambda API says around it."""
    arguments = call.task.arguments
    if not isinstance(arguments, dict) or not isinstance(arguments.get("FunctionName"), str):
        raise ServiceError("States.Runtime", "lambda:invoke needs a FunctionName.")
    payload = run_function(call.reach, str(arguments["FunctionName"]), lambda_event(arguments.get("Payload")))
    return with_metadata({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200}, "application/json")


def run_function(reach: Reach, name: str, event: Json) -> Json:
    """Call a function in this process, as Lambda would: JSON in, JSON out, errors as Lambda shows them."""
    short = function_name(name)
    function = reach.functions.get(short)
    if function is None:
        raise ServiceError(
            "Lambda.ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:{short}."
            + did_you_mean(short, reach.functions),
        )
    try:
        result = function(json.loads(json.dumps(event)), None)
    except SystemExit as error:
        text = f"Runtime exited with error: exit status {error.code if isinstance(error.code, int) else 1}"
        raise function_failed("Runtime.ExitError", {"errorMessage": text}) from error
    except Exception as error:  # whatever a function raises is its answer
        shown = failure(error)
        raise function_failed(shown["errorType"], {**shown, "stackTrace": shown["stackTrace"][1:]}) from error
    return marshalled(result)


def marshalled(result: Any) -> Json:
    """What a function returned, as JSON; Lambda's runtime refuses what is none."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        text = f"Unable to marshal response: {error}"
        raise function_failed("Runtime.MarshalError", {"errorMessage": text, "stackTrace": []}) from error
    return json.loads(text)  # type: ignore[no-any-return]


def function_failed(error: str, shown: Mapping[str, Any]) -> ServiceError:
    """A function's failure, with the cause that Lambda makes of it."""
    cause = {"errorType": error, **shown, "requestId": str(uuid4())}
    return ServiceError(error, json.dumps(cause, ensure_ascii=False))


def function_name(name: str) -> str:
    """The name in a function's ARN or partial ARN, without version or alias."""
    found = re.fullmatch(r"(?:arn:[\w-]+:lambda:[\w-]+:)?(?:\d{12}:)?(?:function:)?([\w.-]+)(?::[\w$-]+)?", name)
    return found[1] if found else name
