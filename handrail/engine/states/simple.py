"""The states that need nothing from outside, and Wait, which needs only time."""

from collections.abc import Callable, Mapping

from handrail.asl.model import Json, State
from handrail.engine.choice import compile_rule
from handrail.engine.dataflow import Assigned, ExpressionDataflow, Number, PathDataflow, expression, number, template
from handrail.engine.env import Evaluate
from handrail.engine.execution import END, Branch, CompiledState, Execution, TimerWait
from handrail.engine.failure import FAULTS, EvaluationFailure, Failure, as_failure, unexpected_type
from handrail.engine.states.compiled import Compiled, entries
from handrail.engine.template import compile_expression
from handrail.engine.timestamps import parsed
from handrail.engine.values import text_of


class Pass(Compiled):
    """Passes its input, or a fixed or computed result, to its output."""

    __slots__ = ("fixed", "result")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.fixed = "Result" in state.fields
        self.result = state.fields.get("Result")

    def run(self, execution: Execution, branch: Branch) -> CompiledState:
        return self.complete(execution, branch, self.result if self.fixed else self.data.arguments(branch))


class Succeed(Compiled):
    """Ends its branch with its input."""

    __slots__ = ()

    def run(self, execution: Execution, branch: Branch) -> CompiledState:
        return pass_input(self, execution, branch, END)


def pass_input(state: Compiled, execution: Execution, branch: Branch, following: CompiledState) -> CompiledState:
    """Leave a state whose result is its own input (Succeed, Wait, Choice)."""
    data = state.data
    if isinstance(data, PathDataflow):
        effective = data.effective_input(branch)
        return execution.leave(branch, data.through(branch, effective), data.assigned(branch, effective), following)
    output, assigned = data.leave(branch, data.states(branch), branch.input)
    return execution.leave(branch, output, assigned, following)


class Fail(Compiled):
    """Ends its branch with an error, written out or computed."""

    __slots__ = ("cause", "error")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.error = text_field(state, "Error")
        self.cause = text_field(state, "Cause")

    def run(self, execution: Execution, branch: Branch) -> None:
        error, cause = self.error(branch), self.cause(branch)
        execution.fail(branch, Failure(error, cause))


def text_field(state: State, name: str) -> Callable[[Branch], str]:
    """Error or Cause of a Fail state, also as `ErrorPath`, an intrinsic function or a JSONata string."""
    fields = state.fields
    if f"{name}Path" in fields:
        evaluate = compile_expression(str(fields[f"{name}Path"]), f"{name}Path")
        return lambda branch: as_text(evaluate(branch.input, branch))
    written = fields.get(name, "")
    if state.query_language == "JSONata":
        compiled = expression({name: written}, name)
        data = Compiled(state).data
        if compiled is not None and isinstance(data, ExpressionDataflow):
            return lambda branch: as_text(compiled(data.states(branch), branch))
    return lambda _branch: str(written)


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else text_of(value)


NO_NEXT_STATE = "Failed to transition out of the state. The state does not point to a next state."


class Choice(Compiled):
    """Goes where the first rule that holds says, or to Default."""

    __slots__ = ("default", "rules")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.rules = [Rule(state, entry, self.data) for entry in entries(state, "Choices")]
        self.default: CompiledState | None = None

    def link(self, states: Mapping[str, CompiledState]) -> None:
        for rule, entry in zip(self.rules, entries(self.source, "Choices"), strict=True):
            rule.next = states[str(entry["Next"])]
        if "Default" in self.source.fields:
            self.default = states[str(self.source.fields["Default"])]

    def run(self, execution: Execution, branch: Branch) -> CompiledState:
        data = self.data
        given = data.effective_input(branch) if isinstance(data, PathDataflow) else data.states(branch)
        for rule in self.rules:
            if rule.holds(given, branch):
                output, assigned = rule.leave(branch, given)
                return execution.leave(branch, output, assigned, rule.next)
        if self.default is None:
            raise Failure("States.Runtime", NO_NEXT_STATE)
        return pass_input(self, execution, branch, self.default)


