"""What a task was asked, what it answered and how often it was tried, in words that a person can read."""

import json
from collections.abc import Callable
from typing import Any

from handrail.cli.causes import build_in, parsed
from handrail.engine.visits import Visit


def asked(visit: Visit) -> str:
    """What was called, and with what: `lambda handrail-drift-split {"run": …}`."""
    service = visit.resource.partition(":")[0]
    value = parsed(visit.asked)
    if service in ASKED and isinstance(value, dict):
        return ASKED[service](value)
    return f"{visit.resource} {visit.asked}"


def answered(visit: Visit) -> str:
    """What came back: a function's result, how a build ended; anything else as it is."""
    service = visit.resource.partition(":")[0]
    value = parsed(visit.answer)
    if service in ANSWERED and isinstance(value, dict):
        return ANSWERED[service](value)
    return visit.answer or ""


def function(arguments: dict[str, Any]) -> str:
    return f"{arguments.get('FunctionName')} {text(arguments.get('Payload'))}"


def project(arguments: dict[str, Any]) -> str:
    given = arguments.get("EnvironmentVariablesOverride") or []
    variables = [f"{each.get('Name')}={each.get('Value')}" for each in given if isinstance(each, dict)]
    return " ".join([str(arguments.get("ProjectName")), *variables])


def payload(answer: dict[str, Any]) -> str:
    return text(answer.get("Payload"))


def build(answer: dict[str, Any]) -> str:
    found = build_in(answer) or {}
    exported = [f"{each['Name']}={each['Value']}" for each in found.get("ExportedEnvironmentVariables", [])]
    return " ".join([f"build {found.get('Id')} {found.get('BuildStatus')}", *exported])


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def attempts(visit: Visit) -> str:
    """How often it was tried in vain, where that is not told by its having failed."""
    count = 0 if visit.status == "FAILED" and visit.failures == 1 else visit.failures
    return f"  {count} failed {'attempt' if count == 1 else 'attempts'}" if count else ""


ASKED: dict[str, Callable[[dict[str, Any]], str]] = {"lambda": function, "codebuild": project}
ANSWERED: dict[str, Callable[[dict[str, Any]], str]] = {"lambda": payload, "codebuild": build}
