"""Requests and answers as AWS JSON 1.0 writes them, checked against botocore's own model of Step Functions.

Source: "AWS JSON 1.0 protocol" in the Smithy specification; the words of refusals are AWS's.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NoReturn

from handrail.local.apierror import ApiError

TARGET: Final = "AWSStepFunctions."

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
    "list": (list,),
    "structure": (dict,),
    "map": (dict,),
}


@cache
def model() -> Any:
    """botocore's model of Step Functions; reading it takes a tenth of a second."""
    from botocore.session import Session

    return Session().get_service_model("stepfunctions")


def parameters(operation: str, body: bytes) -> dict[str, Any]:
    """What a request asks for, by the model's names; members that the model lacks are left out, as AWS does.

    Raises ApiError: SerializationException for what is no such request, ValidationException for broken constraints.
    """
    shape = model().operation_model(operation).input_shape
    try:
        given = json.loads(body or b"{}", parse_constant=no_number)
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "The body is no JSON, or is nested too deeply.") from None
    read = typed(shape, given, operation)
    if told := [*constraints(shape, read, "")]:
        count = f"{len(told)} validation error{'s' if len(told) > 1 else ''} detected"
        raise ApiError("ValidationException", f"{count}: {'; '.join(told)}")
    return dict(read)


def no_number(name: str) -> NoReturn:
    """NaN and Infinity, which Python reads, are no JSON."""
    raise ValueError(name)


def typed(shape: Any, given: object, place: str) -> Any:
    """The value without unknown members and nulls; raises ApiError for a wrong type."""
    wanted = KINDS.get(shape.type_name, (object,))
    if not isinstance(given, wanted) or (isinstance(given, bool) and bool not in wanted):
        raise ApiError("SerializationException", f"{place} has to be of type {shape.type_name}")
    value: Any = given
    if shape.type_name == "string":
        # Half of a character, which JSON can spell and UTF-8 cannot, is a question mark, as Java writes it.
        return value.encode(errors="replace").decode()
    if shape.type_name == "structure":
        known = {name: each for name, each in value.items() if name in shape.members and each is not None}
        return {name: typed(shape.members[name], each, name) for name, each in known.items()}
    if shape.type_name == "list":
        return [typed(shape.member, each, place) for each in value if each is not None]
    if shape.type_name == "map":
        return {name: typed(shape.value, each, place) for name, each in value.items() if each is not None}
    return value


def constraints(shape: Any, value: Any, place: str) -> Iterator[str]:
    """What of a value the model does not allow, in AWS's words."""
    for broken in own_constraints(shape, value):
        shown = "" if shape.metadata.get("sensitive") else f" '{written(shape, value)}'"
        yield f"Value{shown} at '{place}' failed to satisfy constraint: {broken}"
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{place}.{name}" if place else name
            if name in value:
                yield from constraints(member, value[name], inner)
            elif name in shape.required_members:
                yield f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"
    elif shape.type_name == "list":
        for number, each in enumerate(value, start=1):
            yield from constraints(shape.member, each, f"{place}.{number}.member")


def own_constraints(shape: Any, value: Any) -> Iterator[str]:
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
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True


def written(shape: Any, value: Any) -> str:
    """A value as AWS repeats it: objects as Java writes them."""
    if shape.type_name == "list":
        return f"[{', '.join(written(shape.member, each) for each in value)}]"
    if shape.type_name == "structure":
        members = (f"{name}={written(shape.members[name], each)}" for name, each in value.items())
        return f"{shape.name}({', '.join(members)})"
    return str(value)


def answered(
    call: Callable[[str, Mapping[str, Any]], Mapping[str, Any]], target: str, body: bytes
) -> tuple[int, bytes]:
    """The status and the body of the answer to a request."""
    operation = target.removeprefix(TARGET)
    try:
        if operation not in model().operation_names:
            raise ApiError("UnknownOperationException", f"Step Functions has no operation {operation}.")
        told, status = call(operation, parameters(operation, body)), 200
    except ApiError as refusal:
        told, status = {"__type": refusal.code, "message": str(refusal)}, 400
    return status, json.dumps(told).encode()
