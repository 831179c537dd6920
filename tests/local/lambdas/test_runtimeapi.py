"""The Lambda Runtime API, asked over HTTP as a runtime asks it."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handrail.local.lambdas.runtimeapi import LARGEST, Order, RuntimeApi

INVOCATION = "/2018-06-01/runtime/invocation"
ORDER = Order("one", b'{"a": 1}', "arn:f", 1700000000.5, "Root=1", '{"custom": {}}')


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi()
    yield api
    api.close()


def asked(api: RuntimeApi, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, Any]:
    """The status, the headers and the body of an answer."""
    connection = http.client.HTTPConnection(api.address, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    finally:
        connection.close()


def test_an_event_is_given_with_its_headers(api: RuntimeApi) -> None:
    """Who asks for the next event waits until there is one, and is told what belongs to it."""
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(asked, api, "GET", f"{INVOCATION}/next")
        with api.changed:
            assert api.changed.wait_for(lambda: api.waiting, 10)
        api.give(ORDER)
        status, headers, event = waiting.result()
    assert (status, event) == (200, {"a": 1})
    told = {name: value for name, value in headers.items() if name.startswith("Lambda-Runtime")}
    assert told == {
        "Lambda-Runtime-Aws-Request-Id": "one",
        "Lambda-Runtime-Deadline-Ms": "1700000000500",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:f",
        "Lambda-Runtime-Trace-Id": "Root=1",
        "Lambda-Runtime-Client-Context": '{"custom": {}}',
    }


@pytest.mark.parametrize(
    ("path", "body", "failed"),
    [
        pytest.param("one/response", b'"done"', False, id="response"),
        pytest.param("one/error", b'{"errorType": "E"}', True, id="error"),
    ],
)
def test_an_event_is_answered_once(api: RuntimeApi, path: str, body: bytes, failed: bool) -> None:
    """What is told of the event that was given counts; a second answer, or one to another event, does not."""
    api.give(ORDER)
    assert asked(api, "GET", f"{INVOCATION}/next")[0] == 200
    assert asked(api, "POST", f"{INVOCATION}/two/response", b"1")[2]["errorType"] == "InvalidRequestID"
    assert taken(api) is None
    assert asked(api, "POST", f"{INVOCATION}/{path}", body)[0] == 202
    assert asked(api, "POST", f"{INVOCATION}/{path}", b"2")[0] == 400
    assert taken(api) == (body, failed)


def taken(api: RuntimeApi) -> tuple[bytes, bool] | None:
    """What was taken for the answer."""
    return None if api.outcome is None else (api.outcome.payload, api.outcome.failed)


def test_an_answer_of_more_than_6_mb(api: RuntimeApi) -> None:
    """An answer that is too large is refused, and the invocation has failed."""
    api.give(ORDER)
    assert asked(api, "POST", f"{INVOCATION}/one/response", b" " * (LARGEST + 1))[0] == 413
    assert api.outcome is not None
    assert json.loads(api.outcome.payload)["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_error_before_the_first_event(api: RuntimeApi) -> None:
    """A function that cannot begin says why."""
    assert asked(api, "POST", "/2018-06-01/runtime/init/error", b'{"errorType": "E"}')[0] == 202
    assert api.broken is not None
    assert api.broken.failed


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "http://evil.example"}, 403, id="a page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="an image of a page"),
        pytest.param({"Host": "evil.example"}, 403, id="a page under this machine's address"),
        pytest.param({}, 404, id="no such path"),
    ],
)
def test_nobody_else_is_answered(api: RuntimeApi, headers: dict[str, str], status: int) -> None:
    """Web pages are refused, and so is what the API does not have."""
    api.give(ORDER)
    path = f"{INVOCATION}/next" if headers else "/2018-06-01/runtime/other"
    assert asked(api, "GET", path, None, **headers)[0] == status
    assert api.order == ORDER


def test_the_end_lets_go(api: RuntimeApi) -> None:
    """Who waits for an event when the laptop closes is told that there is none."""
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(asked, api, "GET", f"{INVOCATION}/next")
        with api.changed:
            assert api.changed.wait_for(lambda: api.waiting, 10)
        api.close()
        assert waiting.result()[0] == 503
