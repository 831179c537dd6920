"""A version is a machine as it was when it was published, and never changes."""

import json
from typing import Any
from uuid import uuid4

import pytest

from handrail.local.registry import Version
from tests.local.api.serving import ROLE, Site


def passing(result: str) -> str:
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}})


ONE, TWO = passing("one"), passing("two")


@pytest.fixture
def machine(site: Site) -> str:
    """The ARN of a machine that no other test uses."""
    made = site.call("create_state_machine", name=f"m-{uuid4()}", definition=ONE, roleArn=ROLE)
    return str(made["stateMachineArn"])


def publish(site: Site, machine: str, **given: Any) -> str:
    told = site.call("publish_state_machine_version", stateMachineArn=machine, **given)
    return str(told["stateMachineVersionArn"])


def versions(site: Site, machine: str) -> list[str]:
    told = site.call("list_state_machine_versions", stateMachineArn=machine)["stateMachineVersions"]
    return [each["stateMachineVersionArn"] for each in told]


def test_what_has_not_changed_is_published_once(site: Site, machine: str) -> None:
    """Versions are counted from 1; the newest is listed first."""
    first = [publish(site, machine) for _ in range(2)]
    site.call("update_state_machine", stateMachineArn=machine, definition=TWO)
    assert [*first, publish(site, machine)] == [f"{machine}:1", f"{machine}:1", f"{machine}:2"]
    assert versions(site, machine) == [f"{machine}:2", f"{machine}:1"]


def test_what_has_never_changed_is_published_as_the_initial_revision(site: Site, machine: str) -> None:
    """Whoever means that one by its name is refused once there is another."""
    assert publish(site, machine, revisionId="INITIAL") == f"{machine}:1"
    site.call("update_state_machine", stateMachineArn=machine, definition=TWO)
    given = {"stateMachineArn": machine, "revisionId": "INITIAL"}
    assert site.refused("publish_state_machine_version", **given)[0] == "ConflictException"


def test_a_version_stays_what_it_was(site: Site, machine: str) -> None:
    """It is described, and begun, with the definition, the role and the words that it was published with."""
    version = publish(site, machine, description="the first")
    site.call("update_state_machine", stateMachineArn=machine, definition=TWO, roleArn=f"{ROLE}-2")
    told = site.call("describe_state_machine", stateMachineArn=version)
    assert [told[part] for part in ("stateMachineArn", "definition", "roleArn", "description")] == [
        version,
        ONE,
        ROLE,
        "the first",
    ]
    begun = site.call("describe_execution", executionArn=site.run(version))
    assert (begun["output"], begun["stateMachineVersionArn"], begun["stateMachineArn"]) == ('"one"', version, machine)


@pytest.mark.parametrize("operation", ["create_state_machine", "update_state_machine"])
def test_a_machine_can_be_published_as_it_is_made_or_changed(site: Site, operation: str) -> None:
    """With a description of the version."""
    name = f"m-{uuid4()}"
    given: dict[str, Any] = {"name": name, "roleArn": ROLE}
    if operation == "update_state_machine":
        made = site.call("create_state_machine", definition=TWO, **given)["stateMachineArn"]
        given = {"stateMachineArn": made}
    told = site.call(operation, definition=ONE, publish=True, versionDescription="first", **given)
    version = told["stateMachineVersionArn"]
    found = site.call("describe_state_machine", stateMachineArn=version)
    assert (version.rpartition(":")[2], found["description"], found["definition"]) == ("1", "first", ONE)
    code = site.refused(operation, definition=ONE, versionDescription="first", **given)[0]
    assert code == "ValidationException"


def test_a_version_is_of_the_revision_that_was_meant(site: Site, machine: str) -> None:
    """Whoever publishes what somebody else has changed meanwhile is told."""
    seen = site.call("update_state_machine", stateMachineArn=machine, definition=TWO)["revisionId"]
    now = site.call("update_state_machine", stateMachineArn=machine, definition=ONE)["revisionId"]
    given = {"stateMachineArn": machine, "revisionId": seen}
    told = f"Failed to publish the State Machine version for revision {seen}. "
    told += f"The current State Machine revision is {now}."
    assert site.refused("publish_state_machine_version", **given) == ("ConflictException", told)
    assert publish(site, machine, revisionId=now) == f"{machine}:1"


def test_a_number_is_given_once(site: Site, machine: str) -> None:
    """After the newest was deleted the next version has a new number; deleting it twice is no error."""
    publish(site, machine)
    for _ in range(2):
        site.call("delete_state_machine_version", stateMachineVersionArn=f"{machine}:1")
    assert versions(site, machine) == []
    assert publish(site, machine) == f"{machine}:2"


def test_a_version_that_an_alias_leads_to_stays(site: Site, machine: str) -> None:
    """The refusal names the aliases."""
    version = publish(site, machine)
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    for name in ("blue", "green"):
        site.call("create_state_machine_alias", name=name, routingConfiguration=route)
    told = (
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: "
    )
    refused = site.refused("delete_state_machine_version", stateMachineVersionArn=version)
    assert refused == ("ConflictException", f"{told}[blue, green]")


def test_a_machine_has_a_thousand_versions_at_most(site: Site, machine: str) -> None:
    """One that is published already is given all the same."""
    known = (Version(f"{machine}:{number}", machine, number, ONE, ROLE, 1.0, str(number)) for number in range(2, 1001))
    publish(site, machine)
    site.api.registry.keep(*known)
    code, told = site.refused("publish_state_machine_version", stateMachineArn=machine)
    assert (code, "has 1000 versions" in told) == ("ServiceQuotaExceededException", True)


def test_the_list_comes_in_pages(site: Site, machine: str) -> None:
    """Each version once, the newest first."""
    for definition in (ONE, TWO) * 2:
        site.call("update_state_machine", stateMachineArn=machine, definition=definition, publish=True)
    page, found = site.call("list_state_machine_versions", stateMachineArn=machine, maxResults=3), []
    while True:
        found += [each["stateMachineVersionArn"].rpartition(":")[2] for each in page["stateMachineVersions"]]
        if "nextToken" not in page:
            break
        page = site.call("list_state_machine_versions", stateMachineArn=machine, nextToken=page["nextToken"])
    assert found == ["4", "3", "2", "1"]
