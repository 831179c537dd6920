"""Executions to be looked at: one that runs as it is now, one that has ended made again from its journal.

Making one again takes milliseconds, so those that were looked at last are kept; how much is kept has a limit.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from handrail.engine import Execution
from handrail.engine.history import HistoryEvent
from handrail.local.driver import Driver
from handrail.local.replay import replayed
from handrail.local.store import Stored

Result = TypeVar("Result")

MOST_EVENTS: Final = 60_000
"""Events of all histories that are kept; the one that was looked at last is kept whatever its length."""

Key = tuple[str, int]
"""An ended execution never changes, but a redrive lets it end once more."""


class Histories:
    """The executions of one driver, for any thread."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.kept: OrderedDict[Key, Execution] = OrderedDict()
        self.events_kept = 0
        self.lock = Lock()

    def events(self, stored: Stored) -> list[HistoryEvent]:
        """The history up to now."""
        running = self.driver.running.get(stored.arn)
        return self.ended(stored).events if running is None else running.execution.events.copy()

    def look(self, stored: Stored, read: Callable[[Execution], Result]) -> Result:
        """Read something from an execution while nothing happens to it; `read` may raise an ApiError."""

        def job() -> tuple[bool, Result | None]:
            running = self.driver.running.get(stored.arn)
            return (False, None) if running is None else (True, read(running.execution))

        if stored.arn in self.driver.running:
            there, found = self.driver.ask(job)
            if there:
                return found  # type: ignore[return-value]
        return read(self.ended(stored))

    def ended(self, stored: Stored) -> Execution:
        """An execution that does not run, from its journal."""
        key = (stored.arn, stored.redrive_count)
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
        execution = replayed(self.driver.store, stored)
        if execution.status != "RUNNING":
            self.keep(key, execution)
        return execution

    def keep(self, key: Key, execution: Execution) -> None:
        with self.lock:
            if key in self.kept:
                return
            self.kept[key] = execution
            self.events_kept += weight(execution)
            while self.events_kept > MOST_EVENTS and len(self.kept) > 1:
                _, oldest = self.kept.popitem(last=False)
                self.events_kept -= weight(oldest)


def weight(execution: Execution) -> int:
    """The events of an execution and of the children in it."""
    children = (child.execution for run in execution.map_runs.values() for child in run.children)
    return 1 + len(execution.events) + sum(map(weight, children))
