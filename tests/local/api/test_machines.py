"""State machines are made, changed, listed and deleted as on AWS; a project's runbooks are machines as well."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tests.local.api.serving import ACCOUNT, PREFIX, REGION, ROLE, Site, asking, serving
from tests.local.driving import Taker

HERE = "arn:aws:states:us-east-1:123456789012:stateMachine"


def passing(result: str) -> str:
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}})


ONE, TWO, BAD = passing("one"), passing("two"), json.dumps({"StartAt": "B", "States": {}})
MADE: Mapping[str, Any] = {"definition": ONE, "roleArn": ROLE}
GROUP = "arn:aws:logs:eu-west-1:111111111111:log-group:machines:*"
LOGGED = {
    "level": "ALL",
    "includeExecutionData": True,
    "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
}
KEY = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/own", "kmsDataKeyReusePeriodSeconds": 300}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    runbooks = {"power": lambda: ONE}
    with serving(tmp_path_factory.mktemp("api"), Taker(), runbooks=runbooks) as found:
        yield found


@pytest.fixture
def name() -> str:
    """One that no other test uses."""
    return f"machine-{uuid4()}"


def create(site: Site, name: str, **more: Any) -> str:
    return str(site.call("create_state_machine", **{"name": name, **MADE, **more})["stateMachineArn"])


def described(site: Site, arn: str) -> dict[str, Any]:
    return site.call("describe_state_machine", stateMachineArn=arn)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, {"type": "STANDARD", "definition": ONE, "roleArn": ROLE}, id="as little as possible"),
        pytest.param({"type": "EXPRESS"}, {"type": "EXPRESS"}, id="express"),
        pytest.param({}, {"loggingConfiguration": {"level": "OFF", "includeExecutionData": False}}, id="no log"),
        pytest.param({"loggingConfiguration": LOGGED}, {"loggingConfiguration": LOGGED}, id="a log"),
        pytest.param({}, {"tracingConfiguration": {"enabled": False}}, id="no tracing"),
        pytest.param(
            {"tracingConfiguration": {"enabled": True}}, {"tracingConfiguration": {"enabled": True}}, id="tracing"
        ),
        pytest.param({}, {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}, id="the key of AWS"),
        pytest.param({"encryptionConfiguration": KEY}, {"encryptionConfiguration": KEY}, id="an own key"),
    ],
)
def test_a_machine_is_described_as_it_was_made(
    site: Site, name: str, given: Mapping[str, Any], told: Mapping[str, Any]
) -> None:
    """With AWS's defaults for what nobody said."""
    arn = create(site, name, **given)
    found = described(site, arn)
    assert arn == f"{PREFIX}:stateMachine:{name}"
    assert (found["name"], found["status"]) == (name, "ACTIVE")
    assert {part: found[part] for part in told} == told


@pytest.mark.parametrize(
    ("again", "refused"),
    [
        pytest.param({}, False, id="the same"),
        pytest.param({"roleArn": f"{ROLE}-2"}, False, id="another role, which is not taken over"),
        pytest.param({"tags": [{"key": "k", "value": "v"}]}, False, id="other tags, which are not taken over"),
        pytest.param({"definition": TWO}, True, id="another definition"),
        pytest.param({"type": "EXPRESS"}, True, id="another type"),
        pytest.param({"loggingConfiguration": LOGGED}, True, id="another log"),
        pytest.param({"tracingConfiguration": {"enabled": True}}, True, id="other tracing"),
        pytest.param({"encryptionConfiguration": KEY}, True, id="another key"),
    ],
)
def test_the_same_request_again_makes_nothing_new(
    site: Site, name: str, again: Mapping[str, Any], refused: bool
) -> None:
    """What differs in a part that counts is refused, and the machine stays as it is."""
    arn = create(site, name)
    before = described(site, arn)
    if refused:
        told = ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        assert site.refused("create_state_machine", **{"name": name, **MADE, **again}) == told
    else:
        assert create(site, name, **again) == arn
    assert described(site, arn) == before
    assert site.call("list_tags_for_resource", resourceArn=arn)["tags"] == []


