"""Whether every state and every Map Run has a name of its own."""

from collections.abc import Iterator

from handrail.asl.check.flows import States
from handrail.asl.check.scope import error
from handrail.asl.model import Finding
from handrail.asl.pointer import child

NAME_LENGTH = 80


def names(flows: list[States]) -> Iterator[Finding]:
    """Names are unique across the whole machine, nested flows included."""
    seen: set[str] = set()
    labels: set[str] = set()
    for flow in flows:
        for name, state in flow.states.items():
            pointer = child(flow.pointer, "States", name)
            yield from length(name, pointer)
            if name in seen:
                yield error(f"Duplicate State name: {name}", pointer, code="DUPLICATE_STATE_NAME")
            seen.add(name)
            label = state.get("Label") if isinstance(state, dict) else None
            if isinstance(label, str):
                if label in labels:
                    message = f"Duplicate Label name: {label}"
                    yield error(message, child(pointer, "Label"), code="DUPLICATE_LABEL_NAME")
                labels.add(label)


def length(name: str, pointer: str) -> Iterator[Finding]:
    if not name:
        yield error("Invalid State name: it cannot be empty", pointer, code="INVALID_STATE_NAME")
    if len(name) > NAME_LENGTH:
        message = f"Invalid State name: '{name}' exceeds the {NAME_LENGTH}-character limit allowed by the service"
        yield error(message, pointer, f"It has {len(name)} characters.", code="INVALID_STATE_NAME")
