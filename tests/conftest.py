"""What all tests share: botocore's descriptions of AWS, found and read once a process."""

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from botocore.loaders import create_loader


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_aws() -> Iterator[None]:
    """One loader for all sessions; each new one would read megabytes of JSON anew, and tests make hundreds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(create_loader))
        yield
