"""CloudTrail's event history, as boto3 sees it: what is told of a change, how it is found, what is refused."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.local.aws import Aws
from handrail.local.trail import Trail
from tests.local.cloud import Clock, client, cluster, role, there

BLUE = "222222222222"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[Aws]:
    aws = Aws.start()
    aws.trail.now = clock
    yield aws
    aws.close()


def lookup(aws: Aws, key: str | None = None, value: str = "", **asked: Any) -> Any:
    if key is not None:
        asked["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    return client(aws, "cloudtrail").lookup_events(**asked)


def names(answer: Any) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


# ---------------------------------------------------------------------- what is told of a request


def test_tells_of_a_change_as_aws_does(aws: Aws) -> None:
    """Who, what, when, of which resources, with what was asked and answered; passwords are hidden."""
    arn = cluster(client(aws, "rds"), "orders")
    [event] = lookup(aws)["Events"]
    told = json.loads(event["CloudTrailEvent"])

    assert {name: event[name] for name in ("EventName", "EventSource", "ReadOnly", "AccessKeyId", "Username")} == {
        "EventName": "CreateDBCluster",
        "EventSource": "rds.amazonaws.com",
        "ReadOnly": "false",
        "AccessKeyId": "handrail",
        "Username": "handrail",
    }
    assert event["EventTime"] == NOON
    assert event["Resources"] == [
        {"ResourceType": "AWS::RDS::DBCluster", "ResourceName": "orders"},
        {"ResourceType": "AWS::RDS::DBCluster", "ResourceName": arn},
    ]
    assert {name: told[name] for name in ("eventID", "eventTime", "awsRegion", "eventType", "recipientAccountId")} == {
        "eventID": event["EventId"],
        "eventTime": "2026-11-20T12:00:00Z",
        "awsRegion": "us-east-1",
        "eventType": "AwsApiCall",
        "recipientAccountId": "123456789012",
    }
    assert told["requestParameters"]["masterUserPassword"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert told["requestParameters"]["dBClusterIdentifier"] == "orders"
    assert told["responseElements"]["dBCluster"]["dBClusterArn"] == arn
    assert "long enough" not in event["CloudTrailEvent"]


def test_tells_who_a_session_is(aws: Aws) -> None:
    """The session's name, its role and its account; in that account's history, and not in ours."""
    arn = role(aws, BLUE, "blue-42")
    keys = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="ann", ExternalId="blue-42")["Credentials"]
    cluster(client(aws, "rds", keys), "orders")
    [event, *_] = there(aws, "cloudtrail", BLUE).lookup_events()["Events"]
    identity = json.loads(event["CloudTrailEvent"])["userIdentity"]

    assert (event["EventName"], event["Username"], event["AccessKeyId"]) == (
        *("CreateDBCluster", "ann"),
        keys["AccessKeyId"],
    )
    assert (identity["type"], identity["arn"], identity["accountId"]) == (
        *("AssumedRole", f"arn:aws:sts::{BLUE}:assumed-role/power/ann"),
        BLUE,
    )
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == arn
    assert names(lookup(aws)) == ["AssumeRole"]


def test_tells_of_what_was_refused(aws: Aws) -> None:
    """With AWS's code and words, whether a door or moto refused it."""
    with pytest.raises(ClientError):
        client(aws, "rds").stop_db_cluster(DBClusterIdentifier="none")
    with pytest.raises(ClientError):
        client(aws, "secretsmanager").put_secret_value(SecretId="none", SecretString="canary")
    told = [json.loads(event["CloudTrailEvent"]) for event in lookup(aws)["Events"]]

    assert [(each["eventName"], each["errorCode"]) for each in told] == [
        ("PutSecretValue", "ResourceNotFoundException"),
        ("StopDBCluster", "DBClusterNotFoundFault"),
    ]
    assert told[1]["errorMessage"] == "DBCluster none not found."
    assert told[1]["responseElements"] is None
    assert "canary" not in json.dumps(told)


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.mark.parametrize(
    ("do", "found"),
    [
        pytest.param(
            lambda aws: client(aws, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST),
            [("AWS::IAM::Role", "r"), ("AWS::IAM::Role", "arn:aws:iam::123456789012:role/r")],
            id="a role",
        ),
        pytest.param(
            lambda aws: client(aws, "s3").create_bucket(Bucket="new-one"),
            [("AWS::S3::Bucket", "new-one"), ("AWS::S3::Bucket", "arn:aws:s3:::new-one")],
            id="a bucket",
        ),
        pytest.param(
            lambda aws: client(aws, "sns").create_topic(Name="t"),
            [("AWS::SNS::Topic", "t"), ("AWS::SNS::Topic", "arn:aws:sns:us-east-1:123456789012:t")],
            id="a topic",
        ),
        pytest.param(
            lambda aws: client(aws, "dynamodb").tag_resource(
                ResourceArn="arn:aws:dynamodb:us-east-1:123456789012:table/handrail", Tags=[{"Key": "a", "Value": "b"}]
            ),
            [
                ("AWS::DynamoDB::Resource", "arn:aws:dynamodb:us-east-1:123456789012:table/handrail"),
                ("AWS::DynamoDB::Resource", "handrail"),
            ],
            id="tags of something",
        ),
        pytest.param(lambda aws: aws.bucket.put("k", b""), None, id="an object is data"),
        pytest.param(lambda aws: client(aws, "rds").describe_db_clusters(), None, id="a look"),
    ],
)
def test_names_the_resources(aws: Aws, do: Callable[[Aws], Any], found: list[tuple[str, str]] | None) -> None:
    """By name and by ARN, so that either finds the event; data and looks are not told of."""
    do(aws)
    events = lookup(aws)["Events"]
    resources = [(one["ResourceType"], one["ResourceName"]) for event in events for one in event["Resources"]]

    assert set(found or []) <= set(resources)
    assert bool(events) == (found is not None)


