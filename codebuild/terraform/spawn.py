"""Runs a program in a process group of its own, with a deadline, and ends the whole group when the time is up."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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
    with _started(argv, folder, environment) as program:
        try:
            out, err = program.communicate(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            _end(program)
            raise TimedOut from None
        finally:
            with _lock:
                _running.discard(program.pid)
    if _stopped.is_set():
        raise Stopped
    return Done(program.returncode, out, err)


def stop() -> None:
    """Ends every running group, for good: whoever waits for one gets Stopped, and so does whoever starts another."""
    _stopped.set()
    with _lock:
        for group in _running:
            _signal(group, signal.SIGKILL)


def _started(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    with _lock:
        if _stopped.is_set():
            raise Stopped
        program = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        _running.add(program.pid)
        if _stopped.is_set():
            _signal(program.pid, signal.SIGKILL)
        return program


def _end(program: "subprocess.Popen[bytes]") -> None:
    """Asks, waits a little, then kills: first the group's leader may end what it started itself."""
    _signal(program.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        # Read on, or a program that has much to say never comes to its end.
        program.communicate(timeout=GRACE)
    _signal(program.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
