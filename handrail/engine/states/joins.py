"""The states that hold branches of their own: Parallel and inline Map.

Which events tell of a branch that fails, and of those given up with it, was seen on AWS: in recordings, and by the
authors of Floci (github.com/floci-io/floci, pull request 3167).
"""

from collections.abc import Sequence

from handrail.asl.model import Json, State
from handrail.engine.dataflow import ExpressionDataflow, PathDataflow, expression, template
from handrail.engine.env import Evaluate
from handrail.engine.execution import Branch, CompiledState, Execution
from handrail.engine.failure import FAULTS, EvaluationFailure, Failure, as_failure, unexpected_type
from handrail.engine.jsonpath import compile_path
from handrail.engine.numbers import Measure, measure
from handrail.engine.retry import TERMINAL
from handrail.engine.states.compiled import Compiled
from handrail.engine.values import text_of

MOST_INLINE = 40
"""Inline Map iterations at once, also where MaxConcurrency is 0 (Step Functions service quotas)."""


class Join:
    """A state's branches in progress: it takes what they give, and ends with the last of them or the first failure.

    `open` are those that have not succeeded; after a failure they are what a redrive goes on with. `begun` is the id
    of the event with which the state began its branches.
    """

    anew_after = frozenset({"States.DataLimitExceeded"})

    def __init__(self, state: "Joining", owner: Branch, number: int) -> None:
        self.state = state
        self.owner = owner
        self.begun = owner.previous
        self.results: list[Json] = [None] * number
        self.open: dict[int, Branch] = {}
        self.left = number

    def start(self, execution: Execution, branch: Branch) -> None:
        self.open[branch.index] = branch
        execution.ready.append(branch)

    def ended(self, execution: Execution, branch: Branch, output: Json) -> None:
        """A branch has come to its end."""
        del self.open[branch.index]
        self.results[branch.index] = output
        self.left -= 1
        self.owner.previous = self.record_end(execution, branch)
        if self.left:
            self.start_more(execution, branch)
        else:
            self.finish(execution)

    def finish(self, execution: Execution) -> None:
        execution.record(f"{self.state.type}StateSucceeded", self.owner.previous)
        self.state.resume(execution, self.owner, self.results)

    def failed(self, execution: Execution, branch: Branch, failure: Failure) -> None:
        """A branch has failed: the others are given up and the state fails with the same error."""
        self.owner.previous = branch.previous
        self.cancel(execution, branch.previous, failed=branch)
        self.record_failure(execution, branch)
        execution.proceed(self.owner, execution.handle(self.owner, failure))

    def cancel(self, execution: Execution, after: int, failed: Branch | None = None) -> None:
        """Give up every branch that is still open; AWS chains all that is told of it to the event that was why."""
        for branch in self.open.values():
            if branch is not failed:
                self.record_abort(execution, branch, after)
                abort(execution, branch, after)

    def redrive(self, execution: Execution) -> CompiledState | None:
        """Let the branches that did not succeed go on; where only what came after them failed, do that again."""
        if not self.left:
            return self.state.complete(execution, self.owner, self.results)
        self.owner.waiting = self
        self.owner.previous = self.begun
        for branch in sorted(self.open.values(), key=lambda branch: branch.index):
            self.go_on(execution, branch)
        return None

    def go_on(self, execution: Execution, branch: Branch) -> None:
        execution.go_on(branch)

    def start_more(self, execution: Execution, ended: Branch) -> None:
        """A place has become free; a Parallel has started all its branches already."""

    def record_end(self, execution: Execution, branch: Branch) -> int:
        return branch.previous

    def record_failure(self, execution: Execution, branch: Branch) -> None:
        """A Parallel records nothing of its own."""

    def record_abort(self, execution: Execution, branch: Branch, after: int) -> None:
        """A Parallel records nothing of its own."""


def abort(execution: Execution, branch: Branch, after: int) -> None:
    """Give up a branch, and what it waits for."""
    if branch in execution.ready:
        execution.ready.remove(branch)
    if branch.waiting is not None:
        execution.record(f"{branch.state.type}StateAborted", after)
        branch.waiting.cancel(execution, after)
        branch.waiting = None


