"""Lambda's Invoke API at the laptop's port, asked with boto3: handlers of the project, and zips."""

import base64
import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.catalogue import Catalogue
from handrail.local.laptop import Laptop
from tests.local.lambdas.conftest import Create, connected

ECHO = """
    def handler(event, context):
        print("asked for", event)
        return event
"""


@pytest.fixture(scope="module")
def echo(create: Create) -> str:
    return create("echo", ECHO)


def asked(api: Any, name: str, event: object = None, **more: Any) -> Any:
    return api.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **more)


@pytest.mark.parametrize(
    ("name", "event", "answer"),
    [
        pytest.param("handrail-twice", 4, 8, id="a handler of the project"),
        pytest.param("echo", {"ä": [1, None]}, {"ä": [1, None]}, id="a zip"),
        pytest.param("123456789012:function:echo", "x", "x", id="a partial ARN"),
        pytest.param("arn:aws:lambda:us-east-1:123456789012:function:echo", 1.5, 1.5, id="an ARN"),
        pytest.param("echo:$LATEST", 1, 1, id="with its version"),
    ],
)
def test_request_response(api: Any, echo: str, name: str, event: object, answer: object) -> None:
    """A function is invoked by its name, whoever runs it."""
    told = asked(api, name, event)
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in told
    assert json.loads(told["Payload"].read()) == answer


def test_nothing_is_an_empty_object(api: Any, echo: str) -> None:
    """An invocation without a payload has `{}` as its event."""
    assert json.loads(api.invoke(FunctionName="echo")["Payload"].read()) == {}


def test_the_end_of_the_log(api: Any, echo: str) -> None:
    """With LogType Tail the last lines come along, with Lambda's own around them."""
    told = asked(api, "echo", "me", LogType="Tail")
    request = told["ResponseMetadata"]["RequestId"]
    lines = base64.b64decode(told["LogResult"]).decode().splitlines()
    assert lines[:3] == [f"START RequestId: {request} Version: $LATEST", "asked for me", f"END RequestId: {request}"]
    assert lines[3].startswith(f"REPORT RequestId: {request}\tDuration: ")


def test_a_failed_function_is_an_answer(api: Any, create: Create) -> None:
    """What a function raised comes with status 200 and FunctionError, as on AWS."""
    create("fails", "def handler(event, context):\n    raise KeyError('x')\n")
    told = asked(api, "fails")
    assert (told["StatusCode"], told["FunctionError"]) == (200, "Unhandled")
    failure = json.loads(told["Payload"].read())
    assert (failure["errorType"], failure["errorMessage"]) == ("KeyError", "'x'")
    assert failure["stackTrace"] == ["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('x')\n"]
    assert failure["requestId"] == told["ResponseMetadata"]["RequestId"]


def test_a_failed_handler_is_an_answer(api: Any) -> None:
    """A handler of the project fails in the same way."""
    told = asked(api, "handrail-twice", {})
    assert told["FunctionError"] == "Unhandled"
    assert json.loads(told["Payload"].read())["errorType"] == "TypeError"


