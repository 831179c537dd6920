"""Nothing secret leaves: canaries planted wherever a secret can be, looked for wherever a build writes.

The positive control runs terraform by hand over the same roots: there the same search finds every one of them.
"""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from schemas.drift_result import ShardResult
from tests.codebuild.conftest import Site, data

# The last two are plain words: only their being known as values can hide them.
ATTRIBUTE, OUTSIDE, STDERR, QUOTED = "CANARY-attribute-51", "CANARY-outside-52", "CANARY-stderr-53", "CANARY quoted 54"
TFVARS, ENVIRONMENT, MESSAGE = "CANARY-tfvars-55", "CANARY-env-56", "CANARY-message-57"
IN_STATE, IN_TFVARS = "canaryinstate", "canaryinfile"
# As HCL writes them, in code and as the keys of addresses: each stands for the value behind it.
RAW = {r"CANARYÄ\"q7": 'CANARYÄ"q7', "CANARY2$${x}y9": "CANARY2${x}y9", r"CANARYÄ\\3y": r"CANARYÄ\3y"}
MOVED, PANIC = "CANARY-moved-77", "canarypanic"
ALL = [ATTRIBUTE, OUTSIDE, STDERR, QUOTED, TFVARS, ENVIRONMENT, MESSAGE, IN_STATE, IN_TFVARS, MOVED, PANIC, *RAW]

DRIFTED = 'resource "mockcloud_object" "this" {\n  name   = "drifted"\n  secret = var.secret\n}\n'
REFUSED = 'resource "mockcloud_object" "this" {\n  name = "refused"\n}\n'
VARIABLES = """variable "secret" {
  sensitive = true
}
variable "plain" {}
variable "given" {}
resource "terraform_data" "this" {
  for_each = toset([var.plain])
  input    = "${var.given} ${var.secret}"
}
output "o" {
  value = var.given
}
"""
CONDITION = """variable "plain" {
  default = "%s"
}
resource "terraform_data" "this" {
  input = 1
  lifecycle {
    precondition {
      condition     = var.plain == "x"
      error_message = "It is ${var.plain}."
    }
  }
}
"""

KEYED = """variable "key" {
  type      = map(string)
  sensitive = true
  default   = { %s }
}
resource "terraform_data" "a" {
  for_each = toset(nonsensitive(values(var.key)))
}
"""
MOVED_AWAY = """variable "key" {
  sensitive = true
  default   = "%s"
}
moved {
  from = terraform_data.a["%s"]
  to   = terraform_data.b
}
resource "terraform_data" "b" {
  input = var.key
}
"""
PANICKED = 'resource "mockcloud_object" "this" {\n  name = "panicked"\n}\n'


@pytest.fixture
def planted(clouded: Site) -> Site:
    """A secret that changed, variables of all kinds, a condition and a provider that tell, keys of addresses."""
    clouded.root("drifted", 'variable "secret" {}\n' + DRIFTED, {
        "mockcloud_object.this": {"name": "drifted", "secret": ATTRIBUTE, "etag": "a"},
    }, a__tfvars=f'secret = "{ATTRIBUTE}"\n')  # fmt: skip
    clouded.root("variables", VARIABLES, {}, a__tfvars=f'plain = "{TFVARS}"\nsecret = "{IN_TFVARS}"\n')
    clouded.root("condition", CONDITION % MESSAGE, {"terraform_data.this": data(1)}, a__tfvars="")
    clouded.root("refused", REFUSED, {
        "mockcloud_object.this": {"name": "refused", "secret": IN_STATE, "etag": "a"},
    }, a__tfvars="")  # fmt: skip
    clouded.root("keyed", KEYED % ", ".join(f'k{n} = "{key}"' for n, key in enumerate(RAW)), {}, a__tfvars="")
    moved = clouded.root("moved", MOVED_AWAY % (MOVED, MOVED), {"terraform_data.a": data(1)}, a__tfvars="")
    state = clouded.project / "states" / f"{moved.name}.tfstate"
    document = json.loads(state.read_text())
    document["resources"][0]["instances"][0]["index_key"] = MOVED
    state.write_text(json.dumps(document))
    clouded.root("panicked", PANICKED, {"mockcloud_object.this": {"name": "panicked", "etag": "a"}}, a__tfvars="")
    clouded.cloud = {
        "panicked": {"etag": "a", "error": "x", "stderr": f"panic: oh\nError: the password is {PANIC}\n"},
        "drifted": {"secret": OUTSIDE, "etag": "a"},
        "refused": {"etag": "a", "error": f'It said "{QUOTED}" to {IN_STATE} and token {STDERR}', "stderr": STDERR},
    }
    clouded.configure(variables=["a.tfvars"], environment={"TF_VAR_given": ENVIRONMENT})
    return clouded


