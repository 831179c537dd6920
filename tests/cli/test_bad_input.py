"""What a person is told whose drift check cannot be done: why, where, and what to do, with nothing half done."""

import fcntl
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, Done, Site, drift_desk, written

DATA = 'resource "terraform_data" "this" {\n  input = 1\n}\n'
PROVIDER = 'terraform {\n  required_providers {\n    nope = { source = "test.local/ops/nope" }\n  }\n}\n'
NO_PROVIDER = 'provider_installation {\n  filesystem_mirror {\n    path = "/nowhere"\n  }\n}\n'

# Only planning hangs, so that it is the plan's time that runs out; the other writes its plan where there is no room.
HANGS = '#!/bin/sh\n[ "$1" = plan ] && exec sleep 600.5\nexec terraform "$@"\n'
NO_ROOM = """#!/bin/sh
for argument; do
  shift
  case $argument in -out=*) argument=-out=/dev/full ;; esac
  set -- "$@" "$argument"
done
exec terraform "$@"
"""


@pytest.fixture(scope="module")
def one_run(drift: tuple[Desk, Site]) -> Iterator[Done]:
    """One run over a good root and a bad one of each kind."""
    desk, site = drift
    for name, code in {
        "broken": "resource {{{\n",
        "full": DATA,
        "good": DATA,
        "hangs": DATA,
        "locked": DATA,
        "variable": 'variable "region" {}\n',
        "provider": PROVIDER,
    }.items():
        site.root(name, code, state={} if name == "locked" else None)
    for name, text in {"hangs": HANGS, "full": NO_ROOM, "none.rc": NO_PROVIDER}.items():
        (site.project / name).write_text(text)
        (site.project / name).chmod(0o755)
    site.configure(
        overrides=[
            {"roots": ["hangs"], "binary": "{project}/hangs", "timeout": "2s"},
            {"roots": ["full"], "binary": "{project}/full"},
            {"roots": ["locked"], "lock": True},
            {"roots": ["provider"], "environment": {"TF_CLI_CONFIG_FILE": "{project}/none.rc"}},
        ]
    )
    with (site.project / "states" / "locked.tfstate").open("rb+") as state:
        # What terraform itself does to a state that it works on.
        fcntl.lockf(state, fcntl.LOCK_EX)
        yield desk.run("run", "drift-check")


@pytest.mark.parametrize(
    ("root", "verdict", "told"),
    [
        pytest.param("broken", "failed", "init: Missing type for resource", id="broken HCL"),
        pytest.param("variable", "failed", "plan: No value for required variable", id="a missing variable"),
        pytest.param("provider", "failed", "init: ", id="a provider that cannot be installed"),
        pytest.param("locked", "busy", "", id="a state that somebody works on"),
        pytest.param("hangs", "failed", "timed out: nothing came back within 2 seconds", id="a plan that hangs"),
        pytest.param("full", "failed", "plan: ", id="no room for the plan"),
        pytest.param("good", "unapplied", "1 to create", id="the others are checked all the same"),
    ],
)
def test_a_root_that_cannot_be_planned_is_told(one_run: Done, root: str, verdict: str, told: str) -> None:
    """The message has a row for each root with what is wrong with it, and the run itself has succeeded."""
    assert one_run.returncode == 0, one_run.stderr
    [row] = [line for line in one_run.stdout.splitlines() if line.startswith(f"│ infra/{root} ")]
    cells = [cell.strip() for cell in row.split("│")]
    assert cells[2] == verdict
    assert told in cells[3]


FIVE = """
paralel: 3
repositories:
  - name: infra
    url: https://git.example.com/infra.git
    path: infra
    mode: plann
    timeout: soon
    roots: ["/services/*"]
"""
GLOB = '{"repositories": [{"name": "infra", "path": "infra", "roots": ["god"]}]}'
GOOD = '{"repositories": [{"name": "infra", "path": "infra", "roots": ["*"]}]}'


