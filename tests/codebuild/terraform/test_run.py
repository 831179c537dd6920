"""Planning a root with the real terraform: what happened to it, and what is said when it cannot be planned."""

import json
import os
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.ignore import Ignore, ready
from schemas.config.ignore import Rule
from tests.codebuild.conftest import Site, data


def rule(address: str, *attributes: str, **more: Any) -> Ignore:
    return ready(Rule(address=address, attributes=attributes, reason="known", until=date(2026, 6, 30), **more))


DATA = 'resource "terraform_data" "this" {\n  input = 1\n}\n'
OBJECT = 'resource "mockcloud_object" "this" {\n  name = "one"\n  size = 2\n}\n'
THIS = {"terraform_data.this": data(1)}
ONE = {"mockcloud_object.this": {"name": "one", "size": 2, "etag": "a"}}
CLOUD = {"one": {"size": 2, "etag": "a"}}
MOVE = "moved {\n  from = terraform_data.old\n  to   = terraform_data.this\n}\n"
OUTPUT = 'output "o" {\n  value = 1\n}\n'


@pytest.mark.parametrize(
    ("code", "state", "verdict", "changes", "notes"),
    [
        pytest.param(DATA, THIS, "clean", [], [], id="as it should be"),
        pytest.param(DATA, {"terraform_data.this": data(2)}, "unapplied", [("terraform_data.this", "update")], [],
                     id="changed in code"),
        pytest.param(DATA, {}, "unapplied", [("terraform_data.this", "create")], [], id="new in code"),
        pytest.param("", THIS, "unapplied", [("terraform_data.this", "delete")], [], id="gone from the code"),
        pytest.param(DATA + MOVE, {"terraform_data.old": data(1)}, "clean", [], ["1 resource moved in code"],
                     id="moved"),
        pytest.param(DATA + OUTPUT, THIS, "clean", [], ["1 output would change"], id="a new output"),
    ],
)  # fmt: skip
def test_tells_code_from_state(
    site: Site, code: str, state: dict[str, Any], verdict: str, changes: list[tuple[str, str]], notes: list[str]
) -> None:
    """Without a provider: what code and state say of each other."""
    site.root("web", code, state)

    result = site.examine("web")

    assert result.verdict == verdict
    assert [(change.address, *change.actions) for change in result.changes] == changes
    assert list(result.notes) == notes


@pytest.mark.parametrize(
    ("cloud", "mode", "verdict", "drift"),
    [
        pytest.param({"size": 2, "etag": "a"}, "plan", "clean", [], id="as it should be"),
        pytest.param({"size": 99, "etag": "a"}, "plan", "drift", [("update", "size")], id="changed"),
        pytest.param(None, "plan", "drift", [("delete",)], id="deleted"),
        pytest.param({"size": 2, "etag": "b"}, "plan", "benign", [("update", "etag")], id="changed, to no effect"),
        pytest.param({"size": 2, "etag": "b"}, "refresh-only", "drift", [("update", "etag")], id="refresh-only"),
        pytest.param({"size": 2, "etag": "a", "secret": "x"}, "plan", "drift", [("update", "secret")], id="a secret"),
        pytest.param({"size": 2, "etag": "a", "tags": {}}, "plan", "clean", [], id="tags null to {}"),
    ],
)  # fmt: skip
def test_tells_state_from_the_cloud(
    clouded: Site, cloud: dict[str, Any] | None, mode: str, verdict: str, drift: list[tuple[str, ...]]
) -> None:
    """With a real provider: what was changed outside of Terraform."""
    clouded.root("web", OBJECT, ONE)
    clouded.cloud = {"one": cloud} if cloud is not None else {}

    result = clouded.examine("web", mode=mode)

    assert (result.verdict, result.mode) == (verdict, mode)
    assert [(*change.actions, *change.attributes) for change in result.drift] == drift


MISSING = 'variable "region" {}\n'
NOPE = 'terraform {\n  required_providers {\n    nope = { source = "test.local/ops/nope" }\n  }\n}\n'
MODULE = 'module "m" {\n  source = "../nowhere"\n}\n'
CONDITION = """variable "v" {
  default = 1
}
resource "terraform_data" "this" {
  lifecycle {
    precondition {
      condition     = var.v == 2
      error_message = "It must be."
    }
  }
}
"""


