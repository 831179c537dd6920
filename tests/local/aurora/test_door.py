"""Aurora on a laptop, as boto3 sees it over HTTP: real phases, and AWS's refusals."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.local.aurora.phases import ORDERS, STATUSES
from tests.local.cloud import CALLS, Clock, cluster, look, members, order

TAKEN: Mapping[str, Mapping[str, str]] = {
    "StartDBCluster": {"stopped": "starting"},
    "StopDBCluster": {"available": "stopping"},
    "ModifyDBCluster": {"available": "modifying"},
    "FailoverDBCluster": {"available": "failing-over"},
    "CreateDBClusterSnapshot": {"available": "backing-up"},
    # One with instances is refused by moto, as by AWS.
    "DeleteDBCluster": {},
}


@pytest.mark.parametrize(
    ("first", "action", "seen"),
    [
        pytest.param("available", "StopDBCluster", ["stopping", "stopping", "stopped"], id="stop"),
        pytest.param("stopped", "StartDBCluster", ["starting", "starting", "available"], id="start"),
        pytest.param("available", "ModifyDBCluster", ["modifying", "available", "available"], id="modify"),
        pytest.param("available", "FailoverDBCluster", ["failing-over", "available", "available"], id="fail over"),
        pytest.param("available", "CreateDBClusterSnapshot", ["backing-up", "available", "available"], id="snapshot"),
    ],
)
def test_an_order_takes_its_time(rds: Any, clock: Clock, first: str, action: str, seen: list[str]) -> None:
    """What it shows at once, after three seconds and after six."""
    cluster(rds, "orders", status=first, members=2)
    assert order(rds, action) == ""
    shown = []
    for _ in seen:
        shown.append(look(rds))
        clock.forward(seconds=3)

    assert shown == seen


@pytest.mark.parametrize("action", ORDERS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_order_in_every_status(rds: Any, action: str, status: str) -> None:
    """An order either begins its phase or is refused as AWS refuses it, and then changes nothing."""
    cluster(rds, "orders", status=status, members=2)
    began = TAKEN[action].get(status)

    assert order(rds, action) == ("" if began else "InvalidDBClusterStateFault")
    assert look(rds) == began or (began is None and look(rds) == status)


@pytest.mark.parametrize(
    ("status", "action", "words"),
    [
        ("stopping", "StopDBCluster", "is in stopping state but expected it to be one of available."),
        ("backing-up", "StopDBCluster", "is in backing-up state but expected it to be one of available."),
        ("starting", "StartDBCluster", "stopped,inaccessible-encryption-credentials-recoverable."),
        ("stopped", "DeleteDBCluster", "Db cluster orders is in stopped state"),
    ],
)
def test_boto3_raises_the_error_of_that_name(rds: Any, status: str, action: str, words: str) -> None:
    """A program catches `rds.exceptions.InvalidDBClusterStateFault`, and reads AWS's words."""
    cluster(rds, "orders", status=status)
    call, parameters = CALLS[action]
    with pytest.raises(rds.exceptions.InvalidDBClusterStateFault) as told:
        getattr(rds, call)(DBClusterIdentifier="orders", **parameters)

    assert words in told.value.response["Error"]["Message"]
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("action", ORDERS)
def test_an_unknown_cluster(rds: Any, action: str) -> None:
    """Every order of a cluster that is not there ends in DBClusterNotFoundFault."""
    call, parameters = CALLS[action]
    with pytest.raises(rds.exceptions.DBClusterNotFoundFault, match=r"DBCluster nowhere not found\."):
        getattr(rds, call)(DBClusterIdentifier="nowhere", **parameters)


@pytest.mark.parametrize("action", ["StartDBCluster", "StopDBCluster"])
def test_the_answer_is_the_cluster(rds: Any, action: str) -> None:
    """StartDBCluster and StopDBCluster answer with the whole cluster, in its new status."""
    cluster(rds, "orders", status=next(iter(TAKEN[action])), members=1)
    answered = getattr(rds, CALLS[action][0])(DBClusterIdentifier="ORDERS")["DBCluster"]
    [found] = rds.describe_db_clusters()["DBClusters"]
    moving = {"LatestRestorableTime"}

    assert answered["Status"] == next(iter(TAKEN[action].values()))
    assert {k: v for k, v in answered.items() if k not in moving} == {k: v for k, v in found.items() if k not in moving}


def test_a_new_cluster_is_being_created_first(rds: Any, clock: Clock) -> None:
    """Without our tag a cluster is made as on AWS."""
    rds.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="long enough"
    )
    assert look(rds) == "creating"
    assert order(rds, "StopDBCluster") == "InvalidDBClusterStateFault"

    clock.forward(seconds=3)
    assert look(rds) == "available"


def test_the_name_of_a_cluster_is_taken_once(rds: Any, clock: Clock) -> None:
    """A second cluster of the name is refused and leaves the first as it is; a deleted one may be made again."""
    cluster(rds, "orders", status="stopped")
    with pytest.raises(rds.exceptions.DBClusterAlreadyExistsFault):
        cluster(rds, "orders")
    assert look(rds) == "stopped"

    order(rds, "StartDBCluster")
    clock.forward(seconds=6)
    assert order(rds, "DeleteDBCluster") == ""
    cluster(rds, "orders", status="creating")
    assert look(rds) == "creating"


