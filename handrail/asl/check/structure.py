"""Whether every object of a definition has the shape that the field tables give it."""

from collections.abc import Collection, Iterator, Mapping

from handrail.asl.check.expressions import DELIMITERS, MEANINGS, jsonata, looks_like_a_path
from handrail.asl.check.rules import RULES
from handrail.asl.check.scope import Object, Offer, Scope, error, warning
from handrail.asl.fields import OPEN_SHAPES, SHAPES, STATES, Kind, Shape
from handrail.asl.model import Finding, Json, QueryLanguage
from handrail.asl.pointer import child
from handrail.errors import did_you_mean

PYTHON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Number": (int, float),
    "Boolean": bool,
    "Object": dict,
    "Array": list,
}

GIVE_RESULTS = ("Pass", "Task", "Parallel", "Map")


def shaped(value: Json, shape: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with an object of a shape, in the order of its fields."""
    if not isinstance(value, dict):
        yield error("Expected value of type Object", pointer)
        return
    known = SHAPES[shape]
    yield from presence(value, known, pointer)
    for name, inner in value.items():
        field = known.fields.get(name)
        here = child(pointer, name)
        if field is None:
            yield error(f"Field '{name}' is not supported", here, unknown_field(name, shape, known, scope))
        elif field.language is not None and field.language != scope.language:
            yield error(
                f"The QueryLanguage is set to '{scope.language}', but field '{name}' is only supported for the "
                f"'{field.language}' QueryLanguage",
                here,
            )
        else:
            yield from held(inner, field.kind, here, scope.offering(offer(shape, name)))
            if f"{name}Path" in known.fields and scope.language == "JSONPath" and looks_like_a_path(inner):
                yield warning("NO_PATH", f"The value of '{name}' looks like a path", here, f'Was "{name}Path" meant?')
    yield from ruled(value, shape, pointer, scope)


def offer(shape: str, field: str) -> Offer | None:
    """What an expression in this field may read of `$states` besides the input and the context.

    Source: "Transforming data with JSONata" in the Developer Guide.
    """
    if field not in ("Output", "Assign"):
        return None
    return "errorOutput" if shape == "catcher" else "result" if shape in GIVE_RESULTS else None


def presence(value: Object, shape: Shape, pointer: str) -> Iterator[Finding]:
    missing = [name for name in shape.required if name not in value]
    if missing:
        yield error(f"These fields are required: [{', '.join(missing)}]", pointer)
    for group in shape.one_of:
        there = present(value, group)
        if not there:
            yield error(f"This object should have only one of the following fields: [{', '.join(group)}]", pointer)
    for group in (*shape.one_of, *shape.rivals):
        if len(present(value, group)) > 1:
            yield error(f"There should only be one of the following fields: [{', '.join(group)}]", pointer)


def present(value: Object, names: Collection[str]) -> list[str]:
    """Those of the names that stand there; `"End": false` says no more than its absence."""
    return [name for name in names if name in value and not (name == "End" and value[name] is False)]


def unknown_field(name: str, shape: str, known: Shape, scope: Scope) -> str:
    """What may have been meant by a field that does not exist here."""
    usable = [word for word, field in known.fields.items() if field.language in (None, scope.language)]
    near = next((word for word in usable if word.lower() == name.lower()), None)
    hint = f'Did you mean "{near}"?' if near else did_you_mean(name, usable)
    elsewhere = [type_ for type_, other in STATES.items() if name in other.fields]
    if not hint and shape in STATES and elsewhere:
        hint = f"It belongs to {', '.join(elsewhere)}."
    return hint


def held(value: Json, kind: Kind, pointer: str, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with what a field holds."""
    if value is None and kind.optional:
        return
    if kind.computed and scope.language == "JSONata" and isinstance(value, str) and value.startswith("{%"):
        yield from jsonata(value, pointer, scope)
        return
    if kind.json and not is_of(kind.json, value):
        yield error(f"Expected value of type {kind.json}", pointer, wanted(kind, scope))
        return
    yield from bounds(value, kind, pointer)
    if kind.shape:
        yield from parts(value, kind.shape, pointer, scope)
    if kind.holds in MEANINGS:
        yield from MEANINGS[kind.holds](value, pointer, scope)


def is_of(json: str, value: Json) -> bool:
    if isinstance(value, bool):
        return json == "Boolean"
    if json == "Integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, PYTHON_TYPES[json])


def wanted(kind: Kind, scope: Scope) -> str:
    return f"{DELIMITERS}." if kind.computed and scope.language == "JSONata" else ""


def bounds(value: Json, kind: Kind, pointer: str) -> Iterator[Finding]:
    if kind.filled and not value:
        yield error("Value cannot be empty", pointer)
    if kind.choices and value not in kind.choices:
        hint = did_you_mean(str(value), kind.choices) if len(kind.choices) > 1 else ""
        yield error(f"Value should be one of the following: [{', '.join(kind.choices)}]", pointer, hint)
    if isinstance(value, int | float):
        number = float if kind.json == "Number" else int
        # Not the other way round: a NaN, which a mapping can hold, is neither below nor above anything.
        if kind.least is not None and not value >= kind.least:
            yield error(f"Minimum value is {number(kind.least)}", pointer)
        if kind.most is not None and not value <= kind.most:
            yield error(f"Maximum value is {number(kind.most)}", pointer)


def parts(value: Json, shape: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    """Everything wrong inside an object or array that has a shape of its own."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            here = child(pointer, index)
            if shape != "text":
                yield from shaped(inner, shape, here, scope)
            elif not isinstance(inner, str):
                yield error("Expected value of type String", here)
    elif isinstance(value, dict) and shape == "states":
        for name, inner in value.items():
            yield from state(inner, child(pointer, name), scope)
    elif isinstance(value, dict) and shape in OPEN_SHAPES:
        yield from ruled(value, shape, pointer, scope)
    else:
        yield from shaped(value, shape, pointer, within(value, shape, scope))


def ruled(value: Object, shape: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    for rule in RULES.get(shape, ()):
        yield from rule(value, pointer, scope)


def within(value: Json, shape: str, scope: Scope) -> Scope:
    """The iterations of a Distributed Map may run as Express workflows whatever the machine is."""
    config = value.get("ProcessorConfig") if isinstance(value, dict) and shape == "processor" else None
    express = isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS"
    return scope._replace(express=True) if express else scope


def state(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with one state."""
    if not isinstance(value, dict):
        yield error("Expected value of type Object", pointer)
        return
    if "Type" not in value:
        yield error("These fields are required: [Type]", pointer)
        return
    kind = value["Type"]
    if not isinstance(kind, str) or kind not in STATES:
        hint = did_you_mean(str(kind).capitalize(), STATES)
        yield error(f"Value should be one of the following: [{', '.join(STATES)}]", child(pointer, "Type"), hint)
        return
    if scope.machine == "JSONata" and value.get("QueryLanguage") == "JSONPath":
        message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        yield error(message, child(pointer, "QueryLanguage"))
    yield from shaped(value, kind, pointer, scope.speaking(language_of(value, scope.machine)))


def language_of(state: Object, machine: QueryLanguage) -> QueryLanguage:
    """A state's own query language, else the machine's; AWS reads any word but JSONPath as JSONata."""
    return "JSONPath" if state.get("QueryLanguage", machine) == "JSONPath" else "JSONata"
