"""Where in a machine the checker stands, and how it words a finding."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from handrail.asl.model import Finding, Json, QueryLanguage

Offer = Literal["result", "errorOutput"]
"""What `$states` holds in some fields only: a result where the work is done, an error in a catcher."""
ExpressionKind = Literal[
    "jsonpath", "reference", "intrinsic", "jsonata", "jsonata with result", "jsonata with errorOutput"
]


class Complaint(NamedTuple):
    """What is wrong with an expression, and AWS's diagnostic code where it is another than for most of its kind."""

    words: str
    code: str = ""


Complain = Callable[[ExpressionKind, str], Complaint | None]
Object = Mapping[str, Json]

SCHEMA = "SCHEMA_VALIDATION_FAILED"


class Scope(NamedTuple):
    """What holds for everything below a place.

    `machine` is the query language of the whole machine, which nested states inherit whatever the Map or Parallel
    around them says; `language` is that of the state. `express`: this runs as an Express workflow.
    `offer` is what `$states` holds here besides the input and the context.
    """

    machine: QueryLanguage
    language: QueryLanguage
    express: bool
    complain: Complain | None = None
    offer: Offer | None = None

    def offering(self, offer: Offer | None) -> "Scope":
        return self if offer == self.offer else self._replace(offer=offer)

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
