"""What a string may mean: paths, intrinsic calls, payload templates and JSONata, as far as form tells it.

Whether an expression compiles is asked of the caller's compilers (`Scope.complain`); this room has none of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from handrail.asl.check.scope import Complaint, ExpressionKind, Offer, Scope, error, warning
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child

DELIMITERS = "JSONata string must start with {% and end with %}"
MONTH_AND_DAY = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d))"
)
# Patterns stay texts, here and elsewhere in this room: compiled with the first use, importing costs nothing.
RFC3339 = (
    rf"(?a)\d{{4}}-{MONTH_AND_DAY}T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)
LOOKS_LIKE_A_PATH = r"\$\$?[.\[]|States\.[A-Z]\w*\("

OFFERED: Mapping[Offer, ExpressionKind] = {"result": "jsonata with result", "errorOutput": "jsonata with errorOutput"}
Check = Callable[[Json, str, Scope], Iterator[Finding]]


def is_expression(value: Json) -> bool:
    """Whether AWS reads this as JSONata: `{% … %}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def looks_like_a_path(value: Json) -> bool:
    """Whether a literal string reads like a JSONPath or an intrinsic call."""
    return isinstance(value, str) and re.match(LOOKS_LIKE_A_PATH, value) is not None


def complaint(kind: ExpressionKind, text: str, scope: Scope) -> Complaint | None:
    """What the caller's compiler has against an expression; without a compiler, nothing."""
    return scope.complain(kind, text) if scope.complain else None


def jsonata(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    """One string of a JSONata state: an expression, a literal, or a slip in between."""
    if not isinstance(value, str) or ("{%" not in value and "%}" not in value):
        return
    if is_expression(value):
        kind: ExpressionKind = OFFERED[scope.offer] if scope.offer is not None else "jsonata"
        problem = complaint(kind, value[2:-2].strip(), scope)
        if problem is not None:
            yield error(problem.words, pointer, code=problem.code or "INVALID_JSONATA_EXPRESSION")
    elif value.startswith("{%"):
        yield error(DELIMITERS, pointer)
    elif "{%" in value or value.endswith("%}"):
        yield warning("LITERAL_TEXT", "This string is taken as it stands", pointer, f"{DELIMITERS}.")


def path(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    yield from path_of_kind("jsonpath", "Value must be a valid JSONPath.", value, pointer, scope)


def reference(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    yield from path_of_kind("reference", "Value is not a Reference Path", value, pointer, scope)


def path_or_intrinsic(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    kind: ExpressionKind = "intrinsic" if isinstance(value, str) and value.startswith("States.") else "jsonpath"
    wanted = "Value must be a valid JSONPath or a valid intrinsic function call"
    yield from path_of_kind(kind, wanted, value, pointer, scope)


def path_of_kind(kind: ExpressionKind, wanted: str, value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    if not isinstance(value, str):
        return
    if kind != "intrinsic" and not value.startswith("$"):
        yield error(wanted, pointer, f'A path starts with "$"; this is "{shortened(value)}".')
        return
    problem = complaint(kind, value, scope)
    if problem is not None:
        yield error(wanted, pointer, problem.words)


def template(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    """A payload template, or in a JSONata state any JSON with expressions inside."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = child(pointer, name)
            if scope.language == "JSONPath":
                yield from template_field(name, inner, here, scope)
            yield from template(inner, here, scope)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from template(inner, child(pointer, index), scope)
    elif scope.language == "JSONata":
        yield from jsonata(value, pointer, scope)


def template_field(name: str, value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    if not name.endswith(".$"):
        if looks_like_a_path(value):
            yield warning(
                "NO_DOLLAR",
                f"The value of '{name}' looks like a JSONPath or an intrinsic function, and is taken as it stands",
                pointer,
                f'To have it evaluated, name the field "{name}.$".',
            )
        return
    wanted = f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
    if not isinstance(value, str) or not value.startswith(("$", "States.")):
        yield error(wanted, pointer)
        return
    problem = complaint("intrinsic" if value.startswith("States.") else "jsonpath", value, scope)
    if problem is not None:
        yield error(wanted, pointer, problem.words)


def condition(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    if isinstance(value, bool):
        return
    if not isinstance(value, str):
        yield error("Expected value of type String", pointer)
    elif not value.startswith("{%"):
        yield error(DELIMITERS, pointer)
    else:
        yield from jsonata(value, pointer, scope)


def timestamp(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    if isinstance(value, str) and not re.fullmatch(RFC3339, value):
        yield error("String does not match RFC3339 timestamp", pointer, 'It looks like "2016-03-14T01:59:00Z".')


def static(value: Json, pointer: str, scope: Scope) -> Iterator[Finding]:
    """A Pass state's Result is never evaluated."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = child(pointer, name)
            if name.endswith(".$") or looks_like_a_path(inner):
                yield warning(
                    "PASS_RESULT_IS_STATIC",
                    "The Result of a Pass state is taken as it stands; a path in it is not evaluated",
                    here,
                    "Use Parameters for values that are computed.",
                )
            yield from static(inner, here, scope)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from static(inner, child(pointer, index), scope)


def shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


MEANINGS: Mapping[str, Check] = {
    "path": path,
    "path or intrinsic": path_or_intrinsic,
    "reference": reference,
    "template": template,
    "condition": condition,
    "timestamp": timestamp,
    "static": static,
}
