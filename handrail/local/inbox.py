"""Jobs for one thread, in the order in which they come."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Final

Job = Callable[[], object]

LONGEST: Final = 86_400.0
"""Seconds of one wait, after which another follows: the system cannot wait until the year 9999, as a state may."""


class Inbox:
    """Any thread puts jobs in, one takes them out. None is the last of them."""

    def __init__(self) -> None:
        self.jobs: deque[Job | None] = deque()
        # Free where somebody has rung since the last look.
        self.bell = Lock()
        self.bell.acquire()

    def put(self, job: Job | None) -> None:
        """Have a job done after those that are here."""
        self.jobs.append(job)
        self.ring()

    def lay(self, job: Job) -> None:
        """The same, but wake nobody for it, which takes its time: whoever comes later does, or `ring`."""
        self.jobs.append(job)

    def ring(self) -> None:
        """Wake who takes the jobs out."""
        # Another thread may be faster.
        with suppress(RuntimeError):
            self.bell.release()

    def get(self, timeout: float | None) -> Job | None:
        """The next job; raises TimeoutError where none has come in so many seconds."""
        until = None if timeout is None else monotonic() + timeout
        while True:
            if self.jobs:
                return self.jobs.popleft()
            left = LONGEST if until is None else until - monotonic()
            if left <= 0:
                raise TimeoutError
            self.bell.acquire(timeout=min(left, LONGEST))
