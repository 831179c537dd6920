"""What AWS on a laptop holds before anything has run: the accounts, roles and clusters of config/clusters.yaml."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.config.clusters import FILE, AccountSetting, load

ROOT = Path(__file__).resolve().parents[1]

OURS = "123456789012"
"""The account that our functions run in."""

# What the role of an account needs, and nothing else.
PERMITTED = ["rds:DescribeDBClusters", "rds:DescribeEvents", "rds:StartDBCluster", "rds:StopDBCluster"]

Client = Callable[..., Any]


def prepare(client: Client) -> None:
    """Make them with plain calls; `client("rds", account="111122223333", region=…)` is a boto3 client there."""
    config = load(ROOT / FILE)
    for account in config.accounts.values():
        trusted_role(client("iam", account=account.id), account)
    for name, cluster in config.clusters.items():
        there = client("rds", account=config.accounts[cluster.account].id, region=cluster.region)
        aurora(there, cluster.identifier or name)


def trusted_role(iam: Any, account: AccountSetting) -> None:
    """A role that our account may assume if it knows the external id.

    Source: "Access to AWS accounts owned by third parties", IAM User Guide.
    """
    path, _, role = f"/{account.role}".rpartition("/")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OURS}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": account.external_id}},
    }
    iam.create_role(RoleName=role, Path=f"{path}/", AssumeRolePolicyDocument=document(trust))
    allowed = {"Effect": "Allow", "Action": PERMITTED, "Resource": "*"}
    iam.put_role_policy(RoleName=role, PolicyName="power", PolicyDocument=document(allowed))


def aurora(rds: Any, identifier: str) -> None:
    """A cluster with one instance; AWS makes up its password and keeps it."""
    rds.create_db_cluster(
        DBClusterIdentifier=identifier,
        Engine="aurora-postgresql",
        MasterUsername="postgres",
        ManageMasterUserPassword=True,
        # It has been there for long: nobody waits until it is created. Only a laptop's Aurora reads this tag.
        Tags=[{"Key": "handrail:status", "Value": "available"}],
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"{identifier}-1",
        DBClusterIdentifier=identifier,
        DBInstanceClass="db.t4g.medium",
        Engine="aurora-postgresql",
    )


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
