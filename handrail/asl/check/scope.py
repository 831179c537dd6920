"""Where in a machine the checker stands, and how it words a finding."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from handrail.asl.model import Finding, Json, QueryLanguage

ExpressionKind = Literal["jsonpath", "reference", "intrinsic", "jsonata"]
Complain = Callable[[ExpressionKind, str], str | None]
Object = Mapping[str, Json]

SCHEMA = "SCHEMA_VALIDATION_FAILED"


class Scope(NamedTuple):
    """What holds for everything below a place.

    `machine` is the query language of the whole machine, which nested states inherit whatever the Map or Parallel
    around them says; `language` is that of the state. `express`: this runs as an Express workflow.
    """

    machine: QueryLanguage
    language: QueryLanguage
    express: bool
    complain: Complain | None = None

    def speaking(self, language: QueryLanguage) -> "Scope":
        return self if language == self.language else self._replace(language=language)


def error(message: str, pointer: str, hint: str = "", code: str = SCHEMA) -> Finding:
    """Something for which AWS refuses the definition, in its words, with what we can add for a person."""
    return Finding("ERROR", code, with_hint(message, hint), pointer, message)


def warning(code: str, message: str, pointer: str, hint: str = "") -> Finding:
    """Something that AWS accepts and that will hardly do what was meant."""
    return Finding("WARNING", code, with_hint(message, hint), pointer, message)


def with_hint(message: str, hint: str) -> str:
    return f"{message.rstrip('.')}. {hint.strip()}" if hint else message
