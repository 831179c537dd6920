"""The rest of JSONata, through jsonata-python: patterns, picture strings, `%`, `@`, `#`, transforms, recursion.

The library is made to keep our promises: its operators and most of its functions are replaced by ours, null and
undefined stay apart, its input is a copy, every evaluation has its own instance, and nothing of the library comes out.
"""

import copy
import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

from handrail.engine.jsonata import dates
from handrail.engine.jsonata.errors import JsonataError, JsonataSyntaxError, LimitReached
from handrail.engine.jsonata.functions import FUNCTIONS, PICTURED, Builtin
from handrail.engine.jsonata.operators import OPERATORS
from handrail.engine.jsonata.parse import parse
from handrail.engine.jsonata.paths import times_chosen
from handrail.engine.jsonata.patterns import Pattern, compiled
from handrail.engine.jsonata.scope import Run, Scope
from handrail.engine.jsonata.sequence import MISSING, Function, Kept, Sequence, Value, boolean
from handrail.engine.jsonata.wording import SENTENCES, TOO_DEEP, TOO_LONG

# AWS evaluates a hundred levels of nesting and no more. Its time limit is counted in steps here, to be the same in
# every replay; the library takes about five seconds for so many.
DEEPEST: Final = 100
MOST_STEPS: Final = 1_000_000

_HALVES: Final = re.compile(r"((?<!\\)(?:\\\\)*)\\u([dD][89abAB]\w\w)\\u([dD][c-fC-F]\w\w)")
# What only the library reads: names for numbers.
_INTEGERS: Final = {
    "formatInteger": Builtin("<n-s:s>", dates.format_integer, 2),
    "parseInteger": Builtin("<s-s:n>", dates.parse_integer, 2),
}
_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


