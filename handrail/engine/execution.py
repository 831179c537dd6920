"""One execution, and the rule by which an event from outside moves it on.

An execution is a tree of branches. A branch stands in one state at a time: the machine's top level is a branch, so is
each branch of a Parallel and each iteration of a Map. A branch runs until it waits for something outside (a task's
answer, a timer) or for its own children; what it wants from outside leaves as commands.

    event ──► handler ──► branches run until each waits ──► commands
                            │  each step appends to the history
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from handrail.asl.model import Json
from handrail.engine.commands import CancelTask, CancelTimer, Command, Finished, SetTimer, Status
from handrail.engine.failure import FAULTS, EvaluationFailure, Failure, as_failure
from handrail.engine.history import MOST_EVENTS, WHOLE, HistoryEvent, rendered
from handrail.engine.randomness import Generator
from handrail.engine.retry import TERMINAL, Retrier, matches
from handrail.engine.timestamps import written
from handrail.engine.values import text_of, too_large

EXPRESS_SECONDS = 300
"""How long an Express execution may take (Step Functions service quotas)."""

END: "CompiledState" = object()  # type: ignore[assignment]  # compared by identity only, never asked anything
"""What a state gives instead of a next state when its branch ends with it."""


class CatchClause(Protocol):
    """A compiled entry of Catch."""

    errors: frozenset[str]
    next: "CompiledState"

    def handle(self, branch: "Branch", error_output: Json) -> tuple[Json, dict[str, Json] | None]:
        """The output of the state and the variables that it assigns, for this error."""
        ...


class CompiledState(Protocol):
    """A state, ready to run."""

    name: str
    type: str
    retriers: tuple[Retrier, ...]
    catchers: tuple[CatchClause, ...]

    def run(self, execution: "Execution", branch: "Branch") -> "CompiledState | None":
        """Do the state's work: the next state, END, or None where the branch has to wait."""
        ...

    def gives_up(self, execution: "Execution", branch: "Branch") -> None:
        """Record what this type of state records when it is not tried again (MapStateFailed …)."""
        ...


class Wait(Protocol):
    """What a branch waits for."""

    def cancel(self, execution: "Execution", after: int) -> None:
        """Stop waiting: take back what was asked from outside. The event `after` is the reason."""
        ...


class Parent(Protocol):
    """A Parallel or Map in progress, told how each of its branches ended."""

    owner: "Branch"

    def ended(self, execution: "Execution", branch: "Branch", output: Json) -> None: ...

    def failed(self, execution: "Execution", branch: "Branch", failure: Failure) -> None: ...


class Kept(Protocol):
    """What a Parallel or Map has of its branches; when the state is run again in a redrive, it goes on with it."""

    anew_after: frozenset[str]
    """The errors of the state after which a redrive begins it anew."""

    def redrive(self, execution: "Execution") -> "CompiledState | None":
        """Go on with what did not succeed; the next state where nothing is left to be done."""
        ...


class Dispatched(Protocol):
    """A child execution of a Map Run."""

    execution: "Execution"


class MapRun(Protocol):
    """A Distributed Map's child executions, in progress or ended."""

    arn: str

    @property
    def children(self) -> Sequence[Dispatched]: ...

    def host_ended(self) -> None:
        """Give up what is still running: the execution that the run belongs to has ended."""
        ...

    def tell(self, event: Any) -> None:
        """Take an event that is meant for this run, for a child of it, or for a run in one of these."""
        ...