def test_the_wrong_definition_is_told_and_nothing_is_made(site: Site, name: str) -> None:
    """The refusal says where in the definition it is."""
    code, told = site.refused("create_state_machine", name=name, definition=BAD, roleArn=ROLE)
    missing = site.refused("describe_state_machine", stateMachineArn=f"{PREFIX}:stateMachine:{name}")
    assert (code, missing[0]) == ("InvalidDefinition", "StateMachineDoesNotExist")
    assert "/States" in told


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        pytest.param({"definition": TWO}, {"definition": TWO, "roleArn": ROLE}, id="definition"),
        pytest.param({"roleArn": f"{ROLE}-2"}, {"definition": ONE, "roleArn": f"{ROLE}-2"}, id="role"),
        pytest.param({"loggingConfiguration": LOGGED}, {"loggingConfiguration": LOGGED}, id="log"),
        pytest.param(
            {"tracingConfiguration": {"enabled": True}}, {"tracingConfiguration": {"enabled": True}}, id="tracing"
        ),
        pytest.param({"encryptionConfiguration": KEY}, {"encryptionConfiguration": KEY}, id="key"),
    ],
)
def test_what_is_not_named_stays(site: Site, name: str, given: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """An update changes what it names, and gives a new revision."""
    arn = create(site, name)
    before = described(site, arn)
    told = site.call("update_state_machine", stateMachineArn=arn, **given)
    after = described(site, arn)
    assert {part: after[part] for part in changed} == changed
    assert after["revisionId"] == told["revisionId"]
    assert "revisionId" not in before
    same = before.keys() - {*changed, "revisionId"}
    assert {part: after[part] for part in same} == {part: before[part] for part in same}


def test_a_revision_is_new_when_something_changed(site: Site, name: str) -> None:
    """An update to what is there already keeps the revision."""
    arn = create(site, name)
    revisions = [
        site.call("update_state_machine", stateMachineArn=arn, definition=definition)["revisionId"]
        for definition in (TWO, TWO, ONE)
    ]
    assert [revisions[0] == each for each in revisions] == [True, True, False]


@pytest.mark.parametrize(
    "given", [pytest.param({}, id="nothing"), pytest.param({"publish": False}, id="nothing to publish")]
)
def test_an_update_says_what_it_changes(site: Site, name: str, given: Mapping[str, Any]) -> None:
    """Else AWS's sentence names what it could be."""
    arn = create(site, name)
    code, told = site.refused("update_state_machine", stateMachineArn=arn, **given)
    assert (code, "must be specified" in told) == ("MissingRequiredParameter", True)


def test_what_runs_keeps_the_definition_that_it_began_with(site: Site, name: str) -> None:
    """The next execution has the new one; what an update or a deletion leaves running ends as it would have."""
    arn = create(site, name)
    old = site.run(arn)
    site.call("update_state_machine", stateMachineArn=arn, definition=TWO)
    new = site.run(arn)
    site.call("delete_state_machine", stateMachineArn=arn)
    told = [site.call("describe_execution", executionArn=each)["output"] for each in (old, new)]
    assert told == ['"one"', '"two"']


def test_half_of_a_character_does_no_harm(site: Site, name: str) -> None:
    """JSON can spell what no text can hold; it is a question mark, and whoever comes next is served."""
    arn = create(site, name, definition=passing("x").replace('"x"', '"\ud800"'))
    begun = site.run(arn, input='{"a": "\ud800"}')
    told = site.call("describe_execution", executionArn=begun)
    assert (told["output"], told["input"]) == ('"?"', '{"a": "?"}')


def test_a_deleted_machine_is_gone_and_may_be_made_anew(site: Site, name: str) -> None:
    """With its versions, aliases and tags; deleting it twice is no error."""
    arn = create(site, name, publish=True, tags=[{"key": "k", "value": "v"}])
    route = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = site.call("create_state_machine_alias", name="P", routingConfiguration=route)["stateMachineAliasArn"]
    for _ in range(2):
        assert site.call("delete_state_machine", stateMachineArn=arn) == {}
    for gone in (arn, f"{arn}:1", alias):
        assert site.refused("start_execution", stateMachineArn=gone)[0] == "StateMachineDoesNotExist"
    create(site, name, definition=TWO)
    assert site.call("list_state_machine_versions", stateMachineArn=arn)["stateMachineVersions"] == []
    assert site.call("list_tags_for_resource", resourceArn=arn)["tags"] == []


def test_a_description_may_be_without_the_definition(site: Site, name: str) -> None:
    """METADATA_ONLY is for those who may not read it."""
    told = site.call("describe_state_machine", stateMachineArn=create(site, name), includedData="METADATA_ONLY")
    assert (told["definition"], told["name"]) == ("{}", name)


def test_a_list_comes_in_pages(site: Site) -> None:
    """A paginator finds every machine of the caller's account and region once, by name."""
    client = asking(site.client.meta.endpoint_url, "eu-north-1")
    names = [f"listed-{number}" for number in range(7)]
    for each in reversed(names):
        client.create_state_machine(name=each, **MADE)
    pages = list(client.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["stateMachines"]) for page in pages] == [3, 3, 1]
    assert [each["name"] for page in pages for each in page["stateMachines"]] == names
    token = pages[0]["nextToken"]
    assert site.refused("list_activities", nextToken=token)[0] == "InvalidToken"


