"""One process of a function, under AWS's own runtime for Python (awslambdaric): begun once, used again and again.

Source: "Understanding the Lambda execution environment lifecycle" in the Lambda Developer Guide; the words of failures
as Lambda was seen to choose them.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock, Thread
from time import monotonic, time
from typing import IO, Final, cast
from uuid import uuid4

from handrail.local.builds.strays import signal_strays
from handrail.local.builds.watchdog import Watchdog
from handrail.local.lambdas.deployed import Deployed
from handrail.local.lambdas.environment import Room, environment
from handrail.local.lambdas.logs import Log, Recording
from handrail.local.lambdas.request import Outcome, Refusal, Request
from handrail.local.lambdas.runtimeapi import Order, RuntimeApi

BEGIN: Final = 10.0
"""Seconds for what a function does before its first event; more is taken from the first event's time."""

PIPE: Final = 65536

NO_GROUP: Final = 0
"""No process is of this group: all that a function has begun are found by their environment."""


class Worker:
    """A process that runs one invocation at a time. `close` ends it, and whatever it has begun."""

    def __init__(self, function: Deployed, code: Path, log: Log, aws: Mapping[str, str], watchdog: Watchdog) -> None:
        self.function = function
        self.watchdog = watchdog
        self.recording = Recording(log, code / "task")
        # Beside the code: what a process that was killed leaves is cleared with it.
        self.own = Path(mkdtemp(dir=code.parent))
        self.api = RuntimeApi()
        stream = f"[{function.version}]{uuid4().hex}"
        self.mark = f"AWS_LAMBDA_LOG_STREAM_NAME={stream}".encode()
        room = Room(code / "task", code / "opt", self.own)
        self.recording.write(initial(function))
        self.begun, self.first = monotonic(), True
        try:
            self.process = started(function, room, environment(function, room, aws, self.api.address, stream))
        except (OSError, ValueError) as error:
            self.api.close()
            rmtree(self.own, ignore_errors=True)
            told = f"No process of {function.name} can be begun: {error}."
            raise Refusal("InvalidRuntimeException", told, 502) from None
        self.watchdog.began(self.process.pid)
        self.output = cast(IO[bytes], self.process.stdout).fileno()
        os.set_blocking(self.output, False)
        self.reading = Lock()
        self.ended = False
        self.closed = False
        Thread(target=self.read, name="handrail-lambda-output", daemon=True).start()
        Thread(target=self.watch, name="handrail-lambda-process", daemon=True).start()

    @property
    def usable(self) -> bool:
        """Whether it can take one more event."""
        return not (self.ended or self.closed or self.api.broken)

    def invoke(self, request: Request) -> Outcome:
        """Run one invocation to its end. What it did not survive leaves the worker unusable."""
        api, function = self.api, self.function
        with api.changed:
            api.changed.wait_for(lambda: api.waiting or api.broken or self.ended, self.left(BEGIN))
        init = monotonic() - self.begun if self.first else None
        self.first = False
        self.recording.begin(request.id, function.version)
        started = monotonic()
        outcome = self.run(request)
        took = min(monotonic() - started, function.timeout)
        self.drain()
        self.recording.end(request.id, took, function.memory, self.memory(), init)
        payload = self.recording.moved(outcome.payload) if outcome.failed else outcome.payload
        return Outcome(payload, outcome.failed, function.version, self.recording.tail)

    def left(self, seconds: float) -> float:
        """How much of a time is left that began with the process."""
        return max(0.0, self.begun + seconds - monotonic())

    def run(self, request: Request) -> Outcome:
        api, function = self.api, self.function
        if api.broken is None and not self.ended:
            arn = function.arn if request.qualifier is None else f"{function.arn}:{request.qualifier}"
            trace = request.trace or f"Root=1-{int(time()):08x}-{uuid4().hex[:24]};Sampled=0"
            deadline = time() + function.timeout
            api.give(Order(request.id, request.event, arn, deadline, trace, request.context))
        with api.changed:
            api.changed.wait_for(lambda: api.outcome or api.broken or self.ended, function.timeout)
        # What the process told counts, also where it has ended since.
        if found := api.outcome or api.broken:
            return found
        return self.left_off(request) if self.ended else self.timed_out(request)

    def timed_out(self, request: Request) -> Outcome:
        told = f"Task timed out after {self.function.timeout:.2f} seconds"
        self.close()
        self.drain()
        self.recording.write(f"{request.id} {told}\n\n".encode())
        return Outcome.failure("Sandbox.Timedout", f"RequestId: {request.id} Error: {told}")

    def left_off(self, request: Request) -> Outcome:
        """The process has ended without an answer."""
        told = ending(self.process.returncode)
        self.drain()
        self.recording.write(f"RequestId: {request.id} Error: {told}\nRuntime.ExitError\n".encode())
        return Outcome.failure("Runtime.ExitError", f"RequestId: {request.id} Error: {told}")

    # ------------------------------------------------------------------ the process

    def watch(self) -> None:
        """Tell who waits that the process has ended; what it has begun may hold its output for longer."""
        self.process.wait()
        with self.api.changed:
            self.ended = True
            self.api.changed.notify_all()

    def read(self) -> None:
        """Take in what is written, until nobody can write any more."""
        poll = select.poll()
        poll.register(self.output, select.POLLIN)
        while poll.poll(None) and self.drain():
            pass
        with self.reading:
            self.output = -1
            cast(IO[bytes], self.process.stdout).close()

    def drain(self) -> bool:
        """Take in what there is of its output; whether more may come."""
        with self.reading:
            while True:
                try:
                    chunk = os.read(self.output, PIPE)
                except BlockingIOError:
                    return True
                except OSError:
                    return False
                if not chunk:
                    return False
                self.recording.write(chunk)

    def memory(self) -> int | None:
        """The most memory that the process had, in MB; None where that cannot be known."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmHWM:"):
                    return -(-int(line.split()[1]) // 1024)
        return None

    def close(self) -> None:
        """End the process and all that it has begun."""
        if self.closed:
            return
        self.closed = True
        with suppress(ProcessLookupError, PermissionError):
            # The number of a process that has ended may be somebody else's by now.
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        signal_strays(self.mark, NO_GROUP, signal.SIGKILL)
        self.process.wait()
        self.watchdog.ended(self.process.pid)
        self.api.close()
        rmtree(self.own, ignore_errors=True)


def started(function: Deployed, room: Room, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The function's process, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", function.handler],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=room.task,
        env=environment,
        start_new_session=True,
        bufsize=0,
    )


def initial(function: Deployed) -> bytes:
    """Lambda's first line; a runtime that is not this Python is told, since it makes a difference."""
    version = f"python:{sys.version_info.major}.{sys.version_info.minor}"
    other = "" if function.runtime.replace("python", "python:") == version else f" (asked for: {function.runtime})"
    return f"INIT_START Runtime Version: {version}{other}\n".encode()


def ending(status: int | None) -> str:
    """How a process ended, in Lambda's words."""
    if not status:
        return "Runtime exited without providing a reason"
    if status < 0:
        names = {signal.SIGKILL: "killed", signal.SIGTERM: "terminated", signal.SIGSEGV: "segmentation fault"}
        return f"Runtime exited with error: signal: {names.get(signal.Signals(-status), signal.Signals(-status).name)}"
    return f"Runtime exited with error: exit status {status}"
