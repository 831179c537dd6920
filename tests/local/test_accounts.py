"""Accounts and regions of one server: an access key of twelve digits is an account, where its machines are at home."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.catalogue import Catalogue
from handrail.local.aws import connect
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.local.driving import machine
from tests.local.smoke import ended

OURS, THEIRS = "123456789012", "444444444444"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("accounts")
    with Laptop.open(Catalogue(folder, {}, {}, {}, {}, {}), folder / "home") as laptop:
        Server(laptop, port=0)
        laptop.resume()
        yield laptop


def client(laptop: Laptop, service: str, account: str, region: str) -> Any:
    """boto3 as anybody has it, whose access key is the account's number."""
    keys = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "any"}
    return connect(service, {**keys, "AWS_ENDPOINT_URL": laptop.aws.endpoint}, region)


@pytest.mark.parametrize(
    ("account", "region"),
    [
        pytest.param(OURS, "us-east-1", id="what a laptop has by itself"),
        pytest.param(OURS, "eu-west-1", id="another region"),
        pytest.param(THEIRS, "us-east-1", id="another account"),
        pytest.param(THEIRS, "ap-northeast-1", id="both"),
    ],
)
def test_a_task_calls_services_where_its_execution_is(laptop: Laptop, account: str, region: str) -> None:
    """It finds what is in the execution's account and region, and nothing of any other."""
    topic = client(laptop, "sns", account, region).create_topic(Name="news")["TopicArn"]
    states = client(laptop, "stepfunctions", account, region)
    role = f"arn:aws:iam::{account}:role/r"
    definition = machine("arn:aws:states:::aws-sdk:sns:listTopics", Parameters={})
    made = states.create_state_machine(name="m", definition=definition, roleArn=role)["stateMachineArn"]
    found = ended(states, states.start_execution(stateMachineArn=made)["executionArn"])

    assert topic == f"arn:aws:sns:{region}:{account}:news"
    assert made == f"arn:aws:states:{region}:{account}:stateMachine:m"
    assert json.loads(found["output"]) == {"Topics": [{"TopicArn": topic}]}


TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}


def listed(laptop: Laptop, keys: dict[str, str]) -> list[str]:
    """The machines that the holder of these keys has made and sees."""
    told = {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}
    session = {**told, "AWS_SESSION_TOKEN": keys["SessionToken"], "AWS_ENDPOINT_URL": laptop.aws.endpoint}
    states = connect("stepfunctions", session, "us-east-1")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    states.create_state_machine(name="m", definition=definition, roleArn=f"arn:aws:iam::{THEIRS}:role/r")
    return [each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]]


def test_a_session_acts_in_the_account_of_its_role(tmp_path: Path) -> None:
    """Also in the next process; whoever has a login of real AWS in the environment is at home here as before."""
    login = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x", "SessionToken": "x"}
    home, theirs = (
        f"arn:aws:states:us-east-1:{OURS}:stateMachine:m",
        f"arn:aws:states:us-east-1:{THEIRS}:stateMachine:m",
    )
    catalogue, keys = Catalogue(tmp_path, {}, {}, {}, {}, {}), {}
    for first in (True, False):
        with Laptop.open(catalogue, tmp_path / "home") as laptop:
            Server(laptop, port=0)
            if first:
                assert (listed(laptop, login), laptop.aws.moto.loaded) == ([home], False)
                made = client(laptop, "iam", THEIRS, "us-east-1").create_role(
                    RoleName="machines", AssumeRolePolicyDocument=json.dumps(TRUST)
                )
                sts = client(laptop, "sts", OURS, "us-east-1")
                keys = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="test")["Credentials"]
            assert listed(laptop, keys) == [theirs]
            assert listed(laptop, login) == [home]
