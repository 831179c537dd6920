"""How long executions are kept after their end: 90 days, as AWS does, or what the project's pyproject.toml says.

[tool.handrail]
retention = 30

Source: "Quotas related to state machine executions" in the Developer Guide.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Final, Protocol

from handrail.errors import HandrailError
from handrail.local.store import Store
from handrail.root import settings_in, shown

logger = logging.getLogger(__name__)

DAYS: Final = 90
LONGEST: Final = 36_500
OFTEN: Final = timedelta(days=1).total_seconds()
MANY: Final = 200
"""So many are removed in one go, which the driver's thread does in between."""


def kept(pyproject: Path) -> float:
    """Seconds for which an execution that has ended is kept; raises HandrailError for a setting that is none."""
    days = settings_in(pyproject).get("retention", DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= LONGEST:
        where = f"{shown(pyproject)}: `retention` of [tool.handrail]"
        raise HandrailError(f"{where} must be a whole number of days from 1 to {LONGEST}, like {DAYS}, not {days!r}.")
    return timedelta(days=days).total_seconds()


def prune(store: Store, before: float) -> None:
    """Remove what ended before a time; only for whoever has the store to itself."""
    while store.prune(before, MANY) == MANY:
        pass


class Ask(Protocol):
    """Has a job done by the thread that owns the executions."""

    def __call__(self, job: Callable[[], int]) -> int: ...


class Pruning:
    """Removes once a day what is older than the retention, while others work in the store."""

    def __init__(
        self, store: Store, ask: Ask, now: Callable[[], float], keep: float, every: float = OFTEN
    ) -> None:  # fmt: skip
        self.store = store
        self.ask = ask
        self.now = now
        self.keep = keep
        self.every = every
        self.closed = Flag()
        self.thread: Thread | None = None

    def start(self) -> None:
        """From now on, until it is closed."""
        if self.thread is None:
            self.thread = Thread(target=self.loop, name="handrail-retention", daemon=True)
            self.thread.start()

    def loop(self) -> None:
        while not self.closed.wait(self.every):
            try:
                self.once()
            except HandrailError as error:
                logger.error("What is older than the retention could not be removed: %s", error)

    def once(self) -> None:
        """A bit at a time, so that nobody waits for it."""
        before = self.now() - self.keep
        while not self.closed.is_set() and self.ask(lambda: self.store.prune(before, MANY)) == MANY:
            pass

    def close(self) -> None:
        self.closed.set()
        if self.thread is not None:
            self.thread.join()
