"""A Map Run: the child executions of one Distributed Map, how they ended, and what becomes of their results."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from handrail.asl.model import Json
from handrail.engine import events as happened
from handrail.engine.commands import CancelTask, CancelTimer, Command, Finished, RunTask, SetTimer
from handrail.engine.events import Redriven, Started, Stopped, TimerFired
from handrail.engine.execution import EXPRESS_SECONDS, Branch, CompiledState, Execution
from handrail.engine.failure import Failure
from handrail.engine.handlers import advance
from handrail.engine.items import Batches
from handrail.engine.redrive import against
from handrail.engine.results import manifest, transformed
from handrail.engine.values import text_of

EXCEEDED = Failure("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")

WRITER_FAILED = "States.ResultWriterFailed"

MOST_CHILDREN = 10_000
"""Child executions at once, also where MaxConcurrency is 0 (Step Functions service quotas)."""

MOST_REDRIVES = 1_000
"""How often a Map Run can be redriven (Step Functions service quotas)."""


class Settings(NamedTuple):
    """The numbers of a run: children at once, items, failures that are tolerated as a count and in percent.

    `place` is what the ResultWriter was given, where there is one.
    """

    most: int
    items: int | None = None
    failures: int | None = None
    share: float | None = None
    batches: Batches | None = None
    place: Mapping[str, Json] | None = None

    def exceeded(self, failed: int, total: int) -> bool:
        """Whether so many failed items are more than is tolerated; with neither limit, none is."""
        if self.failures is None and self.share is None:
            return failed > 0
        over = self.failures is not None and failed > self.failures
        return over or (self.share is not None and failed * 100 > self.share * total)


class MapState(Protocol):
    """The Distributed Map that a run belongs to."""

    name: str
    label: str
    start: CompiledState
    express: bool
    writer: Any
    writing: Any

    def read(self, run: "MapRun") -> None: ...

    def resume(self, execution: Execution, branch: Branch, result: Json) -> None: ...


class Child:
    """One child execution; what it asks for leaves as its host's commands, under ids of the host's."""

    def __init__(self, run: "MapRun", given: Json, items: int) -> None:
        self.run = run
        self.given = given
        self.items = items
        self.name = identifier(run.host)
        self.execution = self.new()
        self.tasks: dict[int, int] = {}
        self.timers: dict[int, int] = {}

    def new(self) -> Execution:
        """The execution before its start; its ARN is the child's for good."""
        run, host = self.run, self.run.host
        prefix, _, machine = f"{host.machine_arn}/{run.label}".partition(":stateMachine:")
        express = run.state.express
        return Execution(
            run.state.start,
            arn=f"{prefix}:{'express' if express else 'execution'}:{machine}:{self.name}",
            name=self.name,
            machine_arn=f"{prefix}:stateMachine:{machine}",
            machine_name=machine,
            role=host.role,
            timeout=EXPRESS_SECONDS if express else None,
            most_events=None if express else host.most_events,
        )

    @property
    def status(self) -> str:
        return self.execution.status

    def start(self) -> None:
        host = self.run.host
        self.happen(Started(host.now, text_of(self.given), host.generator.bits()))

    def redrive(self) -> None:
        """A Standard child goes on where it ended, where it still can; an Express one begins again as itself."""
        self.tasks.clear()
        self.timers.clear()
        if self.execution.express:
            again = self.new()
            again.redrives = self.execution.redrives + 1
            self.execution = again
            self.start()
        elif against(self.execution, self.run.host.now):
            self.run.ended(self)
        else:
            self.happen(Redriven(self.run.host.now))

    def happen(self, event: happened.Event) -> None:
        """Tell the child what happened, and pass on what it wants."""
        for command in advance(self.execution, event):
            self.pass_on(command)

    def pass_on(self, command: Command) -> None:
        host = self.run.host
        match command:
            case RunTask():
                outer = self.tasks[command.task] = self.run.listen(lambda event: self.hear(command.task, event))
                host.commands.append(command._replace(task=outer))
            case CancelTask(task):
                self.run.forget(self.tasks.pop(task))
            case SetTimer(timer, at, pauses):
                self.timers[timer] = host.set_timer(at - host.now, lambda: self.fire(timer), pauses=pauses)
            case CancelTimer(timer):
                host.cancel_timer(self.timers.pop(timer))
            case Finished():
                self.run.ended(self)

    def hear(self, task: int, event: Any) -> None:
        if isinstance(event, happened.TaskSucceeded | happened.TaskFailed):
            self.run.host.tasks.pop(self.tasks.pop(task), None)
        self.happen(event._replace(task=task))

    def fire(self, timer: int) -> None:
        self.timers.pop(timer, None)
        self.happen(TimerFired(self.run.host.now, timer))

    def stop(self) -> None:
        self.happen(Stopped(self.run.host.now))


