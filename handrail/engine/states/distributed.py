"""The Distributed Map: child executions with histories of their own, over items from the input or from S3.

    items ──► ItemSelector ──► ItemBatcher ──► child executions, at most MaxConcurrency at once ──► results
    (S3)                                       └ what they ask for leaves as the parent's commands    (S3)

Source: "Using Map state in Distributed mode" in the Developer Guide, and recordings from AWS.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from handrail.asl.model import Json, State
from handrail.engine.dataflow import ExpressionDataflow, Number, PathDataflow, expression, number, template
from handrail.engine.env import Evaluate
from handrail.engine.execution import Branch, CompiledState, Execution
from handrail.engine.failure import FAULTS, Failure, as_failure
from handrail.engine.items import Batches, Item, at_most, members
from handrail.engine.states.itemreader import Reading
from handrail.engine.states.joins import Joining, items, selector
from handrail.engine.states.maprun import MOST_CHILDREN, MapRun, Settings
from handrail.engine.values import text_of


class Action(NamedTuple):
    """What an ItemReader or a ResultWriter asks of S3."""

    resource: str
    arguments: Evaluate


class Batcher(NamedTuple):
    """A compiled ItemBatcher."""

    most: Number | None
    room: Number | None
    given: Evaluate | None

    def evaluate(self, given: Json, branch: Branch) -> Batches:
        most, room = (None if limit is None else whole("ItemBatcher", limit(branch)) for limit in self[:2])
        return Batches(most, room, None if self.given is None else self.given(given, branch))


class DistributedMap(Joining):
    """Runs its processor as child executions; its result is the array of their outputs, or where S3 has them."""

    __slots__ = (
        "batcher",
        "concurrency",
        "count",
        "express",
        "items",
        "label",
        "most_items",
        "percentage",
        "reader",
        "reading",
        "selector",
        "start",
        "writer",
        "writing",
    )

    def __init__(self, state: State, start: CompiledState) -> None:
        super().__init__(state)
        config: Any = state.processor.fields.get("ProcessorConfig") if state.processor is not None else {}
        reader: Any = state.fields.get("ItemReader") or {}
        writer: Any = state.fields.get("ResultWriter") or {}
        self.start = start
        self.express = config.get("ExecutionType") == "EXPRESS"
        self.label = str(state.fields.get("Label") or "")
        self.reader = action(reader, self.data)
        self.reading: Mapping[str, Json] = reader.get("ReaderConfig") or {}
        self.writer = action(writer, self.data)
        self.writing: Mapping[str, Json] = writer.get("WriterConfig") or {}
        self.items = items(state, self.data, objects=True)
        self.selector = selector(state, self.data)
        self.batcher = batcher(state, self.data)
        self.concurrency = number(state, "MaxConcurrency")
        self.count = number(state, "ToleratedFailureCount")
        self.percentage = number(state, "ToleratedFailurePercentage")
        self.most_items = number(inside(state, self.reading), "MaxItems")

    def begin(self, execution: Execution, branch: Branch) -> None:
        given = self.given(branch)
        found = None if self.reader else members(self.items(given, branch))
        length = {"length": len(found or ())}
        branch.previous = execution.record("MapStateStarted", branch.previous, length)
        asked = self.reader.arguments(given, branch) if self.reader else None
        run = MapRun(self, execution, branch, self.settings(given, branch))
        branch.waiting = branch.kept = execution.map_runs[run.arn] = run
        branch.previous = execution.record("MapRunStarted", branch.previous, {"mapRunArn": run.arn})
        if found is not None:
            self.deal(run, found)
        else:
            self.ask(run, asked)

    def ask(self, run: MapRun, asked: Json) -> None:
        """Read the items from S3."""
        assert self.reader is not None
        Reading(run, self.reading, lambda read: self.deal(run, read)).begin(self.reader.resource, asked)

    def read(self, run: MapRun) -> None:
        """Find the items once more, for a run that had begun no child."""
        given = self.given(run.owner)
        if self.reader:
            self.ask(run, self.reader.arguments(given, run.owner))
        else:
            self.deal(run, members(self.items(given, run.owner)))

    def deal(self, run: MapRun, found: Sequence[Item]) -> None:
        """Make the inputs of all children, and start them."""
        try:
            inputs = [*self.inputs(run, at_most(found, run.settings.items))]
        except FAULTS as fault:
            run.fail(as_failure(fault))
        else:
            run.start(inputs)

    def inputs(self, run: MapRun, found: Sequence[Item]) -> Iterator[tuple[Json, int]]:
        """Each child's input with the number of its items."""
        given = self.given(run.owner)
        selected = [self.select(given, run.owner, index, item) for index, item in enumerate(found)]
        if run.settings.batches is not None:
            return run.settings.batches.deal(selected)
        return ((each, 1) for each in selected)

    def select(self, given: Json, branch: Branch, index: int, item: Item) -> Json:
        """What ItemSelector makes of an item; it reads the Context Object of the Map state, with the item in it."""
        if self.selector is None:
            return item.value
        key: dict[str, Json] = {} if item.key is None else {"Key": item.key}
        outer, branch.item = branch.item, {"Index": index, **key, "Value": item.value}
        try:
            seen = self.data.states(branch) if isinstance(self.data, ExpressionDataflow) else given
            return self.selector(seen, branch)
        finally:
            branch.item = outer

    def given(self, branch: Branch) -> Json:
        """What the fields of the state read."""
        data = self.data
        return data.effective_input(branch) if isinstance(data, PathDataflow) else data.states(branch)

    def settings(self, given: Json, branch: Branch) -> Settings:
        """The numbers that govern a run; raises Failure for one that AWS refuses."""
        most = None if self.concurrency is None else whole("MaxConcurrency", self.concurrency(branch))
        return Settings(
            most=min(most or MOST_CHILDREN, MOST_CHILDREN),
            items=self.limit("MaxItems", self.most_items, self.reading, branch),
            failures=self.limit("ToleratedFailureCount", self.count, self.source.fields, branch),
            share=self.share(branch),
            batches=None if self.batcher is None else self.batcher.evaluate(given, branch),
        )

    def limit(self, name: str, evaluate: Number | None, fields: Mapping[str, Json], branch: Branch) -> int | None:
        return None if evaluate is None else whole(name, evaluate(branch), fields.get(f"{name}Path"))

    def share(self, branch: Branch) -> float | None:
        """ToleratedFailurePercentage."""
        if self.percentage is None:
            return None
        name, path = "ToleratedFailurePercentage", self.source.fields.get("ToleratedFailurePercentagePath")
        value = numeric(name, self.percentage(branch), path, "float")
        if not 0 <= value <= 100:
            raise Failure("States.Runtime", f"{name} must be between 0 and 100.")
        return value

    def unhandled(self, execution: Execution, branch: Branch) -> None:
        """A Map that failed before its run had started records nothing more."""
        if execution.events[branch.previous - 1].type == "MapRunFailed":
            super().unhandled(execution, branch)


