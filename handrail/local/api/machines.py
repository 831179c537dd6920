"""State machines: made, changed, described, listed, deleted.

Source: CreateStateMachine, UpdateStateMachine and the others in the API Reference; words as AWS was seen to say them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from handrail.local.api.definitions import accepted
from handrail.local.api.encryption import encryption_of
from handrail.local.api.executions import present
from handrail.local.api.named import invalid, whole
from handrail.local.api.paging import paged
from handrail.local.api.references import references
from handrail.local.api.starting import NAMELESS
from handrail.local.api.tags import tags_of
from handrail.local.api.versions import published
from handrail.local.apierror import ApiError
from handrail.local.naming import place
from handrail.local.registry import NO_LOGGING, NO_TRACING, StateMachine, Version

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters


NOTHING: Final = (
    "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, or the "
    "EncryptionConfiguration must be specified"
)


def create(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """A new state machine; the same request once more is answered with what it made."""
    machine = wanted(api, caller, given)
    arn, registry = machine.arn, api.registry
    with registry.changing:
        known = registry.get(arn, StateMachine) or registry.runbook(arn)
        if known is not None:
            if not same(known, machine):
                raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
            machine = known
        told = {"stateMachineArn": arn, "creationDate": machine.created}
        if given.get("publish"):
            machine = replace(machine, revision=machine.revision or str(uuid4()))
            description, now = given.get("versionDescription"), api.driver.clock.now()
            version, machine = published(machine, registry.versions_of(arn), description, now)
            registry.keep(machine, version)
            return {**told, "stateMachineVersionArn": version.arn}
        if known is None:
            registry.keep(machine)
    return told


def wanted(api: "Api", caller: "Caller", given: "Parameters") -> StateMachine:
    """The machine that a request describes; raises ApiError for what AWS would not make."""
    name, type = given["name"], given.get("type", "STANDARD")
    if NAMELESS.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    check_description(given, "versionDescription")
    check_role(given)
    accepted(given["definition"], type)
    now = api.driver.clock.now()
    return StateMachine(
        f"{place(caller.account, caller.region)}:stateMachine:{name}",
        name,
        given["definition"],
        given["roleArn"],
        now,
        type,
        now,
        logging=logging_of(api, given),
        tracing={**NO_TRACING, **given.get("tracingConfiguration", {})},
        encryption=encryption_of(given),
        tags=tags_of(given),
    )


def same(known: StateMachine, wanted: StateMachine) -> bool:
    """Whether a request asks for what is there: AWS compares neither the role nor the tags."""
    compared = ("name", "definition", "type", "logging", "tracing", "encryption")
    return all(getattr(known, part) == getattr(wanted, part) for part in compared)


def update(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Change a state machine; executions that run keep what they began with."""
    arn = given["stateMachineArn"]
    check_description(given, "versionDescription")
    with api.registry.changing:
        known = changeable(api, arn)
        parts = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
        if not (given.keys() & set(parts) or given.get("publish")):
            raise ApiError("MissingRequiredParameter", NOTHING)
        check_role(given)
        if "definition" in given:
            accepted(given["definition"], known.type)
        now = api.driver.clock.now()
        machine = replace(
            known,
            definition=given.get("definition", known.definition),
            role=given.get("roleArn", known.role),
            updated=now,
            logging=logging_of(api, given) if "loggingConfiguration" in given else known.logging,
            tracing={**known.tracing, **given.get("tracingConfiguration", {})},
            encryption=encryption_of(given) if "encryptionConfiguration" in given else known.encryption,
        )
        # The first update gives a revision, and from then on whatever changes something.
        if known.revision is None or not (same(known, machine) and known.role == machine.role):
            machine = replace(machine, revision=str(uuid4()))
        told: dict[str, Any] = {"updateDate": now, "revisionId": machine.revision}
        if given.get("publish"):
            version, machine = published(machine, api.registry.versions_of(arn), given.get("versionDescription"), now)
            api.registry.keep(machine, version)
            told["stateMachineVersionArn"] = version.arn
        else:
            api.registry.keep(machine)
    return present(told)


