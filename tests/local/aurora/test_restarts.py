"""Clusters of several accounts and regions, of several processes, and orders of several threads."""

import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.local.aws import Aws
from tests.local.cloud import Clock, client, cluster, look, members, order, role, started, there


def assumed(aws: Aws, account: str, external_id: str) -> Any:
    """Keys of an account's role, which is made for it."""
    arn = role(aws, account, external_id)
    sts = client(aws, "sts")
    return sts.assume_role(RoleArn=arn, RoleSessionName="test", ExternalId=external_id)["Credentials"]


def test_a_denial_names_who_what_and_where(aws: Aws) -> None:
    """In AWS's words, so that a program may be tried that takes them apart."""
    arn = cluster(there(aws, "rds", "222222222222"), "orders", fault="access-denied")
    keys = assumed(aws, "222222222222", "blue-42")
    with pytest.raises(ClientError) as told:
        client(aws, "rds", keys).stop_db_cluster(DBClusterIdentifier="orders")

    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert told.value.response["Error"]["Message"] == (
        "User: arn:aws:sts::222222222222:assumed-role/power/test is not authorized to perform: rds:StopDBCluster"
        f" on resource: {arn} because no identity-based policy allows the rds:StopDBCluster action"
    )


def test_two_accounts_have_a_cluster_of_one_name(aws: Aws) -> None:
    """An order reaches the cluster of the role's account, and leaves the other one alone."""
    clients = {account: client(aws, "rds", assumed(aws, account, account)) for account in ("2" * 12, "3" * 12)}
    for rds in clients.values():
        cluster(rds, "orders")
    order(clients["2" * 12], "StopDBCluster")

    assert {account: look(rds) for account, rds in clients.items()} == {"2" * 12: "stopping", "3" * 12: "available"}
    assert client(aws, "rds").describe_db_clusters()["DBClusters"] == []


def test_two_regions_too(aws: Aws) -> None:
    """The same within one account."""
    near, far = client(aws, "rds", region="ap-northeast-1"), client(aws, "rds", region="us-west-2")
    for rds in (near, far):
        cluster(rds, "orders")
    order(near, "StopDBCluster")

    assert (look(near), look(far)) == ("stopping", "available")


@pytest.mark.parametrize(
    ("away", "seen"),
    [
        pytest.param({"seconds": 3}, "stopping", id="back at once"),
        pytest.param({"hours": 1}, "stopped", id="back later"),
        pytest.param({"days": 7, "seconds": 6}, "starting", id="back after a week"),
        pytest.param({"days": 30}, "available", id="back after a month"),
    ],
)
def test_goes_on_while_the_laptop_is_off(tmp_path: Path, clock: Clock, away: dict[str, float], seen: str) -> None:
    """A process that ends in the middle of `stopping` is no reason for the cluster to wait."""
    aws = started(clock, tmp_path)
    cluster(client(aws, "rds"), "orders", members=1)
    order(client(aws, "rds"), "StopDBCluster")
    aws.close()
    clock.forward(**away)

    aws = started(clock, tmp_path)
    try:
        assert look(client(aws, "rds")) == seen
        assert members(client(aws, "rds")) == {seen}
    finally:
        aws.close()


def test_a_fault_is_there_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    """With as many refusals as were left."""
    aws = started(clock, tmp_path)
    cluster(client(aws, "rds"), "orders", fault="invalid-state:3")
    order(client(aws, "rds"), "StopDBCluster")
    aws.close()

    aws = started(clock, tmp_path)
    try:
        refused = [order(client(aws, "rds"), "StopDBCluster") for _ in range(3)]
    finally:
        aws.close()
    assert refused == ["InvalidDBClusterStateFault"] * 2 + [""]


def test_of_two_orders_at_once_one_is_taken(aws: Aws, rds: Any) -> None:
    """However many ask in the same moment."""
    cluster(rds, "orders")
    codes: list[str] = []
    threads = [threading.Thread(target=lambda: codes.append(order(rds, "StopDBCluster"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["", *["InvalidDBClusterStateFault"] * 7]


@pytest.mark.parametrize(("setting", "later", "seen"), [("", 6, "stopped"), ("stopping=20 creating=0", 6, "stopping")])
def test_durations_come_from_the_environment(monkeypatch: Any, setting: str, later: int, seen: str) -> None:
    """HANDRAIL_AURORA makes phases as long as a demonstration needs them."""
    monkeypatch.setenv("HANDRAIL_AURORA", setting)
    clock = Clock()
    aws = started(clock)
    try:
        cluster(client(aws, "rds"), "orders")
        order(client(aws, "rds"), "StopDBCluster")
        clock.forward(seconds=later)
        assert look(client(aws, "rds")) == seen
    finally:
        aws.close()
