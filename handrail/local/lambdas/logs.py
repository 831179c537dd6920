"""What functions write, and Lambda's own lines around it: START, END and REPORT.

Source: "Working with Lambda function logs" in the Lambda Developer Guide.
"""

from pathlib import Path
from threading import Lock
from typing import Final

TAIL: Final = 4096
"""Bytes at the end of an invocation's log that Invoke gives (LogType Tail)."""

TASK: Final = b"/var/task"
"""Where a function's code is on AWS."""

MOST: Final = 10 * 1024**2
"""Bytes of a log; then it begins anew, and the one before is kept beside it."""


class Log:
    """One function's log: a file that only this person reads, and what was written to it since `begin`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = Lock()

    def write(self, text: bytes) -> None:
        with self.lock:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.path.exists() and self.path.stat().st_size > MOST:
                self.path.replace(self.path.with_suffix(".log.1"))
            self.path.touch(mode=0o600)
            with self.path.open("ab") as file:
                file.write(text)


class Recording:
    """What one process writes, on its way into the log; `tail` is the end of it since the last START.

    `code` is the folder of the function, which is told as Lambda calls it.
    """

    def __init__(self, log: Log, code: Path) -> None:
        self.log = log
        self.code = str(code).encode()
        self.tail = b""

    def moved(self, text: bytes) -> bytes:
        return text.replace(self.code, TASK)

    def begin(self, id: str, version: str) -> None:
        self.tail = b""
        self.write(f"START RequestId: {id} Version: {version}\n".encode())

    def write(self, text: bytes) -> None:
        # The runtime parts the lines of a traceback so that Lambda takes them for one message.
        text = self.moved(text).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.tail = (self.tail + text)[-TAIL:]
        self.log.write(text)

    def end(self, id: str, took: float, memory: int, used: int | None, init: float | None) -> None:
        """Lambda's last lines; times in seconds, memory in MB, `init` only for the first invocation of a process."""
        if self.tail and not self.tail.endswith(b"\n"):
            self.write(b"\n")
        spent = -(-took * 1000 // 1)
        parts = [
            f"REPORT RequestId: {id}",
            f"Duration: {took * 1000:.2f} ms",
            f"Billed Duration: {spent:.0f} ms",
            f"Memory Size: {memory} MB",
        ]
        parts += [] if used is None else [f"Max Memory Used: {used} MB"]
        parts += [] if init is None else [f"Init Duration: {init * 1000:.2f} ms"]
        self.write(f"END RequestId: {id}\n{chr(9).join(parts)}\n".encode())
