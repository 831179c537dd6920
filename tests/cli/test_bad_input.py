"""What a person is told whose drift check cannot be done: why, where, and what to do, with nothing half done."""

import fcntl
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Desk, Done, Site

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
        pytest.param("broken", "failed", "(broken/main.tf:4)", id="broken HCL"),
        pytest.param("variable", "failed", "plan: No value for required variable", id="a missing variable"),
        pytest.param("provider", "failed", "init: ", id="a provider that cannot be installed"),
        pytest.param("locked", "busy", "", id="a state that somebody works on"),
        pytest.param("hangs", "failed", "timeout: ", id="a plan that hangs"),
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
