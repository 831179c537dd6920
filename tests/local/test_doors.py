"""Doors in front of moto: what a request is, seen through real boto3, and what boto3 makes of our answers."""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from botocore.exceptions import ClientError

from handrail.errors import HandrailError
from handrail.local.aws import Aws
from handrail.local.doors import Answered, Asked
from tests.local.cloud import client, there

BLUE = "222222222222"

Call = Callable[[Aws], Any]


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    yield aws
    aws.close()


class Door:
    """Notes the requests that come to it, and gives what it is told to."""

    def __init__(self, answer: Callable[[Asked], Answered | None] = lambda asked: None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answered | None:
        self.asked.append(asked)
        return self.answer(asked)


def behind(aws: Aws, door: Door, call: Call) -> Any:
    """What boto3 gives or raises with this door in front of all others."""
    aws.doors.insert(1, door)
    try:
        return call(aws)
    except ClientError as error:
        return error


TABLE: dict[str, Any] = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}
SCHEDULE: dict[str, Any] = {
    "Name": "nightly",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "arn:aws:lambda:us-east-1:1:function:x", "RoleArn": "arn:aws:iam::1:role/x"},
}
TAG = {"Key": "team", "Value": "a b & c"}


@pytest.mark.parametrize(
    ("call", "service", "action", "parameters"),
    [
        pytest.param(
            lambda aws: client(aws, "rds").add_tags_to_resource(ResourceName="x:y", Tags=[TAG]),
            *("rds", "AddTagsToResource", {"ResourceName": "x:y", "Tags": [TAG]}),
            id="query",
        ),
        pytest.param(
            lambda aws: client(aws, "ec2").describe_instances(InstanceIds=["i-1"], MaxResults=5),
            *("ec2", "DescribeInstances", {"InstanceIds": ["i-1"], "MaxResults": 5}),
            id="ec2",
        ),
        pytest.param(
            lambda aws: client(aws, "dynamodb").put_item(TableName="t", Item={"b": {"B": b"\xff"}}),
            *("dynamodb", "PutItem", {"TableName": "t", "Item": {"b": {"B": b"\xff"}}}),
            id="json, with bytes",
        ),
        pytest.param(
            lambda aws: client(aws, "scheduler").get_schedule(Name="nightly", GroupName="ours"),
            *("scheduler", "GetSchedule", {"Name": "nightly", "GroupName": "ours"}),
            id="rest-json",
        ),
        pytest.param(
            lambda aws: client(aws, "s3").head_object(Bucket="b", Key="a b/ü?.txt"),
            *("s3", "HeadObject", {"Bucket": "b", "Key": "a b/ü?.txt"}),
            id="rest-xml, no body",
        ),
        pytest.param(
            lambda aws: client(aws, "s3").put_object(Bucket="b", Key="k", Body=b"<x>", Metadata={"a": "b"}),
            *("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": b"<x>"}),
            id="an object",
        ),
        pytest.param(
            lambda aws: client(aws, "stepfunctions").list_state_machines(maxResults=3),
            *("stepfunctions", "ListStateMachines", {"maxResults": 3}),
            id="signed by another name",
        ),
        pytest.param(
            lambda aws: client(aws, "sts").get_caller_identity(),
            *("sts", "GetCallerIdentity", {}),
            id="nothing asked",
        ),
    ],
)
def test_reads_a_request_as_aws_does(
    aws: Aws, call: Call, service: str, action: str, parameters: dict[str, Any]
) -> None:
    """In every protocol: the operation, and its parameters by the names and types that boto3 was given."""
    door = Door()
    behind(aws, door, call)
    [asked] = door.asked

    assert (asked.service, asked.action, asked.region) == (service, action, "us-east-1")
    assert {name: value for name, value in asked.parameters.items() if name in parameters} == parameters