@pytest.mark.parametrize(
    ("code", "given", "phase", "summary", "place"),
    [
        pytest.param("resource {{{\n", {}, "init", "Missing type for resource", "web/main.tf:4", id="broken HCL"),
        pytest.param(MISSING, {}, "plan", "No value for required variable", "web/main.tf:4", id="missing variable"),
        pytest.param("", {"variables": ("no.tfvars",)}, "init", "the variable file web/no.tfvars is not there", ":None",
                     id="missing variable file"),
        pytest.param("", {"environment": {"TF_CLI_CONFIG_FILE": "{project}/no.rc"}}, "init",
                     "TF_CLI_CONFIG_FILE names no.rc, which is not there", ":None", id="missing CLI configuration"),
        pytest.param(MODULE, {}, "init", "Unreadable module directory", ":None", id="missing module"),
        pytest.param(CONDITION, {}, "plan", "Resource precondition failed", "web/main.tf:10", id="precondition"),
        pytest.param(DATA, {"binary": "no-such-tofu"}, "init",
                     "no-such-tofu is not there. Install it, or name another one under binary", ":None", id="binary"),
    ],
)  # fmt: skip
def test_says_why_a_root_cannot_be_planned(
    site: Site, code: str, given: dict[str, Any], phase: str, summary: str, place: str
) -> None:
    """The phase, the summary in plain words, and the file and line from the repository's top."""
    site.root("web", code)

    result = site.examine("web", **given)

    assert (result.verdict, result.phase) == ("failed", phase)
    first = result.diagnostics[0]
    assert (first.summary, f"{first.file}:{first.line}") == (summary, place)


@pytest.mark.parametrize(
    ("code", "lock", "summary"),
    [
        pytest.param(NOPE, True, "Failed to query available provider packages", id="not in the mirror"),
        pytest.param(OBJECT, False, "Provider dependency changes detected", id="not in the lock file"),
    ],
)
def test_a_provider_that_cannot_be_installed_fails_the_init(clouded: Site, code: str, lock: bool, summary: str) -> None:
    """Nothing is fetched that the lock file does not name, and nothing is written into it."""
    folder = clouded.root("web", code)
    if not lock:
        (folder / ".terraform.lock.hcl").unlink()

    result = clouded.examine("web")

    assert (result.verdict, result.phase, result.diagnostics[0].summary) == ("failed", "init", summary)
    assert (folder / ".terraform.lock.hcl").exists() == (lock and code == OBJECT)


def test_of_many_complaints_the_first_are_told(site: Site) -> None:
    """A result stays small, and says how much was left out."""
    site.root("web", "".join(f'variable "v{n:02}" {{}}\n' for n in range(13)))

    result = site.examine("web")

    assert len(result.diagnostics) == 10
    assert result.notes == ("3 more messages",)


def processes(of: Path) -> list[str]:
    """The command lines of everything that runs in or below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(of.resolve()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_a_plan_that_hangs_is_ended_with_its_providers(clouded: Site) -> None:
    """At the root's timeout nothing of it is left: no terraform, no provider, no plan."""
    clouded.root("web", OBJECT, ONE)
    clouded.cloud = {"one": {**CLOUD["one"], "delay": 600}}
    began = time.monotonic()

    result = clouded.examine("web", timeout=timedelta(seconds=4))

    assert (result.verdict, result.phase) == ("failed", "timeout")
    assert result.diagnostics[0].summary == "nothing came back within 4 seconds"
    assert 4 <= result.seconds <= round(time.monotonic() - began, 3) < 30
    assert not processes(clouded.project)
    assert not (clouded.project / "x.tfplan").exists()


