"""Compiles the tree of an intrinsic function call into closures, one for each usual number of arguments."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.intrinsic.functions import FUNCTIONS, Function
from handrail.engine.intrinsic.grammar import Argument, Call, IntrinsicSyntaxError, Literal
from handrail.engine.intrinsic.refusal import Invalid, Refused
from handrail.engine.java import json_text
from handrail.engine.jsonpath import PathSyntaxError, compile_path


def compile_call(call: Call) -> Evaluate:
    """A call with everything that is nested in it."""
    function = FUNCTIONS[call.name]
    parts = compile_arguments(call)
    generic = f"Invalid arguments in States.{call.name}"
    if not function.takes(len(parts)):
        return refusing(parts, function.arity or generic)
    if function.draws or len(parts) not in BY_LENGTH:
        return of_any(function, parts, generic)
    return BY_LENGTH[len(parts)](function.call, generic, *parts)


def compile_arguments(call: Call) -> list[Evaluate]:
    if call.name == "Format":
        return [compile_in_format(place, argument) for place, argument in enumerate(call.arguments)]
    return list(map(compile_argument, call.arguments))


def compile_argument(argument: Argument) -> Evaluate:
    if isinstance(argument, Call):
        return compile_call(argument)
    if isinstance(argument, Literal):
        value = argument.value
        return lambda _data, _env: value
    try:
        return compile_path(argument.text)
    except PathSyntaxError as error:
        raise IntrinsicSyntaxError(str(error), argument.position + error.position) from None


def compile_in_format(place: int, argument: Argument) -> Evaluate:
    """Format reads the escapes of its template itself, and shows what StringToJson gives as JSON."""
    if place == 0 and isinstance(argument, Literal) and isinstance(argument.value, str):
        return compile_argument(Literal(argument.raw))
    evaluate = compile_argument(argument)
    if place > 0 and isinstance(argument, Call) and argument.name == "StringToJson":
        return lambda data, env: json_text(evaluate(data, env))
    return evaluate


def refusing(parts: Sequence[Evaluate], words: str) -> Evaluate:
    """A wrong number of arguments is found out only when the state runs, after the arguments were evaluated."""

    def evaluate(data: Json, env: Env) -> Json:
        for part in parts:
            part(data, env)
        raise Refused(words)

    return evaluate


def of_any(function: Function, parts: Sequence[Evaluate], generic: str) -> Evaluate:
    call = function.call

    def evaluate(data: Json, env: Env) -> Json:
        values: list[Any] = [part(data, env) for part in parts]
        if function.draws:
            values.insert(0, env.random)
        try:
            return call(*values)  # type: ignore[no-any-return]
        except Invalid as invalid:
            raise Refused(str(invalid) or generic) from None

    return evaluate


def of_one(call: Callable[[Json], Json], generic: str, first: Evaluate) -> Evaluate:
    def evaluate(data: Json, env: Env) -> Json:
        try:
            return call(first(data, env))
        except Invalid as invalid:
            raise Refused(str(invalid) or generic) from None

    return evaluate


def of_two(call: Callable[[Json, Json], Json], generic: str, first: Evaluate, second: Evaluate) -> Evaluate:
    def evaluate(data: Json, env: Env) -> Json:
        try:
            return call(first(data, env), second(data, env))
        except Invalid as invalid:
            raise Refused(str(invalid) or generic) from None

    return evaluate


BY_LENGTH: Final[dict[int, Callable[..., Evaluate]]] = {1: of_one, 2: of_two}
