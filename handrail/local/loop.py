"""One thread that does jobs in the order in which they come, and rings alarms in between."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread, current_thread
from typing import TypeVar

from handrail.local.apierror import ApiError
from handrail.local.inbox import Inbox
from handrail.local.refusal import Unavailable

Result = TypeVar("Result")

LOOK = 1.0
"""Every so many seconds whoever waits for a job looks whether there still is somebody to do it."""


class Loop:
    """Runs until it is closed; what goes wrong in a job breaks it, and is told to whoever waits."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.broken: BaseException | None = None
        self.thread = Thread(target=self.loop, name="handrail-driver", daemon=True)

    def ask(self, job: Callable[[], Result]) -> Result:
        """Have the thread do a job, and give its result. An ApiError is the job's answer, raised here.

        Raises Unavailable where the loop is closed.
        """
        return self.result(self.put(job))

    def put(self, job: Callable[[], Result]) -> "Future[Result]":
        """Have the thread do a job, and do not wait for it."""
        asked: Future[Result] = Future()
        self.inbox.put(lambda: fulfil(asked, job))
        return asked

    def result(self, asked: "Future[Result]") -> Result:
        """Wait for a job's result; raises what `ask` does."""
        if current_thread() is self.thread:
            raise RuntimeError("The driver's own thread cannot wait for itself.")
        while True:
            alive = self.thread.is_alive()
            try:
                return asked.result(timeout=LOOK if alive else 0)
            except TimeoutError:
                if not alive:
                    raise self.gone() from None

    def gone(self) -> BaseException:
        """Why nothing is done any more."""
        return self.broken or Unavailable("Nothing runs any more")

    def halt(self) -> None:
        """Take no job any more that comes after this; a signal's handler may say so, as it waits for nobody."""
        self.inbox.put(None)

    def shut(self) -> None:
        """Let the thread end after the jobs that it has."""
        self.halt()
        self.thread.join()

    def loop(self) -> None:
        try:
            while self.turn():
                pass
        except BaseException as error:  # noqa: BLE001  # whoever waits must hear of it, or it waits for ever
            self.broken = error
            self.broke()

    def turn(self) -> bool:
        """Ring what is due, then take one job from the inbox; False when the loop is being closed."""
        self.ring()
        try:
            job = self.inbox.get(self.pause())
        except TimeoutError:
            return True
        if job is not None:
            job()
        return job is not None

    def ring(self) -> None:
        """Do what is due."""

    def pause(self) -> float | None:
        """Seconds until something is due, None where nothing is."""
        return None

    def broke(self) -> None:
        """Tell whoever waits that nothing comes any more."""


def fulfil(asked: Future[Result], job: Callable[[], Result]) -> None:
    """Do a job for somebody who waits; a refusal is for that one alone, whatever else goes wrong is for all."""
    try:
        asked.set_result(job())
    except ApiError as refusal:
        asked.set_exception(refusal)
    except BaseException as error:
        asked.set_exception(error)
        raise
