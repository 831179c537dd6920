"""handrail watch: follows what another process runs, and ends as it does."""

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handrail.cli import app
from handrail.engine.commands import Status
from handrail.engine.events import Event, Started, Stopped
from handrail.local.store import Store, Stored
from tests.cli.conftest import Desk

PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
FAIL = '{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Boom"}}}'
WAIT = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9, "End": true}}}'


def keep(folder: Path, name: str, definition: str, status: Status, *events: Event) -> None:
    """An execution that a process has left behind."""
    arn = f"arn:aws:states:us-east-1:123456789012:execution:m:{name}"
    with Store.writing(folder, time.time()) as store:
        store.add(Stored(arn, name, "m", definition, "{}", status, 1.0))
        for place, event in enumerate(events):
            store.append(arn, place, event)
        if status != "RUNNING":
            store.ended(arn, status, 2.0, None, None, None)


@pytest.mark.parametrize(
    ("definition", "status", "events", "exit_code"),
    [
        pytest.param(PASS, "SUCCEEDED", [Started(1.0, "{}")], 0, id="succeeded"),
        pytest.param(FAIL, "FAILED", [Started(1.0, "{}")], 1, id="failed"),
        pytest.param(WAIT, "ABORTED", [Started(1.0, "{}"), Stopped(2.0)], 130, id="aborted"),
    ],
)
def test_ends_with_the_status_of_a_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    definition: str,
    status: Status,
    events: list[Event],
    exit_code: int,
) -> None:
    """What has ended already is shown, and its end is the exit status; the newest need not be named."""
    monkeypatch.setenv("HANDRAIL_HOME", str(tmp_path))
    keep(tmp_path, "one", definition, status, *events)

    assert CliRunner().invoke(app, ["watch", "one"]).exit_code == exit_code
    assert CliRunner().invoke(app, ["watch"]).exit_code == exit_code


def test_says_where_nothing_runs(alone: Desk) -> None:
    """What ended long ago is not taken for what happens now; whoever names an execution means that one."""
    keep(alone.home, "one", PASS, "SUCCEEDED", Started(1.0, "{}"))
    told = "Nothing runs here at the moment. The newest, one, began at 1970-01-01"

    assert alone.run("watch").stdout.startswith(told)
    assert told not in alone.run("watch", "one").stdout


def test_says_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that has run, and a name that nobody has."""
    monkeypatch.setenv("HANDRAIL_HOME", str(tmp_path))
    assert "Nothing has run here yet" in str(CliRunner().invoke(app, ["watch"]).exception)

    keep(tmp_path, "one", PASS, "SUCCEEDED", Started(1.0, "{}"))
    assert 'No execution is called "two"' in str(CliRunner().invoke(app, ["watch", "two"]).exception)


def test_follows_a_run_of_another_process(alone: Desk) -> None:
    """States are shown as they end over there; whoever writes is not disturbed, and both end alike."""
    run = alone.begin("run", "knock", "--how", "nap")
    assert run.stdout is not None
    first = run.stdout.readline()
    watched = alone.run("watch")
    run.stdout.read()
    shown = watched.stdout.splitlines()

    assert "Accept" in first
    assert (run.wait(), watched.returncode) == (0, 0)
    assert [line.split()[1] for line in shown if line.startswith("✓")][:2] == ["Accept", "Say"]
    assert "SUCCEEDED in" in shown[-1]
    run.communicate()