class Rule:
    """One entry of Choices: when it holds, and what it assigns and puts out."""

    __slots__ = ("assign", "condition", "data", "next", "output")

    def __init__(self, state: State, entry: Mapping[str, Json], data: PathDataflow | ExpressionDataflow) -> None:
        self.next: CompiledState = END
        self.data = data
        paths = isinstance(data, PathDataflow)
        self.condition = compile_rule(entry) if paths else condition(entry)
        self.assign: Evaluate | None = template(entry, "Assign") if paths else expression(entry, "Assign")
        self.output: Evaluate | None = None if paths else expression(entry, "Output")

    def holds(self, given: Json, branch: Branch) -> bool:
        return self.condition(given, branch)

    def leave(self, branch: Branch, given: Json) -> tuple[Json, Assigned]:
        if isinstance(self.data, PathDataflow):
            assigned = None if self.assign is None else self.assign(given, branch)
            return self.data.through(branch, given), assigned  # type: ignore[return-value]
        return ExpressionDataflow(assign=self.assign, output=self.output).leave(branch, given, branch.input)


def condition(entry: Mapping[str, Json]) -> Callable[[Json, Branch], bool]:
    """The Condition of a JSONata rule, which must give a boolean."""
    evaluate = expression(entry, "Condition")

    def holds(given: Json, branch: Branch) -> bool:
        value = evaluate(given, branch) if evaluate is not None else None
        if not isinstance(value, bool):
            raise unexpected_type(entry["Condition"], "Condition", "boolean", value)
        return value

    return holds


class Wait(Compiled):
    """Waits for a number of seconds or until a time."""

    __slots__ = ("seconds", "timestamp")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.seconds: Number | None = number(state, "Seconds")
        self.timestamp: Number | None = number(state, "Timestamp")

    def run(self, execution: Execution, branch: Branch) -> None:
        seconds = self.duration(branch) if self.seconds is not None else self.until(branch) - execution.now
        timer = execution.set_timer(seconds, lambda: self.over(execution, branch), pauses=True)
        branch.waiting = TimerWait(branch, timer)

    def over(self, execution: Execution, branch: Branch) -> None:
        try:
            following: CompiledState | None = pass_input(self, execution, branch, self.next)
        except FAULTS as fault:
            following = execution.refused(branch, as_failure(fault))
        execution.proceed(branch, following)

    def duration(self, branch: Branch) -> float:
        """The seconds to wait; paths and expressions may give what is no duration."""
        assert self.seconds is not None
        path = self.source.fields.get("SecondsPath")
        value = self.seconds(branch)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if isinstance(value, float) and value.is_integer():
            whole = True
        if path is None:
            return self.checked_expression(value, whole)
        if not whole:
            raise Failure(
                "States.Runtime",
                f"The SecondsPath parameter cannot be parsed as a long value: {path} == {as_text(value)}",
            )
        if float(value) < 0:  # type: ignore[arg-type]
            raise Failure(
                "States.Runtime", f"The SecondsPath parameter references a negative value: {path} == {as_text(value)}"
            )
        return float(value)  # type: ignore[arg-type]

    def checked_expression(self, value: Json, whole: bool) -> float:
        if not whole or float(value) < 0:  # type: ignore[arg-type]
            raise EvaluationFailure(
                f"The Seconds field must be a non-negative integer, but was: {as_text(value)}", "Seconds"
            )
        return float(value)  # type: ignore[arg-type]

    def until(self, branch: Branch) -> float:
        """The time to wait for, in seconds since the epoch."""
        assert self.timestamp is not None
        value = self.timestamp(branch)
        moment = parsed(value) if isinstance(value, str) else None
        if moment is not None:
            return moment
        if self.source.query_language == "JSONata":
            raise EvaluationFailure(
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
                f"{as_text(value)}",
                "Timestamp",
                begun=True,
            )
        path = self.source.fields.get("TimestampPath")
        raise Failure(
            "States.Runtime",
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            f"{path} == {as_text(value)}",
        )
