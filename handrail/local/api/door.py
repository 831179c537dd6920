"""The door of Step Functions: its requests are answered here, and nothing of moto is loaded for them."""

from collections.abc import Callable
from random import getrandbits
from uuid import UUID

from handrail.local.api import Api, Caller
from handrail.local.api.wire import TARGET, answered
from handrail.local.doors import ACCOUNT, ACCOUNT_HEADER, Answered, Asked


class StepFunctions:
    """Takes what names an operation of Step Functions, or is signed for it; the API is made by the first of them."""

    def __init__(self, api: Callable[[], Api]) -> None:
        self.api = api

    def __call__(self, asked: Asked) -> Answered | None:
        target = str(asked.environ.get("HTTP_X_AMZ_TARGET", ""))
        if not target.startswith(TARGET) and asked.service != "stepfunctions":
            return None
        caller = Caller(str(asked.environ.get(ACCOUNT_HEADER, ACCOUNT)), asked.region)
        status, body = answered(lambda name, given: self.api().call(name, given, caller), target, asked.body)
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", request_id())]
        return Answered(status, headers, body)


def request_id() -> str:
    """A name for one request. It is no secret, so the system is not asked for chance, which takes its time."""
    return str(UUID(int=getrandbits(128), version=4))
