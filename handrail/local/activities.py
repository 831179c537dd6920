"""Activities: tasks that wait, in one queue for each ARN, until a worker somewhere asks for one.

Source: "Activities" in the Developer Guide, GetActivityTask in the API Reference.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from threading import Condition
from time import monotonic
from typing import NamedTuple

from handrail.local.apierror import ApiError

LONGEST_POLL = 60.0
"""How many seconds GetActivityTask waits for a task to come."""


class Assigned(NamedTuple):
    """What a worker is given: the token that it answers with, and the task's input as JSON text."""

    token: str
    input: str


class Waiting(NamedTuple):
    """A task that waits for a worker."""

    execution: str
    task: int
    assigned: Assigned


class Activities:
    """The activities that exist, and what waits at each; for any thread."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.queues: defaultdict[str, deque[Waiting]] = defaultdict(deque)
        self.changed = Condition()
        self.closed = False

    def create(self, arn: str) -> None:
        """Let there be an activity; one that exists stays as it is."""
        with self.changed:
            self.known.add(arn)

    def delete(self, arn: str) -> None:
        """Let there be no such activity; what waits at it waits until it times out, as nobody can take it."""
        with self.changed:
            self.known.discard(arn)

    def exists(self, arn: str) -> bool:
        with self.changed:
            return arn in self.known

    def add(self, arn: str, waiting: Waiting) -> Callable[[], None]:
        """Put a task into the queue; gives what takes it out again."""
        with self.changed:
            self.queues[arn].append(waiting)
            self.changed.notify_all()
        return lambda: self.remove(arn, waiting)

    def remove(self, arn: str, waiting: Waiting) -> None:
        with self.changed:
            if waiting in self.queues[arn]:
                self.queues[arn].remove(waiting)

    def take(self, arn: str, until: float, gone: Callable[[], bool] = lambda: False) -> Waiting | None:
        """The task that waits longest; None where none comes until then, by time.monotonic().

        None as well where the worker has `gone` meanwhile: the task is left to those who are there.
        Raises ApiError: ActivityDoesNotExist.
        """
        with self.changed:
            if arn not in self.known:
                raise ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
            self.changed.wait_for(lambda: self.closed or self.queues[arn], max(until - monotonic(), 0))
            there = self.queues[arn] and not self.closed and not gone()
            return self.queues[arn].popleft() if there else None

    def close(self) -> None:
        """Send every worker away."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
