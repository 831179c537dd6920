"""Runs a program in a process group of its own, with a deadline, and ends the whole group when the time is up."""

import os
import select
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

# How long a group that was asked to end may take before it is killed. Terraform uses it to release what it holds.
GRACE = 5.0

_running: set[int] = set()
# Reentrant: a signal handler runs in the main thread, which may be starting a program at that moment.
_lock = threading.RLock()
_stopped = threading.Event()


@dataclass(frozen=True)
class Done:
    """How a program ended; `code` is negative where a signal ended it."""

    code: int
    out: bytes
    err: bytes


class TimedOut(Exception):
    """The deadline passed; the program and all of its group are gone."""


class Stopped(KeyboardInterrupt):
    """The build is being stopped; nothing more is started."""


def run(argv: Sequence[str], *, folder: Path, environment: Mapping[str, str], seconds: float) -> Done:
    """What the program wrote and how it ended. Raises TimedOut, Stopped, or OSError where it cannot be started."""
    # `process_group`, unlike `preexec_fn`, keeps the cheap vfork, and the session stays the build's.
    with _buffer() as out, _buffer() as err:
        with _started(argv, folder, environment, out, err) as program:
            try:
                if not _ended(program, max(seconds, 0.0)):
                    _end(program)
                    raise TimedOut
                # What it started and left behind has nobody any more who waits for it.
                _signal(program.pid, signal.SIGKILL)
            finally:
                with _lock:
                    _running.discard(program.pid)
        if _stopped.is_set():
            raise Stopped
        return Done(program.returncode, _content(out), _content(err))


def stop() -> None:
    """Ends every running group, for good: whoever waits for one gets Stopped, and so does whoever starts another."""
    _stopped.set()
    with _lock:
        for group in _running:
            _signal(group, signal.SIGKILL)


def _buffer() -> BinaryIO:
    """What a program may write to without waking anybody up: a pipe would, for every line of it.

    In memory where the system has such files; elsewhere a file without a name.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("output"), "r+b", buffering=0)
    return cast(BinaryIO, TemporaryFile(buffering=0))


def _content(buffer: BinaryIO) -> bytes:
    buffer.seek(0)
    return buffer.read()


def _started(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], out: BinaryIO, err: BinaryIO
) -> "subprocess.Popen[bytes]":
    with _lock:
        if _stopped.is_set():
            raise Stopped
        program = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            process_group=0,
        )
        _running.add(program.pid)
        if _stopped.is_set():
            _signal(program.pid, signal.SIGKILL)
        return program


def _ended(program: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether the program ends within the time."""
    if not hasattr(os, "pidfd_open"):
        with suppress(subprocess.TimeoutExpired):
            program.wait(seconds)
        return program.returncode is not None
    # `wait` with a timeout looks again and again. This one looks once, and leaves the group its number.
    end = os.pidfd_open(program.pid)
    try:
        waiting = select.poll()
        waiting.register(end, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
    finally:
        os.close(end)


def _end(program: "subprocess.Popen[bytes]") -> None:
    """Asks, waits a little, then kills: first the group's leader may end what it started itself."""
    _signal(program.pid, signal.SIGTERM)
    _ended(program, GRACE)
    _signal(program.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
