"""A folder for each build: a copy of the source, a home, a place for temporary files; and what is kept of it."""

import os
import shutil
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

# What a project's source is on AWS too. pyproject.toml marks the root of the project.
SOURCE = ("schemas", "tasks", "codebuild", "config", "pyproject.toml")

CHUNK = 1 << 20

LOG = "log.txt"
RECORD = "build.json"

# Not part of a checkout, and large.
LEFT_OUT = frozenset({".git", ".terraform", ".venv", "node_modules"})


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one build. `log` and `record` stay when the build has ended, until they are pruned."""

    root: Path

    @property
    def source(self) -> Path:
        return self.root / "src"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """In the system's folder for such files: sockets are made there, whose paths may have 107 bytes at most."""
        return Path(gettempdir()) / f"hr-{sha256(str(self.root).encode()).hexdigest()[:12]}"

    @property
    def state(self) -> Path:
        """What commands hand on to the next one; its environment may hold secrets."""
        return self.root / "state"

    @property
    def log(self) -> Path:
        return self.root / LOG

    @property
    def record(self) -> Path:
        return self.root / RECORD

    def make(self) -> None:
        """Make the folder, for the person who runs Handrail alone."""
        self.root.mkdir(parents=True, mode=0o700)

    def fill(self, project: Path, parts: Iterable[str] = SOURCE) -> None:
        """Copy the source in. Never links: what a command writes by a relative path must not reach the project.

        Compiled modules are copied as well, with their times, so that no build compiles them anew.
        """
        for folder in (self.source, self.home, self.temporary, self.state):
            folder.mkdir(mode=0o700)
        for part in parts:
            if (origin := project / part).is_dir():
                _copy_folder(origin, self.source / part, frozenset())
            elif origin.is_file():
                _copy_file(origin, self.source / part)

    def clear(self) -> None:
        """Remove everything but the log and the record."""
        for folder in (self.source, self.home, self.temporary, self.state):
            shutil.rmtree(folder, ignore_errors=True)


def _copy_folder(origin: Path, to: Path, above: frozenset[Path]) -> None:
    """Copy what is below. A link is copied as what it leads to, unless that is nothing, or a folder above it."""
    if (real := origin.resolve()) in above:
        return
    to.mkdir()
    for entry in os.scandir(origin):
        source, target = Path(entry.path), to / entry.name
        if entry.name in LEFT_OUT or (entry.is_symlink() and real.is_relative_to(source.resolve())):
            continue
        if entry.is_dir():
            _copy_folder(source, target, above | {real})
        elif entry.is_file():
            _copy_file(source, target)


def _copy_file(origin: Path, to: Path) -> None:
    """Copy content, permissions and times: Python believes a compiled module by the time of its source.

    By the open files, which takes half the time of `shutil.copyfile` and names: a build copies hundreds.
    """
    with origin.open("rb", buffering=0) as source, to.open("xb") as target:
        while content := source.read(CHUNK):
            target.write(content)
        target.flush()
        status = os.fstat(source.fileno())
        os.fchmod(target.fileno(), stat.S_IMODE(status.st_mode) | stat.S_IWUSR)
        os.utime(target.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))


def prune(folder: Path, keep: int, spare: Collection[Path] = ()) -> list[Path]:
    """Remove all builds' folders but the newest `keep` ones and those to `spare`; gives back what was removed."""
    builds = [found for found in folder.iterdir() if (found / LOG).is_file()] if folder.is_dir() else []
    newest_first = sorted(builds, key=lambda found: (found / LOG).stat().st_mtime_ns, reverse=True)
    old = [found for found in newest_first[keep:] if found not in spare]
    for found in old:
        shutil.rmtree(found, ignore_errors=True)
    return old