def test_what_aws_refuses_to_create_begins_no_phase(rds: Any) -> None:
    """A cluster that is not made has no status either."""
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        rds.create_db_cluster(DBClusterIdentifier="orders", Engine="oracle", MasterUsername="admin")

    assert rds.describe_db_clusters()["DBClusters"] == []


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("stopping", {"stopping"}),
        ("stopped", {"stopped"}),
        ("starting", {"starting"}),
        ("available", {"available"}),
        ("backing-up", {"available"}),
        ("modifying", {"available"}),
    ],
)
def test_members_follow_their_cluster(rds: Any, status: str, shown: set[str]) -> None:
    """Instances are switched with the cluster, and with no other; its backups do not concern them."""
    cluster(rds, "orders", status=status, members=2)

    assert members(rds) == shown
    cluster(rds, "carts", status="available", members=1)
    assert members(rds) == {*shown, "available"}


@pytest.mark.parametrize("call", ["stop_db_instance", "start_db_instance"])
def test_a_member_cannot_be_switched_alone(rds: Any, call: str) -> None:
    """AWS refuses it for Aurora; an instance of another engine is moto's."""
    cluster(rds, "orders", members=1)
    with pytest.raises(ClientError) as told:
        getattr(rds, call)(DBInstanceIdentifier="orders-0")

    assert told.value.response["Error"] == {
        "Type": "Sender",
        "Code": "InvalidParameterCombination",
        "Message": "aurora-mysql DB instances are not eligible for stopping and starting.",
    }
    rds.create_db_instance(DBInstanceIdentifier="plain", Engine="mysql", DBInstanceClass="db.t3.micro")
    assert rds.stop_db_instance(DBInstanceIdentifier="plain")["DBInstance"]["DBInstanceStatus"] == "stopped"


def test_aws_starts_a_cluster_after_seven_days(rds: Any, clock: Clock) -> None:
    """A stopped cluster says when that will be, and then it is so."""
    cluster(rds, "orders")
    order(rds, "StopDBCluster")
    [stopping] = rds.describe_db_clusters()["DBClusters"]
    clock.forward(seconds=6)
    [stopped] = rds.describe_db_clusters()["DBClusters"]
    assert "AutomaticRestartTime" not in stopping
    assert stopped["AutomaticRestartTime"] == datetime(2026, 11, 27, 12, 0, 6, tzinfo=UTC)

    clock.forward(days=7)
    [started] = rds.describe_db_clusters()["DBClusters"]
    assert started["Status"] == "starting"
    assert "AutomaticRestartTime" not in started


def test_aws_writes_down_that_it_started_a_cluster(rds: Any, clock: Clock) -> None:
    """Once, at the moment when it did, whoever looks how often; nobody's order is written down so."""
    arn = cluster(rds, "orders")
    order(rds, "StopDBCluster")
    clock.forward(days=8)
    for _ in range(2):
        look(rds)
    order(rds, "StopDBCluster")
    clock.forward(days=1)
    order(rds, "StartDBCluster")
    events = rds.describe_events(SourceType="db-cluster", SourceIdentifier="orders")["Events"]

    assert [(event["Date"], event["SourceArn"]) for event in events] == [
        (datetime(2026, 11, 27, 12, 0, 6, tzinfo=UTC), arn)
    ]
    assert "exceeding the maximum allowed time being stopped" in events[0]["Message"]


def test_filters_lists_and_pages_are_as_before(rds: Any) -> None:
    """Every cluster shows its own status, however it is found."""
    cluster(rds, "carts", status="stopping")
    arn = cluster(rds, "orders", status="stopped")
    engine = {"Name": "engine", "Values": ["aurora-mysql"]}
    pages = rds.get_paginator("describe_db_clusters").paginate(PaginationConfig={"PageSize": 20})

    def shown(found: list[Any]) -> list[tuple[str, str]]:
        return [(each["DBClusterIdentifier"], each["Status"]) for each in found]

    both = [("carts", "stopping"), ("orders", "stopped")]
    assert shown(rds.describe_db_clusters()["DBClusters"]) == both
    assert shown(rds.describe_db_clusters(Filters=[engine])["DBClusters"]) == both
    assert [each for page in pages for each in shown(page["DBClusters"])] == both
    assert shown(rds.describe_db_clusters(DBClusterIdentifier=arn)["DBClusters"]) == both[1:]
    named = [{"Name": "db-cluster-id", "Values": ["carts"]}]
    assert shown(rds.describe_db_clusters(Filters=named)["DBClusters"]) == both[:1]


def test_waiters_wait(rds: Any, clock: Clock) -> None:
    """boto3's own waiter sees `starting` for a while, and ends when the cluster is available."""
    cluster(rds, "orders", status="stopped")
    order(rds, "StartDBCluster")
    clock.step = timedelta(seconds=0.1)
    waiter = rds.get_waiter("db_cluster_available")
    waiter.wait(DBClusterIdentifier="orders", WaiterConfig={"Delay": 0, "MaxAttempts": 100})

    assert look(rds) == "available"


def test_a_change_may_wait_for_its_window(rds: Any) -> None:
    """Without ApplyImmediately nothing happens yet."""
    cluster(rds, "orders")

    assert order(rds, "ModifyDBCluster", ApplyImmediately=False) == ""
    assert look(rds) == "available"


def test_a_renamed_cluster_keeps_its_phase(rds: Any, clock: Clock) -> None:
    """It is the same cluster under another name."""
    cluster(rds, "orders", fault="stuck")
    assert order(rds, "ModifyDBCluster", NewDBClusterIdentifier="carts") == ""

    clock.forward(days=1)
    assert look(rds, "carts") == "modifying"


def test_what_aws_refuses_begins_no_phase(rds: Any, clock: Clock) -> None:
    """A snapshot whose name is taken is none."""
    cluster(rds, "orders")
    assert order(rds, "CreateDBClusterSnapshot") == ""
    clock.forward(seconds=3)

    assert order(rds, "CreateDBClusterSnapshot") == "DBClusterSnapshotAlreadyExistsFault"
    assert look(rds) == "available"