# ---------------------------------------------------------------------- how it is found


@pytest.fixture
def history(aws: Aws, clock: Clock) -> Aws:
    """Three changes that somebody made elsewhere, an hour apart; the newest is now."""
    for name, source, who, resource in (
        ("ModifyDBCluster", "rds.amazonaws.com", "alice", ("AWS::RDS::DBCluster", "orders")),
        ("PutRule", "events.amazonaws.com", "bob", ("AWS::Events::Rule", "nightly")),
        ("DeleteRule", "events.amazonaws.com", "alice", ("AWS::Events::Rule", "nightly")),
    ):
        clock.forward(hours=1)
        aws.trail.record(name, source, who, resources=[resource])
    return aws


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["DeleteRule", "PutRule", "ModifyDBCluster"], id="all, the newest first"),
        pytest.param({"key": "Username", "value": "alice"}, ["DeleteRule", "ModifyDBCluster"], id="who"),
        pytest.param({"key": "EventName", "value": "PutRule"}, ["PutRule"], id="what"),
        pytest.param({"key": "EventSource", "value": "rds.amazonaws.com"}, ["ModifyDBCluster"], id="where"),
        pytest.param({"key": "ResourceName", "value": "nightly"}, ["DeleteRule", "PutRule"], id="of what"),
        pytest.param({"key": "ResourceType", "value": "AWS::RDS::DBCluster"}, ["ModifyDBCluster"], id="of what kind"),
        pytest.param({"key": "ReadOnly", "value": "true"}, [], id="only reading"),
        pytest.param(
            {"key": "ReadOnly", "value": "false"}, ["DeleteRule", "PutRule", "ModifyDBCluster"], id="changing"
        ),
        pytest.param({"key": "AccessKeyId", "value": "AKIA"}, [], id="by no such key"),
        pytest.param({"key": "ResourceName", "value": "night"}, [], id="whole names only"),
        pytest.param({"key": "Username", "value": "' OR 1=1 --"}, [], id="a name is a name"),
        pytest.param({"StartTime": NOON + timedelta(hours=2)}, ["DeleteRule", "PutRule"], id="from then on"),
        pytest.param({"EndTime": NOON + timedelta(hours=2)}, ["PutRule", "ModifyDBCluster"], id="until then"),
        pytest.param(
            {"StartTime": NOON + timedelta(hours=2), "EndTime": NOON + timedelta(hours=2)}, ["PutRule"], id="then"
        ),
        pytest.param(
            {"StartTime": NOON - timedelta(days=400)}, ["DeleteRule", "PutRule", "ModifyDBCluster"], id="long ago"
        ),
        pytest.param({"EventCategory": "insight"}, [], id="no insights here"),
    ],
)
def test_finds_by_one_attribute_and_time(history: Aws, asked: dict[str, Any], found: list[str]) -> None:
    """The attribute is compared whole; times are inclusive."""
    assert names(lookup(history, **asked)) == found


def test_finds_an_event_by_its_id(history: Aws) -> None:
    """And no other."""
    [event, *_] = lookup(history)["Events"]

    assert lookup(history, "EventId", event["EventId"])["Events"] == [event]


def test_a_region_and_an_account_know_their_own(history: Aws) -> None:
    """What happened elsewhere is asked for elsewhere."""
    history.trail.record("PutRule", "events.amazonaws.com", "carol", region="eu-west-1", account=BLUE)

    assert "carol" not in {event["Username"] for event in lookup(history)["Events"]}
    assert names(client(history, "cloudtrail", region="eu-west-1").lookup_events()) == []


def test_turns_pages(aws: Aws, clock: Clock) -> None:
    """Fifty at a time at most, none twice, none left out, also where many are of the same moment or new ones come."""
    for number in range(120):
        clock.forward(seconds=number % 3)
        aws.trail.record(f"Change{number}", "rds.amazonaws.com", "alice")
    first = lookup(aws)
    aws.trail.record("Meanwhile", "rds.amazonaws.com", "alice")
    second = lookup(aws, NextToken=first["NextToken"])
    third = lookup(aws, NextToken=second["NextToken"])

    assert [len(page["Events"]) for page in (first, second, third)] == [50, 50, 20]
    assert "NextToken" not in third
    assert names(first) + names(second) + names(third) == [f"Change{number}" for number in reversed(range(120))]


