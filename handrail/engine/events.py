"""What happens to an execution from outside, in the order in which it happened.

The same events in the same order always give the same history: time and randomness come in with them, so a journal
of these events is all that has to be kept of an execution.
"""

from typing import Any, Literal, NamedTuple

from handrail.asl.model import Json


class Started(NamedTuple):
    """The execution begins; `input` is JSON text, `seed` feeds everything random (jitter, UUIDs)."""

    at: float
    input: str
    seed: int = 0


class TaskStarted(NamedTuple):
    """An activity's worker has taken the task."""

    at: float
    task: int
    worker: str | None = None


class TaskSubmitted(NamedTuple):
    """The service has accepted the request of a `.sync` or `.waitForTaskToken` task; its work goes on."""

    at: float
    task: int
    output: Json


class TaskSucceeded(NamedTuple):
    """The work is done."""

    at: float
    task: int
    output: Json


class TaskFailed(NamedTuple):
    """The work failed; `phase` is when: it could not be scheduled, started or submitted, or failed while running."""

    at: float
    task: int
    error: str | None = None
    cause: str | None = None
    phase: Literal["schedule", "start", "submit", "run"] = "run"


class TaskHeartbeat(NamedTuple):
    """The worker is alive (SendTaskHeartbeat): its heartbeat clock starts anew."""

    at: float
    task: int


class TimerFired(NamedTuple):
    """The time of a SetTimer has come."""

    at: float
    timer: int


class Stopped(NamedTuple):
    """Somebody stopped the execution, or, where `child` is its ARN, one of a Map Run in it (StopExecution)."""

    at: float
    error: str | None = None
    cause: str | None = None
    child: str | None = None


class Redriven(NamedTuple):
    """Somebody has an execution that did not succeed go on where it ended (RedriveExecution).

    `token` is the client's own name of the request, by which the same request is known when it comes again.
    """

    at: float
    token: str | None = None


class MapRunUpdated(NamedTuple):
    """Somebody changed the numbers of a running Map Run (UpdateMapRun); None leaves one as it is.

    `run` is its ARN; the rest are children at once (0 is as many as there may be), failures that are tolerated as a
    count and in percent.
    """

    at: float
    run: str
    most: int | None = None
    failures: int | None = None
    share: float | None = None


Event = (
    Started
    | TaskStarted
    | TaskSubmitted
    | TaskSucceeded
    | TaskFailed
    | TaskHeartbeat
    | TimerFired
    | Stopped
    | Redriven
    | MapRunUpdated
)

KINDS: dict[str, type[Event]] = {
    "started": Started,
    "task-started": TaskStarted,
    "task-submitted": TaskSubmitted,
    "task-succeeded": TaskSucceeded,
    "task-failed": TaskFailed,
    "task-heartbeat": TaskHeartbeat,
    "timer-fired": TimerFired,
    "stopped": Stopped,
    "redriven": Redriven,
    "map-run-updated": MapRunUpdated,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def as_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object, for a journal."""
    return {"kind": NAMES[type(event)], **event._asdict()}


def from_json(stored: dict[str, Any]) -> Event:
    """The event that `as_json` stored."""
    fields = dict(stored)
    return KINDS[fields.pop("kind")](**fields)