def test_event_does_not_wait(api: Any, create: Create, tmp_path: Path) -> None:
    """With InvocationType Event the function runs by itself, and its event is what was sent."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    create("later", "def handler(event, context):\n    open(event, 'w').write('ran')\n")
    told = asked(api, "later", str(pipe), InvocationType="Event")
    assert (told["StatusCode"], told["Payload"].read()) == (202, b"")
    # Opened only when the function opens it as well.
    assert pipe.read_text() == "ran"


@pytest.mark.parametrize("name", ["echo", "handrail-twice"])
def test_dry_run_runs_nothing(api: Any, echo: str, name: str) -> None:
    """With InvocationType DryRun it is only looked whether there is such a function."""
    assert asked(api, name, InvocationType="DryRun")["StatusCode"] == 204


GONE = "arn:aws:lambda:us-east-1:123456789012:function:handrail-twic"


@pytest.mark.parametrize(
    ("asking", "code", "status", "told"),
    [
        pytest.param(
            {"FunctionName": "handrail-twic"},
            "ResourceNotFoundException",
            404,
            f'Function not found: {GONE}. Did you mean "handrail-twice"?',
            id="no function",
        ),
        pytest.param(
            {"FunctionName": "handrail-twic", "InvocationType": "Event"},
            "ResourceNotFoundException",
            404,
            "Function not found",
            id="no function for an event",
        ),
        pytest.param(
            {"FunctionName": "handrail-twic", "InvocationType": "DryRun"},
            "ResourceNotFoundException",
            404,
            "Function not found",
            id="no function for a dry run",
        ),
        pytest.param(
            {"FunctionName": "echo", "Qualifier": "7"},
            "ResourceNotFoundException",
            404,
            "function:echo:7",
            id="no version",
        ),
        pytest.param(
            {"FunctionName": "echo", "Payload": b"{no"},
            "InvalidRequestContentException",
            400,
            "Could not parse request body into json",
            id="no JSON",
        ),
        pytest.param(
            {"FunctionName": "echo", "Payload": b"[" * 200_000},
            "InvalidRequestContentException",
            400,
            "Could not parse request body into json",
            id="nested too deeply",
        ),
        pytest.param(
            {"FunctionName": "echo", "ClientContext": "no base64"},
            "InvalidRequestContentException",
            400,
            "Client context must be",
            id="context",
        ),
        pytest.param(
            {"FunctionName": "echo", "Payload": b'"' + b"x" * 6_291_456 + b'"'},
            "RequestTooLargeException",
            413,
            "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
            id="more than 6 MB",
        ),
        pytest.param(
            {"FunctionName": "echo", "Payload": b'"' + b"x" * 1_048_576 + b'"', "InvocationType": "Event"},
            "RequestTooLargeException",
            413,
            "is too large for the Event invocation type",
            id="more than 1 MB for an event",
        ),
        pytest.param(
            {"FunctionName": "echo/echo"},
            "ValidationException",
            400,
            "Value 'echo/echo' at 'functionName'",
            id="a path",
        ),
        pytest.param(
            {"FunctionName": "echo", "InvocationType": "Sometimes"},
            "InvalidParameterValueException",
            400,
            "'Sometimes' at 'invocationType'",
            id="type",
        ),
    ],
)
def test_refusals(api: Any, echo: str, asking: dict[str, Any], code: str, status: int, told: str) -> None:
    """What Lambda does not run is refused with its code and its words."""
    with pytest.raises(ClientError) as refused:
        api.invoke(**asking)
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert told in answer["Error"]["Message"]


def test_other_runtimes_are_told(api: Any, create: Create) -> None:
    """A runtime that is not Python's is refused, with what can be done instead."""
    create("node", Runtime="nodejs22.x", Handler="app.handler")
    with pytest.raises(ClientError) as refused:
        asked(api, "node")
    message = refused.value.response["Error"]["Message"]
    assert refused.value.response["Error"]["Code"] == "InvalidRuntimeException"
    assert all(
        word in message for word in ("nodejs22.x", "only Python runs here", "--mock-config", "--lambda-endpoint")
    )


def test_no_web_page_invokes(laptop: Laptop, echo: str) -> None:
    """A page in a browser on this machine is refused, as for all of AWS here."""
    address = f"{laptop.aws.endpoint}/2015-03-31/functions/handrail-twice/invocations"
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request"
    page = urllib.request.Request(address, b"1", {"Authorization": scope, "Origin": "http://evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(page)
    assert refused.value.code == 403
    refused.value.close()


def test_a_handler_needs_no_moto(tmp_path: Path) -> None:
    """Invoking a handler of the project, or what nobody created, does not load the rest of AWS."""
    with Laptop.open(Catalogue(tmp_path, {}, {}, {}, {}, {}), tmp_path / "home") as laptop:
        laptop.functions.handlers = {"handrail-twice": lambda event, _context: event * 2}
        api = connected(laptop, "lambda")
        assert json.loads(asked(api, "handrail-twice", "ab")["Payload"].read()) == "abab"
        with pytest.raises(api.exceptions.ResourceNotFoundException):
            asked(api, "nobody")
        assert not laptop.aws.moto.loaded
