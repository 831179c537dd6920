"""The modules of a project (`schemas`, `machines`, `tasks`, …) put back as they were."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from handrail.catalogue import PACKAGES


def _modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in PACKAGES]


@contextmanager
def put_back() -> Iterator[None]:
    """Whatever project is imported meanwhile, its modules are gone afterwards and those of before are there again."""
    path, before = list(sys.path), {name: sys.modules[name] for name in _modules()}
    yield
    sys.path[:] = path
    for name in _modules():
        del sys.modules[name]
    sys.modules.update(before)
