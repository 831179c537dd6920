"""Where the recordings from AWS and the definitions with planted mistakes are."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of conformance material; tests that need it are skipped where it is not there."""
    beside = Path(__file__).parents[3] / "shared" / "conformance"
    folder = Path(os.environ.get("HANDRAIL_CONFORMANCE", beside))
    if not folder.is_dir():
        pytest.skip(f"no conformance material in {folder}; set HANDRAIL_CONFORMANCE")
    return folder
