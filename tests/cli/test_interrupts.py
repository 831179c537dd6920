"""Ctrl-C, SIGTERM, a closed terminal, kill -9, and two runs at once: nothing is left running, and the store says so."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk, Screen, Site, drift_desk

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")

OBJECT = 'resource "mockcloud_object" "this" {\n  name = "slow"\n}\n'

INTERRUPTED = ("ABORTED", "Handrail.Interrupted", "Stopped by the person who ran it.")


def newest(desk: Desk) -> dict[str, Any]:
    """The newest execution as a program reads it, with its history."""
    return dict(json.loads(desk.run("show", "last", "--json").stdout))


def how(execution: dict[str, Any]) -> tuple[str, str, str]:
    return execution["status"], execution["error"], execution["cause"]


def reads(stream: Any, text: str) -> None:
    """Read lines until one holds a text."""
    for line in stream:
        if text in line:
            return
    raise AssertionError(f"{text} was never written")


def until(true: Callable[[], object]) -> None:
    """Wait until something is true; fails where it never is."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def clean(screen: Screen) -> bool:
    """Whether the cursor is back, in a line of its own, and no Python shows through."""
    text = screen.text
    return text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l") and text.endswith("\n") and "Traceback" not in text


@pytest.mark.parametrize(
    "interrupt",
    [
        pytest.param(lambda screen: screen.press(b"\x03"), id="Ctrl-C"),
        pytest.param(lambda screen: os.kill(screen.process, signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda screen: os.kill(screen.process, signal.SIGHUP), id="SIGHUP"),
    ],
)
def test_an_interrupted_run_ends_its_children_and_is_aborted(alone: Desk, interrupt: Callable[[Screen], None]) -> None:
    """The build's processes, grandchildren too, are gone when the command ends, and the execution is ABORTED."""
    screen = alone.terminal("run", "knock", "--how", "hang")
    screen.until("    hanging")
    until(lambda: alone.left().count("sleep 600") == 3)

    interrupt(screen)

    assert screen.end() == 130
    assert clean(screen)
    assert alone.left() == []
    assert how(newest(alone)) == INTERRUPTED
    assert "■ Dig" in alone.run("show", "last").stdout


def test_a_terminal_that_is_closed_ends_the_run(alone: Desk) -> None:
    """Nobody can read the last words; the execution is ABORTED and nothing is left all the same."""
    screen = alone.terminal("run", "knock", "--how", "hang")
    screen.until("    hanging")

    assert screen.close() == 130
    assert alone.left() == []
    assert how(newest(alone)) == INTERRUPTED


def test_terraform_ends_with_the_run(mockcloud: Path, bytecode: dict[str, str], tmp_path: Path) -> None:
    """An interrupted drift check leaves neither terraform nor a provider, nor a file outside of its own folder."""
    desk, temporary = drift_desk(tmp_path, bytecode), tmp_path / "tmp"
    temporary.mkdir()
    site = Site(desk.project, mockcloud, {"slow": {"delay": 600}})
    site.root(
        "slow",
        'resource "mockcloud_object" "this" {\n  name = "slow"\n}\n',
        {"mockcloud_object.this": {"name": "slow"}},
    )
    site.configure()
    desk.environment["TMPDIR"] = str(temporary)
    run = desk.begin("run", "drift-check")
    reads(run.stdout, "Split")
    while not any("terraform plan" in line for line in desk.left()) or not any(
        "provider" in line for line in desk.left()
    ):
        time.sleep(0.05)

    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=30)

    assert (run.returncode, told) == (130, "")
    assert desk.gone(5)
    assert how(newest(desk)) == INTERRUPTED
    assert list(temporary.iterdir()) == []


def test_a_second_interrupt_ends_at_once(alone: Desk) -> None:
    """Even while a child is deaf to SIGTERM; that child is ended behind our back."""
    screen = alone.terminal("run", "knock", "--how", "deaf")
    screen.until("    hanging")
    screen.press(b"\x03")
    screen.until("Ctrl-C once more")
    before = time.monotonic()

    screen.press(b"\x03")

    assert screen.end() == 130
    assert time.monotonic() - before < 5  # a child that is deaf to SIGTERM is given ten seconds
    assert clean(screen)
    assert alone.gone()
    assert how(newest(alone)) == INTERRUPTED


@pytest.mark.parametrize("look", [pytest.param("executions", id="by a look"), pytest.param("run", id="by a run")])
def test_a_killed_run_is_ended_by_whoever_comes_next(alone: Desk, look: str) -> None:
    """After kill -9 nothing is RUNNING for ever: the end is in the journal, with its cause, and all else works on."""
    run = alone.begin("run", "knock", "--how", "hang")
    reads(run.stdout, "hanging")
    run.kill()
    run.communicate()

    commands = {"executions": ["executions"], "run": ["run", "knock", "--how", "talk"]}
    assert alone.run(*commands[look]).returncode == 0

    listed = json.loads(alone.run("executions", "--json").stdout)[-1]
    shown = json.loads(alone.run("show", listed["name"], "--json").stdout)
    assert listed["status"] == "ABORTED"
    assert listed["error"] == "Handrail.CutOff"
    assert "was killed" in listed["cause"]
    last = shown["events"][-1]
    assert (last["type"], last["executionAbortedEventDetails"]["error"]) == ("ExecutionAborted", "Handrail.CutOff")


def test_a_killed_run_leaves_nothing_that_the_next_one_does_not_clear(alone: Desk) -> None:
    """What got away into a session of its own, and what the build had on disk but its log, go with the next run."""
    run = alone.begin("run", "knock", "--how", "hang")
    reads(run.stdout, "hanging")
    run.kill()
    run.communicate()

    assert alone.run("run", "knock", "--how", "talk").returncode == 0

    assert alone.gone()
    assert [path.name for path in (alone.home / "builds").glob("*/*")] in (
        ["log.txt", "build.json"],
        ["build.json", "log.txt"],
    )


def test_whoever_ignores_a_signal_goes_on(alone: Desk) -> None:
    """Behind nohup, a terminal that is closed ends nothing."""
    run = alone.begin("run", "knock", "--how", "nap", behind=["nohup"])
    reads(run.stdout, "napping")

    run.send_signal(signal.SIGHUP)
    run.communicate(timeout=30)

    assert run.returncode == 0
    assert newest(alone)["status"] == "SUCCEEDED"


def test_a_second_run_is_refused_and_told_who_runs(alone: Desk) -> None:
    """Two runs at once in one project: the second starts nothing, while readers see the first one running."""
    first = alone.begin("run", "knock", "--how", "hang", "--json")
    reads(first.stderr, "printed")
    until(alone.left)

    second = alone.run("run", "knock", "--how", "talk")
    listed = alone.run("executions")
    shown = alone.run("show", "last")
    first.send_signal(signal.SIGTERM)
    told, _ = first.communicate(timeout=30)

    assert (second.returncode, second.stdout) == (2, "")
    assert f"process {first.pid}, since 2" in second.stderr
    assert [line.split()[1:3] for line in listed.stdout.splitlines()[1:]] == [["…", "RUNNING"]]
    assert "… Dig  Task" in shown.stdout
    assert (first.returncode, how(json.loads(told))) == (130, INTERRUPTED)
    assert alone.left() == []
