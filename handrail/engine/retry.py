"""Retry and Catch: which errors they match, and how long a retry waits.

Source: "Handling errors in Step Functions workflows" in the Developer Guide.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.model import Json

TERMINAL = frozenset({"States.Runtime"})
"""What no Retry and no Catch matches, and always fails the execution: the definition or its data are wrong."""
LONGEST = 99_999_999
"""The longest pause that Step Functions knows, in seconds; some three years."""
TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})


def matches(names: frozenset[str], error: str) -> bool:
    """Whether an ErrorEquals list matches an error name."""
    if error in TERMINAL:
        return False
    if error in names:
        return True
    if "States.ALL" in names:
        return True
    if error in TIMEOUTS:
        return "States.Timeout" in names
    return "States.TaskFailed" in names


class Retrier(NamedTuple):
    """One entry of Retry; times are in seconds."""

    errors: frozenset[str]
    interval: int = 1
    most: int = 3
    backoff: float = 2.0
    longest: int | None = None
    jitter: bool = False

    def delay(self, retries: int, random: Callable[[], float]) -> float:
        """How long to wait before the next attempt, after this retrier has asked for `retries` already."""
        try:
            seconds = self.interval * self.backoff**retries
        except OverflowError:
            seconds = LONGEST
        seconds = min(seconds, LONGEST if self.longest is None else self.longest)
        return seconds * random() if self.jitter else seconds


def retriers(entries: Sequence[Mapping[str, Json]]) -> tuple[Retrier, ...]:
    """The compiled Retry field."""
    names = {
        "IntervalSeconds": "interval",
        "MaxAttempts": "most",
        "BackoffRate": "backoff",
        "MaxDelaySeconds": "longest",
    }
    return tuple(
        Retrier(
            errors=frozenset(entry["ErrorEquals"]),  # type: ignore[arg-type]  # read() has checked the kinds
            jitter=entry.get("JitterStrategy") == "FULL",
            **{ours: entry[theirs] for theirs, ours in names.items() if theirs in entry},  # type: ignore[arg-type]
        )
        for entry in entries
    )
