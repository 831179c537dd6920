"""What moto makes up: the same again for the same seed and moment, and as before everywhere else."""

import os
import random
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from handrail.local.moto.chance import HEARD, listen, scripted

services: Any = ModuleType("moto.of_these_tests")
"""Imports what moto's services do."""


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    vars(services).update(os=os, uuid=uuid, random=random, uuid4=uuid.uuid4, randint=random.randint, time=time)
    vars(services).pop(HEARD, None)
    monkeypatch.setitem(sys.modules, services.__name__, services)
    listen()
    listen()


def made_up() -> list[object]:
    """By all ways in which moto draws."""
    return [
        mock_random.uuid4(),
        mock_random.random(),
        mock_random.randint(0, 10**12),
        mock_random.choice(range(10**6)),
        mock_random.get_random_hex(12),
        mock_random.get_random_string(),
        mock_random.token_urlsafe(8),
        mock_random.sample(range(10**6), 3),
        mock_random.randbytes(8),
        services.os.urandom(8),
        services.uuid.uuid4(),
        services.uuid4(),
        services.random.choice(range(10**6)),
        services.randint(0, 10**12),
    ]


def test_a_seed_decides() -> None:
    """The same seed, the same values; another, others."""
    found = []
    for seed in ("a", "b", "a"):
        with scripted(seed, 0):
            found.append(made_up())

    assert found[0] == found[2]
    assert all(one != other for one, other in zip(found[0], found[1], strict=True))


def test_chance_is_chance_outside() -> None:
    """After a script, and in other threads during one."""
    with scripted("a", 0), ThreadPoolExecutor(1) as pool:
        inside, elsewhere = made_up(), pool.submit(made_up).result()
    after = made_up()

    assert all(len({str(each) for each in drawn}) == 3 for drawn in zip(inside, elsewhere, after, strict=True))


def test_only_moto_is_changed() -> None:
    """Python's own modules are what they were."""
    assert os.urandom.__module__ == "posix"
    assert uuid.uuid4.__module__ == "uuid"
    assert services.os is not os
    assert services.os.environ is os.environ


def test_a_moment_decides() -> None:
    """moto's clock stands still inside, and goes on elsewhere."""
    with scripted("a", 1_700_000_000.25), ThreadPoolExecutor(1) as pool:
        inside, elsewhere = utcnow(), pool.submit(utcnow).result()
        assert services.time.time() == 1_700_000_000.25

    assert inside.isoformat() == "2023-11-14T22:13:20.250000"
    assert abs((utcnow() - elsewhere).total_seconds()) < 60
    assert time.time() > 1_700_000_000