class Branch:
    """One thread of control; it is also the Env of the expressions of the state it stands in."""

    __slots__ = (
        "entered_at",
        "entered_id",
        "execution",
        "index",
        "input",
        "input_text",
        "item",
        "kept",
        "parent",
        "previous",
        "retries",
        "state",
        "token",
        "variables",
        "waiting",
    )

    def __init__(
        self,
        execution: "Execution",
        state: CompiledState,
        input: Json,
        variables: Mapping[str, Json],
        previous: int,
        parent: Parent | None = None,
        index: int = 0,
        input_text: str | None = None,
    ) -> None:
        self.execution = execution
        self.state = state
        self.input = input
        self.input_text = text_of(input) if input_text is None else input_text
        self.variables = variables
        self.previous = previous
        self.parent = parent
        self.index = index
        self.item: dict[str, Json] | None = None
        self.waiting: Wait | None = None
        self.kept: Kept | None = None
        self.token: str | None = None
        self.retries: list[int] = []
        # 0 while it only goes to its state and has not entered it.
        self.entered_id = 0
        self.entered_at = 0.0

    def context(self) -> Json:
        """The Context Object. Source: "Accessing execution data from the Context object" in the Developer Guide."""
        state: dict[str, Json] = {"Name": self.state.name, "EnteredTime": written(self.entered_at)}
        if self.state.type in ("Task", "Parallel", "Map"):
            state["RetryCount"] = sum(self.retries)
        context: dict[str, Json] = {**self.execution.identity, "State": state}
        item = self.map_item()
        if item is not None:
            context["Map"] = {"Item": item}
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        return context

    def map_item(self) -> dict[str, Json] | None:
        """The item of the innermost Map iteration that this branch is in."""
        branch: Branch | None = self
        while branch is not None and branch.item is None:
            branch = branch.parent.owner if branch.parent is not None else None
        return branch.item if branch is not None else None

    def random(self) -> float:
        return self.execution.generator.random()

    def now(self) -> float:
        return self.execution.now


class TimerWait:
    """A branch that waits for a timer."""

    __slots__ = ("branch", "timer")

    def __init__(self, branch: Branch, timer: int) -> None:
        self.branch = branch
        self.timer = timer

    def cancel(self, execution: "Execution", after: int) -> None:
        execution.cancel_timer(self.timer)


