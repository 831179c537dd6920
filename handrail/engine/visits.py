"""What a history tells about each visit of a state: when, with what, how it ended, and what ran inside it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """One stay in a state; times are seconds since the epoch, `input`, `output`, `asked`, `answer` are JSON text.

    `resource`, `asked` and `answer` are what a Task called, what it was called with, and what came back; `assigned`
    are the variables that were set on leaving, as JSON text.
    `failures` counts the attempts that failed, `redrives` how often it was gone on with after the execution had ended,
    `resumed` when that was last; `iteration` is the index of the Map iteration that the visit is in;
    `tries` are the attempts of a Task, each with its beginning and its end (None while it goes on);
    `lane` numbers the iterations and branches of the Map or Parallel that it is directly inside of; `depth` is how
    many of these are around it.
    """

    name: str
    type: str
    entered: float
    input: str
    iteration: int | None = None
    lane: int | None = None
    depth: int = 0
    status: VisitStatus = "RUNNING"
    exited: float | None = None
    output: str | None = None
    resource: str = ""
    asked: str | None = None
    answer: str | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    failures: int = 0
    tries: list[tuple[float, float | None]] = field(default_factory=list)
    redrives: int = 0
    resumed: float | None = None
    inner: list["Visit"] = field(default_factory=list)

    def end(self, status: VisitStatus, at: float) -> "Visit":
        self.status, self.exited = status, at
        return self

    @property
    def begun(self) -> float:
        """When it was entered, or gone on with after a redrive."""
        return self.entered if self.resumed is None else self.resumed

    def go_on(self, at: float) -> "Visit":
        """It had ended with the execution, and a redrive goes on with it."""
        self.status, self.exited, self.resumed = "RUNNING", None, at
        self.redrives += 1
        self.recover()
        return self

    def fail(self, error: str | None, cause: str | None) -> None:
        self.error, self.cause = error or "", cause or ""

    def begin_try(self, at: float) -> None:
        self.tries.append((at, None))

    def end_try(self, at: float) -> None:
        if self.tries and self.tries[-1][1] is None:
            self.tries[-1] = (self.tries[-1][0], at)

    def recover(self) -> None:
        """Another attempt has begun or ended well: what failed before no longer counts."""
        self.error = self.cause = None


@dataclass(slots=True)
class Scope:
    """Where a chain of events runs: the top level, a branch or an iteration; `open` is the state it stands in."""

    outer: "Scope | None" = None
    visits: list[Visit] = field(default_factory=list)
    iteration: int | None = None
    lane: int | None = None
    open: Visit | None = None
    depth: int = 0
    inside: list["Scope"] = field(default_factory=list)

    def within(self, lane: int, iteration: int | None) -> "Scope":
        """A new branch or iteration of the Map or Parallel that this scope stands in."""
        inner = self.open.inner if self.open else self.visits
        self.inside.append(Scope(self, inner, iteration, lane, depth=self.depth + 1))
        return self.inside[-1]

    def standing(self) -> Iterator[Visit]:
        """The states that this scope and those inside of it stand in, from the outside in."""
        if self.open is not None:
            yield self.open
        for scope in self.inside:
            yield from scope.standing()


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with its details, and the scope that it belongs to by the event before it."""

    id: int
    previous: int
    type: str
    at: float
    details: Mapping[str, Any]
    scope: Scope


Placed = tuple[Scope, list[Visit]]
"""The scope that an event belongs to, and the visits that it began or ended."""


class Visits:
    """The visits of one execution, kept up to date event by event (in the shape of GetExecutionHistory)."""

    def __init__(self) -> None:
        self.top: list[Visit] = []
        self.scopes: dict[int, Scope] = {0: Scope(visits=self.top)}
        self.forks: dict[int, int] = {}
        self.standing: dict[str, Scope] = {}
        self.cut: set[int] = set()

    def take(self, events: Iterable[Mapping[str, Any]]) -> list[Visit]:
        """Add events; gives the visits that they began or ended, in that order."""
        touched: list[Visit] = []
        for event in events:
            id, previous, type = event["id"], event["previousEventId"], event["type"]
            details: Mapping[str, Any] = next((event[name] for name in event if name.endswith("EventDetails")), {})
            happened = Happened(id, previous, type, event["timestamp"], details, self.scopes[previous])
            row = next((row for ending, row in ROWS if type.endswith(ending)), stay)
            if self.cut and row in GOING_ON:
                touched += gone_on(self, happened.scope, happened.at)
            self.scopes[id], visits = row(self, happened)
            touched += visits
        return touched


