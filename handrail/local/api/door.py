"""The door of Step Functions: its requests are answered here, and nothing of moto is loaded for them."""

import re
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from handrail.local.api import Api, Caller
from handrail.local.api.wire import TARGET, answered
from handrail.local.doors import Answered, Asked
from handrail.local.machines import ACCOUNT

OWN: Final = re.compile(r"\d{12}")


class StepFunctions:
    """Takes what names an operation of Step Functions, or is signed for it; the API is made by the first of them."""

    def __init__(self, api: Callable[[], Api]) -> None:
        self.api = api

    def __call__(self, asked: Asked) -> Answered | None:
        target = str(asked.environ.get("HTTP_X_AMZ_TARGET", ""))
        if not target.startswith(TARGET) and asked.service != "stepfunctions":
            return None
        # An access key of twelve digits is an account's number, as with other emulators.
        account = asked.access_key if OWN.fullmatch(asked.access_key) else ACCOUNT
        caller = Caller(account, asked.region)
        status, body = answered(lambda name, given: self.api().call(name, given, caller), target, asked.body)
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", str(uuid4()))]
        return Answered(status, headers, body)