def changeable(api: "Api", arn: str) -> StateMachine:
    """A machine that was made here, where the ARN is one; a runbook is changed in its file."""
    found = api.registry.find(whole(arn))
    if found.runbook:
        raise ApiError("ConflictException", f"{found.name} is a runbook of this project: change it in machines/.")
    return found


def check_description(given: "Parameters", name: str) -> None:
    if name in given and not given.get("publish"):
        raise ApiError("ValidationException", "Version description can only be set when publish is true")


def check_role(given: "Parameters") -> None:
    role = given.get("roleArn", "arn:")
    if not role.startswith("arn:"):
        raise invalid(f"Invalid ARN prefix: {role}")


def logging_of(api: "Api", given: "Parameters") -> Mapping[str, Any]:
    """Where a machine's events are to be logged; raises ApiError InvalidLoggingConfiguration."""
    told = {**NO_LOGGING, **given.get("loggingConfiguration", {})}
    destinations = told.get("destinations", [])
    if told["level"] != "OFF" and len(destinations) != 1:
        raise unlogged("Must specify exactly one Log Destination.")
    for each in destinations:
        group = each.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        if not api.log_group_exists(group.removesuffix(":*")):
            raise unlogged("Log Destination not found.")
    return told


def unlogged(why: str) -> ApiError:
    return ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {why}")


def delete(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Remove a machine with its versions and aliases; what runs goes on, and one that is not there is no error."""
    arn = given["stateMachineArn"]
    registry = api.registry
    with registry.changing:
        try:
            changeable(api, arn)
        except ApiError as refusal:
            if refusal.code != "StateMachineDoesNotExist":
                raise
            return {}
        versions = [version.arn for version in registry.versions_of(arn)]
        registry.forget(*versions, *(alias.arn for alias in registry.aliases_of(arn)), arn)
    return {}


def describe(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """A machine as it is, or a version as it was."""
    arn = given["stateMachineArn"]
    version = api.registry.get(arn, Version)
    machine = api.registry.find(version.machine if version else whole(arn))
    told = {
        "stateMachineArn": arn,
        "name": machine.name,
        "status": "ACTIVE",
        "type": machine.type,
        "encryptionConfiguration": machine.encryption,
        **(of_version(version) if version else of_machine(machine)),
    }
    if given.get("includedData") == "METADATA_ONLY":
        return present(told | {"definition": "{}"})
    return present(told | {"variableReferences": references(told["definition"])})


def of_machine(machine: StateMachine) -> dict[str, Any]:
    return {
        "definition": machine.definition,
        "roleArn": machine.role,
        "creationDate": machine.created,
        "loggingConfiguration": machine.logging,
        "tracingConfiguration": machine.tracing,
        "revisionId": machine.revision,
    }


def of_version(version: Version) -> dict[str, Any]:
    return {
        "definition": version.definition,
        "roleArn": version.role,
        "creationDate": version.created,
        "loggingConfiguration": version.logging,
        "tracingConfiguration": version.tracing,
        "revisionId": version.revision,
        "description": version.description,
    }


def listed(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The machines of an account and region, the project's runbooks among them, by name."""
    registry, where = api.registry, (caller.account, caller.region)
    found = [*registry.all(StateMachine, *where), *registry.all_runbooks(*where)]
    told = [summary(machine) for machine in sorted(found, key=lambda machine: machine.name)]
    return paged("stateMachines", told, given, api.driver.clock.now())


def summary(machine: StateMachine) -> dict[str, Any]:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "type": machine.type,
        "creationDate": machine.created,
    }


OPERATIONS: "Mapping[str, Operation]" = {
    "CreateStateMachine": create,
    "DeleteStateMachine": delete,
    "DescribeStateMachine": describe,
    "ListStateMachines": listed,
    "UpdateStateMachine": update,
}
