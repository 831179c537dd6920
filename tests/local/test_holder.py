"""Who has a store is told by its lock; the lock ends with its process, and a look at it keeps nobody out."""

import fcntl
from pathlib import Path
from threading import Thread

import pytest

from handrail.local.holder import Held, Holder, is_held, taken


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        pytest.param("process 7, since 2026-01-31 07:00:00", Holder(7, "2026-01-31 07:00:00", None), id="a run"),
        pytest.param(
            "process 7, since 2026-01-31 07:00:00, at http://127.0.0.1:8083",
            Holder(7, "2026-01-31 07:00:00", "http://127.0.0.1:8083"),
            id="a server",
        ),
        pytest.param(
            "process 7, since 2026-01-31 07:00:00, at http://[::1]:80\n",
            Holder(7, "2026-01-31 07:00:00", "http://[::1]:80"),
            id="at an address of IPv6",
        ),
        pytest.param("", None, id="one that has just begun"),
        pytest.param("process 7, since 2026-01-31 07:00:00, at ftp://elsewhere", None, id="no endpoint"),
        pytest.param("process 7, since 2026-01-31 07:00:00, at http://a b", None, id="more than one line tells"),
    ],
)
def test_a_line_tells_who_has_it(line: str, holder: Holder | None) -> None:
    """Process, time, and the endpoint of one that serves others."""
    assert Holder.read(line) == holder


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(", at http://127.0.0.1:8083", "for anything else end it first: Ctrl-C", id="a server"),
        pytest.param("", "Wait until it has ended, or stop it", id="a run"),
    ],
)
def test_a_second_one_is_refused_and_told_who_has_it(tmp_path: Path, line: str, told: str) -> None:
    """The refusal names the process, and says what can be done."""
    with taken(tmp_path / "lock", 0) as lock:
        lock.write(line)
        lock.flush()
        with pytest.raises(Held, match=r"Another handrail works in .*: process \d+, since .*") as refused:
            taken(tmp_path / "lock", 0)
    assert told in str(refused.value)
    assert refused.value.holder is not None


def test_it_is_free_when_its_holder_has_gone(tmp_path: Path) -> None:
    """The line of who had it says nothing any more."""
    assert not is_held(tmp_path)
    with taken(tmp_path / "lock", 0):
        assert is_held(tmp_path)
    assert (tmp_path / "lock").read_text().startswith("process ")
    assert not is_held(tmp_path)
    taken(tmp_path / "lock", 0).close()


def test_who_looks_keeps_nobody_out(tmp_path: Path) -> None:
    """A look has the lock for a moment, together with others who look; whoever wants it waits that long."""
    path = tmp_path / "lock"
    path.touch()
    had: list[bool] = []
    with path.open() as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        wants = Thread(target=lambda: had.append(not taken(path, 0).closed))
        wants.start()
        fcntl.flock(look, fcntl.LOCK_UN)
    wants.join(10)
    assert had == [True]
