"""Messages in a file, one JSON line each: what a laptop and a test have instead of a channel."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from handrail.errors import HandrailError
from handrail.notify.message import Message

# `ts` is the last field of a line, so that the next writer finds it without reading the file.
_LAST = re.compile(rb'"ts":"(\d+)\.(\d{6})"\}\n$')
_TAIL = 100


class Posted(BaseModel):
    """A message as it was posted: where, and under which id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: Message
    thread_ts: str | None = None
    """The post in whose thread it stands; None: in the channel itself."""
    ts: str
    """Its id: the seconds since the epoch with six more digits, as Slack's."""


class FileNotifier:
    """Appends each message to a file, which it makes where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def post(self, message: Message, *, thread: str | None = None) -> str:
        """Append the message in one write; several writers at once mix neither their lines nor their ids.

        Raises HandrailError where the file cannot be written.
        """
        try:
            return self._posted(message, thread)
        except OSError as error:
            raise HandrailError(
                f"{self._path}, the file of messages, cannot be written: {error.strerror}. "
                "Make it a file that this person may write, or name another one with HANDRAIL_MESSAGES."
            ) from error

    def _posted(self, message: Message, thread: str | None) -> str:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            tail = _tail(file)
            posted = Posted(message=message, thread_ts=thread, ts=_next(tail))
            # A writer that was killed has left half a line; this one must not become its other half.
            broken = b"\n" if tail and not tail.endswith(b"\n") else b""
            file.write(broken + posted.model_dump_json().encode() + b"\n")
        return posted.ts


def posts(path: Path) -> tuple[Posted, ...]:
    """What was posted to a file, oldest first; nothing where there is no file yet."""
    return tuple(read(path.read_bytes())) if path.exists() else ()


def messages(path: Path) -> tuple[Message, ...]:
    """The messages alone, oldest first, those in threads too."""
    return tuple(posted.message for posted in posts(path))


def read(lines: bytes) -> Iterator[Posted]:
    """The posts in these lines; a line that was cut off when somebody was killed is none."""
    for line in lines.splitlines():
        with suppress(ValidationError):
            yield Posted.model_validate_json(line)


def _tail(file: IO[bytes]) -> bytes:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _TAIL))
    return file.read(_TAIL)


def _next(tail: bytes) -> str:
    """An id after the last one, though the clock may stand still or have been set back."""
    found = _LAST.search(tail)
    last = int(found[1]) * 1_000_000 + int(found[2]) if found else 0
    at = max(time.time_ns() // 1_000, last + 1)
    return f"{at // 1_000_000}.{at % 1_000_000:06}"
