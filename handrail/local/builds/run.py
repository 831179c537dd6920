"""Runs the commands of one build, each in a shell of its own that goes on where the one before left off.

CodeBuild's agent does the same: what a command exports, and the folder it changes to, are written down when it ends
and read back before the next one. All processes of a build are in one process group, so that they end together.
"""

import os
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Protocol, cast

from handrail.local.builds.failure import EndedEarlyError
from handrail.local.builds.strays import signal_strays

# Starts one shell for each line that it reads, and answers with its exit status. It holds the pipe of the build's
# output as its own stderr, so that a command's output is complete in the pipe before its status is.
LEADER = 'while read -r _; do "$0" "$1" </dev/null >&2; echo $?; done'

# The blank line ends a command whose last line ends in a backslash.
SCRIPT = """\
. {state}/environment
cd {directory}
set -a
CODEBUILD_BUILD_SUCCEEDING={succeeding}
{command}

CODEBUILD_LAST_EXIT=$?
export -p >{state}/environment
pwd >{state}/directory
exit $CODEBUILD_LAST_EXIT
"""

# What a pipe holds at most on Linux and macOS: one read of this size empties it.
PIPE = 65536


class Groups(Protocol):
    """Told of every process group while it lives, so that none outlives Handrail itself."""

    def began(self, group: int) -> None: ...

    def ended(self, group: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a build's commands run: their shell, their first folder, and a private folder for what they hand on.

    `mark` is a `NAME=value` that only this build has in its environment.
    """

    shell: str
    directory: Path
    state: Path
    mark: str


class Commands:
    """The process group of one build. `output` gets each chunk that a command writes, as bytes."""

    def __init__(
        self, place: Place, environment: Mapping[str, str], output: Callable[[bytes], None], groups: Groups
    ) -> None:
        self.place = place
        self.output = output
        self.groups = groups
        self.deadline: float | None = None
        self._leader: Leader | None = None
        self._closing = Lock()
        self._wake, self._waker = os.pipe()
        self._write("environment", "".join(f"export {name}={shlex.quote(environment[name])}\n" for name in environment))
        self._write("directory", f"{place.directory}\n")

    def run(self, command: str, *, succeeding: bool = True) -> int:
        """Run one command to its end; its exit status. Raises EndedEarlyError after a stop or past the deadline."""
        directory = self._read("directory").removesuffix("\n")
        script = SCRIPT.format(
            state=shlex.quote(str(self.place.state)),
            directory=shlex.quote(directory),
            succeeding=int(succeeding),
            command=command,
        )
        return self._execute(self._write("command", script))

    def values(self, names: Sequence[str], templates: Sequence[str]) -> tuple[list[str | None], list[str]]:
        """What variables hold now, None for one that is not set, and texts after the shell has expanded them.

        Raises ValueError where a text cannot be expanded.
        """
        read = "".join(f"printf '%s\\0' \"${{{name}+=}}${{{name}-}}\"\n" for name in names)
        expand = "".join(f"cat <<{END}\n{text}\n{END}\nprintf '\\0'\n" for text in templates)
        state = shlex.quote(str(self.place.state))
        directory = shlex.quote(self._read("directory").removesuffix("\n"))
        answers = f"{{\n{read}{expand}}} >{state}/values"
        script = self._write("command", f". {state}/environment\ncd {directory}\nset -e\n{answers}\n")
        if self._execute(script) != 0:
            raise ValueError(f"the shell could not expand {', '.join(templates)}")
        found = self._read("values").split("\0")[:-1]
        variables, texts = found[: len(names)], found[len(names) :]
        return [value[1:] if value else None for value in variables], [text.removesuffix("\n") for text in texts]

    def stop(self) -> None:
        """End the command that runs, and every one after it; may be called from another thread, at any time."""
        with self._closing:
            if self._waker >= 0:
                os.write(self._waker, b"!")

    def end(self, grace: float = 0.0) -> None:
        """End every process of the build, those that got `grace` seconds to do it by themselves with SIGTERM first."""
        if leader := self._leader:
            self._leader = None
            leader.end(grace, self.output)
            self.groups.ended(leader.group)

    def close(self) -> None:
        """End everything and give back the file descriptors; the environment on disk may hold secrets and goes too."""
        self.end()
        with self._closing:
            os.close(self._wake)
            os.close(self._waker)
            self._waker = -1
        for name in ("environment", "directory", "command", "values"):
            (self.place.state / name).unlink(missing_ok=True)

    def _execute(self, script: Path) -> int:
        leader = self._leader or self._start(script)
        try:
            leader.order()
        except BrokenPipeError:
            # Something that an earlier command left behind has killed the whole group in the meantime.
            self.end()
            leader = self._start(script)
            leader.order()
        while (status := self._look(leader)) is None:
            pass
        return status

    def _start(self, script: Path) -> "Leader":
        self._leader = Leader(self.place, script, self._wake)
        self.groups.began(self._leader.group)
        return self._leader

    def _look(self, leader: "Leader") -> int | None:
        """Wait for the next thing to happen; the exit status once the command has ended."""
        left = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        ready = leader.wait(left)
        if self._wake in ready:
            raise EndedEarlyError("STOPPED")
        # Looked at even when there is something to read: a command may write without end.
        if not ready or left == 0.0:
            raise EndedEarlyError("TIMED_OUT")
        # The status is looked for first: all output of an ended command is in the pipe already.
        answer = leader.answer() if leader.answers in ready else None
        self.output(leader.read())
        if answer is None or answer:
            return None if answer is None else int(answer)
        # A command that kills its own process group takes the leader along; the next one gets a new leader.
        self.end()
        return leader.killed()

    def _write(self, name: str, content: str) -> Path:
        path = self.place.state / name
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
        return path

    def _read(self, name: str) -> str:
        return (self.place.state / name).read_text(encoding="utf-8", errors="surrogateescape")


END = "HANDRAIL_END_OF_TEXT"


class Leader:
    """The first process of the group. It is not reaped before the end, so that the group's number stays its own."""

    def __init__(self, place: Place, script: Path, wake: int) -> None:
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", LEADER, place.shell, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.directory,
            env={},
            start_new_session=True,
            bufsize=0,
        )
        self.group = self.process.pid
        self.mark = place.mark.encode()
        self.orders = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout).fileno()
        self.output = cast(IO[bytes], self.process.stderr).fileno()
        os.set_blocking(self.output, False)
        self._poll = select.poll()
        for descriptor in (self.output, self.answers, wake):
            self._poll.register(descriptor, select.POLLIN)

    def order(self) -> None:
        self.orders.write(b"\n")

    def wait(self, timeout: float | None) -> set[int]:
        """Which descriptors can be read; empty after the timeout."""
        return {found for found, _ in self._poll.poll(None if timeout is None else timeout * 1000)}

    def read(self) -> bytes:
        """What the pipe of the output holds."""
        try:
            return os.read(self.output, PIPE)
        except BlockingIOError:
            return b""

    def answer(self) -> bytes:
        """The command's exit status as text; empty where the leader itself is gone."""
        return os.read(self.answers, 16)

    def killed(self) -> int:
        """The exit status of a shell that ended like the leader."""
        return 128 - min(self.process.returncode or 0, -signal.SIGHUP)

    def end(self, grace: float, output: Callable[[bytes], None]) -> None:
        """SIGTERM, then SIGKILL as soon as nobody holds the output any more, or when the grace is over."""
        if grace > 0:
            self._signal(signal.SIGTERM)
            self._until_silent(time.monotonic() + grace, output)
        self._signal(signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            cast(IO[bytes], pipe).close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)
        signal_strays(self.mark, self.group, number)

    def _until_silent(self, deadline: float, output: Callable[[bytes], None]) -> None:
        silent = select.poll()
        silent.register(self.output, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0 and silent.poll(left * 1000):
            if not (chunk := self.read()):
                return
            output(chunk)
