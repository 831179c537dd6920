"""What a state works on and what it leaves behind, in each of the two query languages.

JSONPath:  input → InputPath → Parameters → (work) → ResultSelector → ResultPath, Assign → OutputPath → output
JSONata:   input → Arguments → (work) → Assign, Output → output
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from handrail.asl.model import Json, State
from handrail.engine.env import Evaluate
from handrail.engine.execution import Branch
from handrail.engine.jsonpath import ReferencePath, compile_path, compile_reference
from handrail.engine.template import compile_template
from handrail.engine.values import text_of

Assigned = dict[str, Json] | None
Number = Callable[[Branch], Json]


class PathDataflow(NamedTuple):
    """The input and output fields of a JSONPath state; what is None was not written and changes nothing."""

    input_path: Evaluate | None = None
    parameters: Evaluate | None = None
    selector: Evaluate | None = None
    result_path: ReferencePath | None = None
    discards_result: bool = False
    assign: Evaluate | None = None
    output_path: Evaluate | None = None

    def effective_input(self, branch: Branch) -> Json:
        return branch.input if self.input_path is None else self.input_path(branch.input, branch)

    def arguments(self, branch: Branch) -> Json:
        """What the state works on."""
        data = self.effective_input(branch)
        return data if self.parameters is None else self.parameters(data, branch)

    def finish(self, branch: Branch, result: Json) -> tuple[Json, Assigned]:
        """The state's output and the variables it assigns, once its work gave this result."""
        if self.selector is not None:
            result = self.selector(result, branch)
        if self.discards_result:
            output = branch.input
        elif self.result_path is None:
            output = result
        else:
            output = self.result_path.insert(branch.input, result)
        return self.through(branch, output), self.assigned(branch, result)

    def through(self, branch: Branch, data: Json) -> Json:
        """What OutputPath lets through."""
        return data if self.output_path is None else self.output_path(data, branch)

    def assigned(self, branch: Branch, data: Json) -> Assigned:
        return None if self.assign is None else self.assign(data, branch)  # type: ignore[return-value]  # an object


def whole_or_path(fields: Mapping[str, Json], name: str) -> Evaluate | None:
    """InputPath or OutputPath: absent or `$` changes nothing, null gives an empty object."""
    path = fields.get(name, "$")
    if path is None:
        return nothing
    return None if path == "$" else compile_path(str(path), name)


def nothing(_data: Json, _env: object) -> Json:
    return {}


def template(fields: Mapping[str, Json], name: str) -> Evaluate | None:
    return compile_template(fields[name]) if name in fields else None


def path_dataflow(state: State) -> PathDataflow:
    """Compile the fields of a JSONPath state."""
    fields = state.fields
    result_path = fields.get("ResultPath", "$")
    return PathDataflow(
        input_path=whole_or_path(fields, "InputPath"),
        parameters=template(fields, "Parameters"),
        selector=template(fields, "ResultSelector"),
        result_path=None if result_path in ("$", None) else compile_reference(str(result_path)),
        discards_result=result_path is None,
        assign=template(fields, "Assign"),
        output_path=whole_or_path(fields, "OutputPath"),
    )


class ExpressionDataflow(NamedTuple):
    """The input and output fields of a JSONata state."""

    given: Evaluate | None = None
    assign: Evaluate | None = None
    output: Evaluate | None = None
    reads_context: bool = False

    def arguments(self, branch: Branch) -> Json:
        """What the state works on."""
        return branch.input if self.given is None else self.given(self.states(branch), branch)

    def finish(self, branch: Branch, result: Json) -> tuple[Json, Assigned]:
        """The state's output and the variables it assigns, once its work gave this result."""
        if self.assign is None and self.output is None:
            return result, None
        bound = self.states(branch)
        bound["result"] = result
        return self.leave(branch, bound, result)

    def leave(self, branch: Branch, bound: Json, default: Json) -> tuple[Json, Assigned]:
        """Assign and Output both see the variables of before the state."""
        assigned = None if self.assign is None else self.assign(bound, branch)
        output = default if self.output is None else self.output(bound, branch)
        return output, assigned  # type: ignore[return-value]  # Assign is an object

    def states(self, branch: Branch) -> dict[str, Json]:
        """The reserved variable `$states`, less what only some fields may read."""
        return {"input": branch.input, "context": branch.context() if self.reads_context else None}


def expression(fields: Mapping[str, Json], name: str, within: str = "") -> Evaluate | None:
    """A field of a JSONata state, compiled; None where it is not written.

    `within` is where the field stands in the state, as AWS says it: `Choices[0]/`, `ItemReader/`.
    """
    if name not in fields:
        return None
    # Half of the engine's modules are JSONata's; a machine without it starts without them.
    from handrail.engine.jsonata import compile_value

    return compile_value(fields[name], f"{within}{name}")


def expression_dataflow(state: State) -> ExpressionDataflow:
    """Compile the fields of a JSONata state."""
    fields = state.fields
    return ExpressionDataflow(
        given=expression(fields, "Arguments"),
        assign=expression(fields, "Assign"),
        output=expression(fields, "Output"),
        reads_context=reads_context(dict(fields)),
    )


def reads_context(fields: Json) -> bool:
    """Whether expressions may look at `$states.context`; building it costs more than most states do."""
    return bool(re.search(r"\$states\b(?!\s*\.\s*(input|result|errorOutput)\b)", text_of(fields)))


def dataflow(state: State) -> PathDataflow | ExpressionDataflow:
    return path_dataflow(state) if state.query_language == "JSONPath" else expression_dataflow(state)


def number(state: State, name: str, fields: Mapping[str, Json], within: str = "") -> Number | None:
    """A field written as `Name`, as `NamePath` or as a JSONata string; None where it is not written.

    `fields` are the state's, or those of a part of it that stands `within` it.
    """
    if f"{name}Path" in fields:
        whole, path = whole_or_path(state.fields, "InputPath"), compile_path(str(fields[f"{name}Path"]), f"{name}Path")
        return lambda branch: path(branch.input if whole is None else whole(branch.input, branch), branch)
    written = fields.get(name)
    evaluate = expression(fields, name, within) if isinstance(written, str) else None
    if evaluate is not None:
        data = expression_dataflow(state)
        return lambda branch: evaluate(data.states(branch), branch)
    return None if written is None else lambda _branch: written
