"""What a history tells about each visit of a state: when, with what, how it ended, and what ran inside it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

VisitStatus = Literal["RUNNING", "SUCCEEDED", "CAUGHT", "FAILED", "ABORTED"]
ENDED: Mapping[str, VisitStatus] = {
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "ABORTED",
    "ExecutionAborted": "ABORTED",
}


@dataclass(slots=True)
class Visit:
    """One stay in a state; times are seconds since the epoch, `input` and `output` are JSON text.

    `failures` counts the attempts that failed; `iteration` is the index of the Map iteration that the visit is in;
    `depth` is how many Map and Parallel states are around it.
    """

    name: str
    type: str
    entered: float
    input: str
    iteration: int | None = None
    depth: int = 0
    status: VisitStatus = "RUNNING"
    exited: float | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    failures: int = 0
    inner: list["Visit"] = field(default_factory=list)

    def end(self, status: VisitStatus, at: float) -> "Visit":
        self.status, self.exited = status, at
        return self


@dataclass(slots=True)
class Scope:
    """Where a chain of events runs: the top level, a branch or an iteration; `open` is the state it stands in."""

    outer: "Scope | None" = None
    visits: list[Visit] = field(default_factory=list)
    iteration: int | None = None
    open: Visit | None = None
    depth: int = 0

    def upwards(self, holds: Callable[[Visit], bool]) -> "Scope":
        """The nearest scope, from here outwards, whose open visit is such a one."""
        scope = self
        while scope.outer is not None and not (scope.open is not None and holds(scope.open)):
            scope = scope.outer
        return scope


class Visits:
    """The visits of one execution, kept up to date event by event (in the shape of GetExecutionHistory)."""

    def __init__(self) -> None:
        self.top: list[Visit] = []
        self.scopes: dict[int, Scope] = {0: Scope(visits=self.top)}
        self.forks: set[int] = set()

    def take(self, events: Iterable[Mapping[str, Any]]) -> list[Visit]:
        """Add events; gives the visits that they began or ended, in that order."""
        touched: list[Visit] = []
        for event in events:
            details: Mapping[str, Any] = next((event[name] for name in event if name.endswith("EventDetails")), {})
            scope, visits = self.placed(event, details, self.scopes[event["previousEventId"]])
            self.scopes[event["id"]] = scope
            touched += visits
        return touched

    def placed(self, event: Mapping[str, Any], details: Mapping[str, Any], scope: Scope) -> tuple[Scope, list[Visit]]:
        """The scope that an event belongs to, and the visits that it began or ended."""
        type, at = event["type"], event["timestamp"]
        if type.endswith("StateEntered"):
            return self.enter(event, details, scope)
        if type.endswith("StateExited"):
            scope = scope.upwards(lambda visit: visit.name == details["name"])
            return scope, [leave(scope.open, details["output"], at)] if scope.open else []
        if type == "MapIterationStarted":
            outer = scope.upwards(lambda visit: visit.name == details["name"])
            inner = outer.open.inner if outer.open else self.top
            return Scope(outer, inner, details["index"], depth=outer.depth + 1), []
        if type in ("ParallelStateStarted", "MapStateStarted"):
            self.forks.add(event["id"])
            scope = scope.upwards(lambda visit: visit.type in ("Map", "Parallel"))
            recover(scope.open)
            return scope, []
        if type.endswith("StateAborted"):
            return scope, [scope.open.end("ABORTED", at)] if scope.open else []
        if type in ENDED:
            return scope, close(self.top, ENDED[type], at)
        if type.endswith(("Failed", "TimedOut")) and scope.open is not None:
            fail(scope.open, type, details)
        elif type.endswith("Succeeded"):
            recover(scope.open)
        return scope, []

    def enter(self, event: Mapping[str, Any], details: Mapping[str, Any], scope: Scope) -> tuple[Scope, list[Visit]]:
        if event["previousEventId"] in self.forks:
            scope = Scope(scope, scope.open.inner if scope.open else self.top, scope.iteration, depth=scope.depth + 1)
        kind = event["type"].removesuffix("StateEntered")
        visit = Visit(details["name"], kind, event["timestamp"], details["input"], scope.iteration, scope.depth)
        scope.visits.append(visit)
        scope.open = visit
        if kind == "Fail":
            visit.end("FAILED", event["timestamp"])
        return scope, [visit]


def leave(visit: Visit, output: str, at: float) -> Visit:
    """A state whose last attempt failed can only be left through a Catch."""
    visit.output = output
    return visit.end("CAUGHT" if visit.error is not None else "SUCCEEDED", at)


def recover(visit: Visit | None) -> None:
    """Another attempt has begun or ended well: what failed before no longer counts."""
    if visit is not None:
        visit.error = visit.cause = None


def fail(visit: Visit, type: str, details: Mapping[str, Any]) -> None:
    """An attempt failed: of the task, or of the states inside a Map or Parallel, whose own event says no more."""
    visit.failures += 1
    if not type.startswith(("Map", "Parallel")):
        visit.error, visit.cause = details.get("error", ""), details.get("cause", "")


def close(visits: list[Visit], status: VisitStatus, at: float) -> list[Visit]:
    """End what is still open when the execution ends."""
    closed = []
    for visit in visits:
        closed += close(visit.inner, status, at)
        if visit.status == "RUNNING":
            closed.append(visit.end(status, at))
    return closed


def visits(events: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """The visits of an execution, from its history."""
    collected = Visits()
    collected.take(events)
    return collected.top
