"""The driver's inbox: jobs come out in the order in which they went in, whoever puts them in."""

import threading
import time
from collections.abc import Callable

import pytest

from handrail.local.inbox import Inbox, Job


def nothing() -> None:
    """A job."""


@pytest.mark.parametrize(
    ("last", "waits"),
    [
        pytest.param(Inbox.put, False, id="what is put in is taken at once"),
        pytest.param(Inbox.lay, True, id="what is laid in waits until somebody rings"),
    ],
)
def test_jobs_come_out_in_their_order(last: Callable[[Inbox, Job], None], waits: bool) -> None:
    """Also one for which nobody was woken: it comes before what was put in after it."""
    inbox, taken = Inbox(), list[Job | None]()
    jobs: list[Job] = [lambda: 1, lambda: 2, lambda: 3]
    taker = threading.Thread(target=lambda: taken.extend(inbox.get(20) for _ in range(4)))
    taker.start()
    inbox.lay(jobs[0])
    inbox.lay(jobs[1])
    last(inbox, jobs[2])
    if waits:
        inbox.ring()
    inbox.put(None)
    taker.join(20)
    assert taken == [*jobs, None]


def test_who_waits_in_vain_is_told() -> None:
    """After the time that was given, whatever rang before."""
    inbox = Inbox()
    inbox.put(nothing)
    inbox.put(nothing)
    assert [inbox.get(0.01), inbox.get(0)] == [nothing, nothing]
    for seconds in (0.01, 0, -1.0):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            inbox.get(seconds)
        assert time.monotonic() - began >= seconds


@pytest.mark.parametrize("seconds", [None, 20.0, 1e12])
def test_who_waits_is_woken(seconds: float | None) -> None:
    """However long it would wait, as a state may until the year 9999."""
    inbox, taken = Inbox(), list[Job | None]()
    taker = threading.Thread(target=lambda: taken.append(inbox.get(seconds)))
    taker.start()
    taker.join(0.05)
    inbox.put(nothing)
    taker.join(20)
    assert taken == [nothing]


def test_many_at_once_lose_nothing() -> None:
    """Each thread's jobs come in its own order, and the one who takes them sleeps over none."""
    inbox, many, taken = Inbox(), 2_000, list[tuple[int, int]]()

    def put(thread: int) -> None:
        for number in range(many):
            (inbox.put if number % 3 else inbox.lay)(lambda number=number: taken.append((thread, number)))  # type: ignore[misc]
        inbox.ring()

    threads = [threading.Thread(target=put, args=(each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(6 * many):
        job = inbox.get(20)
        assert job is not None
        job()
    for thread in threads:
        thread.join(20)
    assert sorted(taken) == [(thread, number) for thread in range(6) for number in range(many)]
    assert all([n for t, n in taken if t == thread] == list(range(many)) for thread in range(6))
