"""Where the phase of each Aurora cluster is kept: a table beside the journal of the laptop's AWS."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from handrail.local.aurora.phases import Cluster, Fault
from handrail.local.cloudfile import CloudFile

TABLE = """
CREATE TABLE IF NOT EXISTS aurora (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  since REAL NOT NULL,            -- seconds since the epoch
  fault TEXT,
  remaining INTEGER,              -- how many more times the fault strikes; NULL: every time
  PRIMARY KEY (account, region, name)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Place:
    """Which cluster; two accounts may each have one of the same name."""

    account: str
    region: str
    name: str


class Phases:
    """Each cluster as its last order left it. In memory without a folder, and then forgotten with the process."""

    def __init__(self, home: Path | None) -> None:
        self._file = CloudFile(home)
        self._file.write(TABLE)

    def get(self, place: Place) -> Cluster | None:
        """A cluster as its last order left it; None for one that nothing was ordered of."""
        query = "SELECT status, since, fault, remaining FROM aurora WHERE account=? AND region=? AND name=?"
        for status, since, kind, left in self._file.read(query, (place.account, place.region, place.name)):
            return Cluster(status, datetime.fromtimestamp(since, UTC), Fault(kind, left) if kind else None)
        return None

    def put(self, place: Place, cluster: Cluster) -> None:
        """Keep what an order has made of a cluster."""
        kind, left = (cluster.fault.kind, cluster.fault.left) if cluster.fault else (None, None)
        values = (place.account, place.region, place.name, cluster.status, cluster.since.timestamp(), kind, left)
        self._file.write("INSERT OR REPLACE INTO aurora VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def close(self) -> None:
        self._file.close()
