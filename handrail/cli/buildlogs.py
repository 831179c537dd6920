"""The lines of an execution's builds, read from their files while another process writes them."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from handrail.cli.causes import build_in, log_of
from handrail.engine.events import Event, TaskFailed, TaskSubmitted, TaskSucceeded


class BuildLogs:
    """Tells each line of a log once, with its build's id; a build is known by what its task was answered."""

    def __init__(self, home: Path, tell: Callable[[str, str], None]) -> None:
        self.home = home
        self.tell = tell
        self.builds: dict[int, str] = {}
        self.read: dict[str, int] = {}

    def happened(self, event: Event) -> None:
        """Follow a build that has begun; of one that has ended, tell the rest before its end is told."""
        if isinstance(event, TaskSubmitted | TaskSucceeded) and (build := build_in(event.output)) is not None:
            self.builds[event.task] = str(build.get("Id"))
        if isinstance(event, TaskSucceeded | TaskFailed) and event.task in self.builds:
            id = self.builds[event.task]
            self.look_at(id)
            # One that nobody waits for goes on after its task.
            if isinstance(event, TaskFailed) or ended(event.output):
                del self.builds[event.task]

    def look(self) -> None:
        """Tell what the builds that are under way have written since the last look."""
        for id in self.builds.values():
            self.look_at(id)

    def look_at(self, id: str) -> None:
        with suppress(OSError), log_of(self.home, id).open("rb") as log:
            log.seek(self.read.get(id, 0))
            # A line that is being written is told when it is whole.
            lines, end, _ = log.read().rpartition(b"\n")
            if end:
                self.read[id] = self.read.get(id, 0) + len(lines) + 1
                for line in lines.decode(errors="replace").split("\n"):
                    self.tell(id, line)


def ended(output: object) -> bool:
    """Whether an answer of CodeBuild's tells of a build that is complete."""
    build = build_in(output)
    return build is not None and bool(build.get("BuildComplete"))