class Joining(Compiled):
    """A state that ends when its branches have ended."""

    __slots__ = ()

    def run(self, execution: Execution, branch: Branch) -> CompiledState | None:
        if branch.kept is not None:
            return branch.kept.redrive(execution)
        self.begin(execution, branch)
        return None

    def begin(self, execution: Execution, branch: Branch) -> None:
        """Begin the branches."""
        raise AssertionError(f"every state with branches says how it begins them, {self.type} does not")

    def gives_up(self, execution: Execution, branch: Branch) -> None:
        branch.previous = execution.record(f"{self.type}StateFailed", branch.previous)

    def resume(self, execution: Execution, branch: Branch, result: Json) -> None:
        """The branches have succeeded, as the last event says; only what goes wrong from here on follows that event."""
        try:
            following: CompiledState | None = self.complete(execution, branch, result)
        except FAULTS as fault:
            branch.previous = len(execution.events)
            following = execution.refused(branch, as_failure(fault))
        execution.proceed(branch, following)


class Parallel(Joining):
    """Runs its branches at the same time, each with the same input; its result is the array of their outputs."""

    __slots__ = ("starts",)

    def __init__(self, state: State, starts: Sequence[CompiledState]) -> None:
        super().__init__(state)
        self.starts = starts

    def begin(self, execution: Execution, branch: Branch) -> None:
        given = self.data.arguments(branch)
        branch.previous = execution.record("ParallelStateStarted", branch.previous)
        join = branch.waiting = branch.kept = Join(self, branch, len(self.starts))
        for index, state in enumerate(self.starts):
            join.start(execution, Branch(execution, state, given, branch.variables, branch.previous, join, index))


class Map(Joining):
    """Runs its processor once for each item of an array; its result is the array of the outputs."""

    __slots__ = ("concurrency", "items", "selector", "start")

    def __init__(self, state: State, start: CompiledState) -> None:
        super().__init__(state)
        self.start = start
        self.items = items(state, self.data)
        self.concurrency = measure(state, "MaxConcurrency")
        self.selector = selector(state, self.data)

    def begin(self, execution: Execution, branch: Branch) -> None:
        given = self.data.effective_input(branch) if isinstance(self.data, PathDataflow) else self.data.states(branch)
        found = self.items(given, branch)
        assert isinstance(found, list)
        most = self.most(branch)
        branch.previous = execution.record("MapStateStarted", branch.previous, {"length": len(found)})
        join = branch.waiting = branch.kept = MapJoin(self, branch, found, given, most)
        join.fill(execution)
        if not found:
            join.finish(execution)

    def most(self, branch: Branch) -> int:
        """How many iterations may run at once."""
        return concurrency(self.concurrency, MOST_INLINE, branch)


def concurrency(asked: Measure | None, most: int, branch: Branch) -> int:
    """MaxConcurrency, of which 0 and too much mean as many as there may be."""
    found = 0 if asked is None else asked.whole(branch)
    if asked is not None and found < 0:
        raise asked.refusal(f"Expected non-negative integer for MaxConcurrency, got '{found}' instead.")
    return min(found or most, most)