def test_a_state_that_another_terraform_holds_is_busy(clouded: Site, terraform: str) -> None:
    """With locking on, a root that somebody is applying is busy, not failed; without, the plan goes on."""
    folder = clouded.root("web", OBJECT, ONE)
    clouded.cloud = CLOUD
    assert clouded.examine("web").verdict == "clean"
    clouded.cloud = {"one": {**CLOUD["one"], "delay": 60}}
    (clouded.project / "slow.json").write_text(json.dumps(clouded.cloud))
    clouded.cloud = CLOUD
    surroundings = {**os.environ, **clouded.environment, "MOCKCLOUD_FILE": str(clouded.project / "slow.json")}
    plan = [terraform, "plan", "-input=false", "-lock=true"]
    holder = subprocess.Popen(
        plan, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        wait_for(clouded.project / "states" / ".web.tfstate.lock.info")
        locked = clouded.examine("web", lock=True, lock_timeout=timedelta(seconds=1))
        unlocked = clouded.examine("web")
    finally:
        os.killpg(holder.pid, 9)
        holder.wait()

    assert (locked.verdict, locked.phase) == ("busy", None)
    assert locked.diagnostics[0].summary == "Error acquiring the state lock"
    assert unlocked.verdict == "clean"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never appeared"
        time.sleep(0.02)


def test_a_plan_that_cannot_be_written_is_told(site: Site) -> None:
    """`-out=/dev/full` succeeds, says terraform; what is there is no plan, and is neither read nor deleted."""
    site.root("web", DATA, THIS)

    result = site.examine("web", plan_file=Path("/dev/full"))

    assert (result.verdict, result.phase) == ("failed", "plan")
    assert result.diagnostics[0].summary == "the plan was made and could not be written; is there room on the disk?"
    assert Path("/dev/full").exists()


def script(folder: Path, text: str) -> str:
    """A binary of our own."""
    path = folder / "binary"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_disk_that_is_full_fails_the_plan(site: Site) -> None:
    """A plan that was cut off is no plan."""
    site.root("web", "".join(DATA.replace("this", f"r{n}") for n in range(300)))

    result = site.examine("web", binary=script(site.project, 'ulimit -f 1\nexec terraform "$@"'))

    assert (result.verdict, result.phase) == ("failed", "plan")
    assert "is there room on the disk?" in result.diagnostics[0].summary


PLANNED = 'case $1 in plan) for a in "$@"; do case $a in -out=*) echo x > "${a#-out=}" ;; esac; done ;; esac\n'


@pytest.mark.parametrize(
    ("text", "phase", "summary"),
    [
        pytest.param("kill -9 $$", "init", "was ended by signal 9; had it enough memory?", id="killed"),
        pytest.param("exit 7", "init", "exit status 7, and no word about why", id="silent"),
        pytest.param("echo CANARY >&2; exit 1", "init", "exit status 1, and no diagnostic", id="words of its own"),
        pytest.param(PLANNED + """[ $1 != show ] || echo '{"format_version": "2.0"}'""", "plan",
                     "the plan has format_version 2.0, and only 1.x is known here. Update Handrail, or plan this root"
                     " with an older binary.", id="another format"),
        pytest.param(PLANNED + "[ $1 != show ] || echo CANARY", "plan", "show -json wrote something that is not JSON",
                     id="no JSON"),
        pytest.param(PLANNED + """[ $1 != show ] || echo '{"format_version": "1.2", "resource_changes": ["CANARY"]}'""",
                     "plan", "the plan is not built as its format_version promises", id="no plan"),
        pytest.param(PLANNED + """[ $1 != show ] || echo '{"format_version": "1.2", "errored": true}'""", "plan",
                     "the plan says of itself that it has errors", id="errored"),
        pytest.param(PLANNED + "[ $1 != show ] || exit 1", "plan",
                     "the plan was written and cannot be read again; is there room on the disk?", id="cannot be shown"),
    ],
)  # fmt: skip
def test_a_strange_binary_is_told(tmp_path: Path, text: str, phase: str, summary: str) -> None:
    """Whatever a binary does, the root has a result that says so and repeats nothing of it."""
    site = Site(tmp_path)
    site.root("web", DATA)

    result = site.examine("web", binary=script(tmp_path, text))

    assert (result.verdict, result.phase) == ("failed", phase)
    assert summary in result.diagnostics[0].summary
    assert "CANARY" not in result.model_dump_json()


def test_a_binary_is_told_to_plan_and_nothing_else(tmp_path: Path) -> None:
    """The exact calls, with every setting in use."""
    site = Site(tmp_path)
    site.root("web", DATA, x__tfvars="")
    binary = script(tmp_path, PLANNED + f'echo "$@" >> {tmp_path}/calls; [ $1 != show ] || echo "{{}}"')

    site.examine(
        "web",
        binary=binary,
        mode="refresh-only",
        variables=("x.tfvars", "{repository}/web/x.tfvars"),
        backend={"key": "{root}/x"},
        lock=True,
        lock_timeout=timedelta(minutes=1),
    )

    plan, here = tmp_path / "x.tfplan", tmp_path / "infra" / "web"
    assert (tmp_path / "calls").read_text().splitlines() == [
        "init -input=false -lockfile=readonly -backend-config=key=web/x",
        f"plan -json -detailed-exitcode -input=false -lock=true -lock-timeout=60s -out={plan} -refresh-only"
        f" -var-file={here}/x.tfvars -var-file={here}/x.tfvars",
        f"show -json {plan}",
    ]
    assert not plan.exists()


def test_settings_keep_their_own_braces(tmp_path: Path) -> None:
    """{project}, {repository} and {root} mean something; JSON and a root named like them do not."""
    site = Site(tmp_path)
    site.root("web", DATA)
    binary = script(tmp_path, f"env > {tmp_path}/environment; exit 1")

    site.examine("web", binary=binary, environment={"A": '{"root": 1}', "B": "{root}@{project}"})

    told = (tmp_path / "environment").read_text().splitlines()
    assert 'A={"root": 1}' in told
    assert f"B=web@{tmp_path}" in told


# Somebody writes the state while it is read: the first plans meet the beginning of the file, the next ones all of it.
WRITING = """#!/bin/sh
state={state}
if [ "$1" = plan ]; then
    echo plan >> {calls}
    if [ "$(wc -l < {calls})" -le {times} ]; then
        cp "$state" {whole}; head -c 40 {whole} > "$state"
        {terraform} "$@"; code=$?
        cp {whole} "$state"; exit $code
    fi
fi
exec {terraform} "$@"
"""


@pytest.mark.parametrize(
    ("times", "verdict", "plans"),
    [
        pytest.param(0, "clean", 1, id="no need"),
        pytest.param(1, "clean", 2, id="once is a coincidence"),
        pytest.param(2, "failed", 2, id="twice is told"),
    ],
)
def test_a_state_that_is_being_written_is_read_once_more(
    site: Site, terraform: str, times: int, verdict: str, plans: int
) -> None:
    """Planning holds no lock, so a plan that met a half-written state is made again, and only once."""
    site.root("web", DATA, THIS)
    names = {name: site.project / name for name in ("calls", "whole")}
    text = WRITING.format(state=site.project / "states" / "web.tfstate", times=times, terraform=terraform, **names)
    binary = site.project / "writing"
    binary.write_text(text)
    binary.chmod(0o755)

    result = site.examine("web", binary=str(binary))

    assert result.verdict == verdict
    assert [each.summary for each in result.diagnostics] == ["Unsupported state file format"] * (verdict == "failed")
    assert len(names["calls"].read_text().split()) == plans


SAYING = """check "state" {
  assert {
    condition     = nowhere
    error_message = "serial changed"
  }
}
"""


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param('output "o" {\n  value = var.nowhere\n}\n', id="a mistake in the code"),
        pytest.param(SAYING, id="words like these elsewhere"),
    ],
)  # fmt: skip
def test_another_failure_is_no_reason_to_plan_again(site: Site, terraform: str, failure: str) -> None:
    """It would fail once more, and take as long."""
    site.root("web", DATA + failure, THIS)
    calls = site.project / "calls"
    binary = site.project / "counting"
    binary.write_text(f'#!/bin/sh\n[ "$1" != plan ] || echo plan >> {calls}\nexec {terraform} "$@"\n')
    binary.chmod(0o755)

    assert site.examine("web", binary=str(binary)).verdict == "failed"
    assert calls.read_text().split() == ["plan"]


