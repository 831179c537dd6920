"""Executions to be looked at: one that runs as it is now, one that has ended made again from its journal.

Making one again takes milliseconds, so those that ended or were looked at last are kept; how much is has a limit.
"""

from collections.abc import Callable, Mapping
from sys import getsizeof
from typing import Final, TypeVar

from handrail.engine import Execution
from handrail.engine.history import HistoryEvent
from handrail.local.cache import Cache
from handrail.local.driver import Driver
from handrail.local.replay import replayed, sealed
from handrail.local.store import Stored

Result = TypeVar("Result")

MOST: Final = 16 * 1024**2
"""Bytes of all executions that are kept; the one that was looked at last is kept whatever its size."""

BARE: Final = 4_096
"""Bytes of an execution without its history, as it was measured."""

EVENT: Final = 256
"""Bytes of an event without its texts, as it was measured."""

Key = tuple[str, int]
"""An ended execution never changes, but a redrive lets it end once more."""


class Histories:
    """The executions of one driver, for any thread."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.cache: Cache[Key, Execution] = Cache(MOST)
        driver.keepers.append(self.keep)

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
        found = self.cache.get((stored.arn, stored.redrive_count))
        if found is None:
            found = replayed(self.driver.store, stored)
            if found.status != "RUNNING":
                sealed(found)
                return self.keep(stored, found)
        return found

    def keep(self, stored: Stored, execution: Execution) -> Execution:
        """Keep an execution that has ended; gives the one that is kept."""
        return self.cache.put((stored.arn, stored.redrive_count), execution, size(execution))


def size(execution: Execution) -> int:
    """Bytes of an execution and of the children in it; a text that several events share counts in each."""
    total = BARE + EVENT * len(execution.events)
    for _, _, _, details in execution.events:
        # Nearly all are of this kind: a state's name, which is there once for all, its text, and what it assigned.
        if isinstance(details, tuple):
            total += getsizeof(details[1]) + (texts(details[2]) if len(details) == 3 and details[2] else 0)
        elif details:
            total += texts(details)
    return total + sum(size(child.execution) for run in execution.map_runs.values() for child in run.children)


def texts(details: object) -> int:
    """Bytes of the texts in an event's details."""
    if isinstance(details, str):
        return getsizeof(details)
    return sum(map(texts, details.values())) if isinstance(details, Mapping) else 0
