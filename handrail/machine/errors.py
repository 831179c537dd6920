"""The names of errors that a machine may retry or catch."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from handrail.asl.fields import RESERVED_ERRORS
from handrail.errors import did_you_mean

ErrorName = str | type[Exception]
"""An error class of a task, whose name is the error's name, or the name that Step Functions or a service gives."""

# What Lambda itself may answer for a while; AWS asks every machine to retry these:
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
LAMBDA_SERVICE = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)


def error_name(error: Any) -> str:
    """The name under which Step Functions knows an error."""
    return error.__name__ if isinstance(error, type) else str(error)


def error_problems(names: Sequence[str]) -> Iterator[str]:
    """What is wrong with a list of errors to retry or catch."""
    if not names:
        yield "names no error"
    for name in names:
        if name.startswith("States.") and name not in RESERVED_ERRORS:
            yield f"names {name}, which is no error of Step Functions.{did_you_mean(name, RESERVED_ERRORS)}"
        elif not re.fullmatch(r"[A-Za-z][\w.$-]*", name):
            yield f'names "{name}", which is not the name of an error'
    if "States.ALL" in names and len(names) > 1:
        yield "names States.ALL beside others; it stands alone"
