"""What things are called: an execution that somebody begins by hand, ARNs, the file with the posted messages."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Final

MESSAGES: Final = "messages.jsonl"
"""In the folder of what is kept."""


PARTITIONS: Final[Mapping[str, str]] = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
"""How the names of regions begin that are no part of the rest of AWS ("Amazon Resource Names", IAM User Guide)."""


def place(account: str, region: str) -> str:
    """How the ARNs of Step Functions begin in an account and a region."""
    partition = next((name for begin, name in PARTITIONS.items() if region.startswith(begin)), "aws")
    return f"arn:{partition}:states:{region}:{account}"


def new_name(runbook: str, at: float) -> str:
    """A name that tells when it was: `drift-check-20260131-070000-1f3a`; `at` in seconds since the epoch."""
    return f"{runbook[:50]}-{datetime.fromtimestamp(at).astimezone():%Y%m%d-%H%M%S}-{token_hex(2)}"
