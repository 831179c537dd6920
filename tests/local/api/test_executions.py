"""Executions through the API: begun once, described as on AWS, stopped, redriven, and refused in AWS's words."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event as Flag
from typing import Any

import pytest

from tests.local.api.serving import PREFIX, ROLE, Site
from tests.local.driving import CALLBACK

PASS = {"A": {"Type": "Pass", "Result": {"b": 1}, "End": True}}
FAIL = {"A": {"Type": "Fail", "Error": "Boom", "Cause": "why"}}
ASK = {"A": {"Type": "Task", "Resource": CALLBACK, "End": True}}


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("good", PASS)
    site.machines.add("bad", FAIL)
    site.machines.add("asks", ASK)
    site.machines.add("quick", PASS, type="EXPRESS")
    return site


def machine(name: str) -> str:
    return f"{PREFIX}:stateMachine:{name}"


def execution(name: str, of: str = "good") -> str:
    return f"{PREFIX}:execution:{of}:{name}"


def test_the_same_request_once_more_is_answered_with_the_execution_that_runs(site: Site) -> None:
    """StartExecution is idempotent by name and input for as long as the execution runs."""
    first = site.call("start_execution", stateMachineArn=machine("asks"), name="once", input='{"n": 1}')
    again = site.call("start_execution", stateMachineArn=machine("asks"), name="once", input='{"n": 1}')
    assert again == first
    site.call("stop_execution", executionArn=first["executionArn"])
    told = site.refused("start_execution", stateMachineArn=machine("asks"), name="once", input='{"n": 1}')
    assert told == ("ExecutionAlreadyExists", f"Execution Already Exists: '{execution('once', 'asks')}'")


def test_nobody_waits_for_what_others_run(site: Site) -> None:
    """While the one thread that runs everything is busy, an execution is written down, described, and found again."""
    busy, free = Flag(), Flag()

    def hold() -> None:
        busy.set()
        free.wait(60)

    held = site.api.driver.put(hold)
    assert busy.wait(20)
    try:
        arn = site.start(machine("good"), name="beside")
        told = site.call("describe_execution", executionArn=arn)
        assert (told["status"], told["redriveStatus"]) == ("RUNNING", "NOT_REDRIVABLE")
        assert site.call("start_execution", stateMachineArn=machine("good"), name="beside")["executionArn"] == arn
        kept = site.api.store.get(arn)
        assert kept is not None
        assert kept.status == "RUNNING"
        assert site.call("get_execution_history", executionArn=arn)["events"] == []
    finally:
        free.set()
    site.api.driver.result(held)
    assert site.ended(arn) == "SUCCEEDED"


LONG = "x" * 262_144
BYTES = "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"  # noqa: E501


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        pytest.param({"input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input: ", id="no JSON"),
        pytest.param({"input": json.dumps(LONG)}, "ValidationException", BYTES, id="256 KiB of input"),
        pytest.param(
            {"input": json.dumps("é" * 140_000, ensure_ascii=False)}, "ValidationException", BYTES, id="bytes"
        ),
        pytest.param({"name": "a b"}, "InvalidName", "Invalid Name: 'a b'", id="a space in the name"),
        pytest.param({"name": "a/../b"}, "InvalidName", "Invalid Name: 'a/../b'", id="a path as the name"),
        pytest.param(
            {"stateMachineArn": machine("none")},
            "StateMachineDoesNotExist",
            f"State Machine Does Not Exist: '{machine('none')}'",
            id="no machine",
        ),
        pytest.param(
            {"stateMachineArn": f"{machine('good')}/label"}, "ValidationException", "", id="a part of a machine"
        ),
    ],
)
def test_what_cannot_be_begun_is_refused_in_aws_words(
    site: Site, given: dict[str, Any], code: str, message: str
) -> None:
    """Nothing is begun, and the input is not repeated to whoever reads the message."""
    told = site.refused("start_execution", **{"stateMachineArn": machine("good"), **given})
    assert (told[0], told[1][: len(message)]) == (code, message)
    assert LONG not in told[1]


def test_an_execution_is_described_with_all_that_aws_tells(site: Site) -> None:
    """What a version's ARN or an alias's began says so."""
    site.machines.qualify(machine("good"), 3)
    alias = site.machines.qualify(machine("good"), 3, "PROD")
    arn = site.run(alias, name="told", input='{"a": 1}', traceHeader="Root=1-2-3")
    told = site.call("describe_execution", executionArn=arn)
    assert isinstance(told.pop("startDate"), datetime)
    assert isinstance(told.pop("stopDate"), datetime)
    assert told == {
        "executionArn": execution("told"),
        "stateMachineArn": machine("good"),
        "name": "told",
        "status": "SUCCEEDED",
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"b":1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1-2-3",
        "stateMachineVersionArn": f"{machine('good')}:3",
        "stateMachineAliasArn": alias,
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
    bare = site.call("describe_execution", executionArn=arn, includedData="METADATA_ONLY")
    assert told.keys() - bare.keys() == {"input", "inputDetails", "output", "outputDetails"}


def test_a_name_is_made_where_none_is_given_and_a_failure_is_described(site: Site) -> None:
    """What failed can be redriven, and then says when it was."""
    arn = site.run(machine("bad"))
    told = site.call("describe_execution", executionArn=arn)
    assert len(told["name"]) == len("01234567-0123-0123-0123-0123456789ab")
    assert (told["status"], told["error"], told["cause"]) == ("FAILED", "Boom", "why")
    assert (told["redriveStatus"], told["input"], "output" in told) == ("REDRIVABLE", "{}", False)
    redriven = site.call("redrive_execution", executionArn=arn, clientToken="t1")
    assert site.ended(arn) == "FAILED"
    assert site.call("redrive_execution", executionArn=arn, clientToken="t1") == redriven
    again = site.call("describe_execution", executionArn=arn)
    assert (again["redriveCount"], again["redriveDate"]) == (1, redriven["redriveDate"])


def test_what_is_stopped_says_when_and_why(site: Site) -> None:
    """Whoever stops it once more is told of the same moment."""
    arn = site.start(machine("asks"), name="stopped")
    told = site.call("stop_execution", executionArn=arn, error="Enough", cause="late")
    assert site.call("stop_execution", executionArn=arn, error="Other") == told
    found = site.call("describe_execution", executionArn=arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "late")
    assert found["stopDate"] == told["stopDate"]


EXPRESS = f"{PREFIX}:express:quick:name:1f3a"
NONE = execution("none")


@pytest.mark.parametrize(
    "operation",
    [
        "describe_execution",
        "stop_execution",
        "redrive_execution",
        "get_execution_history",
        "list_map_runs",
        "describe_state_machine_for_execution",
    ],
)
@pytest.mark.parametrize(
    ("arn", "told"),
    [
        pytest.param(
            EXPRESS, ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'"), id="Express"
        ),
        pytest.param(
            machine("good"),
            ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: stateMachine'"),
            id="machine",
        ),
        pytest.param("nothing", ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nothing'"), id="no ARN"),
        pytest.param(NONE, ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{NONE}'"), id="no execution"),
        pytest.param(
            f"{PREFIX}:execution:good/label:none",
            ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{PREFIX}:execution:good/label:none'"),
            id="no child",
        ),
    ],
)
def test_an_arn_that_names_no_execution_is_refused(site: Site, operation: str, arn: str, told: tuple[str, str]) -> None:
    """AWS's words for each kind of ARN, by every operation that takes one."""
    assert site.refused(operation, executionArn=arn) == told


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        pytest.param("good", "Execution is SUCCEEDED and cannot be redriven", id="succeeded"),
        pytest.param("asks", "Execution is RUNNING and cannot be redriven", id="runs"),
    ],
)
def test_what_cannot_be_redriven_says_why(site: Site, of: str, reason: str) -> None:
    """The reason is the one that DescribeExecution gives."""
    arn = site.start(machine(of))
    site.api.driver.wait(arn, 0.0 if of == "asks" else 20)
    assert site.refused("redrive_execution", executionArn=arn) == ("ExecutionNotRedrivable", reason)
    assert site.call("describe_execution", executionArn=arn)["redriveStatusReason"] == reason


