"""What goes wrong with a cluster on demand, by tags on it, as boto3 sees it over HTTP."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.local.aurora.phases import FAULTS
from tests.local.cloud import Clock, cluster, look, order


def tag(rds: Any, arn: str, fault: str) -> None:
    """A fault on demand, by AWS's own API."""
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "handrail:fault", "Value": fault}])


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        pytest.param("invalid-state", ["InvalidDBClusterStateFault"] * 3, id="always busy"),
        pytest.param("invalid-state:2", ["InvalidDBClusterStateFault"] * 2 + [""], id="busy twice"),
        pytest.param("throttling:1", ["Throttling", "", "InvalidDBClusterStateFault"], id="throttled once"),
        pytest.param("access-denied", ["AccessDenied"] * 3, id="not allowed"),
    ],
)
def test_orders_fail_on_demand(rds: Any, fault: str, codes: list[str]) -> None:
    """So many orders are refused; the next is carried out, and what comes after it is too early."""
    tag(rds, cluster(rds, "orders"), fault)

    assert [order(rds, "StopDBCluster") for _ in codes] == codes


def test_a_look_is_throttled_too(rds: Any) -> None:
    """A program that waits has to bear it as well."""
    tag(rds, cluster(rds, "orders"), "throttling:2")
    for _ in range(2):
        with pytest.raises(ClientError, match=r"\(Throttling\).*Rate exceeded"):
            look(rds)

    assert look(rds) == "available"


def test_stuck_until_the_tag_is_gone(rds: Any, clock: Clock) -> None:
    """A phase that never ends, and ends when somebody takes the tag away."""
    arn = cluster(rds, "orders", fault="stuck")
    order(rds, "StopDBCluster")
    clock.forward(days=300)
    assert look(rds) == "stopping"

    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["handrail:fault"])
    clock.forward(seconds=6)
    assert look(rds) == "stopped"


def test_a_backup_runs_on_demand(rds: Any, clock: Clock) -> None:
    """While it does, orders are refused; then they are not."""
    tag(rds, cluster(rds, "orders"), "backup")
    assert look(rds) == "backing-up"
    assert order(rds, "StopDBCluster") == "InvalidDBClusterStateFault"

    clock.forward(seconds=3)
    assert order(rds, "StopDBCluster") == ""


def test_other_tags_are_only_kept(rds: Any) -> None:
    """They change nothing, and ours are listed with them."""
    arn = cluster(rds, "orders", status="stopped")
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "stuck"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["other"])

    listed = {each["Key"]: each["Value"] for each in rds.list_tags_for_resource(ResourceName=arn)["TagList"]}
    assert listed == {"handrail:status": "stopped", "team": "stuck"}
    assert look(rds) == "stopped"


def test_an_unknown_fault_is_refused(rds: Any) -> None:
    """With a list of the faults there are, whether the cluster is there or is being made; and nothing is kept."""
    arn = cluster(rds, "orders")
    with pytest.raises(ClientError, match=r"\(InvalidParameterValue\).*Did you mean \"stuck\"") as told:
        tag(rds, arn, "stukc")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cluster(rds, "carts", fault="stukc")
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cluster(rds, "carts", status="asleep")

    assert all(fault in told.value.response["Error"]["Message"] for fault in FAULTS)
    assert [each["DBClusterIdentifier"] for each in rds.describe_db_clusters()["DBClusters"]] == ["orders"]
    assert len(rds.list_tags_for_resource(ResourceName=arn)["TagList"]) == 1
