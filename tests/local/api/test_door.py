"""Step Functions' door takes its own requests, for the account and the region that they are signed for."""

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from handrail.local.api import Api, Caller
from handrail.local.api.door import StepFunctions
from handrail.local.doors import Answered, Asked


class Seen(Api):
    """Tells who asked."""

    def __init__(self) -> None:
        self.callers: list[Caller] = []

    def call(self, operation: str, parameters: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
        self.callers.append(caller)
        return {"stateMachines": []}


def asked(key: str, service: str, target: str | None, region: str = "eu-west-1") -> Asked:
    headers = {} if target is None else {"HTTP_X_AMZ_TARGET": target}
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request"
    body: dict[str, Any] = {"wsgi.input": io.BytesIO(b"{}"), "CONTENT_LENGTH": "2", "REQUEST_METHOD": "POST"}
    return Asked({**headers, **body, "HTTP_AUTHORIZATION": scope}, nobody)


def nobody(request: Asked) -> Answered:
    raise AssertionError(f"{request} is for Step Functions")


LIST = "AWSStepFunctions.ListStateMachines"


@pytest.mark.parametrize(
    ("key", "account"),
    [
        pytest.param("111111111111", "111111111111", id="an account's number"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", "123456789012", id="a key"),
        pytest.param("1111111111112", "123456789012", id="a digit too many"),
    ],
)
def test_the_caller_is_who_signed(key: str, account: str) -> None:
    """Twelve digits for a key are an account, whose machines nobody else sees."""
    api = Seen()
    told = StepFunctions(lambda: api)(asked(key, "states", LIST))
    assert told is not None
    assert (told.status, json.loads(told.body)) == (200, {"stateMachines": []})
    assert api.callers == [Caller(account, "eu-west-1")]


@pytest.mark.parametrize(
    ("service", "target", "status"),
    [
        pytest.param("states", LIST, 200, id="its own"),
        pytest.param("execute-api", LIST, 200, id="its own, signed for another"),
        pytest.param("states", "AWSStepFunctions.Nonsense", 400, id="no operation"),
        pytest.param("states", None, 400, id="no target"),
        pytest.param("dynamodb", "DynamoDB_20120810.ListTables", None, id="another service's"),
        pytest.param("s3", None, None, id="no target and another service"),
    ],
)
def test_only_requests_of_step_functions_are_taken(service: str, target: str | None, status: int | None) -> None:
    """By their target or their signature; the rest is for the next door."""
    api = Seen()
    told = StepFunctions(lambda: api)(asked("none", service, target))
    assert (told.status if told else None) == status


@pytest.mark.parametrize(
    ("region", "header"),
    [
        pytest.param("", {}, id="no region"),
        pytest.param("us-east-1:evil", {}, id="more than a region"),
        pytest.param("x" * 300, {}, id="a long one"),
        pytest.param("eu-west-1", {"HTTP_X_MOTO_ACCOUNT_ID": "me:and/you"}, id="no account"),
    ],
)
def test_nothing_is_made_where_no_arn_leads(region: str, header: dict[str, str]) -> None:
    """What has such an ARN could never be asked for again."""
    api, request = Seen(), asked("none", "states", LIST, region)
    request.environ.update(header)
    told = StepFunctions(lambda: api)(request)
    assert told is not None
    assert (told.status, json.loads(told.body)["__type"], api.callers) == (403, "InvalidSignatureException", [])


PROGRAM = """
import sys
from tests.local.api.test_door import LIST, Seen, asked
from handrail.local.api.door import StepFunctions
api = Seen()
assert StepFunctions(lambda: api)(asked("none", "states", LIST)).status == 200
print([name for name in ("moto", "boto3", "werkzeug") if name in sys.modules])
"""


def test_nothing_of_moto_is_loaded() -> None:
    """Who asks Step Functions only does not wait for the rest of AWS."""
    root = Path(__file__).parents[3]
    program = [sys.executable, "-c", PROGRAM]
    told = subprocess.run(program, cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
