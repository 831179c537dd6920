"""One state on its own, as TestState runs it: what it does with an input, and what its data was on the way.

The state runs in an execution that ends as soon as the state is left, fails, or would be retried. What a Task asks for
comes out as a command, unless a mock answers in its place; a Map or a Parallel is never run, its mock is its result.

Source: the TestState page of the API reference, and recordings from AWS.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from handrail.asl.model import Json, State
from handrail.engine.commands import RunTask
from handrail.engine.dataflow import PathDataflow
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.engine.execution import Branch, CatchClause, CompiledState, Execution
from handrail.engine.failure import FAULTS, Failure, as_failure
from handrail.engine.handlers import advance
from handrail.engine.items import Item, members, read_items
from handrail.engine.program import compiled_state
from handrail.engine.retry import Retrier, matches
from handrail.engine.states.compiled import Compiled
from handrail.engine.states.joins import Map, selected
from handrail.engine.states.maprun import EXCEEDED, Settings
from handrail.engine.timestamps import written
from handrail.engine.values import text_of

NAME = "StateName"
"""What a state is called that was sent without a machine around it."""


class Mock(NamedTuple):
    """What is answered in the place of a Task, a Map or a Parallel: a result, or else an error."""

    result: Json = None
    error: str | None = None
    cause: str = ""

    @property
    def failure(self) -> Failure | None:
        return None if self.error is None else Failure(self.error, self.cause)


class Circumstances(NamedTuple):
    """What TestState may be told besides the state and its input."""

    mock: Mock | None = None
    context: dict[str, Json] | None = None
    variables: Mapping[str, Json] = {}
    retries: int = 0
    """How often each retrier has been used already."""
    failures: int = 0
    """How many iterations of a Map have failed."""
    read: Json = None
    """What the ItemReader would have been given."""
    role: str = ""


class Outcome(NamedTuple):
    """How the state ended; `inspection` holds JSON texts and numbers under the names of `inspectionData`."""

    status: str
    output: str | None
    error: str | None
    cause: str | None
    next_state: str | None
    inspection: Mapping[str, Any]


Perform = Callable[[RunTask], TaskSucceeded | TaskFailed]
"""Does the work of a Task that no mock answers."""


def run_state(
    state: State, input: str, given: Circumstances, perform: Perform, *, value: Json, arn: str, at: float
) -> Outcome:
    """Run a state of a checked machine; `input` is JSON text, `value` the same as JSON, `arn` the execution's."""
    trial = Trial(state, input, value, given, arn=arn, at=at)
    trial.begin()
    while trial.verdict is None and trial.commands:
        command = trial.commands.pop(0)
        if isinstance(command, RunTask):
            trial.answer(command, perform)
        elif trial.timers:
            trial.fire()
    return trial.outcome()


