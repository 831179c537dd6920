"""build.py: what it writes, what it only compares, and how it ends."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[1] / "build.py"
Build = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without a runbook: its index is all that is built."""
    (tmp_path / "pyproject.toml").write_text("[tool.handrail]\n")
    (tmp_path / "machines").mkdir()
    return tmp_path


@pytest.fixture
def build(project: Path) -> Build:
    """Runs build.py in a folder below the project's root."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, str(BUILD), *arguments]
        return subprocess.run(argv, cwd=project / "machines", capture_output=True, text=True, check=False)

    return run


def test_compares_until_it_is_told_to_write(project: Path, build: Build) -> None:
    """--check tells what differs and writes nothing; after a build nothing differs; a changed file is told."""
    before = build("--check")
    assert (before.returncode, before.stderr) == (1, "dist/catalogue.json is missing\n")
    assert not (project / "dist").exists()

    assert build().returncode == 0
    assert build("--check").returncode == 0

    (project / "dist/catalogue.json").write_text("{}")
    changed = build("--check")
    assert (changed.returncode, changed.stderr) == (1, "dist/catalogue.json differs from its source\n")


def test_makes_nothing_of_broken_sources(project: Path, build: Build) -> None:
    """A runbook that cannot be read is told with its file, and what was built before stays as it was."""
    build()
    (project / "machines/broken.py").write_text("MACHINE = None\n")
    done = build()

    assert done.returncode == 2
    assert "machines/broken.py: MACHINE must be a Machine" in done.stderr
    assert build("--check").returncode == 2
    assert (project / "dist/catalogue.json").is_file()
