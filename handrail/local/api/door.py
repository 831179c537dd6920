"""The door of Step Functions: its requests are answered here, and nothing of moto is loaded for them."""

import re
from collections.abc import Callable
from random import getrandbits
from typing import Final

from handrail.local.api import Api, Caller, stays
from handrail.local.api.wire import TARGET, answered
from handrail.local.doors import ACCOUNT, ACCOUNT_HEADER, GONE, OWN, Answered, Asked

RESERVED: Final = 0xF << 76 | 0x3 << 62
RANDOM: Final = 0x4 << 76 | 0x2 << 62
"""The bits of a UUID that say which kind it is, and those of a random one."""

REGION: Final = re.compile(r"[\w-]{1,63}", re.ASCII)
"""What may stand in an ARN as a region."""

NOWHERE: Final = "Credential should be scoped to a valid region, and to an account of twelve digits."


class StepFunctions:
    """Takes what names an operation of Step Functions, or is signed for it; the API is made by the first of them."""

    def __init__(self, api: Callable[[], Api]) -> None:
        self.api = api

    def __call__(self, asked: Asked) -> Answered | None:
        target = str(asked.environ.get("HTTP_X_AMZ_TARGET", ""))
        if not target.startswith(TARGET) and asked.service != "stepfunctions":
            return None
        environ = asked.environ
        account = str(environ.get(ACCOUNT_HEADER, ACCOUNT))
        if not (OWN.fullmatch(account) and REGION.fullmatch(asked.region)):
            return asked.refuse("InvalidSignatureException", NOWHERE, 403)
        caller = Caller(account, asked.region, environ.get(GONE, stays))
        status, body = answered(lambda name, given: self.api().call(name, given, caller), target, asked.body)
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", request_id())]
        return Answered(status, headers, body)


def request_id() -> str:
    """A name for one request. It is no secret, so the system is not asked for chance, which takes its time."""
    # Version and variant are where RFC 9562 has them.
    text = f"{getrandbits(128) & ~RESERVED | RANDOM:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