class Left:
    """The state that comes next; the trial ends when it is reached."""

    type = "Pass"
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[CatchClause, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name


class Around(dict[str, Any]):
    """The states around the one that is tested: any name is one."""

    def __missing__(self, name: str) -> Left:
        return Left(name)


class TrialBranch(Branch):
    """A branch whose Context Object may be given."""

    def context(self) -> Json:
        trial = self.execution
        assert isinstance(trial, Trial)
        given = trial.given.context
        if given is None:
            return super().context()
        return given if self.item is None else {**given, "Map": {"Item": self.item}}


class Trial(Execution):
    """An execution of one state."""

    def __init__(self, state: State, input: str, value: Json, given: Circumstances, *, arn: str, at: float) -> None:
        compiled: Any = compiled_state(state)
        compiled.link(Around())
        prefix, _, names = arn.partition(":express:")
        machine_name, _, name = names.partition(":")
        machine = f"{prefix}:stateMachine:{machine_name}"
        super().__init__(
            compiled, arn=arn, name=name, machine_arn=machine, machine_name=machine_name, role=given.role,
            most_events=None,
        )  # fmt: skip
        self.now = self.started_at = at
        self.input = value
        self.given = given
        self.verdict: str | None = None
        self.next_state: str | None = None
        self.failed: Failure | None = None
        self.has_output = True
        self.inspection: dict[str, Any] = {}
        self.identity = {
            "Execution": {"Id": arn, "Input": value, "Name": name, "RoleArn": given.role, "StartTime": written(at)},
            "StateMachine": {"Id": machine, "Name": machine_name},
        }
        self.branch = TrialBranch(self, compiled, value, given.variables, 0, input_text=input)

    # ------------------------------------------------------------------ the run

    def begin(self) -> None:
        state, branch = self.branch.state, self.branch
        branch.entered_at = self.now
        branch.entered_id = branch.previous = self.record(f"{state.type}StateEntered", 0, (NAME, branch.input_text))
        self.inspection["input"] = branch.input_text
        try:
            self.look(state)
            if self.given.mock is not None and state.type in ("Map", "Parallel"):
                self.mocked(state)
                return
        except FAULTS as fault:
            self.depart(self.handle(branch, as_failure(fault)))
            return
        if self.attempt(branch):
            self.depart(branch.state)

    def depart(self, following: CompiledState | None) -> None:
        """The state has been left for another one, or for the end."""
        if following is None or self.verdict == "RETRIABLE":
            return
        self.verdict = self.verdict or "SUCCEEDED"
        if isinstance(following, Left):
            self.next_state = following.name

    def answer(self, task: RunTask, perform: Perform) -> None:
        """A mock answers a Task, or else whoever does its work."""
        mock = self.given.mock
        event: TaskSucceeded | TaskFailed
        if mock is None:
            event = perform(task)
        elif mock.failure is not None:
            event = TaskFailed(self.now, task.task, mock.failure.error, mock.failure.cause)
        else:
            event = TaskSucceeded(self.now, task.task, mock.result)
        if isinstance(event, TaskSucceeded):
            self.worked(event.output)
        self.commands, kept = [], self.commands
        advance(self, event)
        self.commands = [*kept, *self.commands]

    def fire(self) -> None:
        """A Wait state is not waited for."""
        for then in [*self.timers.values()]:
            then()

    def proceed(self, branch: Branch, following: CompiledState | None) -> None:
        self.depart(following)

    def move(self, branch: Branch, following: CompiledState) -> bool:
        self.depart(following)
        return False

    # ------------------------------------------------------------------ failing

    def handle(self, branch: Branch, failure: Failure) -> CompiledState | None:
        self.failed = failure
        branch.retries = [self.given.retries] * len(branch.state.retriers)
        return super().handle(branch, failure)

    def retry(self, branch: Branch, number: int, retrier: Retrier) -> None:
        delay = retrier.delay(branch.retries[number], self.generator.random)
        self.verdict = "RETRIABLE"
        self.inspection["errorDetails"] = {"retryIndex": number, "retryBackoffIntervalSeconds": round(delay)}

    def told(self, branch: Branch, failure: Failure) -> Failure:
        """A state on its own was entered by no event, so its causes do not name it."""
        return failure

    def catch(self, branch: Branch, catcher: CatchClause, failure: Failure, before: int) -> CompiledState | None:
        """A caught error stays caught, also where the catcher's own fields fail: then it has no output."""
        self.inspection["errorDetails"] = {"catchIndex": branch.state.catchers.index(catcher)}
        self.verdict = "CAUGHT_ERROR"
        try:
            output, assigned = catcher.handle(branch, failure.output())
            return self.leave(branch, output, assigned, catcher.next)
        except FAULTS:
            self.has_output = False
            return catcher.next

    def fail(self, branch: Branch, failure: Failure) -> None:
        self.verdict, self.failed = "FAILED", failure
        spent = [n for n, retrier in enumerate(branch.state.retriers) if matches(retrier.errors, failure.name)]
        if spent:
            self.inspection["errorDetails"] = {"retryIndex": spent[0]}

    # ------------------------------------------------------------------ what the data was

    def look(self, state: CompiledState) -> None:
        """What the state works on, as far as TestState tells of it for its type."""
        assert isinstance(state, Compiled)
        data, shown = state.data, self.inspection
        if not isinstance(data, PathDataflow):
            if state.type == "Task":
                shown["afterArguments"] = text_of(data.arguments(self.branch))
            return
        if state.type == "Parallel" or "Result" in state.source.fields:
            return
        shown["afterInputPath"] = text_of(data.effective_input(self.branch))
        if state.type in ("Task", "Pass"):
            shown["afterParameters"] = text_of(data.arguments(self.branch))
        if state.type == "Pass":
            self.worked(data.arguments(self.branch), told=False)

    def worked(self, result: Json, *, told: bool = True) -> None:
        """What becomes of a result; what goes wrong there, the run of the state itself will tell."""
        state, shown = self.branch.state, self.inspection
        assert isinstance(state, Compiled)
        data = state.data
        if told and (isinstance(data, PathDataflow) or state.type == "Task"):
            shown["result"] = text_of(result)
        if not isinstance(data, PathDataflow):
            return
        try:
            selected = result if data.selector is None else data.selector(result, self.branch)
            shown["afterResultSelector"] = text_of(selected)
            whole = data._replace(selector=None, output_path=None, assign=None)
            shown["afterResultPath"] = text_of(whole.finish(self.branch, selected)[0])
        except FAULTS:
            return

    def leave(
        self, branch: Branch, output: Json, assigned: Mapping[str, Json] | None, following: CompiledState
    ) -> CompiledState:
        state = branch.state
        assert isinstance(state, Compiled)
        if state.type == "Pass" and "Result" in state.source.fields:
            self.worked(state.source.fields["Result"])
        left = super().leave(branch, output, assigned, following)
        if branch.variables:
            self.inspection["variables"] = text_of({**branch.variables})
        return left

    # ------------------------------------------------------------------ mocks of states that hold others

    def mocked(self, state: CompiledState) -> None:
        """A Map or a Parallel ends with its mock, once everything around its branches has been evaluated."""
        mock, branch = self.given.mock, self.branch
        assert mock is not None
        assert isinstance(state, Compiled)
        settings = self.iterations(state) if state.type == "Map" else Settings(0)
        if state.type == "Parallel":
            state.data.arguments(branch)
        failure = mock.failure
        total = len(mock.result) if isinstance(mock.result, list) else 0
        if failure is None and self.given.failures and settings.exceeded(self.given.failures, total):
            failure = Failure(EXCEEDED.error, EXCEEDED.cause)
        if failure is not None:
            self.depart(self.handle(branch, failure))
            return
        if isinstance(state.data, PathDataflow):
            self.worked(mock.result, told=False)
        state.resume(self, branch, mock.result)

    def iterations(self, state: Any) -> Settings:
        """The items of a Map and the numbers that govern it."""
        shown, branch = self.inspection, self.branch
        given = state.given(branch) if not isinstance(state, Map) else inline_given(state, branch)
        found: list[Item] | None = None
        if getattr(state, "reader", None) is None:
            found = members(state.items(given, branch))
            if isinstance(state.data, PathDataflow):
                shown["afterItemsPath"] = text_of([item.value for item in found])
        elif self.given.read is not None:
            found = read_items(state.reading, self.given.read)
            if "ItemsPointer" in state.reading:
                shown["afterItemsPointer"] = text_of([item.value for item in found])
        inputs = None if found is None else self.inputs(state, given, found)
        if isinstance(state, Map):
            shown["maxConcurrency"] = 0 if state.concurrency is None else state.concurrency.whole(branch)
            return Settings(0)
        settings: Settings = state.settings(given, branch)
        if settings.batches is not None and inputs is not None:
            shown["afterItemBatcher"] = text_of([batch for batch, _ in settings.batches.deal(inputs)])
        shown["maxConcurrency"] = 0 if state.concurrency is None else state.concurrency.whole(branch)
        if settings.failures is not None:
            shown["toleratedFailureCount"] = settings.failures
        if settings.share is not None:
            shown["toleratedFailurePercentage"] = settings.share
        return settings

    def inputs(self, state: Any, given: Json, found: list[Item]) -> list[Json]:
        """What the iterations of a Map are given."""
        if isinstance(state, Map):
            items = [item.value for item in found]
            told = [{"Index": index, "Value": item} for index, item in enumerate(items)]
            chosen = state.selector
            made = (
                items if chosen is None else [selected(chosen, state.data, given, self.branch, each) for each in told]
            )
        else:
            made = [state.select(given, self.branch, index, item) for index, item in enumerate(found)]
        if state.selector is not None:
            self.inspection["afterItemSelector"] = text_of(made)
        return made

    # ------------------------------------------------------------------ the end

    def finish(self, status: Any, **told: str | None) -> None:
        """Fail states end the execution themselves."""
        self.verdict = status
        self.failed = Failure(told.get("error") or "", told.get("cause") or "")

    def outcome(self) -> Outcome:
        status = self.verdict or "SUCCEEDED"
        shows = status in ("SUCCEEDED", "CAUGHT_ERROR")
        failed = self.failed if status != "SUCCEEDED" else None
        return Outcome(
            status=status,
            output=self.branch.input_text if shows and self.has_output else None,
            error=failed.error if failed is not None else None,
            cause=failed.cause if failed is not None else None,
            next_state=self.next_state if shows else None,
            inspection=self.inspection,
        )


def inline_given(state: Map, branch: Branch) -> Json:
    return state.data.effective_input(branch) if isinstance(state.data, PathDataflow) else state.data.states(branch)