def gone_on(visits: Visits, scope: Scope | None, at: float) -> list[Visit]:
    """What a redrive goes on with: the state that a scope stands in, and those around it, from the outside in."""
    if scope is None:
        return []
    outer, visit = gone_on(visits, scope.outer, at), scope.open
    if visit is None or id(visit) not in visits.cut:
        return outer
    visits.cut.remove(id(visit))
    return [*outer, visit.go_on(at)]


def redrive(visits: Visits, event: Happened) -> Placed:
    """AWS enters no state again: which ones go on shows in what happens to them; for the outermost it is clear."""
    visits.cut = {id(visit) for visit in walked(visits.top) if visit.status in ("FAILED", "ABORTED")}
    return event.scope, gone_on(visits, visits.scopes[0], event.at)


def walked(visits: Iterable[Visit]) -> Iterator[Visit]:
    """All visits, with those inside of them."""
    for visit in visits:
        yield visit
        yield from walked(visit.inner)


def stay(_visits: Visits, event: Happened) -> Placed:
    """An event that tells nothing about a visit."""
    return event.scope, []


def enter(visits: Visits, event: Happened) -> Placed:
    scope = event.scope
    if event.previous in visits.forks:
        lane = visits.forks[event.previous]
        visits.forks[event.previous] += 1
        scope = scope.within(lane, scope.iteration)
    kind = event.type.removesuffix("StateEntered")
    place = (scope.iteration, scope.lane, scope.depth)
    visit = Visit(event.details["name"], kind, event.at, event.details["input"], *place)
    scope.visits.append(visit)
    scope.open = visit
    visits.standing[visit.name] = scope
    return scope, [visit.end("FAILED", event.at)] if kind == "Fail" else [visit]


def leave(_visits: Visits, event: Happened) -> Placed:
    """A state whose last attempt failed can only be left through a Catch."""
    scope, failed = climbed(event, lambda visit: visit.name == event.details["name"])
    visit = scope.open
    if visit is None:
        return scope, failed
    visit.output = event.details["output"]
    visit.assigned = event.details.get("assignedVariables", {})
    return scope, [*failed, visit.end("CAUGHT" if visit.error is not None else "SUCCEEDED", event.at)]


def climbed(event: Happened, holds: Callable[[Visit], bool]) -> Placed:
    """The nearest scope, outwards, that stands in such a visit; what an event leaves behind unfinished has failed."""
    scope, failed = event.scope, list[Visit]()
    while scope.outer is not None and not (scope.open is not None and holds(scope.open)):
        left, scope = scope.open, scope.outer
        if left is not None and left.status == "RUNNING":
            failed.append(left.end("FAILED", event.at))
        if left is not None and left.status == "FAILED" and scope.open is not None:
            scope.open.fail(left.error, left.cause)
    return scope, failed


def joining(event: Happened) -> Placed:
    """The scope of the Map or Parallel that an event tells of by its type alone; ended ones are out of the question."""
    kind = "Map" if event.type.startswith("Map") else "Parallel"
    return climbed(event, lambda visit: visit.type == kind and visit.status == "RUNNING")


def fork(visits: Visits, event: Happened) -> Placed:
    """A Map or Parallel begins its branches, or begins them once more."""
    scope, failed = joining(event)
    visits.forks.update({event.id: 0} if event.type.startswith("Parallel") else {})
    if scope.open is not None:
        scope.open.failures += bool(scope.open.inner)
        scope.open.recover()
    return scope, failed


def iterate(_visits: Visits, event: Happened) -> Placed:
    scope, failed = climbed(event, lambda visit: visit.name == event.details["name"])
    index = event.details["index"]
    return scope.within(index, index), failed


def give_up_iteration(_visits: Visits, event: Happened) -> Placed:
    visit = event.scope.open
    unfinished = visit is not None and visit.status == "RUNNING"
    return event.scope, [visit.end("FAILED", event.at)] if visit and unfinished else []


def joined(_visits: Visits, event: Happened) -> Placed:
    scope, failed = joining(event)
    if scope.open is not None:
        scope.open.recover()
    return scope, failed


def unhandled(_visits: Visits, event: Happened) -> Placed:
    """A Map or Parallel has failed, and neither its Retry nor its Catch answers."""
    scope, failed = joining(event)
    if scope.open is not None:
        failed.append(scope.open.end("FAILED", event.at))
    return scope, failed