def test_the_machine_of_an_execution_is_the_one_that_it_began_with(site: Site) -> None:
    """A machine that was changed, or deleted, since then is described as it was."""
    arn = site.machines.add("changes", ASK)
    ran = site.start(arn)
    before = site.call("describe_state_machine_for_execution", executionArn=ran)
    site.machines.add("changes", PASS)
    changed = site.call("describe_state_machine_for_execution", executionArn=ran)
    site.machines.registry.forget(arn)
    gone = site.call("describe_state_machine_for_execution", executionArn=ran)
    assert before["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert json.loads(before["definition"])["States"] == ASK
    assert before["definition"] == changed["definition"] == gone["definition"]
    assert gone["roleArn"] == ROLE


def test_a_thousand_begun_at_once_are_all_there_once(site: Site) -> None:
    """None is lost, and none doubled where two ask for the same one at the same time."""
    arn = site.machines.add("many", ASK)
    with ThreadPoolExecutor(32) as pool:
        begun = list(pool.map(lambda number: site.start(arn, name=f"n{number // 2}"), range(1000)))
    pages = site.client.get_paginator("list_executions").paginate(
        stateMachineArn=arn, PaginationConfig={"PageSize": 300}
    )
    listed = [each["executionArn"] for page in pages for each in page["executions"]]
    assert begun == [execution(f"n{number // 2}", "many") for number in range(1000)]
    assert sorted(listed) == sorted(set(begun))
