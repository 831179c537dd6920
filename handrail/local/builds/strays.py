"""Finds the processes of a build that have left its process group, by the build's id in their environment.

A container takes all its processes along when it ends. Outside of one, a daemon gets away by starting a session of its
own; its environment still tells whose it is. Only Linux shows environments; elsewhere the process group has to do.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def signal_strays(mark: bytes, group: int, number: signal.Signals) -> None:
    """Send a signal to every process outside of the group that has `mark` (`NAME=value`) in its environment.

    Those inside got theirs: to Terraform a second SIGTERM means to drop everything, the state's lock included.
    """
    for process in strays(mark):
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process) != group:
                os.kill(process, number)


def strays(mark: bytes) -> Iterator[int]:
    """The processes that were started with `mark` in their environment."""
    proc = Path("/proc")
    for entry in os.scandir(proc) if proc.is_dir() else ():
        if entry.name.isdigit() and mark in _environment(entry.path).split(b"\0"):
            yield int(entry.name)


def _environment(process: str) -> bytes:
    try:
        with open(f"{process}/environ", "rb", buffering=0) as environment:  # noqa: PTH123 - a build's end waits for this
            return environment.read()
    except OSError:  # gone in the meantime, or somebody else's
        return b""
