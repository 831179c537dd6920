"""Aliases of state machines: a name for one version, or for two between which executions are divided.

Source: "Aliases" in the Developer Guide; CreateStateMachineAlias and the others in the API Reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from handrail.local.api.executions import present
from handrail.local.api.named import no_resource
from handrail.local.api.paging import paged
from handrail.local.api.versions import full
from handrail.local.apierror import ApiError
from handrail.local.registry import Alias, Version, machine_name

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

WHOLE: Final = 100
"""What the weights of a routing configuration are together."""

MOST: Final = 100
"""Aliases of one state machine (Step Functions service quotas)."""

Routes = tuple[tuple[str, int], ...]


def create(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """A new alias; the same request once more is answered with what it made."""
    routes, registry = routes_of(api, given["routingConfiguration"]), api.registry
    machine, name, description = routes[0][0].rpartition(":")[0], given["name"], given.get("description")
    arn, now = f"{machine}:{name}", api.driver.clock.now()
    with registry.changing:
        known = registry.get(arn, Alias)
        if known is None:
            if len(registry.aliases_of(machine)) >= MOST:
                raise full("state machine", machine, f"{MOST} aliases", "Delete one that nobody uses.")
            known = Alias(arn, machine, name, routes, now, now, description)
            registry.keep(known)
        elif (known.routes, known.description) != (routes, description):
            told = "Failed to create alias because an alias with the same name and a different routing configuration "
            raise ApiError("ConflictException", f"{told}already exists.")
    return {"stateMachineAliasArn": arn, "creationDate": known.created}


def routes_of(api: "Api", given: Sequence[Mapping[str, Any]], machine: str | None = None) -> Routes:
    """Where an alias (of this machine) leads to; raises ApiError: ValidationException, ResourceNotFound."""
    routes = tuple((each["stateMachineVersionArn"], each["weight"]) for each in given)
    arns = [arn for arn, _ in routes]
    shown = f"Received: [{', '.join(arns)}]"
    if any(not arn.rpartition(":")[2].isdecimal() for arn in arns):
        raise refused(f"Routing configuration must contain state machine version ARNs. {shown}")
    if len(set(arns)) < len(arns):
        raise refused(f"Routing configuration must contain distinct state machine version ARNs. {shown}")
    for arn in arns:
        machine_name(arn)
    if len({arn.rpartition(":")[0] for arn in arns} | ({machine} if machine else set())) > 1:
        raise refused(f"Routing configuration must contain versions of one state machine. {shown}")
    weights = [weight for _, weight in routes]
    if sum(weights) != WHOLE:
        raise refused(f"Sum of routing configuration weights must equal {WHOLE}. Received: {weights}")
    if any(api.registry.get(arn, Version) is None for arn in arns):
        raise no_resource()
    return routes


def refused(why: str) -> ApiError:
    return ApiError("ValidationException", why)


def update(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Lead an alias elsewhere, or describe it anew."""
    registry, now = api.registry, api.driver.clock.now()
    with registry.changing:
        alias = found(api, given)
        if not given.keys() & {"description", "routingConfiguration"}:
            raise refused("Either the description or the routing configuration must be specified")
        changed = replace(alias, updated=now, description=given.get("description", alias.description))
        if "routingConfiguration" in given:
            changed = replace(changed, routes=routes_of(api, given["routingConfiguration"], alias.machine))
        registry.keep(changed)
    return {"updateDate": now}


def found(api: "Api", given: "Parameters") -> Alias:
    arn = given["stateMachineAliasArn"]
    machine_name(arn)
    alias = api.registry.get(arn, Alias)
    if alias is None:
        raise no_resource()
    return alias


def describe(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    alias = found(api, given)
    return present(
        {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "description": alias.description,
            "routingConfiguration": [
                {"stateMachineVersionArn": version, "weight": weight} for version, weight in alias.routes
            ],
            "creationDate": alias.created,
            "updateDate": alias.updated,
        }
    )


def listed(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The aliases of a machine, or those that lead to one of its versions, by their ARNs."""
    arn = given["stateMachineArn"]
    version = api.registry.get(arn, Version)
    if version is None and arn.rpartition(":")[2].isdecimal() and machine_name(arn):
        raise no_resource()
    aliases = api.registry.aliases_of(version.machine if version else api.registry.find(arn).arn)
    told = [
        {"stateMachineAliasArn": alias.arn, "creationDate": alias.created}
        for alias in sorted(aliases, key=lambda alias: alias.name)
        if version is None or arn in (route for route, _ in alias.routes)
    ]
    return paged("stateMachineAliases", told, given, api.driver.clock.now())


def delete(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    with api.registry.changing:
        api.registry.forget(found(api, given).arn)
    return {}


OPERATIONS: "Mapping[str, Operation]" = {
    "CreateStateMachineAlias": create,
    "DeleteStateMachineAlias": delete,
    "DescribeStateMachineAlias": describe,
    "ListStateMachineAliases": listed,
    "UpdateStateMachineAlias": update,
}
