"""Findings as the Step Functions API tells them."""

import json
from collections.abc import Iterable

from handrail.asl.check.scope import SCHEMA
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import parent, tokens

# AWS locates a message that names its field at the object that holds the field.
NAMES_ITS_FIELD = ("Field '", "The QueryLanguage is set to", "'QueryLanguage' can not be", "The value for the field '")
# What concerns the whole workflow has no location.
NOWHERE = frozenset({"MISSING_END_STATE"})
# The one check whose only known refusal has a form of its own.
LABEL = "INVALID_LABEL_NAME"


def location(finding: Finding, definition: Json) -> str | None:
    """Where AWS says that it is: `/States/Settled?/Choices[0]/Next`, names as they are, "/" for the whole."""
    if finding.code in NOWHERE:
        return None
    names_it = finding.verbatim.startswith(NAMES_ITS_FIELD) and finding.code == SCHEMA
    pointer = parent(finding.pointer) if names_it else finding.pointer
    written, value = "", definition
    for token in tokens(pointer):
        if isinstance(value, list):
            written += f"[{token}]"
            value = value[int(token)] if int(token) < len(value) else None
        else:
            written += f"/{token}"
            value = value.get(token) if isinstance(value, dict) else None
    return written or "/"


def diagnostic(finding: Finding, definition: Json) -> dict[str, str]:
    """One entry of the `diagnostics` that ValidateStateMachineDefinition answers with."""
    where = location(finding, definition)
    told = {"severity": finding.severity, "code": finding.code, "message": finding.verbatim}
    return told if where is None else {**told, "location": where}


def refusal(findings: Iterable[Finding], definition: Json, text: str | None = None) -> str:
    """The message of the InvalidDefinition that CreateStateMachine and UpdateStateMachine answer with.

    `text` is the definition as it was sent, where it was: a Label that is no name is told around all of it.
    """
    errors = [finding for finding in findings if finding.severity == "ERROR"]
    if errors and all(error.code == LABEL for error in errors):
        sent = json.dumps(definition) if text is None else text
        return f"Error=ValueError Args={[errors[0].verbatim]} in definition '{sent}'."
    told = [f"{error.code}: {error.verbatim} at {location(error, definition) or 'null'}" for error in errors]
    return f"Invalid State Machine Definition: '{', '.join(told)}'"
