"""Which executions can be redriven, and why the others cannot, in AWS's words.

Sources: "Restarting state machine executions with redrive" in the Developer Guide, `redriveStatusReason` in the API
reference of DescribeExecution.
"""

from collections.abc import Sized
from typing import Literal, Protocol

RedriveStatus = Literal["REDRIVABLE", "NOT_REDRIVABLE"]

PERIOD = 14 * 86_400
"""Seconds after its end in which an execution can be redriven."""

LONGEST_OPEN = 365 * 86_400
"""Seconds that an execution may be open, from its start (Step Functions service quotas)."""

EVENTS = 24_999
"""A history must be shorter, to have room for ExecutionRedriven and for one event more."""

BY_STATUS = "Execution is {} and cannot be redriven"
TOO_LONG = "Execution history event limit exceeded"
TOO_OLD = "Execution has exceeded the max execution time"
TOO_LATE = "Execution redrivable period exceeded"
# AWS says this by its API: an EXPRESS execution has no ARN that RedriveExecution takes.
EXPRESS = "Execution is of type EXPRESS and cannot be redriven"


class Execution(Protocol):
    """What decides; times are in seconds since the epoch."""

    @property
    def status(self) -> str: ...
    @property
    def express(self) -> bool: ...
    @property
    def started_at(self) -> float: ...
    @property
    def stopped_at(self) -> float | None: ...
    @property
    def events(self) -> Sized: ...


def against(execution: Execution, now: float) -> str | None:
    """The reason why an execution cannot be redriven at this time, None where it can."""
    if execution.express:
        return EXPRESS
    if execution.status in ("RUNNING", "SUCCEEDED") or execution.stopped_at is None:
        return BY_STATUS.format(execution.status)
    if len(execution.events) >= EVENTS:
        return TOO_LONG
    if now - execution.started_at > LONGEST_OPEN:
        return TOO_OLD
    if now - execution.stopped_at > PERIOD:
        return TOO_LATE
    return None


def described(execution: Execution, now: float) -> dict[str, str]:
    """`redriveStatus` and `redriveStatusReason` of DescribeExecution."""
    reason = against(execution, now)
    status: RedriveStatus = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
    return {"redriveStatus": status} | ({} if reason is None else {"redriveStatusReason": reason})
