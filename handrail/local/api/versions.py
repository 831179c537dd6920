"""Versions of state machines: what a machine was when it was published. They never change.

Source: "Versions" in the Developer Guide; PublishStateMachineVersion and the others in the API Reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from handrail.local.api.executions import present
from handrail.local.api.paging import paged
from handrail.local.apierror import ApiError
from handrail.local.registry import StateMachine, Version, machine_name

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

MOST: Final = 1_000
"""Versions of one state machine (Step Functions service quotas)."""

INITIAL: Final = "INITIAL"
"""The revision of a machine that has not been changed yet, for whoever publishes it."""


def published(
    machine: StateMachine, known: Sequence[Version], description: str | None, at: float
) -> tuple[Version, StateMachine]:
    """The version of a machine as it is: the latest one where nothing has changed since, else a new one.

    Raises ApiError: ConflictException for a runbook, ServiceQuotaExceededException.
    """
    if machine.runbook:
        raise ApiError("ConflictException", f"{machine.name} is a runbook of this project, which has no versions.")
    if known and known[0].revision == machine.revision:
        return known[0], machine
    if len(known) >= MOST:
        raise full("state machine", machine.arn, f"{MOST} versions", "Delete one that no alias leads to.")
    number = machine.last_version + 1
    version = Version(
        f"{machine.arn}:{number}",
        machine.arn,
        number,
        machine.definition,
        machine.role,
        at,
        machine.revision,
        description,
        machine.logging,
        machine.tracing,
    )
    return version, replace(machine, last_version=number)


def full(what: str, arn: str, most: str, advice: str) -> ApiError:
    """The refusal of one more than a thing may have."""
    return ApiError("ServiceQuotaExceededException", f"The {what} '{arn}' has {most}, and may have no more. {advice}")


def publish(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """A version of a machine as it is; `revisionId` is the revision that it is meant to have."""
    arn, wanted = given["stateMachineArn"], given.get("revisionId")
    registry = api.registry
    with registry.changing:
        machine = registry.find(arn)
        revision = machine.revision or INITIAL
        if wanted is not None and wanted != revision:
            told = f"Failed to publish the State Machine version for revision {wanted}. The current State Machine "
            raise ApiError("ConflictException", f"{told}revision is {revision}.")
        version, machine = published(
            machine, registry.versions_of(arn), given.get("description"), api.driver.clock.now()
        )
        registry.keep(machine, version)
    return {"stateMachineVersionArn": version.arn, "creationDate": version.created}


def listed(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The newest first; a machine that is not there has none."""
    machine_name(given["stateMachineArn"])
    told = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.created}
        for version in api.registry.versions_of(given["stateMachineArn"])
    ]
    return paged("stateMachineVersions", told, given, api.driver.clock.now())


def delete(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Remove a version that no alias leads to; one that is not there is no error."""
    arn = given["stateMachineVersionArn"]
    machine_name(arn)
    registry = api.registry
    with registry.changing:
        version = registry.get(arn, Version)
        if version is None:
            return {}
        names = [
            alias.name for alias in registry.aliases_of(version.machine) if arn in (route for route, _ in alias.routes)
        ]
        if names:
            told = "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this "
            raise ApiError("ConflictException", f"{told}version: [{', '.join(names)}]")
        registry.forget(arn)
    return present({})


OPERATIONS: "Mapping[str, Operation]" = {
    "DeleteStateMachineVersion": delete,
    "ListStateMachineVersions": listed,
    "PublishStateMachineVersion": publish,
}
