"""Another account's role: assumed with its external id, with the first call, and again before it is too late."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from handrail.accounts import Account, assumed
from handrail.aws import client

THEIRS = Account("development", "111122223333", "ops/handrail-power", "CANARY-agreed")


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client.cache_clear()
        yield
    client.cache_clear()


@dataclass
class Sts:
    """STS as far as a role is assumed: it gives credentials for this long, or refuses."""

    lasts: timedelta = timedelta(hours=1)
    refuses: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def assume_role(self, **request: str) -> dict[str, Any]:
        self.asked.append(request)
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        number = len(self.asked)
        given = {"AccessKeyId": f"key-{number}", "SecretAccessKey": f"CANARY-{number}", "SessionToken": "token"}
        return {"Credentials": {**given, "Expiration": datetime.now(UTC) + self.lasts}}


def key(session: Any) -> str:
    """The access key with which the next call would be signed."""
    return str(session.get_credentials().get_frozen_credentials().access_key)


def test_the_role_is_asked_for_with_the_external_id() -> None:
    """STS hears the role's ARN with its path, our session's name and the external id (S002-52)."""
    sts = Sts()

    key(assumed(THEIRS, lambda: sts))

    assert sts.asked == [
        {
            "RoleArn": "arn:aws:iam::111122223333:role/ops/handrail-power",
            "RoleSessionName": "handrail",
            "ExternalId": "CANARY-agreed",
        }
    ]


def test_nothing_is_asked_before_the_first_call() -> None:
    """Making a client assumes no role: a task that ends early has asked for nothing."""
    sts = Sts()

    assumed(THEIRS, lambda: sts).create_client("rds", region_name="us-east-1")

    assert sts.asked == []


@pytest.mark.parametrize(
    ("lasts", "keys"),
    [
        pytest.param(timedelta(hours=1), ["key-1", "key-1"], id="an hour ahead"),
        pytest.param(timedelta(minutes=5), ["key-1", "key-2"], id="about to expire"),
    ],
)
def test_credentials_are_renewed_before_they_expire(lasts: timedelta, keys: list[str]) -> None:
    """They are used as long as they are good for a while yet, and then taken anew."""
    sts = Sts(lasts)
    session = assumed(THEIRS, lambda: sts)

    assert [key(session), key(session)] == keys


def test_a_role_that_does_not_let_us_in_leaves_nobody_else() -> None:
    """A refusal is the error: our own credentials are never taken instead (S002-53)."""
    with pytest.raises(ClientError) as caught:
        key(assumed(THEIRS, lambda: Sts(refuses=True)))

    assert caught.value.operation_name == "AssumeRole"


def test_each_account_and_region_has_a_client_of_its_own() -> None:
    """One client for a service, an account and a region; each reaches what is there and nothing else."""
    here, there = client("sts"), client("sts", THEIRS)

    assert client("rds", THEIRS, "us-east-1") is client("rds", THEIRS, "us-east-1")
    assert client("rds", THEIRS, "us-east-1") is not client("rds", THEIRS, "eu-west-1")
    assert here.get_caller_identity()["Account"] == "123456789012"
    assert there.get_caller_identity()["Account"] == "111122223333"


def test_a_client_with_patience_asks_once() -> None:
    """It waits so many seconds and no longer; the usual one tries again, as boto3 does."""
    hurried, usual = (each.meta.config for each in (client("lambda", patience=3), client("lambda")))

    assert (hurried.connect_timeout, hurried.read_timeout, hurried.retries["total_max_attempts"]) == (3, 3, 1)
    assert usual.read_timeout > 3


def test_nothing_of_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Neither credentials nor the external id stand in a log at the usual level, an error or a representation."""
    caplog.set_level(logging.INFO)
    with pytest.raises(ClientError) as caught:
        key(assumed(THEIRS, lambda: Sts(refuses=True)))
    key(assumed(THEIRS, Sts))

    assert "CANARY" not in caplog.text + repr(THEIRS) + str(caught.value)