class MapJoin(Join):
    """The iterations of an inline Map in progress."""

    def __init__(self, state: Map, owner: Branch, items: list[Json], given: Json, most: int) -> None:
        super().__init__(state, owner, len(items))
        self.map = state
        self.most = most
        self.items = items
        self.given = given
        self.next = 0

    def fill(self, execution: Execution) -> None:
        """Start iterations while there is room for them."""
        # An ItemSelector that fails ends the Map, or begins it anew: the items that are left are not this Map's.
        while self.owner.waiting is self and self.next < len(self.items) and len(self.open) < self.most:
            self.start_next(execution, self.begun)

    def redrive(self, execution: Execution) -> CompiledState | None:
        following = super().redrive(execution)
        self.fill(execution)
        return following

    def go_on(self, execution: Execution, branch: Branch) -> None:
        if branch.input_text:
            execution.go_on(branch)
        elif self.owner.waiting is self:
            self.prepare(execution, branch)

    def start_next(self, execution: Execution, previous: int) -> None:
        index = self.next
        self.next += 1
        item = self.items[index]
        branch = Branch(execution, self.map.start, item, self.owner.variables, previous, self, index, "")
        branch.item = {"Index": index, "Value": item}
        branch.previous = execution.record("MapIterationStarted", previous, {"name": self.map.name, "index": index})
        self.open[index] = branch
        self.prepare(execution, branch)

    def prepare(self, execution: Execution, branch: Branch) -> None:
        """Give an iteration its input; until then it has no text."""
        try:
            if self.map.selector is not None and branch.item is not None:
                branch.input = selected(self.map.selector, self.map.data, self.given, self.owner, branch.item)
            branch.input_text = text_of(branch.input)
        except FAULTS as fault:
            self.not_prepared(execution, branch, as_failure(fault))
        else:
            execution.ready.append(branch)

    def not_prepared(self, execution: Execution, branch: Branch, failure: Failure) -> None:
        """ItemSelector is the Map's own field, whichever iteration it fails for."""
        self.owner.previous = branch.previous
        execution.told(self.owner, failure)
        branch.previous = self.owner.previous
        if failure.error in TERMINAL:
            execution.fail(self.owner, failure)
        else:
            self.failed(execution, branch, failure)

    def start_more(self, execution: Execution, ended: Branch) -> None:
        if self.next < len(self.items):
            self.start_next(execution, ended.previous)

    def record_end(self, execution: Execution, branch: Branch) -> int:
        return execution.record("MapIterationSucceeded", branch.previous, self.iteration(branch))

    def record_failure(self, execution: Execution, branch: Branch) -> None:
        execution.record("MapIterationFailed", branch.previous, self.iteration(branch))

    def record_abort(self, execution: Execution, branch: Branch, after: int) -> None:
        execution.record("MapIterationAborted", after, self.iteration(branch))

    def iteration(self, branch: Branch) -> dict[str, Json]:
        return {"name": self.map.name, "index": branch.index}


def items(state: State, data: PathDataflow | ExpressionDataflow, *, objects: bool = False) -> Evaluate:
    """The array that a Map goes through: ItemsPath, Items, or the input; `objects` are for a Distributed Map."""
    kinds = (list, dict) if objects else (list,)
    if isinstance(data, PathDataflow):
        path = str(state.fields.get("ItemsPath") or "$")
        return checked_path(path, compile_path(path, "ItemsPath"), kinds)
    compiled = expression(state.fields, "Items")
    return whole_input(kinds) if compiled is None else checked_expression(state.fields["Items"], compiled, kinds)


def checked_path(path: str, evaluate: Evaluate, kinds: tuple[type, ...]) -> Evaluate:
    def find(given: Json, env: Branch) -> Json:
        found = evaluate(given, env)
        if not isinstance(found, kinds):
            # AWS names a path into the Context Object as if it were one into the input.
            told = path.replace("$$", "$", 1)
            raise Failure("States.Runtime", f'Reference path "{told}" must point to array.')
        return found

    return find  # type: ignore[return-value]  # the Env is always a Branch


def checked_expression(written: Json, evaluate: Evaluate, kinds: tuple[type, ...]) -> Evaluate:
    def find(given: Json, env: Branch) -> Json:
        found = evaluate(given, env)
        if not isinstance(found, kinds):
            raise unexpected_type(written, "Items", "array", found)
        return found

    return find  # type: ignore[return-value]


def whole_input(kinds: tuple[type, ...]) -> Evaluate:
    """Without Items, a JSONata Map goes through its input."""

    def find(given: Json, _env: object) -> Json:
        found = given["input"] if isinstance(given, dict) else given
        if not isinstance(found, kinds):
            # No field of the state was evaluated, so AWS names none.
            raise EvaluationFailure(f"Map state input must be an array but was: {text_of(found)}", "")
        return found

    return find


def selected(
    selector: Evaluate, data: PathDataflow | ExpressionDataflow, given: Json, owner: Branch, item: dict[str, Json]
) -> Json:
    """What ItemSelector makes of an item; it reads the Context Object of the Map state, with the item in it."""
    owner.item, outer = item, owner.item
    try:
        return selector(data.states(owner) if isinstance(data, ExpressionDataflow) else given, owner)
    finally:
        owner.item = outer


def selector(state: State, data: PathDataflow | ExpressionDataflow) -> Evaluate | None:
    """ItemSelector, or the Parameters of older JSONPath definitions."""
    if isinstance(data, ExpressionDataflow):
        return expression(state.fields, "ItemSelector")
    return template(state.fields, "ItemSelector") or data.parameters