def test_ninety_days_are_known(aws: Aws, clock: Clock) -> None:
    """What is older is not found any more."""
    aws.trail.record("PutRule", "events.amazonaws.com", "alice")
    clock.forward(days=89)
    aws.trail.record("DeleteRule", "events.amazonaws.com", "alice")
    clock.forward(days=2)

    assert names(lookup(aws)) == ["DeleteRule"]


# ---------------------------------------------------------------------- what is refused

TWO = [{"AttributeKey": "Username", "AttributeValue": "a"}, {"AttributeKey": "ReadOnly", "AttributeValue": "true"}]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        pytest.param({"LookupAttributes": TWO}, "InvalidLookupAttributesException", "Only one", id="two at once"),
        pytest.param(
            {"key": "UserName", "value": "a"}, "InvalidLookupAttributesException", 'mean "Username"', id="no such key"
        ),
        pytest.param(
            {"key": "ReadOnly", "value": "yes"}, "InvalidLookupAttributesException", '"true" or "false"', id="no truth"
        ),
        pytest.param(
            {"key": "Username", "value": "x" * 2001}, "InvalidLookupAttributesException", "1 to 2000", id="too long"
        ),
        pytest.param({"MaxResults": 51}, "InvalidMaxResultsException", "between 1 and 50", id="too many"),
        pytest.param({"NextToken": "x"}, "InvalidNextTokenException", "no token", id="no token"),
        pytest.param({"NextToken": "W10="}, "InvalidNextTokenException", "no token", id="an empty token"),
        pytest.param(
            {"StartTime": NOON, "EndTime": NOON - timedelta(seconds=1)},
            *("InvalidTimeRangeException", "must not be after"),
            id="backwards",
        ),
        pytest.param({"EventCategory": "all"}, "InvalidEventCategoryException", "insight", id="no such category"),
    ],
)
def test_refuses_what_aws_refuses(history: Aws, asked: dict[str, Any], code: str, words: str) -> None:
    """With AWS's code, and words that say what is wrong."""
    with pytest.raises(ClientError, match=words) as refused:
        lookup(history, **asked)

    assert refused.value.response["Error"]["Code"] == code


def test_a_token_is_of_one_request(history: Aws) -> None:
    """Its next page cannot be asked for with other parameters."""
    token = lookup(history, "Username", "alice", MaxResults=1)["NextToken"]
    with pytest.raises(ClientError, match="other parameters"):
        lookup(history, "Username", "bob", MaxResults=1, NextToken=token)

    assert names(lookup(history, "Username", "alice", MaxResults=50, NextToken=token)) == ["ModifyDBCluster"]


@pytest.mark.parametrize(
    ("throttled", "apart", "refused"),
    [
        pytest.param(True, 0.1, [2], id="too fast"),
        pytest.param(True, 0.5, [], id="slowly enough"),
        pytest.param(False, 0.0, [], id="nobody counts"),
    ],
)
def test_takes_two_requests_a_second(aws: Aws, clock: Clock, throttled: bool, apart: float, refused: list[int]) -> None:
    """The third is refused with ThrottlingException, where that is wanted; another account has its own two."""
    aws.trail.throttled = throttled
    found = []
    for number in range(3):
        try:
            lookup(aws)
        except client(aws, "cloudtrail").exceptions.ClientError as error:
            found.append((number, error.response["Error"]["Code"]))
        clock.forward(seconds=apart)

    assert found == [(number, "ThrottlingException") for number in refused]
    assert there(aws, "cloudtrail", BLUE).lookup_events()["Events"] == []


# ---------------------------------------------------------------------- what is kept


def test_is_kept_and_another_process_may_add_to_it(tmp_path: Path) -> None:
    """What was recorded into the folder is found there by whoever opens it next, and while it is open."""
    with_alice = Trail(tmp_path)
    with_alice.record("PutRule", "events.amazonaws.com", "alice")
    aws = Aws.start(home=tmp_path)
    try:
        assert names(lookup(aws)) == ["PutRule"]
        with_alice.record("DeleteRule", "events.amazonaws.com", "alice", at=datetime.now(UTC) + timedelta(minutes=1))
        assert names(lookup(aws)) == ["DeleteRule", "PutRule"]
    finally:
        aws.close()
        with_alice.close()


def test_a_record_of_elsewhere_says_what_it_is_told(tmp_path: Path) -> None:
    """Whoever records decides who it was; the rest has AWS's form."""
    trail = Trail(tmp_path)
    who = {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/ann@example.com"}
    made = trail.record("ModifyDBCluster", "rds.amazonaws.com", "ann@example.com", detail={"userIdentity": who})
    told = json.loads(made.record())
    trail.close()

    assert told["userIdentity"] == who
    assert (told["eventName"], told["eventSource"]) == ("ModifyDBCluster", "rds.amazonaws.com")
