"""Where the command line finds the project and keeps what it ran."""

import os
from pathlib import Path

from handrail.catalogue import Catalogue, Runbook, load
from handrail.errors import HandrailError, did_you_mean
from handrail.root import find_root


def home() -> Path:
    """The folder of the store, the builds and the messages: HANDRAIL_HOME, else `.handrail` in the project's root."""
    given = os.environ.get("HANDRAIL_HOME")
    if given:
        return Path(given)
    return (find_root(Path.cwd()) or Path.cwd()) / ".handrail"


def runbook(catalogue: Catalogue, name: str) -> Runbook:
    """A runbook by its name."""
    found = catalogue.runbooks.get(name)
    if found is None:
        near = did_you_mean(name, catalogue.runbooks)
        raise HandrailError(f'There is no runbook "{name}".{near} `handrail list` shows what there is.')
    return found


__all__ = ["home", "load", "runbook"]
