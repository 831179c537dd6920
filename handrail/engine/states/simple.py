"""The states that need nothing from outside, and Wait, which needs only time."""

from collections.abc import Callable, Mapping

from handrail.asl.model import Json, State
from handrail.engine.choice import compile_rule
from handrail.engine.dataflow import Assigned, ExpressionDataflow, Number, PathDataflow, expression, number, template
from handrail.engine.env import Evaluate
from handrail.engine.execution import END, Branch, CompiledState, Execution, TimerWait
from handrail.engine.failure import FAULTS, EvaluationFailure, Failure, as_failure, unexpected_type
from handrail.engine.numbers import Measure, long, measure
from handrail.engine.states.compiled import Compiled, entries
from handrail.engine.template import compile_expression
from handrail.engine.timestamps import parsed
from handrail.engine.values import as_text


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
            return lambda branch: only_text(written, name, compiled(data.states(branch), branch))
    return lambda _branch: str(written)


def only_text(written: Json, name: str, value: Json) -> str:
    """What an expression gave for a field that takes a string."""
    if not isinstance(value, str):
        raise unexpected_type(written, name, "string", value)
    return value


NO_NEXT_STATE = "Failed to transition out of the state. The state does not point to a next state."


class Choice(Compiled):
    """Goes where the first rule that holds says, or to Default."""

    __slots__ = ("default", "rules")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        choices = enumerate(entries(state, "Choices"))
        self.rules = [Rule(entry, self.data, f"Choices[{place}]/") for place, entry in choices]
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

    def __init__(self, entry: Mapping[str, Json], data: PathDataflow | ExpressionDataflow, place: str) -> None:
        self.next: CompiledState = END
        self.data = data
        paths = isinstance(data, PathDataflow)
        self.condition = compile_rule(entry) if paths else condition(entry, place)
        self.assign: Evaluate | None = template(entry, "Assign") if paths else expression(entry, "Assign", place)
        self.output: Evaluate | None = None if paths else expression(entry, "Output", place)

    def holds(self, given: Json, branch: Branch) -> bool:
        return self.condition(given, branch)

    def leave(self, branch: Branch, given: Json) -> tuple[Json, Assigned]:
        if isinstance(self.data, PathDataflow):
            assigned = None if self.assign is None else self.assign(given, branch)
            return self.data.through(branch, given), assigned  # type: ignore[return-value]
        return ExpressionDataflow(assign=self.assign, output=self.output).leave(branch, given, branch.input)


def condition(entry: Mapping[str, Json], place: str) -> Callable[[Json, Branch], bool]:
    """The Condition of a JSONata rule, which must give a boolean."""
    evaluate = expression(entry, "Condition", place)

    def holds(given: Json, branch: Branch) -> bool:
        value = evaluate(given, branch) if evaluate is not None else None
        if not isinstance(value, bool):
            raise unexpected_type(entry["Condition"], f"{place}Condition", "boolean", value)
        return value

    return holds


class Wait(Compiled):
    """Waits for a number of seconds or until a time."""

    __slots__ = ("seconds", "timestamp")

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.seconds: Measure | None = measure(state, "Seconds")
        self.timestamp: Number | None = number(state, "Timestamp", state.fields)

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

    def duration(self, branch: Branch) -> int:
        """The seconds to wait; what a path finds is read as text, so "1" is a number and 1.0 is none."""
        assert self.seconds is not None
        if self.seconds.path is None:
            found = self.seconds.whole(branch)
            if found < 0:
                raise self.seconds.refusal(f"The Seconds field references a negative value: {found}")
            return found
        value = as_text(self.seconds.evaluate(branch))
        seconds = long(value)
        if seconds is not None and seconds >= 0:
            return seconds
        problem = "cannot be parsed as a long value" if seconds is None else "references a negative value"
        raise Failure("States.Runtime", f"The SecondsPath parameter {problem}: {self.seconds.path} == {value}")

    def until(self, branch: Branch) -> float:
        """The time to wait for, in seconds since the epoch."""
        assert self.timestamp is not None
        value = self.timestamp(branch)
        moment = parsed(value) if isinstance(value, str) else None
        if moment is not None:
            return moment
        if self.source.query_language == "JSONata":
            told = only_text(self.source.fields["Timestamp"], "Timestamp", value)
            raise EvaluationFailure(
                f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {told}",
                "Timestamp",
                begun=True,
            )
        path = self.source.fields.get("TimestampPath")
        raise Failure(
            "States.Runtime",
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            f"{path} == {as_text(value)}",
        )
