"""A process that is killed loses nothing: the next one goes on where it was, and does nothing twice."""

import os
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.local.killed.locks import A_LIFE, Locks
from tests.local.killed.outside import Outside

PROVE = "HANDRAIL_PROVE" in os.environ
KILLS, LAPTOPS = (170, 30) if PROVE else (9, 1)


@pytest.fixture(scope="module")
def seed() -> int:
    """What all that is random follows from; HANDRAIL_SEED gives it again."""
    return int(os.environ.get("HANDRAIL_SEED") or SystemRandom().getrandbits(32))


@pytest.fixture(autouse=True)
def told(seed: int) -> None:
    """The seed is shown where a test fails."""
    print(f"HANDRAIL_SEED={seed}")


@pytest.fixture(scope="module")
def laptop(seed: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[Locks, list[str]]:
    """A laptop that was killed again and again, and what it has left in the end."""
    locks = Locks(tmp_path_factory.mktemp("laptop"), Random(seed))
    return locks, locks.prove(LAPTOPS)


@pytest.mark.prove
def test_whenever_it_is_killed_everything_ends_and_nothing_is_done_twice(tmp_path: Path, seed: int) -> None:
    """SIGKILL at random moments, while fifty machines run: all end, what was finished is not run again, no gap."""
    outside = Outside(tmp_path / "home", Random(seed))
    outside.prove(KILLS)
    found = outside.judge()

    print(f"{outside.kills} kills, {outside.begun} executions begun: {dict(found)}")
    assert found["SUCCEEDED"] > 0
    assert (found["cut off"] > 0 and found["answered later"] > 0) or not PROVE


@pytest.mark.prove
def test_whenever_a_laptop_is_killed_its_locks_stay_whose_they_are(laptop: tuple[Locks, list[str]]) -> None:
    """Runs that wait keep their target over a kill, nobody else has it meanwhile, and none stays taken in the end."""
    locks, left = laptop

    assert left == []

    found = locks.judge()
    print(f"{LAPTOPS} kills, {locks.begun} runs begun: {dict(found)}")
    assert set(found) <= {"SUCCEEDED", "FAILED handrail.Busy", "FAILED Busy", "FAILED States.TaskFailed"}


@pytest.mark.prove
def test_whenever_a_laptop_is_killed_each_schedule_begins_its_execution_once(laptop: tuple[Locks, list[str]]) -> None:
    """Due before a kill, while nobody lives, or after it: one execution each, none lost, none doubled, none early."""
    locks, _ = laptop
    found = locks.judge_schedules()

    print(f"{LAPTOPS} kills: {dict(found)}")
    assert found["schedules"] >= A_LIFE
    assert (found["minutes"] > 0 and found["due when nobody lived"] > 0) or not PROVE