def whole(name: str, value: Json, path: Json = None) -> int:
    """A count from a field, a path or an expression; text that is a number is one."""
    counted = numeric(name, value, path, "integer")
    if counted < 0:
        raise Failure("States.Runtime", f"{name} cannot be negative.")
    return int(counted)


def numeric(name: str, value: Json, path: Json, kind: str) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(value)
        found = float(value)
        if kind == "integer" and found != int(found):
            raise ValueError(value)
    except (ValueError, OverflowError):
        shown = value if isinstance(value, str) else text_of(value)
        field = f"The {name}Path field refers to value" if path else f"The {name} field has the value"
        told = f'{field} "{shown}" which is not a valid {kind}'
        raise Failure("States.Runtime", f"{told}: {path}" if path else f"{told}.") from None
    return found


def action(fields: Mapping[str, Any], data: PathDataflow | ExpressionDataflow) -> Action | None:
    """The call of an ItemReader or a ResultWriter; None where nothing is called."""
    if "Resource" not in fields:
        return None
    arguments = (
        expression(fields, "Arguments") if isinstance(data, ExpressionDataflow) else template(fields, "Parameters")
    )
    return Action(str(fields["Resource"]), arguments or (lambda _given, _env: {}))


def batcher(state: State, data: PathDataflow | ExpressionDataflow) -> Batcher | None:
    fields: Any = state.fields.get("ItemBatcher")
    if fields is None:
        return None
    within = inside(state, fields)
    written = expression if isinstance(data, ExpressionDataflow) else template
    return Batcher(
        number(within, "MaxItemsPerBatch"), number(within, "MaxInputBytesPerBatch"), written(fields, "BatchInput")
    )


def inside(state: State, fields: Mapping[str, Json]) -> State:
    """The state with the fields of one of its parts, so that numbers there are read as in the state."""
    return state._replace(fields=fields)
