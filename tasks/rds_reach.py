"""Which cluster is meant by a name, and the RDS of the account and region that it is in."""

from dataclasses import dataclass
from typing import Any

from handrail.accounts import Account
from handrail.aws import client
from handrail.config import project
from handrail.errors import did_you_mean
from handrail.task import TaskError
from schemas.config.clusters import FILE, ClustersConfig, load


class UnknownCluster(TaskError):
    """config/clusters.yaml has no such cluster:"""


@dataclass(frozen=True)
class Cluster:
    """An Aurora cluster that may be switched, under the name by which people ask for it."""

    name: str
    identifier: str
    region: str
    environment: str
    owner: str
    account: Account

    @property
    def rds(self) -> Any:
        """The RDS API of its account and region, under the role that the account gives us."""
        return client("rds", self.account, self.region)


def configured() -> list[Cluster]:
    """Every cluster of config/clusters.yaml, by name; raises Problems where the file is not right."""
    config = load(project() / FILE)
    return [_cluster(config, name) for name in sorted(config.clusters)]


def find(name: str) -> Cluster:
    """The cluster of this name; raises UnknownCluster with the nearest one, and never falls back on another."""
    clusters = {cluster.name: cluster for cluster in configured()}
    if name not in clusters:
        raise UnknownCluster(f'"{name}".{did_you_mean(name, clusters)}')
    return clusters[name]


def _cluster(config: ClustersConfig, name: str) -> Cluster:
    found = config.clusters[name]
    there = config.accounts[found.account]
    return Cluster(
        name=name,
        identifier=found.identifier or name,
        region=found.region,
        environment=found.environment,
        owner=found.owner,
        account=Account(found.account, there.id, there.role, there.external_id),
    )
