"""A process that works in the laptop's AWS: its own, or that of a server which has it already."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handrail.aws import client
from handrail.clock import VARIABLE
from handrail.local.environment import environment, turn
from handrail.local.naming import MESSAGES
from handrail.local.place import timezone


def whereabouts(root: Path, home: Path) -> dict[str, str]:
    """Where functions find their project, and whom they tell."""
    place = timezone(root / "pyproject.toml")
    own = {"HANDRAIL_MESSAGES": str(home / MESSAGES), "HANDRAIL_PROJECT": str(root)}
    return own if place is None else {**own, VARIABLE: place}


@contextmanager
def visiting(root: Path, home: Path, endpoint: str) -> Iterator[None]:
    """This process turned to the AWS of the server at an endpoint, as the functions that run there are."""
    undo = turn(os.environ, {**environment(endpoint), **whereabouts(root, home)})
    # A client keeps the endpoint that it was made with.
    client.cache_clear()
    try:
        yield
    finally:
        undo()
        client.cache_clear()
