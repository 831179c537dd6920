"""Clears what builds of a killed process left: their processes, and folders that may hold secrets."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from handrail.local.builds.strays import strays
from handrail.local.builds.variables import mark
from handrail.local.builds.workspace import Workspace


def sweep(builds: Path) -> None:
    """Only for whoever has the store to itself, so that none of these builds is under way; logs and records stay."""
    for folder in builds.iterdir() if builds.is_dir() else ():
        workspace = Workspace(folder)
        if not workspace.state.exists():
            continue
        name, id = folder.name[:-37], folder.name[-36:]
        for process in strays(mark(f"{name}:{id}").encode()):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        workspace.clear()
