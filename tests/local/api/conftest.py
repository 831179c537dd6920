"""What the tests of the API share: an API for each file, whose tasks wait until a test answers them."""

from collections.abc import Iterator

import pytest

from tests.local.api.serving import Site, serving
from tests.local.driving import Taker


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API without machines; a file that wants some has a fixture of this name that adds them."""
    with serving(tmp_path_factory.mktemp("api"), Taker()) as found:
        yield found
