"""A project to build, a bucket that keeps what it is given, and builds that are closed after the test."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.local.builds import Builds, ProjectSpec

Wait = Callable[[Callable[[], object]], None]


def commands(*lines: str, phase: str = "build") -> str:
    """A buildspec with one phase."""
    listed = "".join(f"      - {json.dumps(line)}\n" for line in lines)
    return f"version: 0.2\nphases:\n  {phase}:\n    commands:\n{listed}"


def phases(build: dict[str, Any]) -> dict[str, str]:
    """Each phase with its status."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def context(build: dict[str, Any], phase: str) -> dict[str, str]:
    """Why a phase ended as it did."""
    [found] = [one for one in build["phases"] if one["phaseType"] == phase]
    return dict(found["contexts"][0])


def alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] not in {"", "Z", "X"}


class MemoryBucket:
    """A bucket in memory."""

    name = "results"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, content: bytes | Path) -> None:
        self.objects[key] = content if isinstance(content, bytes) else content.read_bytes()


class Workshop:
    """Runs buildspecs of one project called `work`, and remembers the lines of their logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "project"
        self.bucket = MemoryBucket()
        self.environment: dict[str, str] = {"AWS_REGION": "eu-west-1"}
        self.passed: dict[str, str] = {}
        self.lines: list[str] = []
        self.open: list[Builds] = []

    def builds(self, buildspec: str, *, at_once: int = 4, keep_workspaces: bool = False, **project: Any) -> Builds:
        """The builds of the project with this buildspec."""
        made = Builds(
            {"work": ProjectSpec("work", buildspec, **project)},
            self.folder / "builds",
            source=self.source,
            bucket=self.bucket,
            environment=self.environment,
            now=time.time,
            at_once=at_once,
            keep_workspaces=keep_workspaces,
            passed=self.passed,
        )
        made.log_listeners.append(lambda _, line: self.lines.append(line))
        self.open.append(made)
        return made

    def build(self, buildspec: str, request: dict[str, Any] | None = None, **project: Any) -> dict[str, Any]:
        """One build from beginning to end."""
        builds = self.builds(buildspec, **project)
        begun = builds.start({"projectName": "work", **(request or {})})["build"]
        return builds.wait(begun["id"], 30)

    def output(self) -> list[str]:
        """The lines that are the commands' own."""
        return [line for line in self.lines if not line.startswith("[Container] ")]


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A project with a module and some configuration."""
    made = Workshop(tmp_path)
    for name, content in {
        "codebuild/greet.py": "print('hello from the copy')\n",
        "config/terraform.yaml": "roots: []\n",
        "tasks/a.py": "A = 1\n",
        "pyproject.toml": "[tool.handrail]\n",
        "secret.txt": "not part of the source\n",
    }.items():
        (made.source / name).parent.mkdir(parents=True, exist_ok=True)
        (made.source / name).write_text(content)
    yield made
    for builds in made.open:
        builds.close()


@pytest.fixture
def eventually() -> Wait:
    """Wait until something is true, and fail where it never is."""

    def wait(true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    return wait


@pytest.fixture
def short() -> timedelta:
    """A timeout that a test can wait for."""
    return timedelta(seconds=0.4)
