"""What an execution is called that somebody begins by hand, and the file with the messages that were posted."""

from datetime import datetime
from secrets import token_hex
from typing import Final

MESSAGES: Final = "messages.jsonl"
"""In the folder of what is kept."""


def new_name(runbook: str, at: float) -> str:
    """A name that tells when it was: `drift-check-20260131-070000-1f3a`; `at` in seconds since the epoch."""
    return f"{runbook[:50]}-{datetime.fromtimestamp(at).astimezone():%Y%m%d-%H%M%S}-{token_hex(2)}"
