"""Writes a definition as canonical JSON text: same meaning, same bytes."""

from collections.abc import Mapping

from handrail.asl.fields import OPEN_SHAPES, SHAPES, STATES
from handrail.asl.model import Flow, Json, State


def write(definition: Flow | Mapping[str, Json]) -> str:
    """JSON text, indented by two spaces, the language's own fields in the order of the field tables.

    States and an author's own objects (Parameters, Assign …) keep the order they were given in.
    """
    from json import dumps  # what reads and checks mappings does without

    value = flow(definition) if isinstance(definition, Flow) else dict(definition)
    return dumps(ordered(value, "machine"), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def flow(value: Flow) -> dict[str, Json]:
    """A flow as the JSON object that `read` would read."""
    return {
        **value.fields,
        "StartAt": value.start_at,
        "States": {name: state(inner) for name, inner in value.states.items()},
    }


def state(value: State) -> dict[str, Json]:
    written: dict[str, Json] = {"Type": value.type, **value.fields}
    if value.processor is not None:
        older = value.processor.pointer.endswith("/Iterator")
        written["Iterator" if older else "ItemProcessor"] = flow(value.processor)
    if value.type == "Parallel":
        written["Branches"] = [flow(branch) for branch in value.branches]
    return written


def ordered(value: Json, shape: str) -> Json:
    """The same value with the fields of every object of the language in their canonical order."""
    if isinstance(value, list):
        return [ordered(inner, shape) for inner in value]
    if not isinstance(value, dict) or shape in OPEN_SHAPES or shape == "text":
        return value
    if shape == "states":
        return {name: ordered(inner, type_of(inner)) for name, inner in value.items()}
    known = SHAPES[shape].fields if shape in SHAPES else {}
    names = [name for name in known if name in value] + [name for name in value if name not in known]
    return {name: ordered(value[name], known[name].kind.shape if name in known else "") for name in names}


def type_of(state: Json) -> str:
    kind = state.get("Type") if isinstance(state, dict) else None
    return kind if isinstance(kind, str) and kind in STATES else ""
