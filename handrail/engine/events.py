"""What happens to an execution from outside, in the order in which it happened.

The same events in the same order always give the same history: time and randomness come in with them, so a journal
of these events is all that has to be kept of an execution.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from handrail.asl.model import Json


@dataclass(frozen=True, slots=True)
class Started:
    """The execution begins; `input` is JSON text, `seed` feeds everything random (jitter, UUIDs)."""

    kind: ClassVar[str] = "started"
    at: float
    input: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """An activity's worker has taken the task."""

    kind: ClassVar[str] = "task-started"
    at: float
    task: int
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class TaskSubmitted:
    """The service has accepted the request of a `.sync` or `.waitForTaskToken` task; its work goes on."""

    kind: ClassVar[str] = "task-submitted"
    at: float
    task: int
    output: Json


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """The work is done."""

    kind: ClassVar[str] = "task-succeeded"
    at: float
    task: int
    output: Json


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The work failed; `phase` says whether it could not be started, not be submitted, or failed while running."""

    kind: ClassVar[str] = "task-failed"
    at: float
    task: int
    error: str | None = None
    cause: str | None = None
    phase: Literal["start", "submit", "run"] = "run"


@dataclass(frozen=True, slots=True)
class TaskHeartbeat:
    """The worker is alive (SendTaskHeartbeat): its heartbeat clock starts anew."""

    kind: ClassVar[str] = "task-heartbeat"
    at: float
    task: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time of a SetTimer has come."""

    kind: ClassVar[str] = "timer-fired"
    at: float
    timer: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody stopped the execution (StopExecution)."""

    kind: ClassVar[str] = "stopped"
    at: float
    error: str | None = None
    cause: str | None = None


Event = Started | TaskStarted | TaskSubmitted | TaskSucceeded | TaskFailed | TaskHeartbeat | TimerFired | Stopped

KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (Started, TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed, TaskHeartbeat, TimerFired, Stopped)
}


def as_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object, for a journal."""
    return {"kind": event.kind, **asdict(event)}


def from_json(stored: dict[str, Any]) -> Event:
    """The event that `as_json` stored."""
    fields = dict(stored)
    return KINDS[fields.pop("kind")](**fields)
