"""The limits of a request's parameters, as botocore's model of the service has them, refused in AWS's words."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final

from handrail.local.refusal import Refusal
from handrail.service_models import service_model

NULL: Final = "Member must not be null"


def invalid(
    service: str, operation: str, parameters: Mapping[str, Any], hidden: Set[str] = frozenset()
) -> Refusal | None:
    """What of a request the model does not allow, all at once; values of `hidden` parameters are not repeated.

    What is inside of lists and structures is not looked at.
    """
    shape: Any = service_model(service).operation_model(operation).input_shape
    told = [
        f"Value {'null' if value is None else '***' if name in hidden else repr(str(value))}"
        f" at '{name[:1].lower()}{name[1:]}' failed to satisfy constraint: {each}"
        for name, member in shape.members.items()
        for value in [parameters.get(name)]
        for each in (broken(member, value) if value is not None else [NULL] * (name in shape.required_members))
    ]
    return Refusal("ValidationError", counted(told)) if told else None


def counted(told: Sequence[str]) -> str:
    """Several constraints that are broken, as AWS tells them at once."""
    return f"{len(told)} validation error{'s' if len(told) > 1 else ''} detected: {'; '.join(told)}"


def broken(shape: Any, value: Any) -> Iterator[str]:
    """The constraints of a value itself that it breaks, whatever is inside of it."""
    limits = shape.metadata
    if shape.type_name in ("string", "list"):
        if len(value) < limits.get("min", 0):
            yield f"Member must have length greater than or equal to {limits['min']}"
        if "max" in limits and len(value) > limits["max"]:
            yield f"Member must have length less than or equal to {limits['max']}"
    elif shape.type_name in ("integer", "long", "float", "double"):
        if "min" in limits and value < limits["min"]:
            yield f"Member must have value greater than or equal to {limits['min']}"
        if "max" in limits and value > limits["max"]:
            yield f"Member must have value less than or equal to {limits['max']}"
    if limits.get("enum") and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if limits.get("pattern") and isinstance(value, str) and not fits(limits["pattern"], value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"


def fits(pattern: str, value: str) -> bool:
    """Patterns are Java's; one that Python does not read is not held against anybody."""
    try:
        return re.fullmatch(pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]"), value, re.ASCII) is not None
    except re.error:
        return True
