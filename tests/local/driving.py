"""What tests of the driver share: definitions, a look at the history as it grows, and hands that take no work."""

import json
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from handrail.engine import Execution
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskSubmitted
from handrail.local.driver import Answer, Driver
from handrail.local.replay import replayed
from handrail.local.store import Stored

CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def machine(resource: str = CALLBACK, **fields: Any) -> str:
    """A machine of one task."""
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True, **fields}}})


class Taker:
    """Takes every request, and does nothing about it; `tasks` are those that it took, in order."""

    def __init__(self) -> None:
        self.tasks: SimpleQueue[RunTask] = SimpleQueue()

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        answer(lambda at: TaskSubmitted(at, task.task, {"MessageId": "1"}))
        self.tasks.put(task)
        return lambda: None

    def token(self) -> str:
        """The token of the next task, once it was taken."""
        return self.tasks.get(timeout=10).token


class Seen:
    """The types of events as they happen, of all executions of a driver."""

    def __init__(self, driver: Driver) -> None:
        self.types: SimpleQueue[str] = SimpleQueue()
        driver.watchers.append(self.look)

    def look(self, execution: Execution, before: int) -> None:
        for event in execution.events[before:]:
            self.types.put(event.type)

    def until(self, type: str) -> None:
        """Wait for an event of this type."""
        while self.types.get(timeout=10) != type:
            pass


def result(driver: Driver, arn: str) -> tuple[str, Any, str | None, str | None]:
    """How an execution ended: status, output, error, cause."""
    assert driver.wait(arn, 20)
    ended = driver.store.find(arn)
    return ended.status, None if ended.output is None else json.loads(ended.output), ended.error, ended.cause


def types(driver: Driver, arn: str) -> list[str]:
    """The types of the events in an execution's history, as the journal tells it."""
    return [event["type"] for event in replayed(driver.store, driver.store.find(arn)).history()]