def written(site: Site) -> str:
    """Everything that a build left anywhere in the project, which is not what went in."""
    inputs = {site.infra, site.project / "states", site.project / "config", site.project / "cloud.json"}
    files = [path for path in site.project.rglob("*") if path.is_file()]
    left = [path for path in files if not any(path.is_relative_to(each) for each in inputs)]
    assert site.output / "result.json" in left
    return "\n".join(str(path) + path.read_text(errors="replace") for path in left)


def hidden_in(text: str) -> list[str]:
    """The canaries that a text holds: as they are, as HCL writes them, or in base64."""
    return [each for each in ALL if any(form in text for form in forms(each))]


def forms(canary: str) -> tuple[str, ...]:
    return canary, RAW.get(canary, canary), base64.b64encode(canary.encode()).decode()


def test_no_canary_leaves_the_build(planted: Site) -> None:
    """Neither in the result, nor in what the programs print, nor in any file that is left."""
    found = planted.build("drift_roots", RUN="r")
    done = planted.build(
        "drift_plan", RUN="r", SHARD="0", REPOSITORIES="infra@", FIRST="infra/a", LAST="infra/z", TF_LOG="trace",
        TF_LOG_PATH=str(planted.project / "log"),
    )  # fmt: skip

    assert (found.returncode, done.returncode) == (0, 0)
    assert hidden_in(found.stdout + found.stderr + done.stdout + done.stderr + written(planted)) == []
    result = ShardResult.model_validate_json((planted.output / "result.json").read_bytes())
    assert {root.path: (root.verdict, [each.summary for each in root.diagnostics]) for root in result.roots} == {
        "drifted": ("drift", []),
        "variables": ("unapplied", []),
        "condition": ("failed", ["Resource precondition failed"]),
        "keyed": ("unapplied", []),
        "moved": ("unapplied", []),
        "panicked": ("failed", ["x"]),
        "refused": ("failed", ["It said *** to *** and token ***"]),
    }


def test_terraform_itself_tells_them_all(planted: Site, terraform: str) -> None:
    """The positive control: the same roots, terraform's own output and log, the same search."""
    told = ""
    for folder in sorted(planted.infra.iterdir()):
        told += by_hand(planted, terraform, folder)

    assert set(hidden_in(told)) == set(ALL)


def by_hand(site: Site, terraform: str, folder: Path) -> str:
    ours = {**site.environment, "MOCKCLOUD_FILE": str(site.project / "cloud.json"), "TF_VAR_given": ENVIRONMENT}
    plan, state = site.project / f"{folder.name}.tfplan", site.project / "states" / f"{folder.name}.tfstate"
    calls = (
        ["init", "-input=false", f"-backend-config=path={state}"],
        ["plan", "-json", "-input=false", "-lock=false", f"-out={plan}", "-var-file=a.tfvars"],
        ["show", "-json", str(plan)],
    )
    told = ""
    for call in calls:
        surroundings = {**os.environ, **ours, "TF_LOG": "debug"}
        done = subprocess.run([terraform, *call], cwd=folder, env=surroundings, capture_output=True, text=True)
        # What is JSON inside JSON is read twice, as whoever looks for secrets would.
        told += done.stdout + done.stderr + done.stdout.replace('\\"', '"')
    return told