def test_knows_whose_request_it_is(aws: Aws) -> None:
    """The account is the access key's, the session's, or the one that is named; the region is the signature's."""
    door = Door()
    keys = there(aws, "iam", BLUE).create_user(UserName="u") and there(aws, "iam", BLUE).create_access_key(UserName="u")
    own = {name: keys["AccessKey"][name] for name in ("AccessKeyId", "SecretAccessKey")} | {"SessionToken": None}
    behind(aws, door, lambda aws: client(aws, "rds").describe_db_clusters())
    aws.doors.remove(door)
    behind(aws, door, lambda aws: client(aws, "rds", own, region="eu-west-1").describe_db_clusters())
    aws.doors.remove(door)
    behind(aws, door, lambda aws: there(aws, "rds", "333333333333").describe_db_clusters())

    aws.doors.remove(door)
    number = {"AccessKeyId": "444444444444", "SecretAccessKey": "any", "SessionToken": None}
    behind(aws, door, lambda aws: client(aws, "rds", number).describe_db_clusters())

    assert [(asked.account, asked.region) for asked in door.asked] == [
        ("123456789012", "us-east-1"),
        (BLUE, "eu-west-1"),
        ("333333333333", "us-east-1"),
        ("444444444444", "us-east-1"),
    ]


CALLS = [
    pytest.param(lambda aws: client(aws, "rds").start_db_cluster(DBClusterIdentifier="x"), id="query"),
    pytest.param(lambda aws: client(aws, "ec2").describe_vpcs(), id="ec2"),
    pytest.param(lambda aws: client(aws, "dynamodb").create_table(**TABLE, BillingMode="PAY_PER_REQUEST"), id="json"),
    pytest.param(lambda aws: client(aws, "scheduler").create_schedule(**SCHEDULE), id="rest-json"),
    pytest.param(lambda aws: client(aws, "route53").list_hosted_zones(), id="rest-xml"),
    pytest.param(lambda aws: client(aws, "s3").list_buckets(), id="s3"),
    pytest.param(lambda aws: client(aws, "sqs").create_queue(QueueName="q"), id="query-compatible json"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("code", "http"), [("AccessDenied", 403), ("ThrottlingException", 400), ("InternalError", 500)]
)
def test_boto3_raises_what_a_door_refuses_with(aws: Aws, call: Call, code: str, http: int) -> None:
    """Code, words and status arrive in every protocol, whatever characters the words have."""
    words = 'no <way> & no "how" for クラスター'
    error = behind(aws, Door(lambda asked: asked.refuse(code, words, http)), call)

    assert error.response["Error"]["Code"] == code
    assert error.response["Error"]["Message"] == words
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == http
    assert error.response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        pytest.param(
            lambda aws: client(aws, "rds").describe_db_clusters(),
            {"DBClusters": [{"DBClusterIdentifier": "<a>", "Port": 3306, "MultiAZ": True}]},
            id="query",
        ),
        pytest.param(
            lambda aws: client(aws, "dynamodb").get_item(TableName="t", Key={"pk": {"S": "a"}}),
            {"Item": {"pk": {"S": "ü"}, "n": {"N": "1"}}},
            id="json",
        ),
        pytest.param(
            lambda aws: client(aws, "scheduler").list_schedules(),
            {"Schedules": [{"Name": "nightly", "GroupName": "default"}]},
            id="rest-json",
        ),
    ],
)
def test_boto3_reads_what_a_door_answers(aws: Aws, call: Call, result: dict[str, Any]) -> None:
    """A result by the model's names comes out as it went in."""
    answered = behind(aws, Door(lambda asked: asked.answer(result)), call)
    answered.pop("ResponseMetadata")

    assert answered == result


def test_a_door_may_have_moto_answer(aws: Aws) -> None:
    """What moto says is there to be looked at before it goes out, once."""
    statuses: list[int] = []

    def look(asked: Asked) -> Answered:
        answered = asked.moto()
        statuses.append(answered.status)
        return answered

    behind(aws, Door(look), lambda aws: client(aws, "s3").put_object(Bucket=aws.bucket.name, Key="k", Body=b"x"))

    assert statuses == [200]
    assert client(aws, "s3").get_object(Bucket=aws.bucket.name, Key="k")["Body"].read() == b"x"


