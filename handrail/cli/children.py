"""The programs that tasks have begun: tasks run in this process, so who ends it has to end those as well."""

import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PATIENCE: Final = 2.0
"""Seconds for a program to end when it is asked to."""

PAUSE: Final = 0.02


@contextmanager
def ended_children() -> Iterator[None]:
    """End them on the way out, whatever is the reason for that."""
    try:
        yield
    finally:
        end_children()


def end_children() -> None:
    """End every process below this one that has not ended of itself; where the kernel does not tell of them, none."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + PATIENCE
        for process in (left := [*below(os.getpid())]):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        while left and time.monotonic() < deadline:
            time.sleep(PAUSE)
            left = [*below(os.getpid())]


def below(process: int) -> Iterator[int]:
    """The children of a process that live, and theirs."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        # Ended meanwhile.
        with suppress(OSError):
            # The name, in brackets, may hold anything.
            state, parent, *_ = path.read_text(errors="replace").rpartition(")")[2].split()
            if state not in "ZX":
                children[int(parent)].append(int(path.parent.name))
    found = [process]
    for each in found:
        found += children[each]
    yield from found[1:]
