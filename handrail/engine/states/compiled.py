"""What all compiled states share: their name, where they go next, and what they do with errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from handrail.asl.model import Json, State
from handrail.engine.dataflow import (
    Assigned,
    ExpressionDataflow,
    dataflow,
    expression,
    expression_dataflow,
    template,
)
from handrail.engine.env import Evaluate
from handrail.engine.execution import END, Branch, CatchClause, CompiledState, Execution
from handrail.engine.failure import FAULTS, as_failure
from handrail.engine.jsonpath import ReferencePath, compile_reference
from handrail.engine.retry import Retrier, retriers


class Compiled:
    """A state, ready to run; `next` is set once every state of its flow is compiled."""

    __slots__ = ("catchers", "data", "name", "next", "retriers", "source", "type")

    def __init__(self, state: State) -> None:
        self.source = state
        self.name = state.name
        self.type = state.type
        self.data = dataflow(state)
        self.next: CompiledState = END
        self.retriers: tuple[Retrier, ...] = retriers(entries(state, "Retry"))
        self.catchers: tuple[CatchClause, ...] = tuple(
            catcher(state, entry, f"Catch[{place}]/") for place, entry in enumerate(entries(state, "Catch"))
        )

    def link(self, states: Mapping[str, CompiledState]) -> None:
        """Replace the names of following states by the states themselves."""
        if "Next" in self.source.fields:
            self.next = states[str(self.source.fields["Next"])]
        for clause, entry in zip(self.catchers, entries(self.source, "Catch"), strict=True):
            clause.next = states[str(entry["Next"])]

    def run(self, execution: Execution, branch: Branch) -> CompiledState | None:
        """Do the state's work: the next state, END, or None where the branch has to wait."""
        raise AssertionError(f"every state type says what it does, {self.type} does not")

    def gives_up(self, execution: Execution, branch: Branch) -> None:
        """Most types record nothing of their own when they are not tried again."""

    def complete(self, execution: Execution, branch: Branch, result: Json) -> CompiledState:
        """Leave the state with what its work gave."""
        output, assigned = self.data.finish(branch, result)
        return execution.leave(branch, output, assigned, self.next)

    def resume(self, execution: Execution, branch: Branch, result: Json) -> None:
        """Leave a state that has waited for this result."""
        try:
            following: CompiledState | None = self.complete(execution, branch, result)
        except FAULTS as fault:
            following = execution.refused(branch, as_failure(fault))
        execution.proceed(branch, following)


def entries(state: State, name: str) -> Sequence[Mapping[str, Any]]:
    """The objects of Retry, Catch or Choices."""
    return state.fields.get(name) or []  # type: ignore[return-value]  # read() has checked the kinds


class PathCatcher:
    """An entry of Catch in a JSONPath state: ResultPath says where the error goes in the state's input."""

    __slots__ = ("assign", "discards", "errors", "next", "result_path")

    def __init__(self, entry: Mapping[str, Json]) -> None:
        self.errors: frozenset[str] = frozenset(entry["ErrorEquals"])  # type: ignore[arg-type]
        self.next: CompiledState = END
        result_path = entry.get("ResultPath", "$")
        self.discards = result_path is None
        self.result_path: ReferencePath | None = None
        if result_path not in ("$", None):
            self.result_path = compile_reference(str(result_path))
        self.assign: Evaluate | None = template(entry, "Assign")

    def handle(self, branch: Branch, error_output: Json) -> tuple[Json, Assigned]:
        assigned = None if self.assign is None else self.assign(error_output, branch)
        if self.discards:
            output = branch.input
        elif self.result_path is None:
            output = error_output
        else:
            output = self.result_path.insert(branch.input, error_output)
        return output, assigned  # type: ignore[return-value]  # an Assign template is an object, so is its value


class ExpressionCatcher:
    """An entry of Catch in a JSONata state: Output and Assign see `$states.errorOutput`."""

    __slots__ = ("data", "errors", "next")

    def __init__(self, state: State, entry: Mapping[str, Json], place: str) -> None:
        self.errors: frozenset[str] = frozenset(entry["ErrorEquals"])  # type: ignore[arg-type]
        self.next: CompiledState = END
        self.data = ExpressionDataflow(
            assign=expression(entry, "Assign", place),
            output=expression(entry, "Output", place),
            reads_context=expression_dataflow(state).reads_context,
        )

    def handle(self, branch: Branch, error_output: Json) -> tuple[Json, Assigned]:
        return self.data.leave(branch, self.data.states(branch) | {"errorOutput": error_output}, error_output)


def catcher(state: State, entry: Mapping[str, Json], place: str) -> CatchClause:
    """An entry of Catch; `place` is where it stands in the state."""
    return PathCatcher(entry) if state.query_language == "JSONPath" else ExpressionCatcher(state, entry, place)
