"""TestState: one state by itself; a Task that has no mock really does its work.

Source: TestState in the API Reference.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from handrail.engine.commands import RunTask
from handrail.engine.events import Event, TaskFailed, TaskSucceeded
from handrail.local.api.named import invalid
from handrail.local.apierror import ApiError
from handrail.local.driver import Driver
from handrail.local.naming import place
from handrail.local.store import Stored
from handrail.local.teststate import Refused, answer

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

LONGEST: Final = 300.0
"""Seconds that a tested state may take."""


def test_state(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """What the state does with its input."""
    role = given.get("roleArn", "arn:")
    if not role.startswith("arn:"):
        raise invalid(f"Invalid ARN prefix: {role}")
    clock = api.driver.clock
    perform = performer(api.driver, caller, role)
    try:
        return answer(given, perform, now=clock.now, region=caller.region, account=caller.account)
    except Refused as refusal:
        raise ApiError(refusal.code, str(refusal)) from None


def performer(driver: Driver, caller: "Caller", role: str) -> Callable[[RunTask], TaskSucceeded | TaskFailed]:
    """Does a task's work, as it is done for an execution, and waits for how it ends."""

    def perform(task: RunTask) -> TaskSucceeded | TaskFailed:
        told: SimpleQueue[Event] = SimpleQueue()
        now = driver.clock.now()
        arn = f"{place(caller.account, caller.region)}:express:TestState:{task.token[:12]}"
        nobody = Stored(arn, "TestState", "TestState", "{}", "{}", "RUNNING", now, role=role, type="EXPRESS")
        cancel = driver.work.begin(task, nobody, lambda happening: told.put(happening(driver.clock.now())))
        with suppress(Empty):
            while True:
                event = told.get(timeout=LONGEST)
                if isinstance(event, TaskSucceeded | TaskFailed):
                    return event
        cancel()
        return TaskFailed(driver.clock.now(), task.task, "States.Timeout")

    return perform


OPERATIONS: "Mapping[str, Operation]" = {"TestState": test_state}
