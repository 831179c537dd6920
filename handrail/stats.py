"""What `handrail stats RUNBOOK` shows: figures and charts, and how a runbook adds its own to those that all have.

A runbook's own come from `tasks/<its name with underscores>_stats.py`, whose `STATS` is called with the number of
days to look back and the present moment, inside the AWS that the runbook works in. It only reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Chart", "Figure", "Hook", "Value"]

Value = str | int | float | timedelta | None
"""A text as it is, a number with its unit, a duration, or None for "there is none"."""


@dataclass(frozen=True)
class Figure:
    """One row of the table: `Figure("Oldest open", timedelta(days=3), note="examples/roots/network")`."""

    name: str
    value: Value
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """Bars in the order in which they are shown, each with what stands beside it: `(("01-31", 4), ("02-01", 0))`."""

    name: str
    bars: Sequence[tuple[str, int | float]]
    unit: str = ""


Hook = Callable[[int, datetime], Sequence[Figure | Chart]]
"""What a runbook's STATS is: called with (days, now), `now` with its time zone."""
