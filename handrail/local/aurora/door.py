"""Aurora in front of moto: orders are judged by our phases, and what moto shows of a cluster is what we say it is.

moto keeps the clusters (names, members, settings, tags), but changes their status at once. So an order that changes
only the status is answered here, and before moto answers anything about RDS its clusters are given their real status:
what it filters, lists and waits for is then right.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final

from handrail.local.aurora.kept import Phases, Place
from handrail.local.aurora.phases import (
    FOLLOWED,
    ORDERS,
    Cluster,
    Durations,
    Order,
    at,
    counted,
    faulty,
    led,
    read_durations,
    read_fault,
    read_status,
    refusal,
    restarts,
)
from handrail.local.aurora.restarts import Event, started, write_down
from handrail.local.doors import Answered, Asked
from handrail.local.refusal import Refusal, Refused
from handrail.local.sts import caller

# Tags on a cluster, which AWS would only keep: what goes wrong with it, and the status that it is in from now on.
FAULT: Final = "handrail:fault"
STATUS: Final = "handrail:status"

# How long the phases take, in seconds: `stopping=20 stopped=60`.
VARIABLE: Final = "HANDRAIL_AURORA"

MADE: Final = frozenset({"CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"})
SWITCHED: Final = frozenset({"StartDBCluster", "StopDBCluster"})
TAGGED: Final = frozenset({"AddTagsToResource", "RemoveTagsFromResource"})
MEMBER: Final = frozenset({"StartDBInstance", "StopDBInstance"})


class Aurora:
    """The door of RDS. Without a folder it forgets with the process; durations not given are HANDRAIL_AURORA's."""

    def __init__(
        self,
        home: Path | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        durations: Durations | None = None,
    ) -> None:
        self.phases = Phases(home)
        self.now = now
        self.durations = read_durations(os.environ.get(VARIABLE, "")) if durations is None else durations
        # Two orders at once: the second sees what the first has made of the cluster.
        self._lock = RLock()

    def __call__(self, asked: Asked) -> Answered | None:
        """Answer an order, or refuse it; everything else is moto's, which shows our status."""
        if asked.service != "rds":
            return None
        with self._lock:
            self._show(asked)
            try:
                answered = self._answer(asked)
            except Refused as told:
                answered = asked.refuse(told.refusal.code, told.refusal.message, told.refusal.http)
            self._show(asked)
            return answered

    def close(self) -> None:
        self.phases.close()

    def _answer(self, asked: Asked) -> Answered | None:
        found = _cluster(asked, str(asked.parameters.get("DBClusterIdentifier", "")))
        if asked.action in ORDERS:
            return self._ordered(asked, found, ORDERS[asked.action])
        if asked.action in MADE:
            return self._made(asked, found)
        if asked.action in TAGGED:
            self._tagged(asked)
        if asked.action == "DescribeDBClusters" and found is not None:
            self._judged(asked, _place(asked, found), None)
        if asked.action in MEMBER:
            _refuse_member(asked)
        return None

    def _ordered(self, asked: Asked, found: Any, order: Order) -> Answered | None:
        if found is None:
            words = f"DBCluster {asked.parameters.get('DBClusterIdentifier')} not found."
            raise Refused(Refusal("DBClusterNotFoundFault", words, 404))
        cluster = self._judged(asked, _place(asked, found), order)
        # A setting that waits for the maintenance window changes nothing yet.
        now = asked.action != "ModifyDBCluster" or asked.parameters.get("ApplyImmediately")
        after = led(cluster, order.leads if now else None, self.now())
        if asked.action not in SWITCHED:
            return self._passed(asked, found, after)
        self.phases.put(_place(asked, found), after)
        self._show(asked)
        return asked.answer({"DBCluster": found})

    def _judged(self, asked: Asked, place: Place, order: Order | None) -> Cluster:
        """The cluster as it is now; raises Refused where it does not take the order, and its fault counts that."""
        cluster = self._now(place)
        why = refusal(cluster, place.name, order, _denied(asked, place) if cluster.fault else "")
        if why is not None:
            self.phases.put(place, counted(cluster))
            raise Refused(why)
        return cluster

    def _passed(self, asked: Asked, found: Any, after: Cluster) -> Answered:
        """moto does the rest; the phase begins if it accepts. The cluster may have another name then."""
        answered = asked.moto()
        if answered.accepted:
            self.phases.put(_place(asked, found), after)
        if answered.accepted and asked.action == "DeleteDBCluster":
            _forget_backups(asked, found)
        return answered

    def _made(self, asked: Asked, found: Any) -> Answered:
        """A cluster is being created, or is what its tag says, once moto accepts it."""
        if found is not None:
            raise Refused(Refusal("DBClusterAlreadyExistsFault", "DB Cluster already exists"))
        tags = _tags(asked.parameters.get("Tags", []))
        fault = read_fault(tags[FAULT]) if FAULT in tags else None
        status = read_status(tags[STATUS]) if STATUS in tags else "creating"
        answered = asked.moto()
        made = _cluster(asked, str(asked.parameters.get("DBClusterIdentifier", "")))
        if answered.accepted and made is not None:
            self.phases.put(_place(asked, made), Cluster(status, self.now(), fault))
        return answered

    def _tagged(self, asked: Asked) -> None:
        """Our tags change the cluster; moto keeps them as it keeps the others."""
        found = _cluster(asked, str(asked.parameters.get("ResourceName", "")))
        if found is None:
            return
        place, now = _place(asked, found), self.now()
        cluster, tags = self._now(place), _tags(asked.parameters.get("Tags", []))
        if STATUS in tags:
            cluster = led(cluster, read_status(tags[STATUS]), now)
        if FAULT in tags:
            cluster = faulty(cluster, read_fault(tags[FAULT]), now)
        elif FAULT in asked.parameters.get("TagKeys", []):
            cluster = faulty(cluster, None, now)
        self.phases.put(place, cluster)

    def _now(self, place: Place) -> Cluster:
        """A cluster that nothing was ordered of, and that is older than this door, is available."""
        now = self.now()
        return at(self.phases.get(place) or Cluster("available", now), now, self.durations)

    def _show(self, asked: Asked) -> None:
        """Give moto's clusters, and their instances, the status that they have now."""
        for found in list(_backend(asked).clusters.values()):
            self._tell(asked, found)
            cluster = self._now(_place(asked, found))
            found.status = cluster.status
            found.automatic_restart_time = restarts(cluster, self.durations)
            for member in found.members:
                member.status = cluster.status if cluster.status in FOLLOWED else "available"

    def _tell(self, asked: Asked, found: Any) -> None:
        """Let DescribeEvents say that AWS started a cluster of its own accord."""
        place = _place(asked, found)
        left = self.phases.get(place)
        when = started(left, self.now(), self.durations) if left else None
        if when is not None:
            write_down(_backend(asked).events, Event(place.name, found.db_cluster_arn, when))


