"""What the drift check's builds are tried on: real terraform, the example provider, and projects made for one test."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.roots import Settings
from codebuild.terraform.run import Root, examine
from examples.prepare import prepare
from schemas.drift_result import RootResult
from tests.codebuild import secrets_manager

ROOT = Path(__file__).parents[2]

KEY = secrets_manager.KEY.encode()

BACKEND = 'terraform {\n  backend "local" {}\n}\n'
PROVIDER = """terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}
"""


@pytest.fixture(scope="session")
def terraform() -> str:
    """The real binary."""
    found = shutil.which("terraform")
    if not found:
        pytest.skip("terraform is not on PATH")
    return found


@pytest.fixture(scope="session")
def mockcloud(terraform: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example provider, installed in a mirror; its certificate is made once for all tests."""
    pytest.importorskip("tf", reason="the package tf, of which the example provider is made, is not installed")
    folder = tmp_path_factory.mktemp("mockcloud")
    prepare(folder)
    return folder


@dataclass
class Site:
    """A project with one repository, `infra`, whose roots a test writes; and a cloud, if it needs one."""

    project: Path
    mirror: Path | None = None
    cloud: dict[str, Any] = field(default_factory=dict)

    @property
    def infra(self) -> Path:
        return self.project / "infra"

    def root(self, name: str, code: str, state: Mapping[str, Any] | None = None, **files: str) -> Path:
        """A root with its code, and with a state of `{resource address: attributes}`."""
        folder = self.infra / name
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text((PROVIDER if "mockcloud" in code else BACKEND) + code, encoding="utf-8")
        for file, text in files.items():
            (folder / file.replace("__", ".")).write_text(text, encoding="utf-8")
        if "mockcloud" in code:
            shutil.copy(ROOT / "examples" / "terraform" / "clean" / ".terraform.lock.hcl", folder)
        if state is not None:
            self.write_state(name, state)
        return folder

    def write_state(self, name: str, state: Mapping[str, Any]) -> Path:
        path = self.project / "states" / f"{name}.tfstate"
        path.parent.mkdir(exist_ok=True)
        document = {"version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": f"lineage-of-{name}"}
        resources = [held(address, attributes) for address, attributes in state.items()]
        path.write_text(json.dumps({**document, "outputs": {}, "resources": resources, "check_results": None}))
        return path

    def configure(self, **repository: Any) -> None:
        """config/terraform.yaml (JSON is YAML); the environment that the provider needs is always in it."""
        given = {"name": "infra", "path": "infra", "roots": ["*"], "backend": self.backend, **repository}
        given["environment"] = {**self.environment, **repository.get("environment", {})}
        (self.project / "config").mkdir(exist_ok=True)
        (self.project / "config" / "terraform.yaml").write_text(json.dumps({"repositories": [given]}))
        (self.project / "cloud.json").write_text(json.dumps(self.cloud))

    @property
    def backend(self) -> dict[str, str]:
        return {"path": "{project}/states/{root}.tfstate"}

    @property
    def environment(self) -> dict[str, str]:
        if self.mirror is None:
            return {}
        return {"TF_CLI_CONFIG_FILE": str(self.mirror / "terraform.rc"), "MOCKCLOUD_FILE": "{project}/cloud.json"}

    def examine(self, name: str, *, plan_file: Path | None = None, **given: Any) -> RootResult:
        """One root, planned in this process and where it lies."""
        (self.project / "cloud.json").write_text(json.dumps(self.cloud))
        environment = {**self.environment, **given.pop("environment", {})}
        rules = given.pop("rules", ())
        settings = Settings(**{"backend": self.backend, "environment": environment, **given})
        where = plan_file or self.project / "x.tfplan"
        return examine(Root("infra", name, "", settings, self.infra, where, self.project, lambda: KEY, rules))

    def build(self, program: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """One of the two build programs, as its buildspec runs it, in a folder of its own."""
        command = [sys.executable, "-m", f"codebuild.{program}"]
        environment = self.surroundings(**variables)
        return subprocess.run(command, cwd=self.output, env=environment, capture_output=True, text=True, timeout=120)

    def surroundings(self, **variables: str) -> dict[str, str]:
        temporary = self.project / "tmp"
        temporary.mkdir(exist_ok=True)
        ours = {"PYTHONPATH": str(ROOT), "HANDRAIL_PROJECT": str(self.project), "TMPDIR": str(temporary)}
        ours["STARTED"] = "2026-01-02T03:04:05Z"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "CODEBUILD_"))}
        return {**inherited, **secrets_manager.surroundings(), **ours, **variables}

    @property
    def output(self) -> Path:
        folder = self.project / "output"
        folder.mkdir(exist_ok=True)
        return folder

    def plan(self, first: str = "infra/", last: str = "infra/~", **more: str) -> dict[str, Any]:
        """drift_plan over a range, and its result by the path of the root."""
        done = self.build("drift_plan", RUN="r", SHARD="0", REPOSITORIES="infra@", FIRST=first, LAST=last, **more)
        assert done.returncode == 0, done.stderr
        result = json.loads((self.output / "result.json").read_text())
        return {root["path"]: root for root in result["roots"]}


def held(address: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as a state has it."""
    kind, name = address.split(".")
    ours = kind == "mockcloud_object"
    empty = {"name": None, "size": None, "secret": None, "tags": None, "etag": None} if ours else {}
    marks = [[{"type": "get_attr", "value": "secret"}]] if ours else []
    source = "test.local/ops/mockcloud" if ours else "terraform.io/builtin/terraform"
    instance = {"schema_version": int(ours), "attributes": {**empty, **attributes}, "sensitive_attributes": marks}
    return {
        "mode": "managed", "type": kind, "name": name, "provider": f'provider["{source}"]', "instances": [instance],
    }  # fmt: skip


def data(value: int) -> dict[str, Any]:
    """The attributes of a terraform_data whose input is a number."""
    number = {"value": value, "type": "number"}
    return {"id": "00000000-0000-4000-8000-000000000001", "input": number, "output": number, "triggers_replace": None}


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder, whoever runs the tests and from wherever."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def site(terraform: str, tmp_path: Path) -> Site:
    """A project without a provider."""
    return Site(tmp_path)


@pytest.fixture
def clouded(mockcloud: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A project with the example provider and a cloud of its own."""
    # Terraform speaks to a provider over a socket in the project, whose path may have 107 characters.
    return Site(tmp_path_factory.mktemp("site"), mockcloud)
