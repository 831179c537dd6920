"""How the command line writes: to people as text in columns, to programs as JSON."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.text import Text

WIDEST = 10_000
"""Columns where nobody looks at columns: in a pipe or a file no line is broken."""


class Terminal(Console):
    """A standard stream; when its reader has gone, what is left to say is dropped and the work goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)


def stream(*, stderr: bool) -> Terminal:
    """A stream as wide as its terminal; texts are shown as they are, never read as markup."""
    shown = os.isatty(2 if stderr else 1) or "COLUMNS" in os.environ
    # The stream itself, whoever may stand for it later: what tasks print is caught.
    file = sys.stderr if stderr else sys.stdout
    return Terminal(file=file, width=None if shown else WIDEST, highlight=False, markup=False, emoji=False)


console = stream(stderr=False)
errors = stream(stderr=True)

STYLES = {
    "RUNNING": "blue",
    "SUCCEEDED": "green",
    "CAUGHT": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "yellow",
}
MARKS = {"RUNNING": "…", "SUCCEEDED": "✓", "CAUGHT": "✓", "FAILED": "✗", "TIMED_OUT": "✗", "ABORTED": "■"}

# What would steer a terminal or turn its text around, and what no encoding can write.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
COLOURS = re.compile(r"\x1b\[[\d;:]*m")


def visible(text: str) -> str:
    """A text from somewhere else, safe to show: control characters as `\\x1b`, colours left out."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape", "backslashreplace").decode(), plain(text))


def plain(text: str) -> str:
    """A text without the codes that colour it."""
    return COLOURS.sub("", text)


def show(shown: RenderableType) -> None:
    """A table or a tree on standard output."""
    for row in trimmed(console, shown):
        console.print(row, soft_wrap=True)


def trimmed(console: Console, shown: RenderableType, widest: int = WIDEST) -> Iterator[Text]:
    """The lines of something, without the blanks that fill them up to the width."""
    options = console.options.update(width=min(console.width, widest))
    for segments in console.render_lines(shown, options, pad=False):
        row = Text.assemble(*((part.text, part.style or "") for part in Segment.simplify(segments)), end="")
        row.rstrip()
        yield row


def print_json(value: Any) -> None:
    """One JSON document on standard output, never wrapped or coloured."""
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    write(json.dumps(value, ensure_ascii=ascii_only, indent=2) + "\n")


def write(text: str) -> None:
    """Text on standard output as it is; a reader that has gone is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)


def discard(file: IO[str]) -> None:
    """Let go what this stream still holds, so that Python does not try to write it once more when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())
        os.close(nowhere)


def status(name: str) -> Text:
    """A status with its mark and colour."""
    return Text(f"{MARKS.get(name, '·')} {name}", STYLES.get(name, ""))


def moment(seconds: float) -> str:
    """A local date and time, to the second."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def iso(seconds: float | None) -> str | None:
    """A time for programs: ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def duration(seconds: float) -> str:
    """`0.3 s`, `12.0 s`, `1:02:03`."""
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
