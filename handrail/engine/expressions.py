"""Whether the expressions of a definition compile, for whoever checks one before it runs."""

from collections.abc import Callable, Mapping

from handrail.asl.check.scope import Complaint
from handrail.engine.intrinsic import compile_intrinsic
from handrail.engine.jsonpath import compile_path, compile_reference


def compile_expression(text: str, *offered: str) -> object:
    """A JSONata expression that may read these members of `$states` besides the input and the context."""
    # Half of the engine's modules are JSONata's; a machine without it is read without them.
    from handrail.engine.jsonata import check_states, compile_jsonata

    compiled = compile_jsonata(text, "")
    check_states(text, offered)
    return compiled


COMPILERS: Mapping[str, Callable[[str], object]] = {
    "jsonpath": compile_path,
    "reference": compile_reference,
    "intrinsic": compile_intrinsic,
    "jsonata": compile_expression,
    "jsonata with result": lambda text: compile_expression(text, "result"),
    "jsonata with errorOutput": lambda text: compile_expression(text, "errorOutput"),
}


def complaint(kind: str, text: str) -> Complaint | None:
    """What is wrong with an expression of this kind (a row of COMPILERS); None where it compiles."""
    try:
        COMPILERS[kind](text)
    except ValueError as error:
        return Complaint(str(error), getattr(error, "diagnostic", ""))
    return None