def compile_fallback(text: str) -> Run:
    """The same as compile_tree for any expression; raises JsonataSyntaxError."""
    try:
        # The library looks one character too far where a comment or a slash stands at the end.
        expression = _Exact(f"{_HALVES.sub(_joined, text)} ")
    except JException as error:
        raise JsonataSyntaxError(_sentence(error), code=str(error.error), position=error.location) from None
    except (re.error, RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise JsonataSyntaxError(f"The expression cannot be read: {error}") from None

    named = frozenset(node.value for node in parse(text).walk() if node.kind == "variable")

    def run(_item: Value, scope: Scope) -> Value:
        own = copy.copy(expression)
        before = getattr(Jsonata.CURRENT, "jsonata", None)
        Jsonata.CURRENT.jsonata = own
        try:
            scope.taint()
            return _from_library(own.evaluate(None, _bindings(named, scope)))
        except JException as error:
            raise _translated(error) from None
        except (JsonataError, LimitReached, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever the library runs into, the state fails
            raise JsonataError("", message=str(error)) from None
        finally:
            Jsonata.CURRENT.jsonata = before

    return run


def _joined(match: "re.Match[str]") -> str:
    """The character that two escapes mean together; the library would leave them two."""
    return match[1] + chr(0x10000 + (int(match[2], 16) - 0xD800 << 10) + int(match[3], 16) - 0xDC00)


def _pattern(source: str, flags: Any) -> "re.Pattern[str]":
    return compiled(source, ignore_case=flags.case_insensitive, multiline=flags.multiline)


class _Exact(Jsonata):  # type: ignore[misc]  # the library has no types
    """An expression of the library's with our operators."""

    def __init__(self, text: str) -> None:
        super().__init__(text, _pattern)
        self.set_validate_input(False)
        self.set_output_convert_nulls(False)

    def evaluate_binary(self, expr: Any, input: Any, environment: Any) -> Any:
        first = self.eval(expr.lhs, input, environment)
        if expr.value in ("and", "or"):
            decided = _truth(first) == (expr.value == "or")
            return _truth(first if decided else self.eval(expr.rhs, input, environment))
        second = self.eval(expr.rhs, input, environment)
        if expr.value == "in" and isinstance(first, list | dict):
            # Found by identity, which a copy does not have.
            return any(item is first for item in (second if isinstance(second, list) else [second]))
        return _to_library(OPERATORS[expr.value](_from_library(first), _from_library(second)))

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:
        # The library would put something into an empty array of the input.
        return super().evaluate_group_expression(expr, Utils.create_sequence() if input == [] else input, environment)

    def evaluate_apply_expression(self, expr: Any, input: Any, environment: Any) -> Any:
        if expr.rhs.type == "function":
            return super().evaluate_apply_expression(expr, input, environment)
        left, function = self.eval(expr.lhs, input, environment), self.eval(expr.rhs, input, environment)
        if not self.is_function_like(function):
            raise JException("T2006", expr.position, function)  # the library would chain it behind another one
        # The context value of such a call is null; the library has undefined.
        if not self.is_function_like(left):
            return self.apply(function, [left], Utils.NULL_VALUE, environment)
        chain = self.eval(self.chain_ast(), Utils.NULL_VALUE, environment)
        return self.apply(chain, [left, function], Utils.NULL_VALUE, environment)

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:
        if not self.is_function_like(proc):
            raise JException("T1006")  # the library would print it
        if Functions.is_regex(proc):
            return _to_library(Pattern(proc).call(list(map(_from_library, args)), MISSING))
        return super().apply_inner(proc, args, input, environment)

    def apply_procedure(self, proc: Any, args: Any) -> Any:
        # A parameter without an argument is nothing, not the variable of that name outside.
        return super().apply_procedure(proc, [*args, *[None] * (len(proc.arguments) - len(args))])

    def evaluate_condition(self, expr: Any, input: Any, environment: Any) -> Any:
        # To the library a function is false, and NaN and the infinite numbers are true.
        if _truth(self.eval(expr.condition, input, environment)):
            return self.eval(expr.then, input, environment)
        return None if expr._else is None else self.eval(expr._else, input, environment)

    def evaluate_filter(self, predicate: Any, input: Any, environment: Any) -> Any:
        if predicate.type == "number":
            if getattr(input, "holds_nothing", False):
                return Utils.create_sequence_from_iter(())  # the library would take nothing for null
            predicate.value = math.floor(predicate.value)  # the library cuts it off
            return super().evaluate_filter(predicate, input, environment)
        items = input if isinstance(input, list) else [input]
        tuples = getattr(input, "tuple_stream", False)
        chosen = Utils.create_sequence_from_iter(())
        chosen.tuple_stream, chosen.holds_nothing = tuples, input is None
        for at, item in enumerate(items):
            inner = self.create_frame_from_tuple(environment, item) if tuples else environment
            answer = self.eval(predicate, item["@"] if tuples else item, inner)
            given = not Functions.is_regex(answer) and _from_library(answer)
            chosen.extend([item] * times_chosen(given, at, len(items)))
        return chosen


def _truth(value: Any) -> bool:
    """The truth of a value of the library's; a pattern has none."""
    return not Functions.is_regex(value) and boolean(_from_library(value))


def _bindings(named: frozenset[str], scope: Scope) -> dict[str, Any]:
    """What the expression names, converted to the library's values."""
    steps = _Steps()
    variables, known = scope.variables, FUNCTIONS | _INTEGERS
    return {
        "__evaluate_entry": steps.enter,
        "__evaluate_exit": steps.leave,
        **{name: _Adapted(name, known[name], scope) for name in named if name in known},
        "eval": None,
        **{name: _to_library(variables[name]) for name in named if name in variables},
        **({"states": _to_library(scope.states)} if "states" in named else {}),
    }


class _Steps:
    """Counts how deep and how long an evaluation goes."""

    def __init__(self) -> None:
        self.depth = 0
        self.taken = 0

    def enter(self, _expression: Any, _input: Any, _environment: Any) -> None:
        self.depth += 1
        self.taken += 1
        if self.depth > DEEPEST:
            raise LimitReached(TOO_DEEP)
        if self.taken > MOST_STEPS:
            raise LimitReached(TOO_LONG)

    def leave(self, _expression: Any, _input: Any, _environment: Any, _result: Any) -> None:
        self.depth -= 1


class _Foreign(Function):
    """A function or a pattern of the library's as one of our values."""

    __slots__ = ("original",)

    def __init__(self, original: Any) -> None:
        super().__init__(self._call, _arity(original))
        self.original = original

    def _call(self, arguments: list[Value], context: Value) -> Value:
        given = list(map(_to_library, arguments))
        if isinstance(self.original, _Adapted):
            return _from_library(self.original.call(None, self.original.validate(given, _to_library(context))))
        if Functions.is_lambda(self.original):
            own = Jsonata.CURRENT.jsonata
            return _from_library(own.apply(self.original, given, _to_library(context), own.environment))
        return _from_library(Functions.func_apply(self.original, given))


def _arity(function: Any) -> int:
    if isinstance(function, _Adapted):
        return function.get_number_of_args()
    if isinstance(function, Jsonata.JLambda) or not isinstance(function, Parser.Symbol | Jsonata.JFunction):
        return 1
    return int(Functions.get_function_arity(function))


class _Adapted(Jsonata.JFunction):  # type: ignore[misc]  # the library has no types
    """One of our functions as the library calls it; pictures of times are the library's own."""

    def __init__(self, name: str, builtin: Builtin, scope: Scope) -> None:
        super().__init__(None, builtin.signature)
        self.function_name = name
        self._builtin = builtin
        self._scope = scope
        self._fit = builtin.fit()

    def validate(self, args: Any, context: Any) -> list[Value]:
        with self._named():
            return self._fit(list(map(_from_library, args)), _from_library(context))

    def call(self, input: Any, args: Any) -> Any:
        name, arguments = self.function_name, args
        if name in PICTURED and any(argument is not MISSING for argument in arguments[PICTURED[name] :]):
            with self._named():
                return _to_library(self._pictured(arguments))
        asked = (self._scope.env,) if self._builtin.asks else ()
        with self._named():
            return _to_library(self._builtin.function(*asked, *arguments))

    def _pictured(self, arguments: list[Value]) -> Value:
        now = self._scope.env.now()
        if self.function_name == "toMillis":
            return dates.read_time(arguments[0], arguments[1], now)
        return dates.format_time(*([round(now * 1000)] if self.function_name == "now" else []), *arguments)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except JsonataError as error:
            error.values.setdefault("token", self.function_name)
            raise

    def get_number_of_args(self) -> int:
        return self._builtin.arity


def _to_library(value: Value) -> Any:
    """A copy of a value in which null is the library's null, since None is its undefined."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _to_library(item) for key, item in value.items()}
    if isinstance(value, list):
        items = map(_to_library, value)
        if not isinstance(value, Sequence):
            return list(items)
        found: Any = Utils.create_sequence_from_iter(items)
        found.keep_singleton = type(value) is Kept
        return found
    if isinstance(value, _Foreign | Pattern):
        return value.original
    if isinstance(value, Function):
        return Jsonata.JLambda(lambda *given: _to_library(value.call(list(map(_from_library, given)), MISSING)))
    return None if value is MISSING else value


def _from_library(value: Any) -> Value:
    if value is None:
        return MISSING
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, list):
        items = map(_item_from_library, value)
        if not Utils.is_sequence(value):
            return list(items)
        return Kept(items) if getattr(value, "keep_singleton", False) else Sequence(items)
    if isinstance(value, Mapping):
        return {str(key): _item_from_library(item) for key, item in value.items()}
    if isinstance(value, str | int | float):
        return value
    return Pattern(value) if Functions.is_regex(value) else _Foreign(value)


def _item_from_library(value: Any) -> Value:
    """What stands in an array or object, where the library also writes null as None."""
    return None if value is None else _from_library(value)


def _translated(error: JException) -> Exception:
    """The error as ours; what has no code of JSONata's is an internal one."""
    code = str(error.error)
    if not re.fullmatch(r"[TDS]\d{4}", code):
        return JsonataError("", message=str(error))
    return JsonataError(code, sentence=_sentence(error))


def _sentence(error: JException) -> str:
    """The library's sentence, with the reference's word for a function and values as JSON."""
    template = SENTENCES.get(str(error.error)) or JException.error_codes.get(error.error, str(error))
    values = iter([error.current, error.expected, error.extra])

    def fill(match: "re.Match[str]") -> str:
        value = next(values, None)
        if match[2] == "type":
            value = _PLURALS.get(str(value), value)
        bare = match[1] or match[0].startswith("{{{")
        return str(value) if bare else json.dumps(value, default=str, ensure_ascii=False)

    return re.sub(r"\{(?:\{\{?)?(!?)(\w+)\}(?:\}\}?)?", fill, template).replace(" Object ", " function ")
