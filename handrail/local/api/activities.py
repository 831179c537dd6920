"""Activities: made, described, listed, deleted. Their workers are answered in `tasks`.

Source: CreateActivity and the others in the API Reference.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handrail.local.api.encryption import encryption_of
from handrail.local.api.named import invalid
from handrail.local.api.paging import paged
from handrail.local.api.starting import NAMELESS
from handrail.local.api.tags import tags_of
from handrail.local.apierror import ApiError
from handrail.local.naming import place
from handrail.local.registry import Activity

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters


def create(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """A new activity; one of this name that is there is given again."""
    name = given["name"]
    if NAMELESS.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    encryption, tags = encryption_of(given), tags_of(given)
    arn = f"{place(caller.account, caller.region)}:activity:{name}"
    with api.registry.changing:
        known = api.registry.get(arn, Activity)
        if known is None:
            known = Activity(arn, name, api.driver.clock.now(), encryption, tags)
            api.registry.keep(known)
            api.driver.activities.create(arn)
        elif known.encryption != encryption:
            raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
    return {"activityArn": arn, "creationDate": known.created}


def checked(arn: str) -> str:
    parts = arn.split(":", 6)
    if parts[0] != "arn" or len(parts) < 7 or parts[2] != "states":
        raise invalid(f"Invalid ARN prefix: {arn}")
    if parts[5] != "activity":
        raise invalid(f"Resource type not valid in this context: {parts[5]}")
    return arn


def describe(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    arn = checked(given["activityArn"])
    activity = api.registry.get(arn, Activity)
    if activity is None:
        raise ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    return {**summary(activity), "encryptionConfiguration": activity.encryption}


def summary(activity: Activity) -> dict[str, Any]:
    return {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created}


def listed(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    told = [summary(activity) for activity in api.registry.all(Activity, caller.account, caller.region)]
    return paged("activities", told, given, api.driver.clock.now())


def delete(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Remove an activity; one that is not there is no error."""
    arn = checked(given["activityArn"])
    with api.registry.changing:
        api.registry.forget(arn)
        api.driver.activities.delete(arn)
    return {}


OPERATIONS: "Mapping[str, Operation]" = {
    "CreateActivity": create,
    "DeleteActivity": delete,
    "DescribeActivity": describe,
    "ListActivities": listed,
}
