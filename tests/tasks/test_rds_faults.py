"""What RDS refuses, in the words of whoever asked: what happened, what to do, and nothing that is no channel's."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.accounts import Account
from handrail.task import failure
from tasks.rds_faults import ClusterBusy, NoSuchCluster, NotAllowed, Refused, Throttled, explained
from tasks.rds_reach import Cluster

LIVE = Cluster(
    name="orders-live",
    identifier="orders",
    region="ap-northeast-1",
    environment="production",
    owner="@orders",
    account=Account("production", "444455556666", "handrail-power", "CANARY-external-id"),
)

# What AWS says then, as far as it is long: who asked, of what, under which key.
SAYS = (
    "User: arn:aws:sts::444455556666:assumed-role/CANARY/handrail is not authorized to perform: rds:StopDBCluster on "
    "resource: arn:aws:rds:ap-northeast-1:444455556666:cluster:CANARY with an explicit deny"
)


def refused(code: str, action: str, message: str = SAYS) -> Exception:
    """How a task fails whose call AWS answers so."""
    with pytest.raises(Exception) as caught, explained(LIVE):
        raise ClientError({"Error": {"Code": code, "Message": message}}, action)
    return caught.value


@pytest.mark.parametrize(
    ("code", "action", "kind", "says"),
    [
        pytest.param("InvalidDBClusterStateFault", "StopDBCluster", ClusterBusy,
                     "The cluster is changing and takes no order yet. orders-live refused StopDBCluster.",
                     id="changing"),
        pytest.param("Throttling", "DescribeDBClusters", Throttled,
                     "AWS wants to be asked less often. It was DescribeDBClusters of orders-live that it put off.",
                     id="throttled"),
        pytest.param("RequestLimitExceeded", "StopDBCluster", Throttled,
                     "AWS wants to be asked less often. It was StopDBCluster of orders-live that it put off.",
                     id="throttled in other words"),
        pytest.param("AccessDenied", "StopDBCluster", NotAllowed,
                     'AWS does not let us do this. The role handrail-power of the account "production" needs'
                     " rds:StopDBCluster for the cluster orders in ap-northeast-1.", id="no permission"),
        pytest.param("AccessDenied", "AssumeRole", NotAllowed,
                     'AWS does not let us do this. The role handrail-power of the account "production" does not let'
                     " us in. Its trust policy must name the role of our functions, and the external id of"
                     " config/clusters.yaml.", id="no trust"),
        pytest.param("DBClusterNotFoundFault", "DescribeDBClusters", NoSuchCluster,
                     'AWS knows no such cluster. config/clusters.yaml says that "production" has orders in'
                     " ap-northeast-1.", id="not there"),
    ],
)  # fmt: skip
def test_says_what_happened_and_what_to_do(code: str, action: str, kind: type[Exception], says: str) -> None:
    """Each of AWS's codes is an error of ours, in whose text nothing stands that AWS said."""
    error = refused(code, action)

    assert type(error) is kind
    assert str(error) == says


def test_what_nobody_foresaw_is_told_in_awss_words() -> None:
    """Without ARNs, which name accounts, sessions and keys, and cut where it is long."""
    error = refused("KMSKeyNotAccessibleFault", "StartDBCluster", f"arn:aws:kms:x:1:key/CANARY is off. {'x' * 999}")

    assert type(error) is Refused
    assert str(error).startswith(
        "AWS refused this: StartDBCluster of orders-live: KMSKeyNotAccessibleFault: arn:… is off. xxx"
    )
    assert len(str(error)) < 400


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "InvalidDBClusterStateFault", "SomethingElse"])
@pytest.mark.parametrize("action", ["StopDBCluster", "AssumeRole"])
def test_nothing_that_is_no_business_of_the_channel(code: str, action: str) -> None:
    """No external id, no session, no ARN: neither in what Lambda answers nor in what a log would show (A14)."""
    error = refused(code, action)
    shown: dict[str, Any] = failure(error)

    assert "CANARY" not in json.dumps(shown)
    assert error.__suppress_context__
