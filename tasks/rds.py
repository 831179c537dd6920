"""Order an Aurora cluster to start or stop, look at how it is doing, and say how it went."""

from datetime import datetime

from pydantic import BaseModel

from handrail.notices import reply
from handrail.notify import Message, context, escape, section
from handrail.task import options, task
from schemas.cluster_power import Power
from tasks.cluster_wanted import remember
from tasks.rds_faults import ClusterBusy, NoSuchCluster, NotAllowed, Refused, Throttled, explained
from tasks.rds_reach import Cluster, UnknownCluster, configured, find

__all__ = [
    "ClusterBusy",
    "NoSuchCluster",
    "NotAllowed",
    "Refused",
    "Status",
    "Throttled",
    "UnknownCluster",
    "clusters",
    "judge",
    "look",
    "set_power",
    "status_of",
    "tell",
]

# The status in which a cluster rests after each order, and the phase that leads there.
# Source: "Viewing DB cluster status", Amazon Aurora User Guide.
SETTLED = {"start": "available", "stop": "stopped"}
ON_THE_WAY = {"start": "starting", "stop": "stopping"}


class Status(BaseModel):
    """How a cluster is doing, and whether it has come to rest as it was told."""

    status: str
    settled: bool


@options
def clusters() -> list[str]:
    """The clusters of config/clusters.yaml, in whatever account they are."""
    return [cluster.name for cluster in configured()]


@task
def set_power(*, cluster: str, power: Power, asked: datetime) -> None:
    """Send the order where one is needed; Aurora carries it out in its own time."""
    found = find(cluster)
    # Written first: nobody may put a cluster back to sleep that is being started.
    remember(found.name, power, asked)
    with explained(found):
        if status_of(found) not in (SETTLED[power], ON_THE_WAY[power]):
            order = found.rds.start_db_cluster if power == "start" else found.rds.stop_db_cluster
            order(DBClusterIdentifier=found.identifier)


@task
def look(*, cluster: str, power: Power) -> Status:
    """Read the status once; waiting is the machine's work."""
    found = find(cluster)
    with explained(found):
        return judge(status_of(found), power)


def judge(status: str, power: Power) -> Status:
    """Whether this status is where the order leads."""
    return Status(status=status, settled=status == SETTLED[power])


def status_of(cluster: Cluster) -> str:
    """What AWS says that the cluster is doing; raises ClientError."""
    [found] = cluster.rds.describe_db_clusters(DBClusterIdentifier=cluster.identifier)["DBClusters"]
    return str(found["Status"])


@task
def tell(*, run: str, cluster: str, status: str) -> None:
    """Say in which status a cluster came to rest, in the thread of its run."""
    found = find(cluster)
    line = escape(f"{found.name} is {status}")
    where = context(escape(f"{found.environment} · account {found.account.name} · {found.region} · {found.owner}"))
    reply(run, Message(text=line, blocks=(section(line), where)))
