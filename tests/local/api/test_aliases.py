"""An alias is a name for one version, or for two between which executions are divided."""

import json
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from handrail.local.registry import Alias
from tests.local.api.serving import Site


@pytest.fixture
def machine(site: Site) -> str:
    """The ARN of a machine with three versions, that no other test uses."""
    name = f"m-{uuid4()}"
    arn = site.machines.add(name, {"A": {"Type": "Pass", "Result": "now", "End": True}})
    for number in ("1", "2", "3"):
        definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": number, "End": True}}}
        site.call("update_state_machine", stateMachineArn=arn, definition=json.dumps(definition), publish=True)
    return arn


def routes(machine: str, *weights: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{machine}:{number}", "weight": weight} for number, weight in weights]


def create(site: Site, name: str, routes: list[dict[str, Any]], **more: Any) -> str:
    told = site.call("create_state_machine_alias", name=name, routingConfiguration=routes, **more)
    return str(told["stateMachineAliasArn"])


def test_an_alias_is_described_as_it_was_made(site: Site, machine: str) -> None:
    """Its ARN is the machine's with its name; the same request again gives it again."""
    route = routes(machine, (1, 30), (2, 70))
    made = [create(site, "PROD", route, description="for all") for _ in range(2)]
    told = site.call("describe_state_machine_alias", stateMachineAliasArn=made[0])
    assert made == [f"{machine}:PROD"] * 2
    assert (told["name"], told["description"], told["routingConfiguration"]) == ("PROD", "for all", route)
    assert told["creationDate"] == told["updateDate"]


@pytest.mark.parametrize(
    ("drawn", "number"),
    [
        pytest.param(0, "1", id="the first of 30"),
        pytest.param(29, "1", id="the last of 30"),
        pytest.param(30, "2", id="the first of 70"),
        pytest.param(99, "2", id="the last of 70"),
    ],
)
def test_an_execution_begins_with_one_of_the_versions(site: Site, machine: str, drawn: int, number: str) -> None:
    """As the weights say; it tells of the alias and of the version."""
    alias = create(site, "PROD", routes(machine, (1, 30), (2, 70)))
    site.api.registry.choose = lambda hundred: drawn
    told = site.call("describe_execution", executionArn=site.run(alias))
    parts = ("output", "stateMachineArn", "stateMachineVersionArn", "stateMachineAliasArn")
    assert [told[part] for part in parts] == [f'"{number}"', machine, f"{machine}:{number}", alias]


def test_the_weights_are_percentages(site: Site, machine: str) -> None:
    """Of a hundred that are drawn evenly, so many go to each version."""
    alias = create(site, "PROD", routes(machine, (1, 25), (2, 75)))
    drawn = iter(range(100))
    site.api.registry.choose = lambda hundred: next(drawn)
    numbers = Counter((site.api.registry.resolve(alias).version_arn or "")[-1] for _ in range(100))
    assert numbers == {"1": 25, "2": 75}


def test_an_alias_can_be_led_elsewhere(site: Site, machine: str) -> None:
    """What is not named stays."""
    alias = create(site, "PROD", routes(machine, (1, 100)), description="for all")
    site.call("update_state_machine_alias", stateMachineAliasArn=alias, routingConfiguration=routes(machine, (3, 100)))
    told = site.call("describe_state_machine_alias", stateMachineAliasArn=alias)
    assert (told["routingConfiguration"], told["description"]) == (routes(machine, (3, 100)), "for all")
    site.call("update_state_machine_alias", stateMachineAliasArn=alias, description="for nobody")
    told = site.call("describe_state_machine_alias", stateMachineAliasArn=alias)
    assert (told["routingConfiguration"], told["description"]) == (routes(machine, (3, 100)), "for nobody")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("", ["blue", "green", "red"], id="of the machine"),
        pytest.param(":1", ["blue", "green"], id="of its first version"),
        pytest.param(":2", ["green"], id="of its second version"),
        pytest.param(":3", ["red"], id="of its third version"),
    ],
)
def test_aliases_are_listed(site: Site, machine: str, asked: str, found: list[str]) -> None:
    """Those of a machine, or those that lead to a version; in pages, by name."""
    create(site, "red", routes(machine, (3, 100)))
    create(site, "green", routes(machine, (1, 50), (2, 50)))
    create(site, "blue", routes(machine, (1, 100)))
    names, given = [], {"stateMachineArn": f"{machine}{asked}", "maxResults": 2}
    while True:
        page = site.call("list_state_machine_aliases", **given)
        names += [each["stateMachineAliasArn"].rpartition(":")[2] for each in page["stateMachineAliases"]]
        if "nextToken" not in page:
            break
        given["nextToken"] = page["nextToken"]
    assert names == found


def test_a_deleted_alias_is_gone(site: Site, machine: str) -> None:
    """Its versions stay."""
    alias = create(site, "PROD", routes(machine, (1, 100)))
    site.call("delete_state_machine_alias", stateMachineAliasArn=alias)
    assert site.refused("describe_state_machine_alias", stateMachineAliasArn=alias)[0] == "ResourceNotFound"
    assert site.refused("start_execution", stateMachineArn=alias)[0] == "StateMachineDoesNotExist"
    assert site.ended(site.start(f"{machine}:1")) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("numbers", "weights", "told"),
    [
        pytest.param(["1", "1"], [50, 50], "must contain distinct state machine version ARNs", id="twice the same"),
        pytest.param(["1", "2"], [50, 49], "weights must equal 100. Received: [50, 49]", id="less than all"),
        pytest.param(["1", "2"], [100, 1], "weights must equal 100. Received: [100, 1]", id="more than all"),
        pytest.param(["PROD"], [100], "must contain state machine version ARNs", id="an alias of an alias"),
        pytest.param(["other"], [100], "must contain versions of one state machine", id="of another machine"),
    ],
)
@pytest.mark.parametrize("operation", ["create_state_machine_alias", "update_state_machine_alias"])
def test_an_alias_leads_to_versions_of_one_machine(
    site: Site, machine: str, operation: str, numbers: list[str], weights: list[int], told: str
) -> None:
    """Whatever else it is to lead to is refused, in AWS's words where they are known, and changes nothing."""
    alias = create(site, "PROD", routes(machine, (1, 100)))
    other = site.machines.qualify(site.machines.add(f"o-{uuid4()}", {"A": {"Type": "Succeed"}}), 1)
    arns = [other if number == "other" else f"{machine}:{number}" for number in numbers]
    if other in arns and operation.startswith("create"):
        arns, weights = [f"{machine}:1", other], [50, 50]
    route = [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in zip(arns, weights, strict=True)]
    named = {"name": "NEW"} if operation.startswith("create") else {"stateMachineAliasArn": alias}
    code, words = site.refused(operation, routingConfiguration=route, **named)
    assert (code, told in words) == ("ValidationException", True), words
    assert site.api.registry.get(f"{machine}:NEW", Alias) is None
    kept = site.call("describe_state_machine_alias", stateMachineAliasArn=alias)
    assert kept["routingConfiguration"] == routes(machine, (1, 100))


def test_a_machine_has_a_hundred_aliases_at_most(site: Site, machine: str) -> None:
    """One that is there already is given all the same."""
    route = routes(machine, (1, 100))
    for number in range(100):
        create(site, f"alias-{number}", route)
    code, told = site.refused("create_state_machine_alias", name="more", routingConfiguration=route)
    assert (code, "has 100 aliases" in told) == ("ServiceQuotaExceededException", True)
    assert create(site, "alias-0", route) == f"{machine}:alias-0"
