"""Where the command line finds the project, and what it keeps of what ran."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from handrail.errors import HandrailError, did_you_mean
from handrail.root import find_root

if TYPE_CHECKING:  # whoever only looks at what ran loads no project
    from handrail.catalogue import Catalogue, Runbook


KEPT = ".handrail"


def home() -> Path:
    """The folder of the store, the builds and the messages: HANDRAIL_HOME, else `.handrail` in the project's root.

    Where there is no project it may stand in the working directory: `handrail local FILE` makes it.
    """
    given = os.environ.get("HANDRAIL_HOME")
    if given:
        return Path(given).absolute()
    root = find_root(Path.cwd())
    if root is None and Path(KEPT).is_dir():
        return Path(KEPT).absolute()
    if root is None:
        raise HandrailError(
            f"{Path.cwd()} is in no Handrail project, so there is no folder with what ran. "
            "Go to the project's folder, or name that folder with HANDRAIL_HOME. A state machine in a file needs no "
            "project: handrail local FILE."
        )
    return root / KEPT


def here() -> Path:
    """The same folder, also where there is neither a project nor that folder yet."""
    given = os.environ.get("HANDRAIL_HOME") or find_root(Path.cwd())
    return home() if given else Path(KEPT).absolute()


def anywhere() -> "Catalogue":
    """The project; where there is none, an empty one of this directory."""
    from handrail.catalogue import Catalogue, load

    return load() if find_root(Path.cwd()) is not None else Catalogue(Path.cwd(), {}, {}, {}, {}, {})


def runbook(catalogue: "Catalogue", name: str) -> "Runbook":
    """A runbook by its name."""
    found = catalogue.runbooks.get(name)
    if found is None:
        near = did_you_mean(name, catalogue.runbooks)
        raise HandrailError(f'There is no runbook "{name}".{near} `handrail list` shows what there is.')
    return found
