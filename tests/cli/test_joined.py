"""While a server has the store, `run`, `redrive` and `stop` go to it; after it was killed, the next one goes on."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import KNOCK, Desk, written
from tests.cli.test_local import once, until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are told apart by /proc")


def stopped(server: "subprocess.Popen[str]") -> None:
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)


def serving(desk: Desk) -> "subprocess.Popen[str]":
    """A server that has the store."""
    server = desk.begin("local")
    [*until(server.stdout, "AWS at http://127.0.0.1:")]
    return server


@pytest.fixture(scope="module")
def served(bytecode: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at which a server runs, for a whole module."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "tmp").mkdir()
    desk = Desk(written(folder / "project", KNOCK), folder / "home", {**bytecode, "TMPDIR": str(folder / "tmp")})
    server = serving(desk)
    yield desk
    stopped(server)


def newest(desk: Desk) -> dict[str, Any]:
    return dict(json.loads(desk.run("executions", "--json").stdout)[0])


def hanging(desk: Desk) -> "subprocess.Popen[str]":
    """A run that goes on until somebody stops it, once its task is done."""
    run = desk.begin("run", "knock", "--how", "hang")
    [*until(run.stdout, "✓ Say")]
    return run


@pytest.mark.parametrize(
    ("how", "status", "last"),
    [pytest.param("talk", 0, "SUCCEEDED in", id="well"), pytest.param("refuse", 1, "FAILED in", id="badly")],
)
def test_a_run_joins_the_server(served: Desk, how: str, status: int, last: str) -> None:
    """Its progress is shown as if it ran here, and its end is the exit status."""
    done = served.run("run", "knock", "--how", how)

    assert (done.returncode, done.stderr) == (status, "")
    assert ("✓ Say" in done.stdout) is (how == "talk")
    assert last in done.stdout
    assert newest(served)["name"].startswith("knock-2")


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        pytest.param("dig", ["    down it goes", "✓ Dig"], id="well"),
        pytest.param("break", ["    stone 1", "    stone 30", "    red bell", "✗ Dig"], id="badly"),
    ],
)
def test_a_build_is_heard_while_it_runs_there(served: Desk, how: str, shown: list[str]) -> None:
    """Its lines come before its end, each once, as they do where the build runs in the own process."""
    done = served.run("run", "knock", "--how", how)
    lines = [re.sub(r"\\x07|  [\d.]+ s$", "", line) for line in done.stdout.splitlines()]

    found = [line for line in lines if line in shown]
    assert found[: len(shown)] == shown


def test_a_program_gets_its_document(served: Desk) -> None:
    """Nothing but JSON on standard output."""
    done = served.run("run", "knock", "--how", "talk", "--json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "SUCCEEDED")


def test_ctrl_c_aborts_it_in_the_server(served: Desk) -> None:
    """The server goes on; the execution is ABORTED, and its build's processes are gone."""
    run = hanging(served)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)

    assert run.returncode == 130
    assert (newest(served)["status"], newest(served)["error"]) == ("ABORTED", "Handrail.Interrupted")
    # The watchdog is the server's, and stays with it.
    while any("sleep 600" in line for line in served.left()):
        time.sleep(0.05)


def test_stop_aborts_what_the_server_runs(served: Desk) -> None:
    """By its name; whoever follows it sees the end."""
    run = hanging(served)
    done = served.run("stop", "last", "--cause", "enough")
    told, _ = run.communicate(timeout=30)

    assert (done.returncode, done.stdout.split()[1:]) == (0, ["■", "ABORTED"])
    assert (run.returncode, "enough" in told) == (130, True)
    assert newest(served)["error"] == "Handrail.Stopped"
    again = served.run("stop", "last")
    assert (again.returncode, again.stdout) == (0, done.stdout)


def test_a_redrive_joins_the_server(served: Desk) -> None:
    """What had failed runs again there, and only that is shown."""
    served.run("run", "knock", "--how", "break")
    (served.project / "codebuild/dig/dig.sh").write_text("echo mended\n")
    done = served.run("redrive", "last")
    refused = served.run("redrive", "last")

    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ Dig" in done.stdout
    assert "Say" not in done.stdout
    assert refused.returncode == 2
    assert "SUCCEEDED and cannot be redriven" in refused.stderr


def test_a_second_server_is_refused(served: Desk) -> None:
    """It is told which process has the store, since when, and where that one is reached."""
    done = served.run("local")
    assert done.returncode == 2
    assert "Another handrail works in" in done.stderr
    assert ", at http://127.0.0.1:" in done.stderr


def test_what_a_killed_server_ran_waits_for_the_next_one(alone: Desk) -> None:
    """Who follows it is told; a run in between leaves it alone; the next server fails the build that died."""
    moment = once(alone, "hang", seconds=1)
    server = alone.begin("local")
    [*until(server.stdout, "started")]
    name = f"knock-{moment}"
    watch = alone.begin("watch", name)
    [*until(watch.stdout, "✓ Say")]
    server.kill()
    server.communicate()

    _, told = watch.communicate(timeout=60)
    assert watch.returncode == 2
    assert f"Nobody runs {name} at the moment" in told
    assert alone.run("run", "knock", "--how", "talk").returncode == 0
    listed = alone.run("executions")
    assert "RUNNING" in listed.stdout
    assert f"`handrail stop {name}` ends it" in listed.stderr

    again = alone.begin("local")
    lines = [*until(again.stdout, f"{name}  FAILED in")]
    stopped(again)
    assert any("1 execution goes on where the last `handrail local` left off" in line for line in lines)
    [ended] = [each for each in json.loads(alone.run("executions", "--json").stdout) if each["name"] == name]
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert alone.gone()


def test_what_nobody_runs_can_be_stopped(alone: Desk) -> None:
    """Without a server, too; it is over then, and nothing goes on with it."""
    once(alone, "hang", seconds=1)
    server = alone.begin("local")
    [*until(server.stdout, "started")]
    while alone.left().count("sleep 600") < 3:
        time.sleep(0.05)
    server.kill()
    server.communicate()

    done = alone.run("stop", "last")
    assert (done.returncode, done.stdout.split()[1:]) == (0, ["■", "ABORTED"])
    assert newest(alone)["cause"] == "Stopped with `handrail stop`."


def test_what_a_person_runs_is_stopped_in_its_terminal(alone: Desk) -> None:
    """A run that is nobody else's is not stopped from elsewhere; it is said who has it."""
    run = alone.begin("run", "knock", "--how", "hang")
    [*until(run.stdout, "✓ Say")]
    done = alone.run("stop", "last")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert done.returncode == 2
    assert f"Process {run.pid} runs" in done.stderr
