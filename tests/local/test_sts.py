"""AssumeRole on a laptop, as boto3 sees it over HTTP: a role's trust policy decides, and sessions end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.local.aws import Aws
from handrail.local.sts import Sts
from tests.local.cloud import OURS, client, role, there

BLUE = "222222222222"


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    yield aws
    aws.close()


def assume(aws: Aws, arn: str, keys: Any = None, **asked: Any) -> Any:
    return client(aws, "sts", keys).assume_role(**{"RoleArn": arn, "RoleSessionName": "test", **asked})


def refused(call: Any, *arguments: Any, **asked: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as told:
        call(*arguments, **asked)
    error = told.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_who_knows_the_external_id_is_let_in(aws: Aws) -> None:
    """The session acts in the other account, under the role's name."""
    given = assume(aws, role(aws, BLUE, "blue-42"), ExternalId="blue-42")
    seen = client(aws, "sts", given["Credentials"]).get_caller_identity()

    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{BLUE}:assumed-role/power/test"
    assert (seen["Account"], seen["Arn"]) == (BLUE, given["AssumedRoleUser"]["Arn"])


@pytest.mark.parametrize(
    ("asked", "arn"),
    [
        pytest.param({}, f"arn:aws:iam::{BLUE}:role/power", id="no external id"),
        pytest.param({"ExternalId": "blue-43"}, f"arn:aws:iam::{BLUE}:role/power", id="another external id"),
        pytest.param({"ExternalId": "BLUE-42"}, f"arn:aws:iam::{BLUE}:role/power", id="in other letters"),
        pytest.param({"ExternalId": "blue-42"}, f"arn:aws:iam::{BLUE}:role/powers", id="no such role"),
        pytest.param({"ExternalId": "blue-42"}, f"arn:aws:iam::{BLUE}:role/x/power", id="no such path"),
        pytest.param({"ExternalId": "blue-42"}, "arn:aws:iam::333333333333:role/power", id="no role in the account"),
        pytest.param({"ExternalId": "blue-42"}, f"arn:aws:iam::{BLUE}:user/power/role", id="no role at all"),
        pytest.param({"ExternalId": "blue-42"}, f"arn:aws-cn:iam::{BLUE}:role/power", id="another partition"),
        pytest.param({"ExternalId": "blue-42"}, f"arn:elsewhere:iam::{BLUE}:role/power", id="no partition"),
        pytest.param({"ExternalId": "blue-42"}, "twenty characters long", id="no ARN"),
    ],
)
def test_everybody_else_is_not(aws: Aws, asked: dict[str, str], arn: str) -> None:
    """From outside it cannot be told whether a role is not there or does not trust us; no id is repeated."""
    role(aws, BLUE, "blue-42")

    assert refused(assume, aws, arn, **asked) == (
        "AccessDenied",
        f"User: arn:aws:sts::{OURS}:user/moto is not authorized to perform: sts:AssumeRole on resource: {arn}",
        403,
    )