@pytest.mark.parametrize(
    ("cloud", "rules", "verdict", "ignored", "told"),
    [
        pytest.param({"size": 9, "etag": "a"}, [], "drift", 0, ["size"], id="no rule"),
        pytest.param({"size": 9, "etag": "a"}, [rule("mockcloud_object.this", "size")], "clean", 1, [],
                     id="an attribute that somebody else sets"),
        pytest.param({"size": 9, "etag": "a", "tags": {"a": "b"}}, [rule("mockcloud_object.*", "size")], "drift", 1,
                     ["tags"], id="another attribute, too"),
        pytest.param(None, [rule("**.this")], "drift", 0, [], id="deleted"),
        pytest.param(None, [rule("**.this", actions=["delete", "create"])], "clean", 1, [], id="deleted, and named"),
        pytest.param({"size": 2, "etag": "a", "secret": "CANARY-9"}, [rule("**.this", "secret")], "clean", 1, [],
                     id="a secret"),
    ],
)  # fmt: skip
def test_what_a_rule_ignores_is_not_told(
    clouded: Site, cloud: Any, rules: list[Ignore], verdict: str, ignored: int, told: list[str]
) -> None:
    """With the real binary: what happened in the cloud, less what is known and has a reason (S003-13)."""
    clouded.cloud.update({} if cloud is None else {"one": cloud})
    clouded.root("web", OBJECT, ONE)

    result = clouded.examine("web", rules=rules)

    assert (result.verdict, result.ignored, sum(result.rules.values())) == (verdict, ignored, ignored)
    assert [name for change in result.drift for name in change.attributes] == told
    assert bool(result.fingerprint) == (verdict != "clean")
    assert ("1 resource with ignored differences" in result.notes) == bool(ignored)
    assert "CANARY" not in result.model_dump_json()


def test_a_rule_hides_no_failure(clouded: Site) -> None:
    """A plan that fails is told, even where a rule would take all that it says."""
    clouded.root("web", OBJECT + 'output "o" {\n  value = var.nowhere\n}\n', ONE)

    result = clouded.examine("web", rules=[rule("**.this", actions=["update", "create", "delete", "replace"])])

    assert (result.verdict, result.ignored) == ("failed", 0)
