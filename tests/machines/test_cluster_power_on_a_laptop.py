"""cluster-power and cluster-sleep through the laptop: two accounts, their roles, Aurora's phases and its faults."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.asl.write import write
from handrail.catalogue import load
from handrail.local.laptop import Laptop
from handrail.notify import messages
from handrail.table import table
from schemas.config.clusters import FILE
from schemas.config.clusters import load as load_clusters

ROOT = Path(__file__).parents[2]
CONFIG = load_clusters(ROOT / FILE)
REGION = "ap-northeast-1"

# Minutes on AWS.
PHASES = "creating=0 starting=0.2 stopping=0.2 backing-up=0.5 modifying=0.5"


def hurried(value: Any) -> Any:
    """The same machine with short pauses; nothing else about it is another."""
    if isinstance(value, list):
        return [hurried(each) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: hurried(each) for name, each in value.items()}
    if "IntervalSeconds" in changed:
        changed.pop("MaxDelaySeconds", None)
        changed |= {"IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}
    if changed.get("Type") == "Wait":
        changed["Seconds"] = 0
    return changed


@dataclass
class Desk:
    """A laptop with the project's own cloud."""

    laptop: Laptop
    names: Iterator[str] = field(default_factory=lambda: (f"run-{n}" for n in itertools.count()))

    def run(self, runbook: str, seconds: int = 600, **asked: str) -> tuple[str, str]:
        """How a run ended that was given so long, and the last thing that was told."""
        self.laptop.prepare()
        definition = hurried(self.laptop.catalogue.runbooks[runbook].machine.definition()) | {"TimeoutSeconds": seconds}
        arn = self.laptop.driver.start(runbook, write(definition), json.dumps(asked), next(self.names))
        assert self.laptop.wait(arn, timeout=60)
        *_, last = messages(self.laptop.messages)
        return self.laptop.find(arn).status, last.blocks[0].model_dump()["text"]["text"]

    def rds(self, name: str) -> Any:
        account = CONFIG.accounts[CONFIG.clusters[name].account]
        return self.laptop.aws.client("rds", account=account.id, region=REGION)

    def identifier(self, name: str) -> str:
        return CONFIG.clusters[name].identifier or name

    def status(self, name: str) -> str:
        [found] = self.rds(name).describe_db_clusters(DBClusterIdentifier=self.identifier(name))["DBClusters"]
        return str(found["Status"])

    def fault(self, name: str, fault: str) -> None:
        """From now on this goes wrong with the cluster."""
        [found] = self.rds(name).describe_db_clusters(DBClusterIdentifier=self.identifier(name))["DBClusters"]
        tags = [{"Key": "handrail:fault", "Value": fault}]
        self.rds(name).add_tags_to_resource(ResourceName=found["DBClusterArn"], Tags=tags)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HANDRAIL_AURORA", PHASES)
    with Laptop.open(load(ROOT), tmp_path / "home") as laptop:
        yield Desk(laptop)


def test_a_cluster_goes_to_sleep_and_wakes_up(desk: Desk) -> None:
    """In the account that its name means; the others go on as they were (S002-51, S002-52)."""
    assert desk.run("cluster-power", cluster="orders-live", power="stop") == ("SUCCEEDED", "orders-live is stopped")
    assert [desk.status(name) for name in CONFIG.clusters] == ["available", "available", "stopped"]

    assert desk.run("cluster-power", cluster="orders-live", power="start") == ("SUCCEEDED", "orders-live is available")


def test_a_misspelt_cluster_is_not_announced(desk: Desk) -> None:
    """The channel hears once, that it was refused and what was likely meant (S002-53)."""
    refused = "cluster-power failed: The runbook does not accept this input: cluster: this is none of the choices: "

    ended = desk.run("cluster-power", cluster="ordres", power="stop")

    assert ended == ("FAILED", f'{refused}orders, orders-live, search. Did you mean "orders"?')
    assert len(messages(desk.laptop.messages)) == 1


