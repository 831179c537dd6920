"""Each error that botocore declares for an operation on machines is met here, or there is a reason why it is not."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from handrail.local.api import Caller, activities, aliases, definitions, machines, tags, versions
from handrail.local.api.wire import model
from handrail.local.registry import Alias, StateMachine, Version
from tests.local.api.serving import Site, serving
from tests.local.driving import Taker

MODULES = (activities, aliases, definitions, machines, tags, versions)
OPERATIONS = sorted(name for module in MODULES for name in module.OPERATIONS)

NO_KEYS = "nothing here is encrypted with a key of KMS, so no key can be missing, disabled or asked too often"
AT_ONCE = "changes are made one after the other, so none is in another's way"
REASONS: Mapping[str, str] = {
    "ActivityLimitExceeded": "AWS has a limit of 100,000 activities; here there is none",
    "InvalidTracingConfiguration": "all there is to tracing is on or off, and anything else cannot be read",
    "KmsAccessDeniedException": NO_KEYS,
    "KmsInvalidStateException": NO_KEYS,
    "KmsThrottlingException": NO_KEYS,
    "StateMachineDeleting": "a machine that is deleted is gone at once, and is not found any more",
    "StateMachineLimitExceeded": "AWS has a limit of 100,000 state machines; here there is none",
}
"""Errors that never happen here."""

NEVER: Mapping[tuple[str, str], str] = {
    ("CreateStateMachine", "StateMachineTypeNotSupported"): "the types are those of the model, and others break it",
    ("CreateStateMachineAlias", "InvalidName"): "AWS was seen to answer ValidationException to a bad name",
    ("DeleteStateMachineAlias", "ConflictException"): AT_ONCE,
    ("UpdateStateMachineAlias", "ConflictException"): AT_ONCE,
}
"""And those that never happen to one operation."""

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
OTHER = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
# Where the runbooks of a project are.
ACCOUNT, REGION = "123456789012", "us-east-1"
PREFIX, ROLE = f"arn:aws:states:{REGION}:{ACCOUNT}", f"arn:aws:iam::{ACCOUNT}:role/runs-machines"
RUNBOOK = f"{PREFIX}:stateMachine:power"
MACHINE, NONE, FULL = (f"{PREFIX}:stateMachine:{name}" for name in ("good", "none", "full"))
VERSION, ALIAS = f"{MACHINE}:1", f"{MACHINE}:PROD"
OF_MACHINE: dict[str, Any] = {"stateMachineArn": MACHINE}
OF_FULL: dict[str, Any] = {"stateMachineArn": FULL}
NEW: dict[str, Any] = {"name": "new", "definition": DEFINITION, "roleArn": ROLE}
TAGS = [{"key": str(each), "value": ""} for each in range(51)]
NO_KEY = {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}}
UNLOGGED = {"loggingConfiguration": {"level": "ALL"}}
LONG = f"{PREFIX}:stateMachine:{'x' * 300}"


def route(*arns: str) -> dict[str, Any]:
    weights = {1: [100], 2: [50, 50]}[len(arns)]
    pairs = zip(arns, weights, strict=True)
    return {"routingConfiguration": [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in pairs]}


Cases = Mapping[str, Mapping[str, Any]]


def by_arn(name: str, arn: str, missing: str) -> Cases:
    return {"InvalidArn": {name: "none"}, missing: {name: arn}}


OF_ALIAS: Cases = {
    **by_arn("stateMachineAliasArn", f"{MACHINE}:NONE", "ResourceNotFound"),
    "ValidationException": {"stateMachineAliasArn": "x" * 300},
}
OF_RESOURCE = by_arn("resourceArn", NONE, "ResourceNotFound")
CASES: Mapping[str, Cases] = {
    "CreateActivity": {
        "ActivityAlreadyExists": {
            "name": "good",
            "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/a"},
        },
        "InvalidEncryptionConfiguration": {"name": "new", **NO_KEY},
        "InvalidName": {"name": "a b"},
        "TooManyTags": {"name": "new", "tags": TAGS},
    },
    "CreateStateMachine": {
        "ConflictException": {**NEW, "name": "power", "publish": True},
        "InvalidArn": {**NEW, "roleArn": "none"},
        "InvalidDefinition": {**NEW, "definition": "{}"},
        "InvalidEncryptionConfiguration": {**NEW, **NO_KEY},
        "InvalidLoggingConfiguration": {**NEW, **UNLOGGED},
        "InvalidName": {**NEW, "name": "a b"},
        "StateMachineAlreadyExists": {**NEW, "name": "good", "definition": OTHER},
        "TooManyTags": {**NEW, "tags": TAGS},
        "ValidationException": {**NEW, "name": "x" * 81},
    },
    "CreateStateMachineAlias": {
        "ConflictException": {"name": "PROD", **route(f"{MACHINE}:2")},
        "InvalidArn": {"name": "NEW", **route("none:1")},
        "ResourceNotFound": {"name": "NEW", **route(f"{MACHINE}:9")},
        "ServiceQuotaExceededException": {"name": "NEW", **route(f"{FULL}:1")},
        "ValidationException": {"name": "7", **route(VERSION)},
    },
    "DeleteActivity": {"InvalidArn": {"activityArn": "none"}},
    "DeleteStateMachine": {"InvalidArn": {"stateMachineArn": "none"}, "ValidationException": {"stateMachineArn": LONG}},
    "DeleteStateMachineAlias": OF_ALIAS,
    "DeleteStateMachineVersion": {
        "ConflictException": {"stateMachineVersionArn": VERSION},
        "InvalidArn": {"stateMachineVersionArn": "none"},
        "ValidationException": {"stateMachineVersionArn": "x" * 2001},
    },
    "DescribeActivity": by_arn("activityArn", f"{PREFIX}:activity:none", "ActivityDoesNotExist"),
    "DescribeStateMachine": by_arn("stateMachineArn", NONE, "StateMachineDoesNotExist"),
    "DescribeStateMachineAlias": OF_ALIAS,
    "ListActivities": {"InvalidToken": {"nextToken": "x"}},
    "ListStateMachineAliases": {
        **by_arn("stateMachineArn", NONE, "StateMachineDoesNotExist"),
        "InvalidToken": {**OF_MACHINE, "nextToken": "x"},
        "ResourceNotFound": {"stateMachineArn": f"{MACHINE}:9"},
    },
    "ListStateMachineVersions": {
        "InvalidArn": {"stateMachineArn": "none"},
        "InvalidToken": {**OF_MACHINE, "nextToken": "x"},
        "ValidationException": {**OF_MACHINE, "maxResults": 1001},
    },
    "ListStateMachines": {"InvalidToken": {"nextToken": "x"}},
    "ListTagsForResource": OF_RESOURCE,
    "PublishStateMachineVersion": {
        **by_arn("stateMachineArn", NONE, "StateMachineDoesNotExist"),
        "ConflictException": {**OF_MACHINE, "revisionId": "other"},
        "ServiceQuotaExceededException": OF_FULL,
        "ValidationException": {**OF_MACHINE, "description": "x" * 257},
    },
    "TagResource": {
        **{error: {**asked, "tags": []} for error, asked in OF_RESOURCE.items()},
        "TooManyTags": {"resourceArn": MACHINE, "tags": TAGS},
    },
    "UntagResource": {error: {**asked, "tagKeys": []} for error, asked in OF_RESOURCE.items()},
    "UpdateStateMachine": {
        **by_arn("stateMachineArn", NONE, "StateMachineDoesNotExist"),
        "ConflictException": {"stateMachineArn": RUNBOOK, "definition": OTHER},
        "InvalidDefinition": {**OF_MACHINE, "definition": "{}"},
        "InvalidEncryptionConfiguration": {**OF_MACHINE, **NO_KEY},
        "InvalidLoggingConfiguration": {**OF_MACHINE, **UNLOGGED},
        "MissingRequiredParameter": OF_MACHINE,
        "ServiceQuotaExceededException": {**OF_FULL, "publish": True, "definition": OTHER},
        "ValidationException": {**OF_MACHINE, "versionDescription": "of nothing"},
    },
    "UpdateStateMachineAlias": {
        "InvalidArn": {"stateMachineAliasArn": "none", "description": ""},
        "ResourceNotFound": {"stateMachineAliasArn": f"{MACHINE}:NONE", "description": ""},
        "ValidationException": {"stateMachineAliasArn": ALIAS},
    },
    "ValidateStateMachineDefinition": {"ValidationException": {"definition": DEFINITION, "maxResults": 101}},
}
"""What to ask, by the operation and the error that is answered."""


def declared() -> Iterator[tuple[str, str]]:
    """Every error of every operation, but for those that never happen here."""
    for operation in OPERATIONS:
        for error in model().operation_model(operation).error_shapes:
            if error.name not in REASONS and (operation, error.name) not in NEVER:
                yield operation, error.name


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("api"), Taker(), runbooks={"power": lambda: DEFINITION}) as found:
        found.api.call("CreateActivity", {"name": "good"}, Caller(ACCOUNT, REGION))
        found.api.registry.keep(*kept())
        yield found


def kept() -> Iterator[StateMachine | Version | Alias]:
    """A machine with two versions and an alias, and one that may have no more of either."""
    for arn, newest, names in ((MACHINE, 2, ["PROD"]), (FULL, 1000, [f"alias-{each}" for each in range(100)])):
        name = arn.rpartition(":")[2]
        yield StateMachine(arn, name, DEFINITION, ROLE, created=1.0, updated=1.0, revision="now", last_version=newest)
        for number in range(1, newest + 1):
            yield Version(f"{arn}:{number}", arn, number, DEFINITION, ROLE, 1.0, str(number))
        for alias in names:
            yield Alias(f"{arn}:{alias}", arn, alias, ((f"{arn}:1", 100),), 1.0, 1.0)


@pytest.mark.parametrize(("operation", "error"), list(declared()))
def test_each_declared_error_is_answered(site: Site, operation: str, error: str) -> None:
    """By a request that deserves it, with its code and a message; nothing is made or changed by it."""
    before = dict(site.api.registry.entries)
    code, message = site.ask(operation, CASES[operation][error], "handrail", REGION)
    assert (code, bool(message)) == (error, True), message
    assert site.api.registry.entries == before


def test_the_tables_have_no_row_too_many() -> None:
    """Each case is of an error that is declared, and no error has both a case and a reason."""
    every = {
        (operation, error.name) for operation in OPERATIONS for error in model().operation_model(operation).error_shapes
    }
    assert {(operation, error) for operation, errors in CASES.items() for error in errors} == set(declared())
    assert set(REASONS) <= {error for _, error in every}
    assert set(NEVER) <= every
