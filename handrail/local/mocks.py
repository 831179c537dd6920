"""Whether a mocked result looks like what the service answers, by botocore's model of it.

Source: the MockInput page of the API reference (`fieldValidationMode`), and recordings from AWS.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from handrail.asl.model import Json
from handrail.engine.resources import SERVICE, resource
from handrail.service_models import service_model

OPERATIONS = {
    "lambda:invoke": ("lambda", "Invoke"),
    "states:startExecution": ("stepfunctions", "StartExecution"),
    "dynamodb:getItem": ("dynamodb", "GetItem"),
    "dynamodb:putItem": ("dynamodb", "PutItem"),
    "dynamodb:updateItem": ("dynamodb", "UpdateItem"),
    "dynamodb:deleteItem": ("dynamodb", "DeleteItem"),
    "events:putEvents": ("events", "PutEvents"),
    "sns:publish": ("sns", "Publish"),
    "sqs:sendMessage": ("sqs", "SendMessage"),
}
"""The optimized integrations whose answer is the API's own."""

FREE = {("lambda", "Payload")}
"""What a function returns is its own matter."""

KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "blob": ((str,), "a string"),
    "timestamp": ((str,), "a string"),
    "character": ((str,), "a string"),
    "integer": ((int, float), "a number"),
    "long": ((int, float), "a number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "a boolean"),
    "list": ((list,), "an array"),
    "structure": ((dict,), "an object"),
    "map": ((dict,), "an object"),
}


def check_result(arn: str, result: Json, *, required: bool) -> str | None:
    """What is wrong with a result first; None where nothing is, or where the service's answer is not known."""
    called = resource(arn)
    if called.events is not SERVICE or called.pattern:
        return None
    service, action = called.identity["resourceType"], called.identity["resource"]
    shape = output_of(service, action)
    return None if shape is None else next(problems(service, "", shape, result, required=required), None)


@cache
def output_of(service: str, action: str) -> Any:
    """botocore's shape of what an action answers."""
    from botocore.exceptions import UnknownServiceError

    name, operation = OPERATIONS.get(f"{service}:{action}", ("", ""))
    if not name and service.startswith("aws-sdk:"):
        name, operation = service.removeprefix("aws-sdk:"), f"{action[:1].upper()}{action[1:]}"
        name = {"sfn": "stepfunctions", "eventbridge": "events"}.get(name, name)
    if not name:
        return None
    try:
        model = service_model(name)
    except UnknownServiceError:
        return None
    return model.operation_model(operation).output_shape if operation in model.operation_names else None


def problems(service: str, field: str, shape: Any, value: Json, *, required: bool) -> Iterator[str]:
    """What is wrong with a value and what is inside it, in the order of the value."""
    kinds, named = KINDS.get(shape.type_name, ((object,), ""))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield f"Field '{field}' must be {named}"
        return
    yield from bounds(field, shape, value)
    if isinstance(value, list):
        for each in value:
            yield from problems(service, field, shape.member, each, required=required)
    elif isinstance(value, dict) and shape.type_name == "map":
        for each in value.values():
            yield from problems(service, field, shape.value, each, required=required)
    elif isinstance(value, dict):
        yield from members(service, shape, value, required=required)


def members(service: str, shape: Any, value: Mapping[str, Json], *, required: bool) -> Iterator[str]:
    """The members of an object; Step Functions writes them with a capital letter."""
    known = {f"{name[:1].upper()}{name[1:]}": member for name, member in shape.members.items()}
    for name, each in value.items():
        if name in known and each is not None and (service, name) not in FREE:
            yield from problems(service, name, known[name], each, required=required)
    if required:
        wanted = (f"{name[:1].upper()}{name[1:]}" for name in shape.required_members)
        yield from (f"Required field '{name}' is missing" for name in wanted if name not in value)


def bounds(field: str, shape: Any, value: Any) -> Iterator[str]:
    """Lengths, numbers and enumerations."""
    told = shape.metadata
    if told.get("enum") and value not in told["enum"]:
        yield f"Field '{field}' is not an expected value"
    if isinstance(value, str | list):
        if "min" in told and len(value) < told["min"]:
            yield f"Field '{field}' is smaller than the minimum length"
        if "max" in told and len(value) > told["max"]:
            yield f"Field '{field}' exceeds the maximum length"
    elif isinstance(value, int | float):
        if "min" in told and value < told["min"]:
            yield f"Field '{field}' is less than the minimum value"
        if "max" in told and value > told["max"]:
            yield f"Field '{field}' exceeds the maximum value"