@pytest.mark.parametrize(
    ("fault", "ended", "told"),
    [
        pytest.param("backup", "SUCCEEDED", "orders is stopped", id="a backup runs"),
        pytest.param("invalid-state:1", "SUCCEEDED", "orders is stopped", id="refused once"),
        pytest.param("invalid-state", "FAILED", "cluster-power failed: The cluster is changing and takes no order yet. "
                     "orders refused StopDBCluster.", id="refused for good"),
        pytest.param("throttling:2", "SUCCEEDED", "orders is stopped", id="throttled twice"),
        pytest.param("access-denied", "FAILED", "cluster-power failed: AWS does not let us do this. The role "
                     'handrail-power of the account "development" needs rds:StopDBCluster', id="not allowed"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_waited_for_or_told(desk: Desk, fault: str, ended: str, told: str) -> None:
    """Each fault of the laptop's Aurora: what passes is waited for, what stays ends the run and is told."""
    desk.fault("orders", fault)

    status, last = desk.run("cluster-power", cluster="orders", power="stop")

    assert status == ended
    assert last.startswith(told)
    assert "arn:" not in last


def test_a_cluster_that_never_settles_ends_the_run(desk: Desk) -> None:
    """The run takes too long, which is told, and the cluster is free for the next one."""
    desk.fault("orders", "stuck")

    ended = desk.run("cluster-power", seconds=3, cluster="orders", power="stop")

    assert ended == ("TIMED_OUT", "cluster-power took too long and was ended: States.Timeout")
    assert desk.status("orders") == "stopping"
    assert table().query("lock#cluster-power#orders") == []


def test_a_role_that_does_not_trust_us(desk: Desk) -> None:
    """With another external id the door stays shut, and what is told is what to mend."""
    desk.laptop.prepare()
    iam = desk.laptop.aws.client("iam", account=CONFIG.accounts["production"].id)
    trust = iam.get_role(RoleName="handrail-power")["Role"]["AssumeRolePolicyDocument"]
    document = json.dumps(trust).replace(CONFIG.accounts["production"].external_id, "another")
    iam.update_assume_role_policy(RoleName="handrail-power", PolicyDocument=document)

    status, last = desk.run("cluster-power", cluster="orders-live", power="stop")

    assert status == "FAILED"
    assert 'handrail-power of the account "production" does not let us in' in last
    assert desk.status("orders-live") == "available"


def test_a_cluster_that_aws_has_started_is_put_back_to_sleep(desk: Desk) -> None:
    """After a week, whoever ordered the stop finds it stopped; one that was meant to run goes on running."""
    desk.run("cluster-power", cluster="orders", power="stop")
    quiet = desk.run("cluster-sleep")
    desk.laptop.aws.aurora.now = lambda: datetime.now(UTC) + timedelta(days=8)
    assert [desk.status(name) for name in CONFIG.clusters] == ["available"] * 3

    loud = desk.run("cluster-sleep")

    assert quiet == ("SUCCEEDED", "orders is stopped")
    assert loud == ("SUCCEEDED", "*1 of 1 cluster put back to sleep*")
    assert [desk.status(name) for name in CONFIG.clusters] == ["stopped", "available", "available"]


def test_nothing_that_runs_tells_how_we_get_in(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """No external id and no credential in a message, a log or the history of a run, whichever way it ends (A14)."""
    caplog.set_level("INFO")
    for cluster, fault in (("orders", "access-denied"), ("search", "invalid-state"), ("orders-live", "backup")):
        desk.fault(cluster, fault)
        desk.run("cluster-power", cluster=cluster, power="stop")

    kept = [desk.laptop.messages, *desk.laptop.home.glob("store.sqlite3*")]
    told = caplog.text + "".join(path.read_bytes().decode(errors="replace") for path in kept)
    assert "needs rds:StopDBCluster" in told
    secrets = {account.external_id for account in CONFIG.accounts.values()}
    assert [secret for secret in secrets if secret in told] == []
    assert "AssumedRoleUser" not in told
    assert "SessionToken" not in told