def _backend(asked: Asked) -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[asked.account][asked.region]


def _cluster(asked: Asked, name: str) -> Any:
    """moto's cluster of a name, in whatever letters, or of an ARN; None where there is none."""
    clusters = list(_backend(asked).clusters.values())
    return next(
        (one for one in clusters if name.lower() in (one.db_cluster_identifier, one.db_cluster_arn.lower())), None
    )


def _place(asked: Asked, found: Any) -> Place:
    return Place(asked.account, asked.region, found.db_cluster_identifier)


def _tags(tags: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def _denied(asked: Asked, place: Place) -> str:
    """ "Access denied error message format", IAM User Guide."""
    action, resource = f"rds:{asked.action}", f"arn:aws:rds:{place.region}:{place.account}:cluster:{place.name}"
    return (
        f"User: {caller(asked).arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def _forget_backups(asked: Asked, found: Any) -> None:
    """AWS deletes a cluster's automated backups with it; moto keeps them, in the way of a new cluster of the name."""
    kept = _backend(asked).cluster_snapshots
    for name, snapshot in list(kept.items()):
        if snapshot.snapshot_type == "automated" and snapshot.cluster.db_cluster_arn == found.db_cluster_arn:
            del kept[name]


def _refuse_member(asked: Asked) -> None:
    """The instances of a cluster are switched with their cluster only."""
    instance = _backend(asked).databases.get(asked.parameters.get("DBInstanceIdentifier"))
    if instance is not None and instance.engine.startswith("aurora"):
        words = f"{instance.engine} DB instances are not eligible for stopping and starting."
        raise Refused(Refusal("InvalidParameterCombination", words))