def test_the_policy_of_today_counts(aws: Aws) -> None:
    """A trust that was taken back lets nobody in."""
    arn = role(aws, BLUE, "blue-42")
    assume(aws, arn, ExternalId="blue-42")
    other = {"Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    there(aws, "iam", BLUE).update_assume_role_policy(RoleName="power", PolicyDocument=document)

    assert refused(assume, aws, arn, ExternalId="blue-42")[0] == "AccessDenied"


def test_a_role_is_trusted_by_name(aws: Aws) -> None:
    """One role may assume another that names it, with its path, and our account itself may not."""
    first = role(aws, OURS, "our-own", "first", Path="/jobs/")
    trust = {"Effect": "Allow", "Principal": {"AWS": first}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    second = there(aws, "iam", BLUE).create_role(RoleName="second", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    keys = assume(aws, first, ExternalId="our-own")["Credentials"]

    assert assume(aws, second, keys)["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{BLUE}:assumed-role/second/test"
    assert refused(assume, aws, second)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(
            {"RoleSessionName": "a b"},
            r"1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            id="name",
        ),
        pytest.param(
            {"RoleSessionName": "a" * 65},
            f"1 validation error detected: Value '{'a' * 65}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
            id="long name",
        ),
        pytest.param(
            {"DurationSeconds": 43201},
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 43200",
            id="half a day",
        ),
        pytest.param(
            {"ExternalId": "blue 42", "DurationSeconds": 50000},
            "2 validation errors detected: Value '50000' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 43200; Value *** at 'externalId' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*",
            id="all at once, and no external id is shown",
        ),
        pytest.param(
            {"DurationSeconds": 7200, "ExternalId": "blue-42"},
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            id="longer than the role gives",
        ),
    ],
)
def test_limits(aws: Aws, asked: dict[str, Any], words: str) -> None:
    """What AWS does not take is not taken here, in its words."""
    assert refused(assume, aws, role(aws, BLUE, "blue-42"), **asked) == ("ValidationError", words, 400)


def test_a_role_may_give_longer_sessions_but_not_in_a_chain(aws: Aws) -> None:
    """Up to MaxSessionDuration; a session that assumes a role gets an hour at most."""
    arn = role(aws, BLUE, "blue-42", MaxSessionDuration=7200)
    keys = assume(aws, arn, ExternalId="blue-42", DurationSeconds=7200)["Credentials"]
    back = there(aws, "iam", OURS).create_role(
        RoleName="back",
        AssumeRolePolicyDocument=json.dumps(
            {"Statement": {"Effect": "Allow", "Principal": {"AWS": BLUE}, "Action": "sts:AssumeRole"}}
        ),
        MaxSessionDuration=7200,
    )["Role"]["Arn"]

    assume(aws, back, keys, DurationSeconds=3600)
    assert refused(assume, aws, back, keys, DurationSeconds=7200)[1] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


@pytest.mark.parametrize("service", ["rds", "dynamodb", "sts"])
def test_a_session_ends(aws: Aws, service: str) -> None:
    """Afterwards its keys are refused, whatever they are used for, and never taken for our own account's."""
    calls = {"rds": "describe_db_clusters", "dynamodb": "list_tables", "sts": "get_caller_identity"}
    keys = assume(aws, role(aws, BLUE, "blue-42"), ExternalId="blue-42", DurationSeconds=900)["Credentials"]
    call = getattr(client(aws, service, keys), calls[service])
    call()
    aws.doors[:] = [Sts(lambda: keys["Expiration"]).known]

    assert refused(call)[0] == "ExpiredToken"


def test_a_session_outlives_the_process(tmp_path: Path) -> None:
    """After a restart its keys still act in their account, and in no other."""
    aws = Aws.start(home=tmp_path)
    keys = assume(aws, role(aws, BLUE, "blue-42"), ExternalId="blue-42")["Credentials"]
    aws.close()

    aws = Aws.start(home=tmp_path)
    try:
        assert client(aws, "sts", keys).get_caller_identity()["Account"] == BLUE
        aws.doors[:] = [Sts(lambda: keys["Expiration"]).known]
        assert refused(client(aws, "sts", keys).get_caller_identity)[0] == "ExpiredToken"
    finally:
        aws.close()


@pytest.mark.parametrize("service", ["rds", "dynamodb"])
def test_keys_of_no_session_reach_no_account(aws: Aws, service: str) -> None:
    """Made-up keys, or those of a session that no folder kept."""
    keys = {"AccessKeyId": "ASIAAAAAAAAAAAAAAAAA", "SecretAccessKey": "x", "SessionToken": "x"}
    call = {"rds": "describe_db_clusters", "dynamodb": "list_tables"}[service]

    assert refused(getattr(client(aws, service, keys), call))[0] == "InvalidClientTokenId"
