"""What outlives a process of Handrail: the numbers of the builds, the answer about each, and what it was asked for."""

import json
import logging
import re
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from handrail.local.builds.workspace import RECORD, Workspace

logger = logging.getLogger(__name__)

Answer = dict[str, Any]

NUMBERS = "numbers.json"

# What somebody asks for is part of a path.
BUILD_ID = re.compile(r"[\w-]+:[0-9a-f-]{36}")

# The member of a record that is none of the answer.
REQUEST = "request"


class Listed(NamedTuple):
    """By what lists of builds are sorted: seconds since the epoch, and the number within the project."""

    started: float
    number: int


class Records:
    """The builds' folder as an archive; one process at a time writes to it, from any of its threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = RLock()

    def workspace(self, build: str) -> Workspace:
        """A build's folder; its id has a colon, which would end an entry of PYTHONPATH."""
        return Workspace(self.folder / build.replace(":", "-"))

    def next_number(self, project: str) -> int:
        """Builds are numbered by project, from 1."""
        path = self.folder / NUMBERS
        numbers: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        numbers[project] = numbers.get(project, 0) + 1
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(json.dumps(numbers), encoding="utf-8")
        return numbers[project]

    def write(self, build: Answer, request: Mapping[str, Any] | None = None) -> bool:
        """Keep an answer, whole or not at all; whether it is kept. A build goes on, or has ended, all the same."""
        record = self.workspace(build["id"]).record
        fresh = record.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({**build, REQUEST: request}), encoding="utf-8")
            fresh.replace(record)
        except OSError:
            logger.exception("The record of the build %s could not be written", build["id"])
            return False
        with self._lock:
            self._known[build["id"]] = _listed(build)
        return True

    def read(self, build: str) -> Answer | None:
        """The answer about a build of an earlier process, None for one that nobody knows."""
        kept = self._kept(build)
        if kept is None:
            return None
        del kept[REQUEST]
        return kept if kept["buildComplete"] else abandoned(kept)

    def request(self, build: str) -> Answer | None:
        """What StartBuild was asked for; None for a build that nobody knows."""
        kept = self._kept(build)
        return None if kept is None else kept[REQUEST]

    def listed(self) -> dict[str, Listed]:
        """Every build that is kept, by its id."""
        with self._lock:
            return dict(self._known)

    def remove(self, build: str) -> None:
        """Forget a build that has ended, its log too."""
        with self._lock:
            self._known.pop(build, None)
        shutil.rmtree(self.workspace(build).root, ignore_errors=True)

    def settle(self) -> list[Answer]:
        """End what was under way when an earlier process was killed; gives the answers about those builds."""
        ended = []
        for build in self.listed():
            kept = self._kept(build)
            if kept is not None and not kept["buildComplete"]:
                request = kept.pop(REQUEST)
                ended.append(abandoned(kept))
                self.write(ended[-1], request)
        return ended

    def _kept(self, build: str) -> Answer | None:
        record = self.workspace(build).record
        return _read(record) if BUILD_ID.fullmatch(build) and record.is_file() else None

    @cached_property
    def _known(self) -> dict[str, Listed]:
        """Read once: a folder of many builds is not to be looked through for each list."""
        kept = (_read(record) for record in self.folder.glob(f"*/{RECORD}"))
        return {build["id"]: _listed(build) for build in kept if build is not None}


def _read(record: Path) -> Answer | None:
    """What a record holds, None for one that is gone meanwhile, or that a machine's end has torn."""
    try:
        kept: Answer = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        logger.exception("The record %s cannot be read; its build is left out", record)
        return None
    return kept


def _listed(build: Answer) -> Listed:
    return Listed(build["startTime"], build["buildNumber"])


def abandoned(build: Answer) -> Answer:
    """A build that was under way when Handrail was killed: its processes were ended, so it has ended."""
    *before, last = build["phases"]
    ended = last["startTime"]
    context = {"statusCode": "INTERNAL_SERVICE_ERROR", "message": "Handrail was ended while the build was under way"}
    fault = {**last, "endTime": ended, "phaseStatus": "FAULT", "durationInSeconds": 0, "contexts": [context]}
    return {
        **build,
        "endTime": ended,
        "buildStatus": "FAULT",
        "buildComplete": True,
        "currentPhase": "COMPLETED",
        "phases": [*before, fault, {"phaseType": "COMPLETED", "startTime": ended}],
    }
