"""Two accounts with Aurora clusters, of which a test may say what they are doing; and a bucket for results."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.rds.models import rds_backends

from examples.cloud import prepare
from handrail.accounts import Account
from handrail.aws import client
from handrail.table import MemoryTable, using
from schemas.config.clusters import FILE, load
from tests.tasks.bucket import KEY, Bucket

ROOT = Path(__file__).parents[2]

ACCOUNTS = {"orders": "111122223333", "search": "111122223333", "orders-live": "444455556666"}


@dataclass(frozen=True)
class Event:
    """What RDS remembers of a cluster, as moto keeps it."""

    source_identifier: str
    date: datetime
    message: str
    source_type: str = "db-cluster"
    source_arn: str = "arn"
    event_categories: tuple[str, ...] = ("notification",)


class World:
    """The clusters of config/clusters.yaml, in moto."""

    def cluster(self, name: str) -> Any:
        config = load(ROOT / FILE).clusters[name]
        return self.backend(name).clusters[config.identifier or name]

    def backend(self, name: str) -> Any:
        return rds_backends[ACCOUNTS[name]]["ap-northeast-1"]

    def status(self, name: str) -> str:
        return str(self.cluster(name).status)

    def set(self, name: str, status: str) -> None:
        """From now on the cluster is doing this."""
        self.cluster(name).status = status

    def happened(self, name: str, date: datetime, message: str) -> None:
        """RDS has written this down."""
        self.backend(name).events.append(Event(self.cluster(name).db_cluster_identifier, date, message))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """As examples/cloud.py makes it, with an empty table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(ROOT))
    with mock_aws(), using(MemoryTable()):
        client.cache_clear()
        prepare(made)
        yield World()
    client.cache_clear()


def made(service: str, account: str, region: str | None = None) -> Any:
    return client(service, Account("setup", account, "setup", "set-up"), region)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty results bucket in moto; clients made for another test are forgotten."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("HANDRAIL_RESULTS_BUCKET", "results")
    with mock_aws(), using(MemoryTable()):
        client.cache_clear()
        client("s3").create_bucket(Bucket="results")
        client("secretsmanager").create_secret(Name=KEY, SecretString="the key of this installation")
        yield Bucket()
    client.cache_clear()
