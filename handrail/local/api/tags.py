"""Tags of state machines and activities.

Source: "Tagging" in the Developer Guide; TagResource and the others in the API Reference.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from handrail.local.apierror import ApiError
from handrail.local.registry import Activity, StateMachine

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

MOST: Final = 50
"""Tags of one resource."""

PLAIN: Final = re.compile(r"[\w\s.:/=+@-]*")
"""What a key and a value may be made of; `\\w` is any letter, any digit and the underscore."""

RESERVED: Final = "aws:"
"""How the keys begin that only AWS gives."""


def tags_of(given: "Parameters", known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags of a request, beside those that are known; raises ApiError: TooManyTags, ValidationException."""
    for each in given.get("tags", []):
        check(each.get("key", ""), each.get("value", ""))
    tags = {**(known or {}), **{each["key"]: each.get("value", "") for each in given.get("tags", []) if "key" in each}}
    if len(tags) > MOST:
        raise ApiError("TooManyTags", f"A resource has at most {MOST} tags; with these it would have {len(tags)}.")
    return tags


def check(key: str, value: str) -> None:
    """Raises ApiError for a tag that nobody may give."""
    if key.lower().startswith(RESERVED):
        raise ApiError("ValidationException", f"Tag keys that begin with '{RESERVED}' are AWS's own: '{key}'")
    if not (PLAIN.fullmatch(key) and PLAIN.fullmatch(value)):
        told = "may hold letters, digits, white space and the symbols _ . : / = + - @"
        raise ApiError("ValidationException", f"A tag's key and value {told}: '{key}' has others.")


def found(api: "Api", given: "Parameters") -> StateMachine | Activity:
    arn = given["resourceArn"]
    parts = arn.split(":")
    if parts[0] != "arn" or len(parts) < 7 or parts[2] != "states":
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    resource = api.registry.get(arn, StateMachine) or api.registry.get(arn, Activity) or api.registry.runbook(arn)
    if resource is None:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return resource


def changed(api: "Api", given: "Parameters") -> StateMachine | Activity:
    resource = found(api, given)
    if isinstance(resource, StateMachine) and resource.runbook:
        raise ApiError("ValidationException", f"{resource.name} is a runbook of this project, which has no tags.")
    return resource


def tag(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    with api.registry.changing:
        resource = changed(api, given)
        api.registry.keep(replace(resource, tags=tags_of(given, resource.tags)))
    return {}


def untag(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    with api.registry.changing:
        resource = changed(api, given)
        left = {key: value for key, value in resource.tags.items() if key not in given["tagKeys"]}
        api.registry.keep(replace(resource, tags=left))
    return {}


def listed(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    return {"tags": [{"key": key, "value": value} for key, value in found(api, given).tags.items()]}


OPERATIONS: "Mapping[str, Operation]" = {
    "ListTagsForResource": listed,
    "TagResource": tag,
    "UntagResource": untag,
}
