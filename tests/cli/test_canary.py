"""Nothing secret leaves: secrets planted everywhere in Terraform come out nowhere in a whole run (T6)."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.conftest import Desk, Site, drift_desk

KINDS = {
    "attribute": "a sensitive attribute, in code and state",
    "held": "the same attribute, as the cloud has it now",
    "tfvars": "a variable in a tfvars file",
    "environment": "an environment variable of the configuration",
    "precondition": "the error message of a precondition",
    "stderr": "what a provider writes to its stderr",
    "diagnostic": "what a provider says is wrong",
}

OBJECT = 'resource "mockcloud_object" "this" {{\n  name = "{name}"\n  size = 2\n{more}}}\n'
VARIABLE = 'variable "{name}" {{}}\nresource "terraform_data" "this" {{\n  input = var.{name}\n}}\n'
PRECONDITION = """resource "terraform_data" "this" {{
  lifecycle {{
    precondition {{
      condition     = terraform.workspace == "no"
      error_message = "The password {} is too short."
    }}
  }}
}}
"""

# The command line, with one addition: every object of S3 and every row of the table is written down before moto forgets
# it, the key of the fingerprints, and what SQLite has not yet moved from its log to its file.
KEEPING = """
import json, sys
from handrail.cli import main
from handrail.local import laptop

to = sys.argv.pop(1)

class Keeping(laptop.Laptop):
    def close(self):
        s3, bucket = self.aws.client("s3"), self.aws.bucket.name
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        kept = {f"s3/{key}": s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}
        rows = self.aws.client("dynamodb").scan(TableName="handrail")["Items"]
        kept |= {f"table/{row['pk']['S']}/{row['sk']['S']}": json.dumps(row) for row in rows}
        kept["key"] = self.aws.client("secretsmanager").get_secret_value(SecretId="handrail/drift-key")["SecretString"]
        kept["store.sqlite3-wal"] = (self.home / "store.sqlite3-wal").read_bytes().decode("utf-8", "replace")
        with open(to, "w") as file:
            json.dump(kept, file)
        super().close()

laptop.Laptop = Keeping
main()
"""


def canary(kind: str) -> str:
    """A secret as a generator makes them."""
    return f"Kz{sha256(kind.encode()).hexdigest()[:18]}"


def found(text: str) -> set[str]:
    """Which secrets a text holds: as they are, in part, or written in another way."""
    return {kind for kind in KINDS if any(form in text for form in forms(canary(kind)))}


def forms(secret: str) -> Iterator[str]:
    yield from (secret, secret.upper(), secret[:10], secret[-10:], secret[::-1], secret.encode().hex(), quote(secret))
    for shift in range(3):  # base64 looks different at each place within three bytes
        yield base64.b64encode(b" " * shift + secret.encode()).decode()[4:-4]


@dataclass
class Ran:
    """What a run left, by where it was found, and what terraform itself says of the same roots."""

    places: dict[str, str]
    raw: str
    key: str
    """Of the fingerprints."""


@pytest.fixture(scope="module")
def ran(mockcloud: Path, bytecode: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run over a root for each kind of secret."""
    folder = tmp_path_factory.mktemp("canary")
    desk = drift_desk(folder, bytecode)
    site = Site(desk.project, mockcloud)
    plant(site)
    (folder / "keeping.py").write_text(KEEPING)
    kept = folder / "objects.json"
    done = subprocess.run(
        [sys.executable, "-P", str(folder / "keeping.py"), str(kept), "run", "drift-check"],
        cwd=site.project,
        env=desk.surroundings(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    objects: dict[str, str] = json.loads(kept.read_text())
    files = {f"home/{file.relative_to(desk.home)}": read(file) for file in desk.home.rglob("*") if file.is_file()}
    shown = {"show": desk.run("show", "last", "--full").stdout, "json": desk.run("show", "last", "--json").stdout}
    places = {"stdout": done.stdout, "stderr": done.stderr, **shown, **files}
    key = objects.pop("key")
    return Ran({**places, **objects}, raw(site, desk), key)


def read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def plant(site: Site) -> None:
    """A root for each secret; where the cloud speaks, its file holds it."""
    secret = f'  secret = "{canary("attribute")}"\n'
    states = {"attribute": canary("attribute"), "stderr": None, "diagnostic": None}
    for name, held in states.items():
        state = {"mockcloud_object.this": {"name": name, "size": 2, "secret": held, "etag": "a"}}
        site.root(name, OBJECT.format(name=name, more=secret if held else ""), state)
    site.root("tfvars", VARIABLE.format(name="password"), a__auto__tfvars=f'password = "{canary("tfvars")}"\n')
    site.root("environment", VARIABLE.format(name="token"))
    site.root("precondition", PRECONDITION.format(canary("precondition")))
    site.cloud = {
        "attribute": {"size": 2, "secret": canary("held"), "etag": "a"},
        "stderr": {"size": 3, "etag": "a", "stderr": f"debug: password is {canary('stderr')}"},
        "diagnostic": {"size": 2, "etag": "a", "error": f"login with {canary('diagnostic')} was refused"},
    }
    site.configure(environment={"TF_VAR_token": canary("environment")})


def raw(site: Site, desk: Desk) -> str:
    """Everything that terraform writes of these roots, its own log included."""
    given = {name: value.replace("{project}", str(site.project)) for name, value in site.environment.items()}
    variables = {"TF_VAR_token": canary("environment"), "TF_LOG": "debug", "CHECKPOINT_DISABLE": "1"}
    said = []
    for root in sorted(site.infra.iterdir()):
        backend = f"-backend-config=path={site.project}/states/{root.name}.tfstate"
        for arguments in (["init", backend], ["plan", "-out=plan"], ["show", "-json", "plan"]):
            done = subprocess.run(
                ["terraform", *arguments],
                cwd=root,
                env=desk.surroundings(**given, **variables),
                capture_output=True,
                text=True,
                check=False,
            )
            said += [done.stdout, done.stderr]
    return "\n".join(said)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=what) for kind, what in KINDS.items()])
