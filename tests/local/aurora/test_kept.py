"""What is kept of a cluster: all of it, for whoever comes next."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.errors import HandrailError
from handrail.local.aurora.kept import Phases, Place
from handrail.local.aurora.phases import Cluster, Fault
from handrail.local.cloudfile import FILE

NOON = datetime(2026, 11, 20, 12, 0, 0, 250000, tzinfo=UTC)
ORDERS = Place("111111111111", "ap-northeast-1", "orders")


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param(Cluster("stopping", NOON), id="healthy"),
        pytest.param(Cluster("starting", NOON, Fault("stuck")), id="with a fault"),
        pytest.param(Cluster("available", NOON, Fault("throttling", 3)), id="with one that is counted"),
    ],
)
def test_is_there_after_a_restart(tmp_path: Path, cluster: Cluster) -> None:
    """Status, moment and fault are what they were when the process ended."""
    first = Phases(tmp_path)
    first.put(ORDERS, Cluster("available", NOON))
    first.put(ORDERS, cluster)
    first.close()

    assert Phases(tmp_path).get(ORDERS) == cluster


@pytest.mark.parametrize(
    "other",
    [
        Place("222222222222", "ap-northeast-1", "orders"),
        Place("111111111111", "us-east-1", "orders"),
        Place("111111111111", "ap-northeast-1", "carts"),
    ],
)
def test_keeps_clusters_apart(other: Place) -> None:
    """The same name in another account or region is another cluster."""
    phases = Phases(None)
    phases.put(ORDERS, Cluster("stopped", NOON))

    assert phases.get(other) is None


def test_memory_is_forgotten() -> None:
    """Without a folder nothing is written."""
    Phases(None).put(ORDERS, Cluster("stopped", NOON))

    assert Phases(None).get(ORDERS) is None


def test_is_for_this_person_alone(tmp_path: Path) -> None:
    """Other people of the machine read neither the folder nor the file."""
    Phases(tmp_path / "home").close()

    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
    assert (tmp_path / "home" / FILE).stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """The person learns which file it is."""
    (tmp_path / FILE).write_bytes(b"no database" * 100)

    with pytest.raises(HandrailError, match=FILE):
        Phases(tmp_path)
