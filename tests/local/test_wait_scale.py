"""`--wait-scale`: pauses are shorter, and time limits are what the machine says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.local.driver import Driver
from handrail.local.store import Store
from tests.local.driving import Taker, machine, result

FAR = 90_000
"""Seconds that no test waits."""

WAIT = {"Type": "Wait", "Seconds": FAR, "End": True}
FAILING = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}
RETRIED = {
    "Type": "Parallel",
    "Branches": [FAILING],
    "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": FAR, "MaxAttempts": 2}],
    "End": True,
}
CHILDREN = {
    "Type": "Map",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "W",
        "States": {"W": WAIT},
    },
    "End": True,
}


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, Taker())
        driver.wait_scale = 0.0
        yield driver
        driver.close()


@pytest.mark.parametrize(
    ("state", "input", "ended"),
    [
        pytest.param(WAIT, "{}", "SUCCEEDED", id="a wait"),
        pytest.param(RETRIED, "{}", "FAILED", id="the pauses before retries"),
        pytest.param(CHILDREN, "[1, 2]", "SUCCEEDED", id="waits in the children of a map run"),
    ],
)
def test_pauses_take_as_long_as_is_wished(driver: Driver, state: dict[str, Any], input: str, ended: str) -> None:
    """A day of them is over at once."""
    arn = driver.start("m", json.dumps({"StartAt": "S", "States": {"S": state}}), input, "one")

    assert result(driver, arn)[0] == ended


def test_a_time_limit_is_as_long_as_ever(driver: Driver) -> None:
    """A task that has a day is not over at once."""
    arn = driver.start("m", machine(TimeoutSeconds=FAR, HeartbeatSeconds=FAR - 1), "{}", "one")
    taker = driver.work
    assert isinstance(taker, Taker)
    driver.task_succeeded(taker.token(), '"in time"')

    assert result(driver, arn)[:2] == ("SUCCEEDED", "in time")