def test_the_search_finds_what_terraform_tells(ran: Ran, kind: str) -> None:
    """The positive control: in terraform's own words the same search finds every secret."""
    assert kind in found(ran.raw)


def test_a_whole_run_tells_no_secret(ran: Ran) -> None:
    """Neither screen nor message, store, log, artifact nor any other file that stays holds one of them."""
    assert {place: secrets for place, text in ran.places.items() if (secrets := found(text))} == {}


def test_the_key_of_the_fingerprints_stays_where_it_is_kept(ran: Ran) -> None:
    """Only the laptop's Secrets Manager, a file for its owner alone, holds it; and what it made is no secret's hash."""
    holding = {place for place, text in ran.places.items() if any(form in text for form in forms(ran.key))}
    report = json.loads(next(text for place, text in ran.places.items() if place.endswith("/report.json")))
    prints = {root[name] for root in report["roots"] for name in ("fingerprint", "cause")} - {""}

    assert {place for place in holding if not place.startswith("home/cloud.sqlite3")} == set()
    assert len(prints) == 8
    assert not {sha256(canary(kind).encode()).hexdigest()[:32] for kind in KINDS} & prints


def test_what_was_searched_is_what_a_run_leaves(ran: Ran) -> None:
    """The places were not empty, and each root is told with its verdict."""
    names = {place.rpartition("/")[2] for place in ran.places}
    report = json.loads(next(text for place, text in ran.places.items() if place.endswith("/report.json")))

    kept = {"stdout", "store.sqlite3", "store.sqlite3-wal", "messages.jsonl", "log.txt", "build.json"}
    assert names >= kept | {"roots.json", "result.json", "shards.json", "report.json", "news.json", "told.json"}
    assert {f"table/drift-root/infra/{kind}" for kind in ("attribute", "stderr", "tfvars")} <= {*ran.places}
    assert "ExecutionSucceeded" in ran.places["json"]
    assert "handrail-drift-split" in ran.places["store.sqlite3-wal"]
    assert {root["path"]: root["verdict"] for root in report["roots"]} == {
        "attribute": "drift",
        "diagnostic": "failed",
        "environment": "unapplied",
        "precondition": "failed",
        "stderr": "drift",
        "tfvars": "unapplied",
    }
    for place in ("stdout", "home/messages.jsonl"):
        assert [root for root in report["roots"] if f"infra/{root['path']}" not in ran.places[place]] == []
