"""Functions behind another Lambda endpoint: here another laptop's, which answers as `sam local start-lambda` does."""

import socket
from typing import Any

import pytest

from handrail.errors import HandrailError
from handrail.local.lambdas.endpoint import Endpoint
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import Outcome
from handrail.local.laptop import Laptop
from handrail.local.refusals import ServiceError
from tests.local.lambdas.conftest import Create


@pytest.fixture(scope="module")
def elsewhere(laptop: Laptop, create: Create) -> Functions:
    """Functions of one that has handlers itself, and asks the endpoint all the same."""
    create("far", "def handler(event, context):\n    return ['far', event]\n")
    create("breaks", "def handler(event, context):\n    raise KeyError('far')\n")
    functions = Functions({"far": lambda event, _context: "near"})
    functions.endpoint = Endpoint(laptop.aws.endpoint)
    return functions


def test_the_endpoint_answers(elsewhere: Functions) -> None:
    """All functions are invoked there, also those that would be here."""
    assert elsewhere.invoke("far", {"a": 1}) == ["far", {"a": 1}]
    assert elsewhere.invoke("arn:aws:lambda:us-east-1:123456789012:function:far:$LATEST", 5) == ["far", 5]


def test_its_failures_are_the_functions(elsewhere: Functions) -> None:
    """What a function raised there fails the task under its own name."""
    with pytest.raises(ServiceError) as failed:
        elsewhere.invoke("breaks", None)
    assert failed.value.error == "KeyError"
    assert '"errorMessage": "\'far\'"' in failed.value.cause


def test_its_refusals_have_lambdas_names(elsewhere: Functions) -> None:
    """What the endpoint refuses has the name that Step Functions gives it."""
    with pytest.raises(ServiceError) as failed:
        elsewhere.invoke("nowhere", None)
    assert failed.value.error == "Lambda.ResourceNotFoundException"
    assert failed.value.cause.startswith("Function not found: arn:aws:lambda:us-east-1:123456789012:function:nowhere")


def test_nobody_is_there() -> None:
    """Where nothing listens, the task fails as on AWS when Lambda cannot be reached, and says what was tried."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    functions = Functions({})
    functions.endpoint = Endpoint(url)
    with pytest.raises(ServiceError) as failed:
        functions.invoke("far", None)
    assert failed.value.error == "Lambda.SdkClientException"
    assert f"is Lambda running at {url}?" in failed.value.cause


@pytest.mark.parametrize("url", ["", "localhost:3001", "ftp://here", "http://", "http://[", "http://a:b"])
def test_what_is_no_address(url: str) -> None:
    """An option that is no address is told with one that is."""
    with pytest.raises(HandrailError, match=r"takes one like http://127\.0\.0\.1:3001"):
        Endpoint(url)


def test_a_failure_without_a_type() -> None:
    """A failure that does not say its type is Lambda.Unknown, in Step Functions' words."""
    outcomes: list[Any] = [Outcome(b'{"errorMessage": "?"}', failed=True), Outcome(b"null", failed=True)]
    for outcome in outcomes:
        with pytest.raises(ServiceError, match="Lambda did not return an error type") as failed:
            outcome.result()
        assert failed.value.error == "Lambda.Unknown"
