"""Requests and answers as AWS JSON 1.0 writes them, checked against botocore's own model of Step Functions.

Source: "AWS JSON 1.0 protocol" in the Smithy specification; the words of refusals are AWS's.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NoReturn

from handrail.local.apierror import ApiError
from handrail.local.limits import NULL, broken, counted
from handrail.service_models import service_model

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


WRITER: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)
"""Writes what was made here, of which nothing is in itself."""


class Text(str):
    """A result that is JSON already, in ASCII."""


Result = Mapping[str, Any] | Text


def model() -> Any:
    """botocore's model of Step Functions; reading it takes a tenth of a second."""
    return service_model("stepfunctions")


def parameters(operation: str, body: bytes) -> dict[str, Any]:
    """What a request asks for, by the model's names; members that the model lacks are left out, as AWS does.

    Raises ApiError: SerializationException for what is no such request, ValidationException for broken constraints.
    """
    shape = model().operation_model(operation).input_shape
    try:
        sent = body or b"{}"
        given = READER.decode(sent.decode(json.detect_encoding(sent), "surrogatepass"))
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "The body is no JSON, or is nested too deeply.") from None
    read = typed(shape, given, operation)
    if told := [*constraints(shape, read, "")]:
        raise ApiError("ValidationException", counted(told))
    return dict(read)


def no_number(name: str) -> NoReturn:
    """NaN and Infinity, which Python reads, are no JSON."""
    raise ValueError(name)


READER: Final = json.JSONDecoder(parse_constant=no_number)


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
    for told in broken(shape, value):
        shown = "" if shape.metadata.get("sensitive") else f" '{written(shape, value)}'"
        yield f"Value{shown} at '{place}' failed to satisfy constraint: {told}"
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{place}.{name}" if place else name
            if name in value:
                yield from constraints(member, value[name], inner)
            elif name in shape.required_members:
                yield f"Value null at '{inner}' failed to satisfy constraint: {NULL}"
    elif shape.type_name == "list":
        for number, each in enumerate(value, start=1):
            yield from constraints(shape.member, each, f"{place}.{number}.member")


def written(shape: Any, value: Any) -> str:
    """A value as AWS repeats it: objects as Java writes them."""
    if shape.type_name == "list":
        return f"[{', '.join(written(shape.member, each) for each in value)}]"
    if shape.type_name == "structure":
        members = (f"{name}={written(shape.members[name], each)}" for name, each in value.items())
        return f"{shape.name}({', '.join(members)})"
    return str(value)


def answered(call: Callable[[str, Mapping[str, Any]], Result], target: str, body: bytes) -> tuple[int, bytes]:
    """The status and the body of the answer to a request."""
    operation = target.removeprefix(TARGET)
    told: Result
    try:
        if operation not in model().operation_names:
            raise ApiError("UnknownOperationException", f"Step Functions has no operation {operation}.")
        told, status = call(operation, parameters(operation, body)), 200
    except ApiError as refusal:
        told, status = {"__type": refusal.code, "message": str(refusal)}, 400
    return status, (told if isinstance(told, Text) else WRITER.encode(told)).encode()
