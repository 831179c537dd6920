"""What outlives a process of Handrail: the numbers of the builds, and the answer about each."""

import json
import logging
import re
from pathlib import Path
from typing import Any

from handrail.local.builds.workspace import Workspace

logger = logging.getLogger(__name__)

Answer = dict[str, Any]

NUMBERS = "numbers.json"

# What somebody asks for is part of a path.
BUILD_ID = re.compile(r"[\w-]+:[0-9a-f-]{36}")


class Records:
    """The builds' folder as an archive; one process at a time writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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

    def write(self, build: Answer) -> None:
        """Keep an answer; where that fails, the build has ended all the same."""
        try:
            self.workspace(build["id"]).record.write_text(json.dumps(build), encoding="utf-8")
        except OSError:
            logger.exception("The record of the build %s could not be written", build["id"])

    def read(self, build: str) -> Answer | None:
        """The answer about a build of an earlier process, None for one that nobody knows."""
        record = self.workspace(build).record
        if not BUILD_ID.fullmatch(build) or not record.is_file():
            return None
        kept: Answer = json.loads(record.read_text(encoding="utf-8"))
        return kept if kept["buildComplete"] else abandoned(kept)


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
