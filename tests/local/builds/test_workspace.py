"""A workspace is a copy that nothing leads out of, and old ones go."""

import os
from pathlib import Path

import pytest

from handrail.local.builds.workspace import Workspace, prune


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with what belongs to its source and what does not."""
    folder = tmp_path / "project"
    for name in (
        "tasks/a.py",
        "tasks/__pycache__/a.pyc",
        "config/deep/b.yaml",
        "config/.terraform/providers/huge",
        "pyproject.toml",
        ".git/HEAD",
        "README.md",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "tasks" / "link.py").symlink_to("a.py")
    (folder / "tasks" / "gone.py").symlink_to("nowhere.py")
    (folder / "tasks" / "above").symlink_to("..")
    (folder / "tasks" / "more").mkdir()
    (folder / "tasks" / "more" / "config").symlink_to("../../config")
    (folder / "config" / "back").symlink_to("../tasks/more")
    os.mkfifo(folder / "tasks" / "pipe")
    return folder


def test_holds_the_source_and_nothing_else(tmp_path: Path, project: Path) -> None:
    """The folders that a build on AWS gets are copied: no links, no repository, no Terraform providers."""
    space = Workspace(tmp_path / "b-1")
    space.make()
    space.fill(project)

    found = {path.relative_to(space.source).as_posix() for path in space.source.rglob("*") if path.is_file()}
    assert found == {
        *("tasks/a.py", "tasks/link.py", "tasks/__pycache__/a.pyc", "tasks/more/config/deep/b.yaml"),
        *("config/deep/b.yaml", "pyproject.toml"),
    }
    assert not any(path.is_symlink() for path in space.source.rglob("*"))
    assert (space.source / "tasks/a.py").stat().st_mtime == (project / "tasks/a.py").stat().st_mtime


def test_is_private(tmp_path: Path, project: Path) -> None:
    """Only the person who runs Handrail reads what a build writes."""
    space = Workspace(tmp_path / "b-1")
    space.make()
    space.fill(project)

    assert (space.root.stat().st_mode & 0o777, space.state.stat().st_mode & 0o777) == (0o700, 0o700)


def test_keeps_log_and_record(tmp_path: Path, project: Path) -> None:
    """What a build wrote goes; what is said about it stays."""
    space = Workspace(tmp_path / "b-1")
    space.make()
    space.fill(project)
    space.log.write_text("log")
    space.record.write_text("{}")
    space.clear()

    assert {path.name for path in space.root.iterdir()} == {"log.txt", "build.json"}


def test_keeps_the_newest(tmp_path: Path) -> None:
    """Pruning leaves the newest builds, those under way, and whatever is no build."""
    for age, name in enumerate(("d", "c", "b", "a")):
        space = Workspace(tmp_path / name)
        space.make()
        space.log.write_text("")
        os.utime(space.log, (1000 - age, 1000 - age))
    (tmp_path / "numbers.json").write_text("{}")
    (tmp_path / "other").mkdir()

    removed = prune(tmp_path, keep=2, spare=[tmp_path / "a"])

    assert removed == [tmp_path / "b"]
    assert {path.name for path in tmp_path.iterdir()} == {"d", "c", "a", "numbers.json", "other"}


def test_nothing_to_prune(tmp_path: Path) -> None:
    """A folder that is not there yet holds nothing old."""
    assert prune(tmp_path / "nowhere", keep=1) == []