class Execution:
    """The state of one execution; only `advance` changes it."""

    def __init__(
        self,
        start: CompiledState,
        *,
        arn: str,
        name: str,
        machine_arn: str,
        machine_name: str,
        role: str,
        timeout: int | None = None,
        most_events: int | None = MOST_EVENTS,
    ) -> None:
        self.start = start
        self.arn = arn
        self.name = name
        self.machine_arn = machine_arn
        self.machine_name = machine_name
        self.role = role
        self.timeout = timeout
        self.most_events = most_events
        self.status: Status = "RUNNING"
        self.input: Json = None
        self.output: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.now = 0.0
        self.started_at = 0.0
        self.stopped_at: float | None = None
        self.redrives = 0
        self.redriven_id = 0
        self.redriven_at: float | None = None
        self.events: list[HistoryEvent] = []
        self.identity: dict[str, Json] = {}
        self.generator = Generator(0)
        self.root: Branch | None = None
        self.as_sent: Branch | None = None
        self.ready: deque[Branch] = deque()
        self.commands: list[Command] = []
        self.tasks: dict[int, Any] = {}
        self.last_foreign = 0
        self.map_runs: dict[str, MapRun] = {}
        self.timers: dict[int, Callable[[], None]] = {}
        self.last_timer = 0

    @property
    def express(self) -> bool:
        """Whether it is an Express execution, whose history has no limit and which cannot be redriven."""
        return self.most_events is None

    @property
    def region(self) -> str:
        """The region of the machine, from its ARN."""
        return self.machine_arn.split(":")[3]

    def identify(self) -> None:
        """Make what the Context Object says of the execution: anew, since variables may hold what it said before."""
        told: dict[str, Json] = {
            "Id": self.arn,
            "Input": self.input,
            "StartTime": written(self.started_at),
            "Name": self.name,
            "RoleArn": self.role,
            "RedriveCount": self.redrives,
        }
        if self.redriven_at is not None:
            told["RedriveTime"] = written(self.redriven_at)
        self.identity = {
            "Execution": told,
            "StateMachine": {"Id": self.machine_arn, "Name": self.machine_name},
        }

    def token(self) -> str:
        """A new task token: opaque, and drawn from the execution's own generator."""
        return f"{self.generator.bits():016x}{self.generator.bits():016x}{self.generator.bits():016x}"

    # ------------------------------------------------------------------ history

    def history(self) -> list[dict[str, Any]]:
        """The event history in the shape of GetExecutionHistory."""
        return list(rendered(self.events))

    def record(self, type: str, previous: int, details: Mapping[str, Any] | tuple[Any, ...] | None = None) -> int:
        """Append an event and give its id."""
        self.events.append(HistoryEvent(type, previous, self.now, details))
        return len(self.events)

    # ------------------------------------------------------------------ timers

    def set_timer(self, seconds: float, then: Callable[[], None], *, pauses: bool = False) -> int:
        """Ask for a timer; `then` is called when it fires."""
        self.last_timer += 1
        self.timers[self.last_timer] = then
        self.commands.append(SetTimer(self.last_timer, self.now + max(seconds, 0), pauses))
        return self.last_timer

    def cancel_timer(self, timer: int) -> None:
        if self.timers.pop(timer, None) is not None:
            self.commands.append(CancelTimer(timer))

    # ------------------------------------------------------------------ running

    def settle(self) -> None:
        """Run every branch that can run, until all wait or the execution has ended."""
        ready = self.ready
        while ready and self.status == "RUNNING":
            self.walk(ready.popleft())
        ready.clear()

    def walk(self, branch: Branch) -> None:
        """Run one branch from state to state until it waits or ends."""
        while self.status == "RUNNING":
            if self.most_events is not None and len(self.events) >= self.most_events - 1:
                self.fail_execution(branch, Failure("States.Runtime", TOO_LONG.format(self.most_events)))
                return
            if not branch.entered_id:
                state = branch.state
                branch.entered_at = self.now
                branch.entered_id = branch.previous = self.record(
                    f"{state.type}StateEntered", branch.previous, (state.name, branch.input_text)
                )
                branch.retries = [0] * len(state.retriers)
            if not self.attempt(branch):
                return

    def attempt(self, branch: Branch) -> bool:
        """Run the state that the branch stands in; whether the branch can go on to another state at once."""
        state = branch.state
        try:
            following = state.run(self, branch)
        except FAULTS as fault:
            following = self.refused(branch, as_failure(fault))
        return following is not None and self.move(branch, following)

    def move(self, branch: Branch, following: CompiledState) -> bool:
        """Let a branch go on to the state that follows, or end; whether it stands in a new state."""
        branch.token = None
        branch.waiting = None
        branch.kept = None
        if following is not END:
            branch.state = following
            branch.entered_id = 0
            return True
        if branch.parent is not None:
            branch.parent.ended(self, branch, branch.input)
        else:
            self.record("ExecutionSucceeded", branch.previous, {"output": branch.input_text, "outputDetails": WHOLE})
            self.finish("SUCCEEDED", output=branch.input_text)
        return False

    def proceed(self, branch: Branch, following: CompiledState | None) -> None:
        """Let a branch that has waited go on when its turn comes."""
        if following is not None and self.move(branch, following):
            self.ready.append(branch)

    def leave(
        self,
        branch: Branch,
        output: Json,
        assigned: Mapping[str, Json] | None,
        following: CompiledState,
    ) -> CompiledState:
        """Record that the branch leaves its state with this output, and give the state that follows."""
        state = branch.state
        # The first state is entered with the text as it was sent; what leaves it is written as every other payload.
        if branch is self.as_sent:
            branch.input_text, self.as_sent = text_of(branch.input), None
        text = branch.input_text if output is branch.input else text_of(output)
        if too_large(text):
            raise Failure("States.DataLimitExceeded", TOO_LARGE.format(state.name))
        if assigned:
            branch.variables = {**branch.variables, **assigned}
        texts = {name: text_of(value) for name, value in assigned.items()} if assigned else None
        branch.previous = self.record(f"{state.type}StateExited", branch.previous, (state.name, text, texts))
        branch.input = output
        branch.input_text = text
        return following

    # ------------------------------------------------------------------ failing

    def refused(self, branch: Branch, failure: Failure) -> CompiledState | None:
        """The state's own fields failed: AWS says where, then the error goes the way of every error."""
        return self.handle(branch, self.told(branch, failure))

    def told(self, branch: Branch, failure: Failure) -> Failure:
        """The failure of one of the state's own fields, with the state in its cause; JSONata has an event for it."""
        name = branch.state.name
        failure.cause = ENTERED.format(name, branch.entered_id, failure.cause)
        if isinstance(failure, EvaluationFailure):
            where = {"location": failure.location} if failure.location else {}
            details = {"error": failure.error, "cause": failure.cause, **where, "state": name}
            previous = branch.previous if failure.begun else self.before_entry(branch)
            branch.previous = self.record("EvaluationFailed", previous, details)
        return failure

    def before_entry(self, branch: Branch) -> int:
        """AWS chains a failed evaluation to what came before the state was entered, unless more came since."""
        if branch.previous == branch.entered_id:
            return self.events[branch.entered_id - 1].previous
        return branch.previous

    def handle(self, branch: Branch, failure: Failure) -> CompiledState | None:
        """Retry or catch an error of the state that the branch stands in, or let it fail the branch."""
        branch.waiting = None
        state = branch.state
        for number, retrier in enumerate(state.retriers):
            if matches(retrier.errors, failure.name):
                if branch.retries[number] < retrier.most:
                    self.retry(branch, number, retrier)
                    return None
                break
        before = branch.previous
        if failure.error not in TERMINAL:
            state.gives_up(self, branch)
        for catcher in state.catchers:
            if matches(catcher.errors, failure.name):
                return self.catch(branch, catcher, failure, before)
        self.fail(branch, failure)
        return None

    def retry(self, branch: Branch, number: int, retrier: Retrier) -> None:
        seconds = retrier.delay(branch.retries[number], self.generator.random)
        branch.retries[number] += 1
        branch.token = None
        branch.waiting = TimerWait(branch, self.set_timer(seconds, lambda: self.again(branch), pauses=True))

    def again(self, branch: Branch) -> None:
        """A retry's pause is over: run the state once more, without entering it again."""
        branch.waiting = None
        branch.kept = None
        if self.attempt(branch):
            self.ready.append(branch)

    def catch(self, branch: Branch, catcher: CatchClause, failure: Failure, before: int) -> CompiledState | None:
        """Go where the catcher says; where its own fields fail, AWS goes on from `before` the state gave up."""
        try:
            output, assigned = catcher.handle(branch, failure.output())
            return self.leave(branch, output, assigned, catcher.next)
        except FAULTS as fault:
            branch.previous = before
            second = self.told(branch, as_failure(fault))
            if second.error not in TERMINAL:
                branch.state.gives_up(self, branch)
            self.fail(branch, second)
            return None

    def fail(self, branch: Branch, failure: Failure) -> None:
        """No Retry and no Catch answers: the branch fails, and what it belongs to; States.Runtime ends all at once."""
        if branch.kept is not None and failure.error in branch.kept.anew_after:
            branch.kept = None
        if branch.parent is None or failure.error in TERMINAL:
            self.fail_execution(branch, failure)
            return
        if branch.state.type in ("Task", "Wait"):
            self.record(f"{branch.state.type}StateAborted", branch.previous)
        branch.parent.failed(self, branch, failure)

    def fail_execution(self, branch: Branch, failure: Failure) -> None:
        details = {"error": failure.error, "cause": failure.cause}
        self.record("ExecutionFailed", branch.previous, {name: text for name, text in details.items() if text})
        self.finish("FAILED", error=failure.error or None, cause=failure.cause or None)

    # ------------------------------------------------------------------ redriving

    def go_on(self, branch: Branch) -> None:
        """Let a branch that did not succeed run the state that it stands in once more, with all its retries.

        AWS enters no state again: what happens follows the event with which it was entered. Only a Fail state, in
        which nothing happens but its end, is chained to the redrive.
        """
        branch.waiting = branch.token = None
        if branch.entered_id:
            branch.retries = [0] * len(branch.state.retriers)
            branch.previous = self.redriven_id if branch.state.type == "Fail" else branch.entered_id
        self.ready.append(branch)

    # ------------------------------------------------------------------ ending

    def finish(
        self, status: Status, *, output: str | None = None, error: str | None = None, cause: str | None = None
    ) -> None:
        """End the execution and take back everything that it still waits for."""
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.stopped_at = self.now
        for task in list(self.tasks):
            self.commands.append(CancelTask(task))
        for timer in list(self.timers):
            self.cancel_timer(timer)
        self.tasks.clear()
        for run in self.map_runs.values():
            run.host_ended()
        self.commands.append(Finished(status, output, error, cause))


ENTERED = "An error occurred while executing the state '{}' (entered at the event id #{}). {}"
TOO_LARGE = "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."
TOO_LONG = "The execution reached the maximum number of history events ({})."
