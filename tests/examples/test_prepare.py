"""The example roots and their cloud: what each shows, and that whoever edits them sees it in the next run."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.prepare import prepare
from tests.codebuild import secrets_manager

ROOT = Path(__file__).parents[2]

VERDICTS = {
    "benign": "benign",
    "broken": "failed",
    "clean": "clean",
    "drifted": "drift",
    "moved": "clean",
    "sensitive": "drift",
    "unapplied": "unapplied",
    "vanished": "drift",
}

Roots = list[dict[str, Any]]
Plan = Callable[[str, str], Roots]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the demo needs of the project, prepared as `make demo` does it."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on PATH")
    pytest.importorskip("tf", reason="the package tf, of which the example provider is made, is not installed")
    project = tmp_path_factory.mktemp("project")
    for part in ("config", "examples"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    program = [sys.executable, str(project / "examples" / "prepare.py")]
    subprocess.run(program, check=True, capture_output=True, timeout=60)
    return project


@pytest.fixture
def plan(demo: Path, tmp_path: Path) -> Plan:
    """Plans a range of the examples; gives the result of each."""

    def one(first: str, last: str) -> Roots:
        variables = {
            "RUN": "r", "STARTED": "2026-11-21T07:00:00Z", "SHARD": "0", "REPOSITORIES": "examples@",
            "FIRST": f"examples/{first}", "LAST": f"examples/{last}",
        }  # fmt: skip
        ours = {"PYTHONPATH": str(ROOT), "HANDRAIL_PROJECT": str(demo), **variables}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "CODEBUILD_"))}
        command = [sys.executable, "-m", "codebuild.drift_plan"]
        aws = secrets_manager.surroundings()
        subprocess.run(
            command, cwd=tmp_path, env={**inherited, **aws, **ours}, check=True, capture_output=True, timeout=120
        )
        roots: Roots = json.loads((tmp_path / "result.json").read_text())["roots"]
        return roots

    return one


def verdicts(roots: Roots) -> dict[str, str]:
    return {root["path"]: root["verdict"] for root in roots}


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_example_shows_what_it_is_named_after(demo: Path, plan: Plan) -> None:
    """The verdict of each, and a run changes none of them."""
    before = files(demo / "examples")

    assert verdicts(plan("a", "z")) == VERDICTS
    assert files(demo / "examples") == before


def test_whoever_edits_the_cloud_or_a_root_sees_it(demo: Path, plan: Plan) -> None:
    """A hand at the cloud makes drift; a hand at the code applies, as it were, what had waited."""
    cloud, code = demo / "var" / "demo" / "cloud.json", demo / "examples" / "terraform" / "unapplied" / "main.tf"
    edit(cloud, lambda held: held["clean"].update(size=3))
    code.write_text(code.read_text().replace("input = 2", "input = 1"))

    assert verdicts(plan("clean", "clean")) == {"clean": "drift"}
    assert verdicts(plan("unapplied", "unapplied")) == {"unapplied": "clean"}


def edit(cloud: Path, change: Callable[[dict[str, Any]], None]) -> None:
    held = json.loads(cloud.read_text())
    change(held)
    cloud.write_text(json.dumps(held))


def test_a_resource_pasted_into_a_root_is_unapplied(demo: Path, plan: Plan) -> None:
    """The line that README.md tells to paste does what it says there."""
    [line] = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("resource ")]
    with (demo / "examples" / "terraform" / "moved" / "main.tf").open("a") as code:
        code.write(f"{line}\n")

    assert verdicts(plan("moved", "moved")) == {"moved": "unapplied"}


@pytest.mark.parametrize(
    ("held", "told"),
    [
        pytest.param(
            '{\n  "clean": { "size": 2, }\n}', "has a mistake in line 2 or just before it: mend", id="a comma"
        ),
        pytest.param('{"clean": 3}', "cannot be read as objects by name: mend it", id="no object"),
        pytest.param(None, "is not there: make demo writes it anew", id="no file"),
    ],
)
def test_a_slip_in_the_cloud_is_told(demo: Path, plan: Plan, held: str | None, told: str) -> None:
    """Which file, where, and what to do, in words of which the drift check keeps every one."""
    cloud = demo / "var" / "demo" / "cloud.json"
    before = cloud.read_text()
    cloud.unlink() if held is None else cloud.write_text(held)
    [root] = plan("clean", "clean")
    cloud.write_text(before)

    assert root["verdict"] == "failed"
    assert root["diagnostics"][0]["summary"].startswith(f"The JSON file called cloud {told}")
    assert "***" not in root["diagnostics"][0]["summary"]


def test_prepares_again_without_undoing_what_was_edited(tmp_path: Path) -> None:
    """The cloud and the states are somebody's; only `fresh` makes them anew."""
    prepare(tmp_path)
    made = files(tmp_path)
    (tmp_path / "cloud.json").write_text("{}")
    (tmp_path / "states" / "clean.tfstate").unlink()

    prepare(tmp_path)
    kept = files(tmp_path)
    prepare(tmp_path, fresh=True)

    assert kept["cloud.json"] == b"{}"
    assert "states/clean.tfstate" not in kept
    assert files(tmp_path) == made


def test_each_root_with_a_provider_locks_it_by_the_same_hash() -> None:
    """The plugin has the same bytes on every machine, so one lock file fits all roots."""
    locks = {path.read_text() for path in (ROOT / "examples" / "terraform").glob("*/.terraform.lock.hcl")}
    using = [path for path in (ROOT / "examples" / "terraform").glob("*/main.tf") if "mockcloud" in path.read_text()]

    assert len(locks) == 1
    assert all((path.parent / ".terraform.lock.hcl").is_file() for path in using)


def test_what_the_demo_writes_is_ignored_by_git() -> None:
    """Nothing that anybody edits under var/ makes the project's repository dirty."""
    patterns = (ROOT / ".gitignore").read_text().split()

    assert any(re.fullmatch(r"/?var/?", pattern) for pattern in patterns)