@pytest.fixture(scope="module")
def small(bytecode: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with the drift check and one root, for what goes wrong before any terraform is called."""
    desk = drift_desk(tmp_path_factory.mktemp("small"), bytecode)
    written(desk.project, {"infra/good/main.tf": DATA})
    return desk


@pytest.mark.parametrize(
    ("config", "path", "told"),
    [
        pytest.param(
            FIVE,
            None,
            [
                'terraform.yaml:2: paralel is not a setting here. Did you mean "parallel"?',
                "terraform.yaml:4: repositories[0] has both url and path",
                'terraform.yaml:7: repositories[0].mode is "plann"',
                'terraform.yaml:8: repositories[0].timeout is "soon"',
                'terraform.yaml:9: repositories[0].roots[0] is "/services/*"',
            ],
            id="five mistakes in the configuration",
        ),
        pytest.param(GLOB, None, ['roots has "god", which matches no folder', 'Did you mean "good"?'], id="a glob"),
        pytest.param(GOOD, "/nowhere", ["terraform is not there (for infra/good)", "Install it"], id="no terraform"),
    ],
)
def test_what_is_wrong_with_all_roots_ends_the_run(small: Desk, config: str, path: str | None, told: list[str]) -> None:
    """The run fails; its own words are on the screen, in `show`, and in the JSON of both."""
    written(small.project, {"config/terraform.yaml": config})
    path = os.environ["PATH"] if path is None else without_terraform(small.project.parent)

    ran = small.run("run", "drift-check", PATH=path)
    shown = small.run("show", "last")
    as_json = json.loads(small.run("show", "last", "--json").stdout)

    assert (ran.returncode, ran.stderr) == (1, "")
    [build] = as_json["failedBuilds"]
    for text in (ran.stdout, shown.stdout, "\n".join(build["log"])):
        assert [part for part in told if part not in text] == []
    assert as_json["status"] == "FAILED"


def without_terraform(folder: Path) -> str:
    """A PATH with what a build needs and no terraform."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("sh", "git", "env"):
        link, found = programs / name, shutil.which(name)
        if found and not link.exists():
            link.symlink_to(found)
    return str(programs)


@pytest.mark.parametrize(
    ("arguments", "input", "told"),
    [
        pytest.param(["knokc"], "", 'There is no runbook "knokc". Did you mean "knock"?', id="no such runbook"),
        pytest.param(["knock"], "", "how: this is missing.", id="a field is missing"),
        pytest.param(["knock", "--hw", "dig"], "", '--hw: knock has no such field. Did you mean "--how"?', id="field"),
        pytest.param(["knock", "--how", "digg"], "", 'Did you mean "dig"?', id="a choice"),
        pytest.param(["knock", "--how", "dig", "--times", "x"], "", "times: this must be a whole number.", id="kind"),
        pytest.param(["knock", "--input", "-"], '{"how": ', "standard input:1:9: this is not JSON", id="broken JSON"),
        pytest.param(["knock", "--input", "-"], '{"how": "\\ud800"}', "something that is no text", id="no text"),
        pytest.param(["knock", "--input", "nope.json"], "", "nope.json cannot be read: No such file", id="no file"),
        pytest.param(["knock", "--input", "-"], '{"hwo": "dig", "times": 0}', 'Did you mean "how"?', id="JSON field"),
    ],
)
def test_what_cannot_be_asked_starts_nothing(knock: Desk, arguments: list[str], input: str, told: str) -> None:
    """Exit status 2, the mistake on standard error with the nearest name, and no trace of a run."""
    done = knock.run("run", *arguments, input=input)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not knock.home.exists()


def test_all_mistakes_are_told_together(knock: Desk) -> None:
    """Whoever made three mistakes reads of three, in the options' names and in the fields' values alike."""
    options = knock.run("run", "knock", "--hw", "dig", "--tims=3", "--note").stderr
    fields = knock.run("run", "knock", "--input", "-", input='{"hwo": "dig", "times": 0}').stderr

    assert [line.split(":")[0].strip() for line in options.splitlines()[1:]] == ["--hw", "--tims", "--note", "how"]
    assert sorted(line.split(":")[0].strip() for line in fields.splitlines()[1:]) == ["how", "hwo", "times"]


@pytest.mark.parametrize("command", [["list"], ["run", "knock", "--how", "talk"]])
@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param(
            {"machines/bad.py": "x = (\n", "tasks/worse.py": "import nowhere\n"},
            ["machines/bad.py:1: '(' was never closed", "tasks/worse.py:1: ModuleNotFoundError"],
            id="broken files",
        ),
        pytest.param({"pyproject.toml": ""}, ["is in no Handrail project", "[tool.handrail]"], id="no project"),
    ],
)
def test_a_project_that_cannot_be_read_is_told(
    alone: Desk, command: list[str], files: dict[str, str], told: list[str]
) -> None:
    """Every file that is wrong, with its line; nothing is run."""
    written(alone.project, files)

    done = alone.run(*command)

    assert (done.returncode, done.stdout) == (2, "")
    assert [part for part in told if part not in done.stderr] == []
    assert not alone.home.exists()


@pytest.mark.parametrize(
    ("home", "told"),
    [
        pytest.param("file/home", "file/home cannot be written: Not a directory", id="below a file"),
        pytest.param("/proc/home", "/proc/home cannot be written", id="where nobody may write"),
    ],
)
def test_a_home_that_cannot_be_written_is_told(alone: Desk, home: str, told: str) -> None:
    """The folder, the reason, and the variable that names another one."""
    written(alone.project, {"file": ""})

    done = alone.run("run", "knock", "--how", "talk", HANDRAIL_HOME=home)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "HANDRAIL_HOME names another folder" in done.stderr


# No file may be longer than that, which is what a full disk does to a file that grows.
LITTLE_ROOM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # or a module's compiled half stays behind
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("room", "status", "file"),
    [
        pytest.param(4_000, 2, "store.sqlite3", id="for no store"),
        pytest.param(51_000, 2, "cloud.sqlite3", id="for no AWS"),
        pytest.param(90_000, 1, "store.sqlite3", id="for no more than both"),
    ],
)
def test_a_full_disk_is_told(alone: Desk, room: int, status: int, file: str) -> None:
    """Without room for the store nothing goes on that would not be recorded; with room again, everything works."""
    full = alone.run("run", "knock", "--how", "dig", behind=[sys.executable, "-c", LITTLE_ROOM, str(room)])
    again = alone.run("run", "knock", "--how", "dig")

    assert full.returncode == status
    assert file in full.stderr
    assert "cannot be used" in full.stderr
    assert "is full" in full.stderr
    assert "Traceback" not in full.stderr
    assert again.returncode == 0
    assert "RUNNING" not in alone.run("executions").stdout


def test_a_disk_that_fills_meanwhile_says_which_run_it_was(alone: Desk) -> None:
    """With room again that run goes on, by the name that was told."""
    full = alone.run("run", "knock", "--how", "dig", behind=[sys.executable, "-c", LITTLE_ROOM, "90000"])

    [name] = re.findall(r"^(knock-\S+) was cut off by this", full.stderr, re.MULTILINE)
    assert f"`handrail redrive {name}` lets it go on" in full.stderr
    assert alone.run("redrive", name).returncode == 0