def test_accounts_and_regions_do_not_see_each_other(site: Site, name: str) -> None:
    """The same name is another machine elsewhere."""
    create(site, name)
    other = boto3.client(
        "stepfunctions",
        endpoint_url=site.client.meta.endpoint_url,
        region_name=REGION,
        aws_access_key_id="222222222222",
        aws_secret_access_key="none",  # opens nothing
    )
    assert other.list_state_machines()["stateMachines"] == []
    made = other.create_state_machine(name=name, definition=TWO, roleArn=ROLE)["stateMachineArn"]
    assert made == f"{PREFIX}:stateMachine:{name}".replace(ACCOUNT, "222222222222")


@pytest.mark.parametrize(
    ("region", "begins"),
    [
        pytest.param("ap-northeast-1", "arn:aws:states:ap-northeast-1:", id="most of AWS"),
        pytest.param("cn-north-1", "arn:aws-cn:states:cn-north-1:", id="China"),
        pytest.param("us-gov-west-1", "arn:aws-us-gov:states:us-gov-west-1:", id="GovCloud"),
    ],
)
def test_an_arn_says_in_which_part_of_aws_it_is(site: Site, name: str, region: str, begins: str) -> None:
    """What is made there is listed there, and its executions are there as well."""
    client = asking(site.client.meta.endpoint_url, region)
    made = client.create_state_machine(name=name, **MADE)["stateMachineArn"]
    begun = client.start_execution(stateMachineArn=made)["executionArn"]
    activity = client.create_activity(name=name)["activityArn"]

    assert [arn.partition(ACCOUNT)[0] for arn in (made, begun, activity)] == [begins] * 3
    assert [each["stateMachineArn"] for each in client.list_state_machines()["stateMachines"]] == [made]
    assert [each["activityArn"] for each in client.list_activities()["activities"]] == [activity]


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        pytest.param("describe_state_machine", {}, id="described"),
        pytest.param("update_state_machine", {"roleArn": ROLE}, id="changed"),
        pytest.param("delete_state_machine", {}, id="deleted"),
        pytest.param("start_execution", {}, id="started"),
    ],
)
def test_a_distributed_map_is_no_machine(site: Site, name: str, operation: str, given: Mapping[str, Any]) -> None:
    """Its ARN is that of its machine with a label, and is good for none of this."""
    arn = f"{create(site, name)}/label"
    assert site.refused(operation, stateMachineArn=arn, **given)[0] == "ValidationException"


# ---------------------------------------------------------------------- runbooks


def ours(site: Site) -> Any:
    """A client of the account and region in which a project's runbooks are."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=site.client.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="handrail",
        aws_secret_access_key="none",  # opens nothing
    )


@pytest.mark.parametrize(
    "called", [pytest.param("power", id="its name"), pytest.param("handrail-power", id="its name on AWS")]
)
def test_a_runbook_is_a_machine(site: Site, called: str) -> None:
    """It is listed, described and started like any other."""
    client = ours(site)
    told = client.describe_state_machine(stateMachineArn=f"{HERE}:{called}")
    assert (told["name"], told["definition"], told["type"]) == ("power", ONE, "STANDARD")
    assert "power" in [each["name"] for each in client.list_state_machines()["stateMachines"]]
    begun = client.start_execution(stateMachineArn=f"{HERE}:{called}")["executionArn"]
    assert site.ended(begun) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        pytest.param("update_state_machine", {"definition": TWO}, "ConflictException", id="changed"),
        pytest.param("delete_state_machine", {}, "ConflictException", id="deleted"),
        pytest.param("publish_state_machine_version", {}, "ConflictException", id="published"),
    ],
)
def test_a_runbook_is_changed_in_its_file_only(site: Site, operation: str, given: Mapping[str, Any], code: str) -> None:
    """The refusal says so."""
    client = ours(site)
    with pytest.raises(client.exceptions.ConflictException, match="power is a runbook of this project"):
        getattr(client, operation)(stateMachineArn=f"{HERE}:power", **given)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param({"definition": TWO}, "StateMachineAlreadyExists", id="another machine of its name"),
        pytest.param({"definition": ONE, "publish": True}, "ConflictException", id="a version of it"),
    ],
)
def test_a_runbooks_name_is_taken(site: Site, given: Mapping[str, Any], error: str) -> None:
    """Nobody hides a runbook behind a machine of their own."""
    client = ours(site)
    role = "arn:aws:iam::123456789012:role/handrail-power"
    with pytest.raises(getattr(client.exceptions, error)):
        client.create_state_machine(name="power", roleArn=role, **given)
    assert site.api.registry.entries.get(f"{HERE}:power") is None