def aborted(_visits: Visits, event: Happened) -> Placed:
    """A state is given up: the one that failed its branch, or one beside it; the event names neither, only a type."""
    kind, failed = event.type.removesuffix("StateAborted"), event.scope.open
    if failed is not None and failed.type == kind and failed.error is not None and failed.status == "RUNNING":
        return event.scope, [failed.end("FAILED", event.at)]
    beside = event.scope.outer.standing() if event.scope.outer is not None else ()
    around = event.scope.outer.open if event.scope.outer is not None else None
    cut = next((visit for visit in beside if visit.type == kind and visit is not around and open_yet(visit)), None)
    return event.scope, [cut.end("ABORTED", event.at)] if cut is not None else []


def open_yet(visit: Visit) -> bool:
    return visit.status == "RUNNING"


def ask(_visits: Visits, event: Happened) -> Placed:
    """A task is scheduled: a service names what it was given `parameters`, a function and an activity `input`."""
    if visit := event.scope.open:
        details = event.details
        named = f"{details.get('resourceType', '')}:{details['resource']}"
        visit.resource = named.removeprefix(":")
        visit.asked, visit.answer = details.get("parameters", details.get("input")), None
        visit.begin_try(event.at)
    return event.scope, []


def answer(_visits: Visits, event: Happened) -> Placed:
    visit = event.scope.open
    if visit is not None and not event.type.startswith(("Map", "Execution")):
        visit.recover()
        visit.end_try(event.at)
        visit.answer = event.details.get("output")
    return event.scope, []


def fail(visits: Visits, event: Happened) -> Placed:
    """An attempt failed, in the task's work or in one of the state's own expressions."""
    scope, name = event.scope, event.details.get("state")
    if name is not None and (scope.open is None or scope.open.name != name):
        # AWS chains a state's first evaluation to what came before the state was entered.
        before = visits.scopes[event.id - 1]
        entered = before.open is not None and before.open.name == name
        scope = before if entered else visits.standing.get(name, before)
    visit = scope.open
    if visit is not None:
        if visit.status == "FAILED":  # its Catch fails, after AWS has told that the state had
            visit.status, visit.exited = "RUNNING", None
        visit.failures += 1
        visit.end_try(event.at)
        visit.fail(event.details.get("error"), event.details.get("cause"))
    return scope, []


def end(visits: Visits, event: Happened) -> Placed:
    """The execution ends before its last state does; a failure without an event of its own is told only here."""
    status, visit = ENDED[event.type], event.scope.open
    if status != "FAILED":
        return event.scope, close(visits.top, status, event.at)
    if visit is not None and visit.error is None and visit.output is None:
        visit.fail(event.details.get("error"), event.details.get("cause"))
    # States.Runtime ends the execution from within a branch, and those beside it are given up untold.
    top, failed = climbed(event, lambda _visit: False)
    if top.open is not None and top.open.status == "RUNNING":
        failed.append(top.open.end("FAILED", event.at))
    return event.scope, [*failed, *close(visits.top, "ABORTED", event.at)]


def close(visits: list[Visit], status: VisitStatus, at: float) -> list[Visit]:
    """End what is still open, from the inside out."""
    closed = []
    for visit in visits:
        closed += close(visit.inner, status, at)
        if visit.status == "RUNNING":
            closed.append(visit.end(status, at))
    return closed


GOING_ON = (ask, fork, iterate, leave)
"""What happens to a state only while it goes on."""

ROWS: tuple[tuple[str, Callable[[Visits, Happened], Placed]], ...] = (
    ("ExecutionRedriven", redrive),
    ("StateEntered", enter),
    ("StateExited", leave),
    ("StateAborted", aborted),
    ("MapIterationStarted", iterate),
    ("MapIterationFailed", give_up_iteration),
    ("MapIterationAborted", stay),
    ("StateStarted", fork),
    ("StateSucceeded", joined),
    ("StateFailed", unhandled),
    *((type, end) for type in ENDED),
    ("Scheduled", ask),
    ("Failed", fail),
    ("TimedOut", fail),
    ("Succeeded", answer),
)
"""What each type of event tells, by the end of its name; the first row that fits counts."""


def visits(events: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """The visits of an execution, from its history."""
    collected = Visits()
    collected.take(events)
    return collected.top
