"""Why something failed, as a person reads it: a function's message, a build's failed phase and the end of its log."""

import json
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.text import Text

from handrail.cli.output import visible

LAST_LINES = 20

CONTAINER = "[Container]"
"""How CodeBuild's own lines in a build's log begin; the others are what the commands say."""


def failure(error: str | None, cause: str | None) -> Text:
    """An error and its cause in one text."""
    told = ": ".join(part for part in (error, readable(cause)) if part)
    return Text(visible(told or "failed, and said nothing about why"), "red")


def readable(cause: str | None) -> str | None:
    """A cause as a person reads it; one that is no JSON is left as it is."""
    value = parsed(cause)
    if isinstance(value, dict) and "errorMessage" in value:
        return str(value["errorMessage"])
    build = build_in(value)
    return failed_phase(build) if build else cause


def parsed(text: str | None) -> Any:
    """A text as JSON, None where it is none."""
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def build_in(value: Any) -> dict[str, Any] | None:
    """The build that a task of CodeBuild tells of."""
    build = value.get("Build") if isinstance(value, dict) else None
    return build if isinstance(build, dict) else None


def failed_phase(build: dict[str, Any]) -> str:
    """`build drift_plan:1f3a, phase BUILD: Error while executing command …`."""
    messages = [
        f"phase {phase.get('PhaseType')}: {in_a_line(context['Message'])}"
        for phase in build.get("Phases", [])
        for context in phase.get("Contexts", [])
        if context.get("Message")
    ]
    told = messages[0] if messages else f"ended {build.get('BuildStatus')}"
    return f"build {build.get('Id')}, {told}"


def in_a_line(message: str) -> str:
    """A message that quotes a command of many lines: where it begins and how it ends."""
    first, *_, last = [line.strip() for line in message.strip().splitlines()] * 2
    return first if first == last else f"{first} … {last.removeprefix('. ')}"


def failed_build(cause: str | None) -> str | None:
    """The id of the build that failed, where it was one."""
    build = build_in(parsed(cause))
    return None if build is None else str(build.get("Id"))


def log_of(home: Path, build: str) -> Path:
    """Where a build's log is kept."""
    return home / "builds" / Path(build.replace(":", "-")).name / "log.txt"


def last_lines(log: Path) -> list[str]:
    """The last lines that a build's commands wrote; none where the log is not there any more."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            said = (line.rstrip("\n") for line in lines if not line.startswith(CONTAINER))
            return list(deque(said, maxlen=LAST_LINES))
    except OSError:
        return []


def failed_builds(home: Path, causes: Iterable[str | None]) -> list[dict[str, object]]:
    """For programs: each build that failed, and the last lines of its log."""
    ids = dict.fromkeys(id for cause in causes if (id := failed_build(cause)))
    return [{"id": id, "log": last_lines(log_of(home, id))} for id in ids]
