"""How the command line writes: to people as text in columns, to programs as JSON."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

STYLES = {
    "RUNNING": "blue",
    "SUCCEEDED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "yellow",
}
MARKS = {"RUNNING": "…", "SUCCEEDED": "✓", "FAILED": "✗", "TIMED_OUT": "✗", "ABORTED": "■"}


def print_json(value: Any) -> None:
    """One JSON document on standard output, never wrapped or coloured."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


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
