"""What the engine asks of the world around it."""

from typing import Literal, NamedTuple

from handrail.asl.model import Json

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class RunTask(NamedTuple):
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


class CancelTask(NamedTuple):
    """The answer of this task is no longer awaited; stop the work where it can be stopped."""

    task: int


class SetTimer(NamedTuple):
    """Answer with TimerFired at this time, in seconds since the epoch.

    `pauses` is whether the execution only waits, in a Wait or before a retry; else it is a time limit of something.
    """

    timer: int
    at: float
    pauses: bool = False


class CancelTimer(NamedTuple):
    """Nobody waits for this timer any more."""

    timer: int


class Finished(NamedTuple):
    """The execution has ended."""

    status: Status
    output: str | None = None
    error: str | None = None
    cause: str | None = None


Command = RunTask | CancelTask | SetTimer | CancelTimer | Finished
