"""What the engine asks of the world around it."""

from dataclasses import dataclass
from typing import Literal

from handrail.asl.model import Json

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True, slots=True)
class RunTask:
    """Do the work of a Task state and answer with TaskSucceeded or TaskFailed.

    `task` is the id of the event that scheduled it; `token` is the task token that a callback or a worker answers
    with; `role` is the role to assume (Credentials); the time limits are in seconds, for those who want to tell the
    work (the engine keeps the timers itself).
    """

    task: int
    resource: str
    arguments: Json
    state: str
    token: str
    timeout: int | None = None
    heartbeat: int | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class CancelTask:
    """The answer of this task is no longer awaited; stop the work where it can be stopped."""

    task: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Answer with TimerFired at this time, in seconds since the epoch."""

    timer: int
    at: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Nobody waits for this timer any more."""

    timer: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The execution has ended."""

    status: Status
    output: str | None = None
    error: str | None = None
    cause: str | None = None


Command = RunTask | CancelTask | SetTimer | CancelTimer | Finished
