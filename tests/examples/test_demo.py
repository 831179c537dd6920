"""`make demo`: something to see on every machine, also on one without Terraform."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo import DRIFT, POWER, chosen

ROOT = Path(__file__).parents[2]
CONTENT = ("codebuild", "config", "examples", "machines", "schemas", "tasks")


def path_with(folder: Path, *programs: str) -> str:
    """A PATH on which these programs are, and no others."""
    folder.mkdir()
    for name in programs:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize(
    ("there", "demo"),
    [pytest.param(True, DRIFT, id="with terraform"), pytest.param(False, POWER, id="without")],
)
def test_shows_what_this_machine_can_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, demo: object
) -> None:
    """The drift check where Terraform is on PATH, cluster-power anywhere else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if there:
        (tmp_path / "terraform").write_text("#!/bin/sh\n")
        (tmp_path / "terraform").chmod(0o755)

    assert chosen() is demo


def test_without_terraform_a_cluster_is_stopped_from_end_to_end(tmp_path: Path) -> None:
    """One line says how to get Terraform; then the run, what the channel is told, its picture, and what may be next."""
    project = tmp_path / "project"
    for part in CONTENT:
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__", "terraform"))
    shutil.copyfile(ROOT / "pyproject.toml", project / "pyproject.toml")
    shutil.copytree(ROOT / "codebuild" / "terraform", project / "codebuild" / "terraform")
    environment = {
        "PATH": path_with(tmp_path / "bin", "sh", "git"),
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "HANDRAIL_AURORA": "creating=0 stopping=0",
    }

    done = subprocess.run(
        [sys.executable, "-P", str(project / "examples" / "demo.py")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    first, *rest = done.stdout.splitlines()
    assert "no terraform on PATH" in first
    assert first.endswith("terraform/install")
    assert [line for line in rest if "orders is stopped" in line]
    assert [line for line in rest if re.match(r"\S SUCCEEDED", line)]
    assert (project / "var" / "demo" / "cluster-power.svg").read_text().startswith("<svg")
    assert "handrail show last" in done.stdout.partition("Next:")[2]


def test_make_demo_runs_it() -> None:
    """The target is that program, and nothing that only some machines have."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not on PATH")
    done = subprocess.run(
        [make, "-n", "demo"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1].endswith("examples/demo.py")
