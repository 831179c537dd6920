"""One expression: compiled by us or by the fallback, and its failures in AWS's words."""

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.jsonata.compile import compile_tree
from handrail.engine.jsonata.errors import JsonataError, LimitReached
from handrail.engine.jsonata.parse import parse
from handrail.engine.jsonata.references import refuse_bare_references
from handrail.engine.jsonata.scope import Run, Scope, UnsupportedError
from handrail.engine.jsonata.sequence import MISSING, Value, plain
from handrail.engine.jsonata.wording import TOO_DEEP, limited, threw, undefined

# Results that are plain JSON as they are, unless the scope says that something is wrong inside.
_READY = frozenset({dict, str, int, bool, type(None), list})


def compile_jsonata(text: str, field: str) -> Evaluate:
    """Compile an expression, given without its `{% %}`; raises JsonataSyntaxError.

    `field` is where it stands in the state, as AWS says it in a cause (`Arguments/Payload`, `Choices[0]/Condition`).
    Evaluated with `$states` and the environment, the expression gives plain JSON, or raises EvaluationFailure, also
    where it finds nothing.
    """
    text = text.strip()
    return _worded(_runner(text), text, field)


def _runner(text: str) -> Run:
    tree = parse(text)
    refuse_bare_references(tree)
    try:
        return compile_tree(tree)
    except UnsupportedError:
        from handrail.engine.jsonata.fallback import compile_fallback  # loads jsonata-python, which few machines need

        return compile_fallback(text)


def _worded(run: Run, text: str, field: str) -> Evaluate:
    def evaluate(states: Json, env: Env) -> Json:
        scope = Scope(states, env)
        try:
            value = run(MISSING, scope)
            if type(value) not in _READY or scope.tainted:
                value = _made_plain(value, scope)
        except JsonataError as error:
            raise threw(text, field, error) from None
        except LimitReached as error:
            raise limited(text, field, error.limit) from None
        except RecursionError:
            raise limited(text, field, TOO_DEEP) from None
        except (OverflowError, ValueError):
            raise threw(text, field, JsonataError("")) from None
        if value is MISSING:
            raise undefined(text, field)
        return value  # type: ignore[no-any-return]  # plain JSON

    return evaluate


def _made_plain(value: Value, scope: Scope) -> Value:
    if value is MISSING:
        return value
    return list(value) if isinstance(value, list) and not scope.tainted else plain(value)
