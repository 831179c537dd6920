"""Whether a variable hides a function that is called where the variable can be seen."""

from collections.abc import Iterator

from handrail.asl.check.expressions import is_expression
from handrail.asl.check.flows import States
from handrail.asl.check.scope import Object, warning
from handrail.asl.functions import FUNCTIONS, called
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child


def hiding(flow: States) -> Iterator[Finding]:
    """A variable is seen in the flow that assigns it and in all inside it; a name that nobody calls does no harm."""
    hidden = [found for found in assigned(flow) if found[1] in FUNCTIONS]
    calls = functions_called(flow.states) if hidden else ()
    for pointer, name in hidden:
        if name in calls:
            message = f"The variable '{name}' hides the function ${name}, which this machine calls"
            yield warning("HIDDEN_FUNCTION", message, pointer, "Give the variable another name.")


def assigned(flow: States) -> Iterator[tuple[str, str]]:
    """Every assignment in the states of a flow: where it stands, and the variable's name."""
    for state_name, state in flow.states.items():
        here = child(flow.pointer, "States", state_name)
        for pointer, holder in holders(state, here):
            variables = holder.get("Assign")
            for name in variables if isinstance(variables, dict) else ():
                yield child(pointer, "Assign", name), name.removesuffix(".$")


def holders(state: Json, pointer: str) -> Iterator[tuple[str, Object]]:
    """A state with its Choice rules and its catchers: whatever may assign."""
    if not isinstance(state, dict):
        return
    yield pointer, state
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield child(pointer, field, index), entry


def functions_called(states: Object) -> set[str]:
    """The functions that the expressions of these states call, nested flows included."""
    names: set[str] = set()
    waiting: list[Json] = list(states.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and is_expression(value):
            names |= called(value)
    return names
