"""Which power each cluster was last ordered to have; what AWS does to it by itself does not change that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from handrail.table import table
from schemas.cluster_power import Power

# The partitions of these rows in the table; the sort key is the cluster's name. What people order and what is done on
# their behalf are two rows, so that neither overwrites the other.
ORDERED, SLEPT = "cluster", "cluster-sleep"


@dataclass(frozen=True)
class Wanted:
    """What a cluster should be, and since when: what happened to it before means nothing any more."""

    cluster: str
    power: Power
    since: datetime


def remember(cluster: str, power: Power, since: datetime) -> None:
    """From now on this is what the cluster should be."""
    table().put({"pk": ORDERED, "sk": cluster, "power": power, "since": since.isoformat()})


def remember_sleep(cluster: str, since: datetime) -> None:
    """The cluster was put back to sleep."""
    table().put({"pk": SLEPT, "sk": cluster, "since": since.isoformat()})


def wanted() -> Iterator[Wanted]:
    """Every cluster that was ordered anything, by name."""
    slept = {row["sk"]: datetime.fromisoformat(row["since"]) for row in table().query(SLEPT)}
    for row in table().query(ORDERED):
        ordered = datetime.fromisoformat(row["since"])
        yield Wanted(row["sk"], row["power"], max(ordered, slept.get(row["sk"], ordered)))


def wants(cluster: str, power: Power) -> bool:
    """Whether this is still what the cluster should be."""
    row = table().get(ORDERED, cluster)
    return row is not None and row["power"] == power
