"""Three ways to evaluate an expression: our compiler, our fallback, and jsonata-python as it comes.

Each answers with an outcome: ("value", plain JSON), ("undefined", None), ("error", code) or ("syntax", code). An
error that is not JSONata's own has the code "".
"""

from collections.abc import Mapping
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from handrail.asl.model import Json
from handrail.engine.jsonata.compile import compile_tree
from handrail.engine.jsonata.errors import JsonataError, JsonataSyntaxError
from handrail.engine.jsonata.fallback import compile_fallback
from handrail.engine.jsonata.parse import parse
from handrail.engine.jsonata.references import refuse_bare_references
from handrail.engine.jsonata.scope import Run, Scope
from handrail.engine.jsonata.sequence import MISSING, plain

Outcome = tuple[str, Any]
PLAIN = (dict, list, str, int, float, bool, type(None))


class Surroundings:
    """Workflow variables, a time, and random numbers that only ever count up."""

    def __init__(self, variables: Mapping[str, Json] | None = None, now: float = 1_500_000_000.123) -> None:
        self.variables: Mapping[str, Json] = variables or {}
        self._drawn = 0
        self._now = now

    def context(self) -> Json:
        return {"State": {"Name": "Look"}}

    def random(self) -> float:
        self._drawn += 1
        return self._drawn * 0.37 % 1

    def now(self) -> float:
        return self._now


def compiled(expression: str, given: Json, variables: Mapping[str, Json] | None = None) -> Outcome:
    """Our compiler's outcome; raises UnsupportedError for what it leaves to the fallback."""
    try:
        tree = parse(expression)
        refuse_bare_references(tree)
    except JsonataSyntaxError as error:
        return "syntax", error.code or error.diagnostic
    return _outcome(compile_tree(tree), given, variables)


def fallen_back(expression: str, given: Json, variables: Mapping[str, Json] | None = None) -> Outcome:
    """The outcome of jsonata-python as we use it."""
    try:
        refuse_bare_references(parse(expression))
    except JsonataSyntaxError as error:
        return "syntax", error.code or error.diagnostic
    return _outcome(compile_fallback(expression), given, variables)


def _outcome(run: Run, given: Json, variables: Mapping[str, Json] | None) -> Outcome:
    scope = Scope({"input": given}, Surroundings(variables))
    try:
        value = run(MISSING, scope)
        return ("undefined", None) if value is MISSING else ("value", plain(value))
    except JsonataError as error:
        return "error", error.code


def library(expression: str, given: Json) -> Outcome:
    """The outcome of jsonata-python without anything of ours, except that null and undefined are told apart."""
    try:
        compiled_by_library = Jsonata(expression)
    except Exception as error:  # noqa: BLE001  # it also fails in ways that are Python's
        return "syntax", getattr(error, "error", "")
    compiled_by_library.set_validate_input(False)
    compiled_by_library.set_output_convert_nulls(False)
    try:
        value = compiled_by_library.evaluate(None, {"states": _marked({"input": given})})
    except JException as error:
        return "error", error.error
    except Exception:  # noqa: BLE001  # it also fails in ways that are Python's
        return "error", ""
    return ("undefined", None) if value is None else _unmarked(value)


def _marked(value: Json) -> Any:
    """JSON in which null is the library's own null."""
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_marked, value))
    return Utils.NULL_VALUE if value is None else value


def _unmarked(value: Any) -> Outcome:
    plain_value = _as_json(value)
    return ("error", "") if plain_value is Utils.NONE else ("value", plain_value)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if value is None or value is Utils.NULL_VALUE:
        return None
    return value if isinstance(value, str | int | float) else Utils.NONE


def same(left: Outcome, right: Outcome) -> bool:
    """Whether two outcomes are the same; true is not 1, and numbers may differ by rounding."""
    return left[0] == right[0] and _same(left[1], right[1])


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) and isinstance(right, int | float):
        return bool(left == right) or abs(left - right) <= 1e-12 * abs(right)
    return bool(left == right)


def is_plain(value: Any) -> bool:
    """Whether this is JSON made of Python's own types, all the way down."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return type(value) in PLAIN and not (type(value) is float and value - value != 0)
