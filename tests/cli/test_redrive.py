"""handrail redrive: an execution that failed goes on where it ended, followed and told like a run."""

import json

import pytest

from tests.cli.conftest import Desk


def mend(desk: Desk) -> None:
    """From now on the build that breaks does not."""
    path = desk.project / "codebuild/dig/dig.sh"
    path.write_text(path.read_text().replace("exit 3", 'echo "mended"'))


def test_a_redrive_runs_only_what_had_not_succeeded(alone: Desk) -> None:
    """The build that failed is run again, the steps before it are not; the exit status is the new end's."""
    failed = alone.run("run", "knock", "--how", "break")
    mend(alone)
    done = alone.run("redrive", "last")

    assert (failed.returncode, done.returncode, done.stderr) == (1, 0, "")
    assert [line.split("  ")[0] for line in done.stdout.splitlines() if line[:1] in "✓✗"][:-1] == ["✓ Dig"]
    assert "    mended" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].startswith("✓ SUCCEEDED in ")


def test_a_redrive_that_fails_says_so_and_is_shown(alone: Desk) -> None:
    """`handrail show` tells how often, and which state was gone on with; JSON has AWS's words."""
    alone.run("run", "knock", "--how", "refuse")
    again = [alone.run("redrive", "last", "--json") for _ in range(2)]
    shown = alone.run("show", "last")
    told = json.loads(alone.run("show", "last", "--json").stdout)

    assert [each.returncode for each in again] == [1, 1]
    assert [json.loads(each.stdout)["redriveCount"] for each in again] == [1, 2]
    assert "redriven twice, last " in shown.stdout.splitlines()[0]
    [state] = [line for line in shown.stdout.splitlines() if "✗ Say" in line]
    assert state.endswith("3 failed attempts  redriven")
    assert (told["redriveCount"], told["redriveStatus"]) == (2, "REDRIVABLE")
    assert told["redriveDate"] > told["startDate"]
    assert [event["type"] for event in told["events"]].count("ExecutionRedriven") == 2
    assert [event["type"] for event in told["events"]].count("TaskStateEntered") == 2


@pytest.fixture(scope="module")
def talked(knock: Desk) -> Desk:
    """A desk at which the last execution has succeeded."""
    assert knock.run("run", "knock", "--how", "talk").returncode == 0
    return knock


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["last"], "cannot be redriven: Execution is SUCCEEDED and cannot be redriven.", id="succeeded"),
        pytest.param(["nobody"], 'No execution is called "nobody".', id="unknown"),
        pytest.param([], "Missing argument 'EXECUTION'", id="nothing"),
    ],
)
def test_what_cannot_be_redriven_is_bad_input(talked: Desk, arguments: list[str], told: str) -> None:
    """Refused with the reason and exit status 2; nothing is run."""
    done = talked.run("redrive", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_redriven_execution_keeps_its_definition(alone: Desk) -> None:
    """The machine may be another one by now: what is redriven is the one that had been begun."""
    alone.run("run", "knock", "--how", "break")
    before = json.loads(alone.run("show", "last", "--json").stdout)
    mend(alone)
    machine = alone.project / "machines/knock.py"
    machine.write_text(machine.read_text().replace('Build("Dig"', 'Build("Dig deeper"'))
    done = alone.run("redrive", before["name"])

    assert done.returncode == 0
    assert "✓ Dig  " in done.stdout
    assert "Dig deeper" not in done.stdout