def test_the_first_door_that_answers_is_the_last_one_asked(aws: Aws) -> None:
    """Later doors and moto do not hear of it."""
    later = Door()
    aws.doors.insert(1, later)
    behind(aws, Door(lambda asked: asked.refuse("No", "no")), lambda aws: client(aws, "s3").list_buckets())

    assert later.asked == []


@pytest.mark.parametrize(
    ("headers", "served"),
    [
        pytest.param({}, True, id="a program"),
        pytest.param({"Host": "localhost:4566"}, True, id="by name"),
        pytest.param({"Host": "handrail-results.localhost:4566"}, True, id="a bucket's name"),
        pytest.param({"Origin": "https://evil.example"}, False, id="a page"),
        pytest.param({"Origin": "null"}, False, id="a page of no place"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="an address that a person typed"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="a page's image or link"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="the same of a page on another port"),
        pytest.param({"Host": "evil.example"}, False, id="a name that leads to this machine"),
        pytest.param({"Host": "127.0.0.1.evil.example"}, False, id="a name that looks like it"),
    ],
)
def test_no_page_in_a_browser_is_served(aws: Aws, headers: dict[str, str], served: bool) -> None:
    """Secrets outlive the process; what somebody looks at in a browser meanwhile does not get at them."""
    signed = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/secretsmanager/aws4_request, Signature=0"
    asked = {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}
    body = b'{"SecretId": "handrail/drift-key"}'
    request = Request(aws.endpoint, body, {"Authorization": signed, **asked, **headers})
    try:
        with build_opener(ProxyHandler({})).open(request) as answered:
            status, told, shared = answered.status, answered.read(), answered.headers.get("Access-Control-Allow-Origin")
    except HTTPError as error:
        status, told, shared = error.code, error.read(), error.headers.get("Access-Control-Allow-Origin")

    assert (status, b"SecretString" in told, shared) == ((200, True, None) if served else (403, False, None))


def test_an_action_that_the_service_does_not_have_is_no_bug_of_ours(aws: Aws) -> None:
    """Whoever leaves out the signature is taken for one of S3's, which has no queues."""
    found: list[Any] = []
    aws.doors.insert(1, Door(lambda asked: found.append(asked.parameters)))
    with build_opener(ProxyHandler({})).open(f"{aws.endpoint}/?Action=CreateQueue&QueueName=q") as answered:
        status = answered.status

    assert (status, found) == (200, [{}])


def test_what_the_reader_can_mend_arrives_in_words(aws: Aws) -> None:
    """A HandrailError behind the port is told to whoever asked, and boto3 does not ask again."""

    def full(asked: Asked) -> Answered:
        raise HandrailError("The disk is full; make room.")

    door = Door(full)
    aws.doors.insert(1, door)
    with pytest.raises(ClientError, match=r"\(HandrailError\) .*: The disk is full; make room\."):
        aws.client("dynamodb").list_tables()

    assert len(door.asked) == 1


@pytest.mark.parametrize("call", CALLS)
def test_without_moto_it_is_told_what_to_install(aws: Aws, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every protocol, and not with a status after which an SDK asks again."""
    monkeypatch.setitem(sys.modules, "moto", None)
    error = behind(aws, Door(), call)

    assert error.response["Error"]["Code"] == "HandrailError"
    assert "pip install 'handrail[local]'" in error.response["Error"]["Message"]
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"null", b'{"TableName": {"a": 1}}'])
def test_a_request_that_cannot_be_read_asks_for_nothing(body: bytes) -> None:
    """Looking into a malformed request raises nothing: it is moto that refuses it."""
    headers = {"HTTP_X_AMZ_TARGET": "DynamoDB_20120810.PutItem", "CONTENT_TYPE": "application/x-amz-json-1.0"}
    signed = "AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/dynamodb/aws4_request, Signature=0"
    environ = {**headers, "HTTP_AUTHORIZATION": signed, "REQUEST_METHOD": "POST", "PATH_INFO": "/"}
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_HOST": "h"}  # type: ignore[dict-item]
    asked = Asked(environ, lambda asked: asked.refuse("No", "no"))

    assert asked.action == "PutItem"
    assert isinstance(asked.parameters, dict)
