"""What the tests of the laptop's AWS ask of it: clients, roles, clusters, by plain calls; and a clock that is set."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handrail.local.aws import Aws

OURS = "123456789012"


class Clock:
    """Noon, and later only as it is told; `step` seconds pass with each look."""

    def __init__(self, step: float = 0) -> None:
        self.time = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.step = timedelta(seconds=step)

    def __call__(self) -> datetime:
        self.time += self.step
        return self.time

    def forward(self, **passed: float) -> None:
        self.time += timedelta(**passed)


def started(clock: Clock, home: Path | None = None) -> Aws:
    """The laptop's AWS with Aurora on this clock; sessions go by the real one, since moto dates them by it."""
    aws = Aws.start(home=home)
    aws.aurora.now = clock
    return aws


def client(aws: Aws, service: str, keys: Any = None, region: str = "us-east-1") -> Any:
    """A client that tries once; with a session's keys, or with the laptop's own."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=aws.endpoint,
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"] if keys else "handrail",
        aws_secret_access_key=keys["SecretAccessKey"] if keys else "handrail",
        aws_session_token=keys["SessionToken"] if keys else None,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def there(aws: Aws, service: str, account: str) -> Any:
    """A client that acts in an account as its owner does, without a role: how a laptop is furnished."""
    made = client(aws, service)
    made.meta.events.register(
        "before-sign.*", lambda request, **_: request.headers.add_header("x-moto-account-id", account)
    )
    return made


def role(aws: Aws, account: str, external_id: str, name: str = "power", **more: Any) -> str:
    """A role of an account that our account may assume if it knows the external id; gives its ARN."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OURS}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = there(aws, "iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)
    arn: str = made["Role"]["Arn"]
    return arn


def cluster(rds: Any, name: str, *, status: str = "available", members: int = 0, **tags: str) -> str:
    """A cluster in a status, with instances; `fault="stuck"` is its tag handrail:fault. Gives its ARN."""
    made = rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="long enough",
        Tags=[{"Key": f"handrail:{tag}", "Value": value} for tag, value in {"status": status, **tags}.items()],
    )
    for number in range(members):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-{number}",
            DBClusterIdentifier=name,
            DBInstanceClass="db.r6g.large",
            Engine="aurora-mysql",
        )
    arn: str = made["DBCluster"]["DBClusterArn"]
    return arn


CALLS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "StartDBCluster": ("start_db_cluster", {}),
    "StopDBCluster": ("stop_db_cluster", {}),
    "ModifyDBCluster": ("modify_db_cluster", {"ApplyImmediately": True, "BackupRetentionPeriod": 3}),
    "FailoverDBCluster": ("failover_db_cluster", {}),
    "CreateDBClusterSnapshot": ("create_db_cluster_snapshot", {"DBClusterSnapshotIdentifier": "before"}),
    "DeleteDBCluster": ("delete_db_cluster", {"SkipFinalSnapshot": True}),
}


def order(rds: Any, action: str, name: str = "orders", **more: Any) -> str:
    """Give an order; the code of the refusal, or nothing."""
    call, parameters = CALLS[action]
    try:
        getattr(rds, call)(DBClusterIdentifier=name, **{**parameters, **more})
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def look(rds: Any, name: str = "orders") -> str:
    [found] = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    return str(found["Status"])


def members(rds: Any) -> set[str]:
    return {instance["DBInstanceStatus"] for instance in rds.describe_db_instances()["DBInstances"]}
