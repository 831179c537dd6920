"""What the tests of Aurora share: a laptop's AWS, and the clock that its clusters go by."""

from collections.abc import Iterator
from typing import Any

import pytest

from handrail.local.aws import Aws
from tests.local.cloud import Clock, client, started


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[Aws]:
    aws = started(clock)
    yield aws
    aws.close()


@pytest.fixture
def rds(aws: Aws) -> Any:
    return client(aws, "rds")
