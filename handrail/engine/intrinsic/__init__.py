"""The intrinsic functions `States.*` of JSONPath states, compiled into closures."""

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.failure import Failure
from handrail.engine.intrinsic.calls import compile_call
from handrail.engine.intrinsic.functions import NAMES
from handrail.engine.intrinsic.grammar import IntrinsicSyntaxError, read_call
from handrail.engine.intrinsic.refusal import Refused
from handrail.engine.jsonpath import NoMatch
from handrail.engine.values import text_of

__all__ = ["IntrinsicSyntaxError", "compile_intrinsic", "is_call"]


def is_call(text: str) -> bool:
    """Whether a text is meant as an intrinsic function call rather than as a path."""
    return text.startswith("States.")


def compile_intrinsic(text: str) -> Evaluate:
    """A call from its text; raises IntrinsicSyntaxError, and when it is evaluated Failure with States.Runtime.

    AWS documents States.IntrinsicFailure, but its executions were seen to fail with States.Runtime.
    """
    evaluate = compile_call(read_call(text, NAMES))

    def guarded(data: Json, env: Env) -> Json:
        try:
            return evaluate(data, env)
        except Refused as refusal:
            cause = f"There was an error while evaluating the intrinsic function: {text}. {refusal}"
        except NoMatch as miss:
            cause = f"The function '{text}' had the following error: {unfound(miss, data)}"
        raise Failure("States.Runtime", cause)

    return guarded


def unfound(miss: NoMatch, data: Json) -> str:
    """Why an argument could not be had; what is quoted is the state's input, also for the Context Object."""
    reason = miss.reason
    if reason.startswith("Filter:"):
        return reason
    path = miss.path.text.removeprefix("$") if miss.path.root == "$$" else miss.path.text
    return f"The JsonPath argument for the field '{path}' could not be found in the input '{text_of(data)}'"
