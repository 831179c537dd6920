"""What is older than the retention is removed with its journal; what runs never is."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from handrail.engine.events import Started
from handrail.errors import HandrailError
from handrail.local.retention import Pruning, kept, prune
from handrail.local.store import Store, Stored

DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path, 0) as store:
        yield store


def ran(store: Store, name: str, stopped: float | None) -> None:
    """An execution that began long ago, with a journal."""
    arn = f"arn:aws:states:us-east-1:123456789012:execution:m:{name}"
    store.add(Stored(arn, name, "m", "{}", "{}", "RUNNING", 0.0))
    store.append(arn, 0, Started(0.0, "{}", 1))
    if stopped is not None:
        store.ended(arn, "SUCCEEDED", stopped, "{}", None, None)


def names(store: Store) -> set[str]:
    return {each.name for each in store.executions()}


def test_what_ended_long_ago_goes_with_its_journal(store: Store) -> None:
    """The end counts, not the beginning; what runs stays however old it is."""
    ran(store, "old", 10 * DAY)
    ran(store, "young", 20 * DAY)
    ran(store, "running", None)
    prune(store, 15 * DAY)

    assert names(store) == {"young", "running"}
    assert store.read("SELECT count(*) FROM journal", ()) == [(2,)]


def test_many_go_in_several_steps(store: Store) -> None:
    """More than are removed at once."""
    for number in range(450):
        ran(store, f"run-{number}", 1.0)
    prune(store, DAY)
    assert names(store) == set()


@pytest.mark.parametrize(
    ("written", "days"),
    [
        pytest.param("", 90, id="nothing is said"),
        pytest.param("retention = 30", 30, id="a number of days"),
    ],
)
def test_a_project_says_how_long(tmp_path: Path, written: str, days: int) -> None:
    """AWS's 90 days, unless pyproject.toml says otherwise."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.handrail]\n{written}\n")
    assert kept(tmp_path / "pyproject.toml") == days * DAY


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", '"90"', "[90]", "36501", "100000000000"])
def test_what_is_no_number_of_days_is_refused(tmp_path: Path, value: str) -> None:
    """Nothing is removed by a mistake: the setting is named, with what it may be."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.handrail]\nretention = {value}\n")
    with pytest.raises(HandrailError, match=r"`retention` of \[tool.handrail\] must be a whole number of days"):
        kept(tmp_path / "pyproject.toml")


def test_where_there_is_no_project_it_is_as_on_aws(tmp_path: Path) -> None:
    """Around a state machine that is a file nobody says anything."""
    assert kept(tmp_path / "pyproject.toml") == 90 * DAY


def test_it_is_done_again_while_somebody_serves(store: Store) -> None:
    """Each time what is too old by then; a store that cannot be written at the moment is tried again."""
    ran(store, "old", 1.0)
    troubles = [HandrailError("the disk is full")]
    gone = Flag()

    def ask(job: object) -> int:
        if troubles:
            raise troubles.pop()
        removed: int = job()  # type: ignore[operator]
        gone.set()
        return removed

    pruning = Pruning(store, ask, lambda: 100 * DAY, 90 * DAY, every=0.001)
    pruning.start()
    assert gone.wait(10)
    pruning.close()
    assert names(store) == set()
