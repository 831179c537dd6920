"""Payload templates: JSON in which the members named `….$` are computed (Parameters, ResultSelector, Assign …)."""

from collections.abc import Mapping
from typing import Final

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.intrinsic import IntrinsicSyntaxError, compile_intrinsic, is_call
from handrail.engine.jsonpath import NoMatch, PathSyntaxError, compile_path

Member = tuple[str, Evaluate]
COMPUTED: Final = ".$"
KINDS: Final[Mapping[type, str]] = {
    type(None): "a NULL",
    bool: "a BOOLEAN",
    int: "a NUMBER",
    float: "a NUMBER",
    list: "an ARRAY",
    dict: "an OBJECT",
}


class TemplateSyntaxError(ValueError):
    """A member `….$` that holds neither a path nor an intrinsic call; `field` is its name, `reason` says why not."""

    def __init__(self, message: str, field: str, reason: str = "") -> None:
        self.field = field
        self.reason = reason
        super().__init__(message)


def compile_template(template: Json) -> Evaluate:
    """A template from its JSON; raises TemplateSyntaxError. What has nothing computed in it is shared, not copied."""
    evaluate = compile_part(template)
    return (lambda _data, _env: template) if evaluate is None else evaluate


def compile_part(part: Json) -> Evaluate | None:
    """A part of a template; None where nothing in it is computed."""
    if isinstance(part, dict):
        return compile_object(part)
    if isinstance(part, list):
        return compile_array(part)
    return None


def compile_object(template: dict[str, Json]) -> Evaluate | None:
    """Computed members come after the others, as Step Functions puts them."""
    fixed = {name: value for name, value in template.items() if not name.endswith(COMPUTED)}
    nested = [(name, part) for name, value in fixed.items() if (part := compile_part(value)) is not None]
    computed = [
        (name.removesuffix(COMPUTED), compile_member(name, value))
        for name, value in template.items()
        if name.endswith(COMPUTED)
    ]
    if not computed and not nested:
        return None
    return filled(fixed, [*nested, *computed])


def filled(fixed: dict[str, Json], members: list[Member]) -> Evaluate:
    """The fixed members with the others set or added."""

    def evaluate(data: Json, env: Env) -> Json:
        result = fixed.copy()
        for name, member in members:
            result[name] = member(data, env)
        return result

    return evaluate


def compile_array(template: list[Json]) -> Evaluate | None:
    parts = {place: part for place, item in enumerate(template) if (part := compile_part(item)) is not None}
    if not parts:
        return None

    def evaluate(data: Json, env: Env) -> Json:
        result = template.copy()
        for place, part in parts.items():
            result[place] = part(data, env)
        return result

    return evaluate


def compile_member(name: str, value: Json) -> Evaluate:
    """What a member `….$` holds: a path or an intrinsic call."""
    if not isinstance(value, str):
        raise TemplateSyntaxError(
            f"The value for the field '{name}' must be a STRING that contains a JSONPath but was {KINDS[type(value)]}",
            name,
        )
    try:
        return compile_intrinsic(value) if is_call(value) else path_member(name, value)
    except (PathSyntaxError, IntrinsicSyntaxError) as error:
        raise TemplateSyntaxError(
            f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call",
            name,
            str(error),
        ) from None


def compile_expression(text: str, field: str) -> Evaluate:
    """A path or an intrinsic call, as ErrorPath and CausePath take either; raises the syntax error of what it is."""
    return compile_intrinsic(text) if is_call(text) else compile_path(text, field)


def path_member(name: str, text: str) -> Evaluate:
    """A path in a template; what is past the end of an array is null here, and only here."""
    find = compile_path(text, name)

    def evaluate(data: Json, env: Env) -> Json:
        try:
            return find(data, env)
        except NoMatch as miss:
            if miss.past_end:
                return None
            raise

    return evaluate