class Listener(NamedTuple):
    """Who hears of a task that the run, or a child in it, has asked for."""

    hear: Callable[[Any], None]

    def tell(self, execution: Execution, event: Any) -> None:
        self.hear(event)


class MapRun:
    """The children of one Distributed Map, from the first to the last; a redrive goes on with those that failed."""

    # Data that is too large, or not there, is not mended by running the same children again.
    anew_after = frozenset({"States.DataLimitExceeded", "States.Runtime"})

    def __init__(self, state: MapState, host: Execution, owner: Branch, settings: Settings) -> None:
        self.state = state
        self.host = host
        self.owner = owner
        self.begun = owner.previous
        self.settings = settings
        self.label = state.label or identifier(host)
        self.id = identifier(host)
        prefix, _, machine = host.machine_arn.partition(":stateMachine:")
        self.arn = f"{prefix}:mapRun:{machine}/{self.label}:{self.id}"
        self.status = "RUNNING"
        self.started_at = host.now
        self.stopped_at: float | None = None
        self.children: list[Child] = []
        self.pending: deque[tuple[Json, int]] = deque()
        self.unsuccessful: deque[Child] = deque()
        self.exported: frozenset[Child] = frozenset()
        self.listed: list[Json] = []
        self.dealt = False
        self.redrives = 0
        self.redriven_at: float | None = None
        self.results_written = False
        self.begun_again = 0
        self.total = 0
        self.open = 0
        self.failed_items = 0
        self.starting = False
        self.waits: set[int] = set()

    # ------------------------------------------------------------------ the children

    def start(self, inputs: Sequence[tuple[Json, int]]) -> None:
        self.dealt = True
        self.pending.extend(inputs)
        self.total = sum(items for _, items in inputs)
        self.start_more()

    def start_more(self) -> None:
        """Fill the free places; a child that ends at once makes room for the next in the same loop."""
        if self.starting:
            return
        self.starting = True
        while self.status == "RUNNING" and self.waiting() and self.open < self.settings.most:
            self.open += 1
            if self.unsuccessful:
                self.unsuccessful.popleft().redrive()
            else:
                self.start_child(*self.pending.popleft())
        self.starting = False
        if self.status == "RUNNING" and not self.open and not self.waiting():
            self.conclude(None)

    def waiting(self) -> bool:
        """Whether there are children to be started or redriven when there is room for them."""
        return bool(self.pending or self.unsuccessful)

    def start_child(self, given: Json, items: int) -> None:
        child = Child(self, given, items)
        self.children.append(child)
        child.start()

    def ended(self, child: Child) -> None:
        """A child has come to its end; too many failures end the run."""
        self.open -= 1
        if self.status != "RUNNING":
            return
        if child.status != "SUCCEEDED":
            self.failed_items += child.items
            if self.settings.exceeded(self.failed_items, self.total):
                self.stop_children("FAILED")
                self.conclude(EXCEEDED)
                return
        self.start_more()

    def stop_children(self, status: str) -> None:
        self.status = status
        for child in self.children:
            if child.status == "RUNNING":
                child.stop()

    def redrive(self, execution: Execution) -> CompiledState | None:
        """Go on with the children that did not succeed, and with the items that were never begun.

        Source: "Redriving Map Runs in Step Functions executions" in the Developer Guide; ids as AWS was seen to
        give them.
        """
        if self.redrives == MOST_REDRIVES:
            raise Failure("States.Runtime", f"The Map Run was redriven {MOST_REDRIVES} times, which is the limit.")
        self.redrives += 1
        self.redriven_at = execution.now
        self.results_written = False
        self.status, self.stopped_at = "RUNNING", None
        self.open = self.failed_items = 0
        self.starting = False
        self.waits.clear()
        self.unsuccessful = deque(child for child in self.children if child.status != "SUCCEEDED")
        self.owner.waiting = self
        details = {"mapRunArn": self.arn, "redriveCount": self.redrives}
        self.owner.previous = self.begun_again = execution.record("MapRunRedriven", self.begun, details)
        if self.dealt:
            self.start_more()
        else:
            self.state.read(self)
        return None

    # ------------------------------------------------------------------ told from outside

    def tell(self, event: Any) -> None:
        """Take an event for this run or one of its children; a run in a child is told through that child."""
        if isinstance(event, happened.MapRunUpdated) and event.run == self.arn:
            self.update(event)
            return
        for child in self.children:
            if child.status != "RUNNING":
                continue
            if isinstance(event, Stopped) and event.child == child.execution.arn:
                child.happen(event._replace(child=None))
                return
            if child.execution.map_runs:
                child.happen(event)

    def update(self, event: happened.MapRunUpdated) -> None:
        """Go on with other numbers; children that run are not stopped by a lower MaxConcurrency."""
        if self.status != "RUNNING":
            return
        before = self.settings
        self.settings = before._replace(
            most=before.most if event.most is None else min(event.most or MOST_CHILDREN, MOST_CHILDREN),
            failures=before.failures if event.failures is None else event.failures,
            share=before.share if event.share is None else event.share,
        )
        if not self.dealt or not (self.open or self.waiting()):
            return
        if self.settings.exceeded(self.failed_items, self.total):
            self.stop_children("FAILED")
            self.conclude(EXCEEDED)
        else:
            self.start_more()

    # ------------------------------------------------------------------ the end

    def conclude(self, failure: Failure | None) -> None:
        """Write the results where the state wants them in S3, then let the state go on or fail."""
        writer, place = self.state.writer, self.settings.place
        if place is None:
            self.close(failure, transformed(self.children, self.state.writing, "COMPACT"))
            return
        files, listed = manifest(self, place, self.state.writing)
        result: Json = {
            "MapRunArn": self.arn,
            "ResultWriterDetails": {"Bucket": place.get("Bucket"), "Key": next(reversed(files))},
        }

        def written() -> None:
            self.listed, self.results_written = listed, True
            self.exported = frozenset(child for child in self.children if child.status == "SUCCEEDED")
            self.close(failure, result)

        self.write(writer.resource, place.get("Bucket"), [*files.items()], written)

    def write(self, resource: str, bucket: Json, files: list[tuple[str, str]], then: Callable[[], None]) -> None:
        """Put one file after the other."""
        if not files:
            then()
            return
        (key, body), *rest = files
        asked: Json = {"Bucket": bucket, "Key": key, "Body": body}
        self.ask(resource, asked, lambda _answer: self.write(resource, bucket, rest, then), WRITER_FAILED)

    def close(self, failure: Failure | None, result: Json) -> None:
        if failure is not None:
            self.fail(Failure(failure.error, failure.cause))
            return
        self.status, self.stopped_at = "SUCCEEDED", self.host.now
        self.owner.previous = self.host.record("MapRunSucceeded", self.owner.previous)
        self.host.record("MapStateSucceeded", self.owner.previous)
        # After a redrive AWS has the state's exit follow the redrive of the run, and not its success.
        self.owner.previous = self.begun_again or self.owner.previous
        self.state.resume(self.host, self.owner, result)

    def fail(self, failure: Failure) -> None:
        """End the run and its state with this error."""
        self.stop_children("FAILED")
        self.stopped_at = self.host.now
        details = {"error": failure.error, "cause": failure.cause}
        self.owner.previous = self.host.record("MapRunFailed", self.owner.previous, details)
        self.host.proceed(self.owner, self.host.handle(self.owner, failure))

    def cancel(self, execution: Execution, after: int) -> None:
        """The branch that the Map stands in is given up."""
        self.stop_children("ABORTED")
        self.stopped_at = execution.now
        for task in list(self.waits):
            self.forget(task)
        execution.record("MapRunAborted", after)

    def host_ended(self) -> None:
        """The execution that the run belongs to has ended, and has taken back what it waited for."""
        if self.status == "RUNNING":
            self.status, self.stopped_at = "ABORTED", self.host.now
            for child in self.children:
                advance(child.execution, Stopped(self.host.now))

    # ------------------------------------------------------------------ what is asked from outside

    def ask(self, resource: str, arguments: Json, then: Callable[[Json], None], error: str) -> None:
        """Ask S3 for something; what goes wrong there fails the run with this error."""

        def hear(event: Any) -> None:
            if isinstance(event, happened.TaskSucceeded | happened.TaskFailed):
                self.waits.discard(task)
                self.host.tasks.pop(task, None)
                if isinstance(event, happened.TaskSucceeded):
                    then(event.output)
                else:
                    self.fail(Failure(error, event.cause or event.error or ""))

        task = self.listen(hear)
        self.waits.add(task)
        self.host.commands.append(RunTask(task, resource, arguments, self.state.name, self.host.token()))

    def listen(self, hear: Callable[[Any], None]) -> int:
        """An id of the host's for a task that is none of its own events: they count down from -1."""
        self.host.last_foreign -= 1
        self.host.tasks[self.host.last_foreign] = Listener(hear)
        return self.host.last_foreign

    def forget(self, task: int) -> None:
        self.waits.discard(task)
        if self.host.tasks.pop(task, None) is not None:
            self.host.commands.append(CancelTask(task))


def identifier(host: Execution) -> str:
    """A name in the shape of a UUID, drawn from the execution's own generator."""
    digits = f"{host.generator.bits():016x}{host.generator.bits():016x}"
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])
