"""The rule on execution status change, on a laptop: each end becomes EventBridge's event and reaches its function.

Ends are dealt with one after the other beside the driver, which goes on with other executions meanwhile. What a killed
process left undone is made up for by the next one, before it begins anything.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from handrail import runs
from handrail.ended import event
from handrail.errors import HandrailError
from handrail.local.store import Store, Stored

logger = logging.getLogger(__name__)

MARK = "unsettled"
"""The file that stands in a laptop's folder while ends may be undealt with: from the first run to a clean close."""

Target = Callable[[dict[str, object]], object]
"""The rule's target: called with the event."""


class Rules:
    """Hands the ends of executions to the function that deals with them."""

    def __init__(self, home: Path, store: Store, target: Target) -> None:
        self.home = home
        self.store = store
        self.target = target
        self.inbox: SimpleQueue[Stored | Flag | None] = SimpleQueue()
        self.thread: Thread | None = None
        self.undealt = False

    def begin(self) -> None:
        """Make up for what an earlier process left undone, then deal with ends until closed."""
        mark = self.home / MARK
        if mark.exists():
            self.settle()
        mark.touch()
        self.thread = Thread(target=self.loop, name="handrail-rules", daemon=True)
        self.thread.start()

    def settle(self) -> None:
        """Deal with every run that has ended, or that nobody knows any more, and whose end was not dealt with."""
        for arn in runs.unfinished():
            stored = None
            with suppress(HandrailError):
                stored = self.store.find(arn)
            if stored is None:
                release(arn)
            elif stored.status != "RUNNING":
                self.deal_with(stored)

    def happened(self, stored: Stored) -> None:
        """An execution has ended."""
        self.inbox.put(stored)

    def drain(self) -> None:
        """Wait until every end so far has been dealt with."""
        if self.thread is not None:
            done = Flag()
            self.inbox.put(done)
            done.wait()

    def close(self, running: Iterable[str]) -> None:
        """Deal with what is left; where nothing runs and nothing failed, nothing is left for the next process."""
        if self.thread is None:
            return
        self.inbox.put(None)
        self.thread.join()
        if not [*running] and not self.undealt:
            (self.home / MARK).unlink(missing_ok=True)

    def loop(self) -> None:
        while (job := self.inbox.get()) is not None:
            if isinstance(job, Flag):
                job.set()
            else:
                self.deal_with(job)

    def deal_with(self, stored: Stored) -> None:
        stopped = stored.started if stored.stopped is None else stored.stopped
        told = event(stored.arn, stored.status, stored.started, stopped, error=stored.error, cause=stored.cause)
        try:
            self.target(told)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next process tries again
            self.undealt = True
            logger.error("The end of %s could not be dealt with, the next run tries again: %s", stored.name, error)


def release(arn: str) -> None:
    """Give back what a run had of which nothing is left."""
    run = runs.find(arn)
    if run is not None:
        runs.release_lock(run)
    runs.dealt_with(arn)
