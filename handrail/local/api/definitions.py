"""Definitions as CreateStateMachine takes or refuses them, and as ValidateStateMachineDefinition tells of them.

Source: CreateStateMachine and ValidateStateMachineDefinition in the API Reference.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from handrail.asl.check import check
from handrail.asl.model import Finding, Json
from handrail.asl.refusal import diagnostic, refusal
from handrail.engine.expressions import complaint
from handrail.local.apierror import ApiError

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

Kind = Literal["STANDARD", "EXPRESS"]

MOST: Final = 100
"""Diagnostics where the request does not say."""


def findings(text: str, type: Kind) -> tuple[Json, Sequence[Finding]]:
    """The definition as it is read, and everything that the checker says about it."""
    try:
        definition = json.loads(text)
    except (ValueError, RecursionError):
        definition = None
    return definition, check(text, type=type, expressions=complaint)


def accepted(text: str, type: Kind) -> None:
    """Raises ApiError InvalidDefinition in AWS's words for a definition with errors."""
    definition, found = findings(text, type)
    if any(finding.severity == "ERROR" for finding in found):
        raise ApiError("InvalidDefinition", refusal(found, definition, text))


def validate(_api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    definition, found = findings(given["definition"], given.get("type", "STANDARD"))
    wanted = ("ERROR", "WARNING") if given.get("severity") == "WARNING" else ("ERROR",)
    told = [diagnostic(finding, definition) for finding in found if finding.severity in wanted]
    most = given.get("maxResults") or MOST
    return {
        "result": "FAIL" if any(finding.severity == "ERROR" for finding in found) else "OK",
        "diagnostics": told[:most],
        "truncated": len(told) > most,
    }


OPERATIONS: "Mapping[str, Operation]" = {"ValidateStateMachineDefinition": validate}
