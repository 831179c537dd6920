"""The catalogue of this project, loaded once."""

from pathlib import Path

import pytest

from handrail.catalogue import Catalogue, load


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(Path(__file__).parents[2])
