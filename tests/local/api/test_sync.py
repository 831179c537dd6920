"""Express executions: waited for, or begun and left; none of them is listed or described."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.local.api.serving import PREFIX, Site
from tests.local.driving import Seen

PASS = {"A": {"Type": "Pass", "Result": {"b": 1}, "End": True}}
REFUSED = ("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("standard", PASS)
    site.machines.add("good", PASS, type="EXPRESS")
    site.machines.add("bad", {"A": {"Type": "Fail", "Error": "Boom", "Cause": "why"}}, type="EXPRESS")
    return site


def machine(name: str) -> str:
    return f"{PREFIX}:stateMachine:{name}"


@pytest.mark.parametrize(
    ("of", "given", "told"),
    [
        pytest.param(
            "good",
            {"name": "n", "input": '{"a": 1}', "traceHeader": "Root=1"},
            {
                "status": "SUCCEEDED", "output": '{"b":1}', "outputDetails": {"included": True}, "name": "n",
                "input": '{"a": 1}', "inputDetails": {"included": True}, "traceHeader": "Root=1",
            },
            id="succeeds",
        ),
        pytest.param(
            "bad",
            {"name": "n"},
            {
                "status": "FAILED", "error": "Boom", "cause": "why", "name": "n",
                "input": "{}", "inputDetails": {"included": True},
            },
            id="fails",
        ),
        pytest.param(
            "good", {"name": "n", "includedData": "METADATA_ONLY"}, {"status": "SUCCEEDED", "name": "n"}, id="bare"
        ),
    ],
)  # fmt: skip
def test_who_waits_is_told_how_it_ended(site: Site, of: str, given: dict[str, Any], told: dict[str, Any]) -> None:
    """A failure is an answer as well; what it would cost is told."""
    found = site.call("start_sync_execution", stateMachineArn=machine(of), **given)
    assert found.pop("executionArn").startswith(f"{PREFIX}:express:{of}:n:")
    assert [type(found.pop(name)) for name in ("startDate", "stopDate")] == [datetime, datetime]
    assert found.pop("billingDetails") == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert found == {"stateMachineArn": machine(of), **told}


def test_an_express_execution_has_five_minutes(site: Site) -> None:
    """One that is not done by then has timed out, whatever its machine allows."""
    slow = {"A": {"Type": "Wait", "Seconds": 301, "End": True}}
    arn = site.machines.add("slow", slow, type="EXPRESS")
    seen = Seen(site.api.driver)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(site.call, "start_sync_execution", stateMachineArn=arn)
        seen.until("WaitStateEntered")
        site.forward(300.5)
        ended = told.result(20)
    assert (ended["status"], ended["error"], "output" in ended) == ("TIMED_OUT", "States.Timeout", False)
    assert ended["billingDetails"]["billedDurationInMilliseconds"] >= 300_500


def test_each_express_execution_is_one_of_its_own(site: Site) -> None:
    """The same name and input begin another one; names can be used again at once."""
    given = {"stateMachineArn": machine("good"), "name": "same", "input": "{}"}
    assert site.start(**{"machine": given.pop("stateMachineArn"), **given}) != site.start(machine("good"), **given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"stateMachineArn": machine("standard")}, REFUSED, id="a Standard machine"),
        pytest.param(
            {"stateMachineArn": machine("good"), "name": "a b"}, ("InvalidName", "Invalid Name: 'a b'"), id="name"
        ),
    ],
)
def test_what_cannot_be_begun_is_refused(site: Site, given: dict[str, Any], told: tuple[str, str]) -> None:
    """In AWS's words."""
    assert site.refused("start_sync_execution", **given) == told


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"stateMachineArn": machine("none")}, "StateMachineDoesNotExist", id="no machine"),
        pytest.param({"stateMachineArn": machine("good"), "input": "{"}, "InvalidExecutionInput", id="no JSON"),
    ],
)
def test_what_is_not_there_is_refused(site: Site, given: dict[str, Any], code: str) -> None:
    """With AWS's code."""
    assert site.refused("start_sync_execution", **given)[0] == code


@pytest.mark.parametrize("operation", ["describe_execution", "stop_execution", "get_execution_history"])
def test_an_express_execution_is_not_looked_at(site: Site, operation: str) -> None:
    """Its ARN is refused."""
    arn = site.start(machine("good"))
    told = site.refused(operation, executionArn=arn)
    assert told == ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
