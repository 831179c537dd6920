"""A process that is killed loses nothing: the next one goes on where it was, and does nothing twice."""

import os
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.local.killed.locks import Locks
from tests.local.killed.outside import Outside

PROVE = "HANDRAIL_PROVE" in os.environ
KILLS, LAPTOPS = (180, 20) if PROVE else (9, 1)


@pytest.fixture
def chance() -> Random:
    """What is random, from a seed that is shown where a test fails; HANDRAIL_SEED gives it again."""
    seed = int(os.environ.get("HANDRAIL_SEED") or SystemRandom().getrandbits(32))
    print(f"HANDRAIL_SEED={seed}")
    return Random(seed)


@pytest.mark.prove
def test_whenever_it_is_killed_everything_ends_and_nothing_is_done_twice(tmp_path: Path, chance: Random) -> None:
    """SIGKILL at random moments, while fifty machines run: all end, what was finished is not run again, no gap."""
    outside = Outside(tmp_path / "home", chance)
    outside.prove(KILLS)
    found = outside.judge()

    print(f"{outside.kills} kills, {outside.begun} executions begun: {dict(found)}")
    assert found["SUCCEEDED"] > 0
    assert found["cut off"] > 0 or not PROVE


@pytest.mark.prove
def test_whenever_a_laptop_is_killed_its_locks_stay_whose_they_are(tmp_path: Path, chance: Random) -> None:
    """Runs that wait keep their target over a kill, nobody else has it meanwhile, and none stays taken in the end."""
    locks = Locks(tmp_path, chance)

    assert locks.prove(LAPTOPS) == []

    found = locks.judge()
    print(f"{LAPTOPS} kills, {locks.begun} runs begun: {dict(found)}")
    assert set(found) <= {"SUCCEEDED", "FAILED handrail.Busy", "FAILED Busy", "FAILED States.TaskFailed"}
