"""Whether the expressions of a definition compile, for whoever checks one before it runs."""

from collections.abc import Callable, Mapping

from handrail.engine.intrinsic import compile_intrinsic
from handrail.engine.jsonpath import compile_path, compile_reference


def compile_jsonata(text: str) -> object:
    # Half of the engine's modules are JSONata's; a machine without it is read without them.
    from handrail.engine.jsonata import compile_jsonata

    return compile_jsonata(text, "")


COMPILERS: Mapping[str, Callable[[str], object]] = {
    "jsonpath": compile_path,
    "reference": compile_reference,
    "intrinsic": compile_intrinsic,
    "jsonata": compile_jsonata,
}


def complaint(kind: str, text: str) -> str | None:
    """What is wrong with an expression of this kind (a row of COMPILERS); None where it compiles."""
    try:
        COMPILERS[kind](text)
    except ValueError as error:
        return str(error)
    return None
