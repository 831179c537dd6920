"""The log of a build: a file and listeners, written line by line, with every secret masked."""

import codecs
import re
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

MASK = "***"

# CodeBuild hides the ids of access keys, whoever they belong to.
ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")

# A longer line is written in parts.
LONGEST = 1 << 18

# So many lines are matched against the regular expression of `on-failure: RETRY-regex`.
TAIL = 1000

# A line of a secret that is shorter than this is no secret by itself: the braces of a JSON text.
SHORTEST_PART = 8


class Masker:
    """Replaces each secret by ***, and each line of one that has several, as a log has them line by line too."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        parts = {part for secret in secrets for part in _parts(secret)}
        # The longest first: one secret may be the beginning of another.
        wanted = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
        self._secrets = re.compile(wanted) if wanted else None
        self.longest = max(map(len, parts), default=0)

    def __call__(self, text: str) -> str:
        masked = self._secrets.sub(MASK, text) if self._secrets else text
        return ACCESS_KEY.sub(MASK, masked) if "A" in masked else masked


def _parts(secret: str) -> list[str]:
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) < 2:
        return [secret] if secret else []
    return [secret, *(line for line in lines if len(line) >= SHORTEST_PART)]


class Log:
    """Writes a build's log. `line` gets each line without its end; `tail` has the last ones."""

    def __init__(self, path: Path, now: Callable[[], float], line: Callable[[str], None]) -> None:
        self.mask = Masker()
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._file = path.open("a", encoding="utf-8", newline="\n")
        self._now = now
        self._line = line
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._pending = ""

    def say(self, text: str) -> None:
        """Something of Handrail's own, in the form that CodeBuild's agent gives to its lines."""
        moment = datetime.fromtimestamp(self._now(), UTC)
        self._write(f"[Container] {moment:%Y/%m/%d %H:%M:%S.%f} {text}".rstrip("\n").split("\n"))

    def output(self, chunk: bytes) -> None:
        """What a command wrote; lines are told as soon as they are complete."""
        if not chunk:
            return
        *lines, self._pending = (self._pending + self._decode(chunk)).split("\n")
        if len(self._pending) > LONGEST:
            # Masked before it is cut, and cut so that a secret that has only begun stays together.
            masked = self.mask(self._pending)
            cut = len(masked) - self.mask.longest
            lines.append(masked[:cut])
            self._pending = masked[cut:]
        self._write(lines)

    def end_of_command(self) -> None:
        """A last line without an end is a line all the same."""
        rest, self._pending = self._pending + self._decode(b"", True), ""
        if rest:
            self._write([rest])

    def close(self) -> None:
        # What could not be written before cannot be written now either.
        with suppress(OSError):
            self._file.close()

    def _write(self, lines: list[str]) -> None:
        masked = [self.mask(line.removesuffix("\r")) for line in lines]
        # A full disk costs lines of the log, not the build.
        with suppress(OSError):
            self._file.writelines(f"{line}\n" for line in masked)
            self._file.flush()
        self.tail.extend(masked)
        for line in masked:
            self._line(line)
