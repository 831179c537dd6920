"""The lock of a store: who has it, since when, and where it is reached while it serves others.

The lock is the kernel's, so it ends with its process, however that came; the file's one line is for who finds it taken.
"""

import fcntl
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Final, NamedTuple, Self

from handrail.errors import HandrailError

LINE: Final = re.compile(r"process (?P<process>\d+), since (?P<since>[\d: -]+)(?:, at (?P<endpoint>http://\S+))?")


class Holder(NamedTuple):
    """The process that has a store, and the endpoint of its API where it serves others."""

    process: int
    since: str
    endpoint: str | None

    @classmethod
    def read(cls, line: str) -> Self | None:
        """What a lock's line tells; None for one that is none, as of a process that has just begun."""
        found = LINE.fullmatch(line.strip())
        return None if found is None else cls(int(found["process"]), found["since"], found["endpoint"])


class Held(HandrailError):
    """Another process has the store; `holder` is who, where its lock tells."""

    def __init__(self, folder: Path, line: str) -> None:
        self.holder = Holder.read(line)
        remedy = (
            "Wait until it has ended, or stop it; two runs at once would not see each other's locks."
            if self.holder is None or self.holder.endpoint is None
            else "`handrail run`, `redrive`, `stop` and `local FILE`, and the project's own commands, ask it to do "
            f"their work; for anything else end it first: Ctrl-C in its terminal, or kill {self.holder.process}."
        )
        super().__init__(f"Another handrail works in {folder}: {line or 'it has not said who it is'}. {remedy}")


def taken(path: Path, now: float) -> IO[str]:
    """Take the lock for this process; raises Held where another has it."""
    private(path)
    lock = path.open("a+", encoding="utf-8")
    while not locked(lock, fcntl.LOCK_EX):
        # Who only looks whether anybody has it, has it for a moment with others who look.
        if not locked(lock, fcntl.LOCK_SH):
            lock.seek(0)
            line = lock.read().strip()
            lock.close()
            raise Held(path.parent, line)
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(0.01)
    since = datetime.fromtimestamp(now).astimezone()
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, since {since:%Y-%m-%d %H:%M:%S}")
    lock.flush()
    return lock


def locked(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(folder: Path) -> bool:
    """Whether a process has the store in this folder now."""
    try:
        with (folder / "lock").open(encoding="utf-8") as lock:
            return not locked(lock, fcntl.LOCK_SH)
    except OSError:
        return False


def server(folder: Path) -> str | None:
    """The endpoint of the server that has the store in this folder now; None where none has it, or has told yet."""
    if not is_held(folder):
        return None
    holder = Holder.read((folder / "lock").read_text(encoding="utf-8"))
    return None if holder is None else holder.endpoint


def private(path: Path) -> None:
    """Make the file where there is none yet, for this person alone, whoever may read the folder."""
    path.touch(mode=0o600)
