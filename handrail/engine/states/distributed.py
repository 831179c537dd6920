"""The Distributed Map: child executions with histories of their own, over items from the input or from S3.

    items ──► ItemSelector ──► ItemBatcher ──► child executions, at most MaxConcurrency at once ──► results
    (S3)                                       └ what they ask for leaves as the parent's commands    (S3)

Source: "Using Map state in Distributed mode" in the Developer Guide, and recordings from AWS.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from handrail.asl.model import Json, State
from handrail.engine.dataflow import ExpressionDataflow, PathDataflow, expression, template
from handrail.engine.env import Evaluate
from handrail.engine.execution import Branch, CompiledState, Execution
from handrail.engine.failure import FAULTS, Failure, as_failure, unexpected_type
from handrail.engine.items import READER_FAILED, Batches, Item, at_most, members
from handrail.engine.numbers import Measure, measure
from handrail.engine.states.itemreader import Reading
from handrail.engine.states.joins import Joining, concurrency, items, selected, selector
from handrail.engine.states.maprun import MOST_CHILDREN, MapRun, Settings


class Action(NamedTuple):
    """What an ItemReader or a ResultWriter asks of S3."""

    resource: str
    arguments: Evaluate
    written: Json
    field: str

    def asks(self, given: Json, branch: Branch) -> dict[str, Json]:
        """What S3 is asked; an expression has to give an object."""
        asked = self.arguments(given, branch)
        if not isinstance(asked, dict):
            raise unexpected_type(self.written, self.field, "object", asked)
        return asked


class Batcher(NamedTuple):
    """A compiled ItemBatcher."""

    most: Measure | None
    room: Measure | None
    given: Evaluate | None

    def evaluate(self, given: Json, branch: Branch) -> Batches:
        most, room = limit(self.most, branch), limit(self.room, branch)
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
        self.reader = action(reader, self.data, "ItemReader/")
        self.reading: Mapping[str, Json] = reader.get("ReaderConfig") or {}
        self.writer = action(writer, self.data, "ResultWriter/")
        self.writing: Mapping[str, Json] = writer.get("WriterConfig") or {}
        self.items = items(state, self.data, objects=True)
        self.selector = selector(state, self.data)
        self.batcher = batcher(state, self.data)
        self.concurrency = measure(state, "MaxConcurrency")
        self.count = measure(state, "ToleratedFailureCount")
        self.percentage = measure(state, "ToleratedFailurePercentage")
        self.most_items = measure(state, "MaxItems", self.reading, "ItemReader/ReaderConfig/")

    def begin(self, execution: Execution, branch: Branch) -> None:
        given = self.given(branch)
        found = None if self.reader else members(self.items(given, branch))
        length = {"length": len(found or ())}
        branch.previous = execution.record("MapStateStarted", branch.previous, length)
        asked = self.reader.asks(given, branch) if self.reader else None
        run = MapRun(self, execution, branch, self.settings(given, branch))
        branch.waiting = branch.kept = execution.map_runs[run.arn] = run
        branch.previous = execution.record("MapRunStarted", branch.previous, {"mapRunArn": run.arn})
        if found is not None:
            self.deal(run, found)
        elif run.settings.items is not None and run.settings.items < 0:
            run.fail(Failure(READER_FAILED, "field MaxItems must be positive"))
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
            self.ask(run, self.reader.asks(given, run.owner))
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
        """What a child is given of an item: the item or the pair of an object, or what ItemSelector makes of it."""
        key: dict[str, Json] = {} if item.key is None else {"Key": item.key}
        if self.selector is not None:
            told = {"Index": index, **key, "Value": item.value}
            return selected(self.selector, self.data, given, branch, told)
        return {**key, "Value": item.value} if key else item.value

    def given(self, branch: Branch) -> Json:
        """What the fields of the state read."""
        data = self.data
        return data.effective_input(branch) if isinstance(data, PathDataflow) else data.states(branch)

    def settings(self, given: Json, branch: Branch) -> Settings:
        """The numbers that govern a run; raises Failure for one that AWS refuses."""
        return Settings(
            most=concurrency(self.concurrency, MOST_CHILDREN, branch),
            items=None if self.most_items is None else self.most_items.whole(branch),
            failures=limit(self.count, branch),
            share=self.share(branch),
            batches=None if self.batcher is None else self.batcher.evaluate(given, branch),
            place=None if self.writer is None else self.writer.asks(given, branch),
        )

    def share(self, branch: Branch) -> float | None:
        """ToleratedFailurePercentage."""
        if self.percentage is None:
            return None
        value = self.percentage.real(branch)
        if not 0 <= value <= 100:
            raise self.percentage.refusal("ToleratedFailurePercentage must be between 0 and 100.")
        return value


def limit(measured: Measure | None, branch: Branch) -> int | None:
    """A count that limits something; None where it is not limited."""
    found = None if measured is None else measured.whole(branch)
    if measured is not None and found is not None and found < 0:
        raise measured.refusal(f"{measured.name} cannot be negative.")
    return found


def action(fields: Mapping[str, Any], data: PathDataflow | ExpressionDataflow, within: str) -> Action | None:
    """The call of an ItemReader or a ResultWriter; None where nothing is called."""
    if "Resource" not in fields:
        return None
    paths = isinstance(data, PathDataflow)
    arguments = template(fields, "Parameters") if paths else expression(fields, "Arguments", within)
    asks = arguments or (lambda _given, _env: {})
    return Action(str(fields["Resource"]), asks, fields.get("Arguments"), f"{within}Arguments")


def batcher(state: State, data: PathDataflow | ExpressionDataflow) -> Batcher | None:
    fields: Any = state.fields.get("ItemBatcher")
    if fields is None:
        return None
    within = "ItemBatcher/"
    paths = isinstance(data, PathDataflow)
    return Batcher(
        measure(state, "MaxItemsPerBatch", fields, within),
        measure(state, "MaxInputBytesPerBatch", fields, within),
        template(fields, "BatchInput") if paths else expression(fields, "BatchInput", within),
    )
