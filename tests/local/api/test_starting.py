"""What an ARN begins: a machine, a version, an alias, Express or not; asked by a person or by another machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.local.api.starting import Registered
from handrail.local.driver import Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.registry import Registry
from handrail.local.store import Store, Stored
from tests.local.api.serving import PREFIX, ROLE, Machines
from tests.local.driving import machine, result

PASS = {"A": {"Type": "Pass", "Result": {"b": 1}, "End": True}}
CHILD = f"{PREFIX}:stateMachine:child"
QUICK = f"{PREFIX}:stateMachine:quick"


def no_builds() -> Builds:
    raise AssertionError("no build here")


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        registry = Registry(store)
        given: Any = {}
        made = Driver(store, Integrations(given, no_builds, lambda *_place: None, lambda: made))
        made.machines = Registered(registry, made.mocked)
        machines = Machines(registry, "eu-west-1")
        machines.add("child", PASS)
        machines.add("quick", PASS, "EXPRESS")
        machines.qualify(CHILD, 3, "PROD")
        yield made
        made.close()


@pytest.mark.parametrize(
    ("arn", "version", "alias"),
    [
        pytest.param(CHILD, None, None, id="a machine"),
        pytest.param(f"{CHILD}:3", f"{CHILD}:3", None, id="a version"),
        pytest.param(f"{CHILD}:PROD", f"{CHILD}:3", f"{CHILD}:PROD", id="an alias"),
    ],
)
def test_an_execution_belongs_to_the_machine_and_says_by_what_it_was_begun(
    driver: Driver, arn: str, version: str | None, alias: str | None
) -> None:
    """Its own ARN is the same whichever way it was."""
    made = driver.machines.execution(arn, "n", "{}", 5.0)
    assert made == Stored(
        f"{PREFIX}:execution:child:n", "n", "child", made.definition, "{}", "RUNNING", 5.0,
        machine_arn=CHILD, role=ROLE, version_arn=version, alias_arn=alias,
    )  # fmt: skip


@pytest.mark.parametrize("arn", [CHILD, f"{CHILD}:3", f"{CHILD}:PROD"])
def test_a_machine_starts_what_is_registered_and_waits_for_it(driver: Driver, arn: str) -> None:
    """In the account and region of the ARN, whatever those of the parent are."""
    start = "arn:aws:states:::states:startExecution.sync:2"
    parent = machine(start, Parameters={"StateMachineArn": arn, "Name": "kid"})
    status, told, _, _ = result(driver, driver.start("parent", parent, "{}", "run"))
    assert (status, told["Output"], told["StateMachineArn"]) == ("SUCCEEDED", {"b": 1}, CHILD)
    assert driver.describe(f"{PREFIX}:execution:child:kid").status == "SUCCEEDED"


def test_a_machine_starts_an_express_one_and_goes_on(driver: Driver) -> None:
    """Its ARN says that it is one."""
    parent = machine("arn:aws:states:::states:startExecution", Parameters={"StateMachineArn": QUICK})
    status, told, _, _ = result(driver, driver.start("parent", parent, "{}", "run"))
    assert (status, told["ExecutionArn"].startswith(f"{PREFIX}:express:quick:")) == ("SUCCEEDED", True)


def test_what_is_not_registered_is_refused_to_a_machine_as_well(driver: Driver) -> None:
    """With the error that AWS's SDK has for it."""
    parent = machine("arn:aws:states:::states:startExecution", Parameters={"StateMachineArn": f"{CHILD}s"})
    status, _, error, cause = result(driver, driver.start("parent", parent, json.dumps({}), "run"))
    assert (status, error) == ("FAILED", "StepFunctions.StateMachineDoesNotExistException")
    assert f"State Machine Does Not Exist: '{CHILD}s'" in str(cause)
