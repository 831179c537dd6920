"""What all tests share: modules compiled once, botocore's models read once, one project at a time."""

import os
from collections.abc import Iterator

import pytest

from handrail.service_models import read_once
from tests.content import put_back


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment in which modules are compiled once, as they are wherever the package is installed.

    Every process that a test starts has it, unless the test gives it an environment of its own.
    """
    folder = tmp_path_factory.getbasetemp()
    # Tests that run side by side have a folder each in that of the run.
    run = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    environment = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(run / "bytecode")}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        yield environment


@pytest.fixture(scope="session", autouse=True)
def models_of_services() -> None:
    """Each session of botocore's would read megabytes of JSON anew otherwise, and tests make hundreds."""
    read_once()


@pytest.fixture(scope="module", autouse=True)
def own_content() -> Iterator[None]:
    """A project that the tests of one file import does not reach those of the next."""
    with put_back():
        yield
