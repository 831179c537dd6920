"""The limits of a request's parameters, as botocore's model of the service has them, refused in AWS's words."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, Final

from handrail.local.refusal import Refusal

# A limit that a text or a number may break, and what AWS says of it.
BROKEN: Final[Mapping[str, tuple[Callable[[int, int], bool], str]]] = {
    "min": (operator.lt, "Member must have {size} greater than or equal to {limit}"),
    "max": (operator.gt, "Member must have {size} less than or equal to {limit}"),
}


def invalid(
    service: str, operation: str, parameters: Mapping[str, Any], hidden: Set[str] = frozenset()
) -> Refusal | None:
    """What of a request the model does not allow, all at once; values of `hidden` parameters are not repeated."""
    from botocore.session import Session

    shape: Any = Session().get_service_model(service).operation_model(operation).input_shape
    told = [
        f"Value {'null' if value is None else '***' if name in hidden else repr(str(value))}"
        f" at '{name[:1].lower()}{name[1:]}' failed to satisfy constraint: {broken}"
        for name, member in shape.members.items()
        for value in [parameters.get(name)]
        for broken in _broken(value, member, name in shape.required_members)
    ]
    count = f"{len(told)} validation error{'s' if len(told) > 1 else ''} detected"
    return Refusal("ValidationError", f"{count}: {'; '.join(told)}") if told else None


def _broken(value: Any, shape: Any, required: bool) -> Iterator[str]:
    if value is None:
        yield from ["Member must not be null"] if required else []
    elif shape.type_name in ("string", "integer"):
        size, of = (len(value), "length") if shape.type_name == "string" else (int(value), "value")
        for name, (broken, words) in BROKEN.items():
            if name in shape.metadata and broken(size, shape.metadata[name]):
                yield words.format(size=of, limit=shape.metadata[name])
        pattern = shape.metadata.get("pattern")
        if pattern and shape.type_name == "string" and not _fits(pattern, value):
            yield f"Member must satisfy regular expression pattern: {pattern}"


def _fits(pattern: str, value: str) -> bool:
    """Patterns are Java's; one that Python does not read is not held against anybody."""
    try:
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True
