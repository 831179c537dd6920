"""What is done for a request once its answer is on its way, as the client does not wait for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local


class Due(local):
    """The jobs of the request that this thread is answering; None where it answers none."""

    jobs: list[Callable[[], None]] | None = None


DUE = Due()


def afterwards(job: Callable[[], None]) -> None:
    """Do something when this thread's answer has been sent; at once where it is answering nobody."""
    if DUE.jobs is None:
        job()
    else:
        DUE.jobs.append(job)


@contextmanager
def answering() -> Iterator[None]:
    """This thread answers a request inside, and has sent the answer at the end, or found that it cannot."""
    jobs = DUE.jobs = []
    try:
        yield
    finally:
        DUE.jobs = None
        for job in jobs:
            job()
