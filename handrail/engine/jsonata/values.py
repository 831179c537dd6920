"""JSON with `{% … %}` strings inside: Arguments, Output, Assign, Items and the other fields of a JSONata state."""

from collections.abc import Mapping

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.jsonata.expression import compile_jsonata


def is_expression(text: Json) -> bool:
    """Whether AWS reads this as an expression: a string that starts with `{%` and ends with `%}`."""
    return isinstance(text, str) and len(text) >= 4 and text.startswith("{%") and text.endswith("%}")


def compile_value(value: Json, field: str) -> Evaluate:
    """Compile any JSON of a field, where each expression stands for its result; raises JsonataSyntaxError.

    `field` is the name that AWS gives in a cause; what lies deeper is named after it (`Output/a/b[0]`).
    """
    if isinstance(value, str) and is_expression(value):
        return compile_jsonata(value[2:-2], field)
    if not _has_expression(value):
        return lambda _states, _env: value
    if isinstance(value, dict):
        return _object({key: compile_value(item, f"{field}/{key}") for key, item in value.items()})
    items = value if isinstance(value, list) else []
    return _array([compile_value(item, f"{field}[{at}]") for at, item in enumerate(items)])


def _has_expression(value: Json) -> bool:
    if isinstance(value, dict):
        return any(map(_has_expression, value.values()))
    if isinstance(value, list):
        return any(map(_has_expression, value))
    return is_expression(value)


def _object(fields: Mapping[str, Evaluate]) -> Evaluate:
    def evaluate(states: Json, env: Env) -> Json:
        return {key: field(states, env) for key, field in fields.items()}

    return evaluate


def _array(items: list[Evaluate]) -> Evaluate:
    def evaluate(states: Json, env: Env) -> Json:
        return [item(states, env) for item in items]

    return evaluate
