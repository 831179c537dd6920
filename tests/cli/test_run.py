"""handrail run: what a person sees, in a terminal of any width or through a pipe, and what a program reads."""

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HANDRAIL, Desk, Done

Ran = Callable[..., Done]


@pytest.fixture(scope="module")
def ran(knock: Desk) -> Ran:
    """A command, run once however many tests look at what came of it."""
    return cache(knock.run)


@pytest.mark.parametrize(
    ("how", "status", "last"),
    [
        pytest.param("talk", 0, "✓ SUCCEEDED in ", id="succeeded"),
        pytest.param("dig", 0, "✓ SUCCEEDED in ", id="with a build"),
        pytest.param("refuse", 1, "Refused: Nobody opens. hello", id="a task fails"),
        pytest.param("break", 1, "bell", id="a build fails, in its own last words"),
    ],
)
def test_the_exit_status_says_how_it_ended(ran: Ran, how: str, status: int, last: str) -> None:
    """0 where it succeeded, 1 where it failed; the last line says so, or why."""
    done = ran("run", "knock", "--how", how)

    assert (done.returncode, done.stderr) == (status, "")
    assert last in done.stdout.splitlines()[-1]


def test_through_a_pipe_there_are_plain_lines(ran: Ran) -> None:
    """Each state as it ends, each line of a build, the message; no control codes, nothing broken or filled up."""
    note = "長い文 " * 40
    done = ran("run", "knock", "--how", "talk", "--note", note)
    dug = ran("run", "knock", "--how", "dig")

    lines = done.stdout.splitlines()
    assert "\x1b" not in done.stdout + dug.stdout
    assert [line for line in lines + dug.stdout.splitlines() if line != line.rstrip()] == []
    assert [line.split("  ")[0] for line in lines if line[:1] in "✓✗"][:3] == ["✓ Accept", "✓ Say", "✓ Only talk?"]
    assert note.replace(" ", "") in "".join(done.stdout.split())
    assert "    down it goes" in dug.stdout.splitlines()
    assert lines[-1].startswith("✓ SUCCEEDED in ")
    assert "· handrail show knock-2" in lines[-1]


def test_what_a_build_writes_steers_no_terminal(ran: Ran) -> None:
    """Colours are left out, other control characters are shown."""
    done = ran("run", "knock", "--how", "break")

    assert "    red \\x07bell" in done.stdout.splitlines()


def test_what_the_channel_was_told_of_a_failure_is_shown(knock: Desk) -> None:
    """The rule on the end posts after the last event; its message stands above the end all the same."""
    shown = knock.run("run", "knock", "--how", "refuse").stdout.splitlines()

    [told], [end] = (
        [at for at, row in enumerate(shown) if row.startswith(start)] for start in ("knock failed: ", "✗ FAILED")
    )
    assert told < end


def test_json_has_standard_output_for_itself(knock: Desk) -> None:
    """One document, whatever tasks and their children print; that goes to standard error."""
    done = knock.run("run", "knock", "--how", "talk", "--note", "日本", "--json")
    failed = knock.run("run", "knock", "--how", "break", "--json")

    told, broken = json.loads(done.stdout), json.loads(failed.stdout)
    assert (done.returncode, told["status"], json.loads(told["input"])["note"]) == (0, "SUCCEEDED", "日本")
    assert "日本" in done.stdout
    assert sorted(done.stderr.splitlines()) == ["echoed by its child", "printed by the task"]
    assert (failed.returncode, broken["status"], broken["error"]) == (1, "FAILED", "States.TaskFailed")
    assert broken["failedBuilds"][0]["log"][-2] == "stone 30"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(["--input", "{file}"], id="a file"),
        pytest.param(["--input", "-"], id="standard input"),
        pytest.param(["--how", "talk", "--note=ノック", "--times", "2", "--tags", "x", "--tags", "y"], id="options"),
        pytest.param(["--how=talk", "--input={file}", "--times", "2"], id="both"),
    ],
)
def test_fields_come_from_options_and_files(knock: Desk, tmp_path: Path, fields: list[str]) -> None:
    """However they are given, the machine is asked the same."""
    asked = {"how": "talk", "note": "ノック", "times": 2, "tags": ["x", "y"]}
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(asked))

    done = knock.run("run", "knock", "--json", *(field.format(file=file) for field in fields), input=json.dumps(asked))

    assert json.loads(json.loads(done.stdout)["input"]) == {**asked, "window": {"first": 9}}


def test_from_a_folder_below_it_is_the_same(alone: Desk) -> None:
    """The project is found upwards, and its .handrail with it."""
    below = alone.project / "codebuild/dig"
    home = {"HANDRAIL_HOME": ""}

    assert alone.run("run", "knock", "--how", "dig", cwd=below, **home).returncode == 0
    assert alone.run("show", "last", cwd=below, **home).returncode == 0
    assert (alone.project / ".handrail/store.sqlite3").is_file()
    assert (alone.project / ".handrail").stat().st_mode & 0o077 == 0


def test_a_reader_that_has_gone_ends_nothing(knock: Desk) -> None:
    """`handrail run … | head -1` shows a line; what was begun is brought to its end, and nobody is told of a pipe."""
    argv = [*HANDRAIL, "run", "knock", "--how", "nap"]
    with subprocess.Popen(
        argv, cwd=knock.project, env=knock.surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        told = run.stderr.read()

    assert (run.returncode, "Traceback" in told, "Broken" in told) == (0, False, False)
    assert json.loads(knock.run("executions", "--most", "1", "--json").stdout)[0]["status"] == "SUCCEEDED"


@pytest.mark.parametrize("columns", [80, 30])
def test_a_terminal_shows_what_runs_and_is_left_clean(knock: Desk, columns: int) -> None:
    """Live while it runs; in the end the cursor is back and nothing of what was live is left, on any width."""
    screen = knock.terminal("run", "knock", "--how", "nap", "--note", "日本" * 30, columns=columns)
    screen.until(" Dig  0.")

    assert screen.end() == 0
    assert "\x1b[32m" in screen.text
    assert screen.text.rfind("\x1b[?25h") > screen.text.rfind("\x1b[?25l") > -1
    shown = [line.partition("  ")[0] for line in screen.lines if not line.startswith("    ")]
    assert shown[:4] == ["✓ Accept", "✓ Say", "✓ Only talk?", "✓ Dig"]
    assert [line.strip() for line in screen.lines if line.startswith("    ")] == ["printed by the task", "napping"]


@pytest.mark.parametrize(
    ("environment", "codes"),
    [
        pytest.param({"NO_COLOR": "1"}, ["[32m", "[31m", "[34m"], id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, ["\x1b"], id="a dumb terminal"),
    ],
)
def test_a_terminal_is_shown_no_more_than_it_wants(knock: Desk, environment: dict[str, Any], codes: list[str]) -> None:
    """No colours where somebody wants none, no codes at all where the terminal understands none."""
    screen = knock.terminal("run", "knock", "--how", "talk", **environment)

    assert screen.end() == 0
    assert "✓ SUCCEEDED" in screen.text
    assert [code for code in codes if code in screen.text] == []


@pytest.mark.parametrize(
    ("environment", "note"),
    [
        pytest.param({"PYTHONIOENCODING": "ascii"}, "?", id="ASCII"),
        pytest.param({"LANG": "C", "LC_ALL": "C"}, "音", id="the C locale"),
    ],
)
def test_an_old_encoding_costs_letters_and_no_run(knock: Desk, environment: dict[str, Any], note: str) -> None:
    """What cannot be written is replaced; JSON stays whole."""
    plain = knock.run("run", "knock", "--how", "talk", "--note", "音", **environment)
    as_json = knock.run("run", "knock", "--how", "talk", "--note", "音", "--json", **environment)

    assert (plain.returncode, as_json.returncode) == (0, 0)
    assert note in plain.stdout
    assert json.loads(json.loads(as_json.stdout)["input"])["note"] == "音"


def test_a_person_sees_the_progress_of_a_json_run(knock: Desk, tmp_path: Path) -> None:
    """With standard output in a file, the terminal that standard error is shows what happens."""
    script = f'exec "$@" >{tmp_path}/out.json'
    screen = knock.terminal("run", "knock", "--how", "talk", "--json", behind=["/bin/sh", "-c", script, "sh"])

    assert screen.end() == 0
    assert "✓ SUCCEEDED" in screen.text
    assert json.loads((tmp_path / "out.json").read_text())["status"] == "SUCCEEDED"


def test_output_that_cannot_be_written_is_told(knock: Desk) -> None:
    """A full disk behind `>` is no Python traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*HANDRAIL, "list"], cwd=knock.project, env=knock.surroundings(), stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 1
    assert "The output cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_messages_file_that_was_cut_off_hides_no_message(alone: Desk) -> None:
    """Half a line of a process that was killed is passed over."""
    alone.home.mkdir()
    (alone.home / "messages.jsonl").write_text('{"text": "hal')
    first = alone.run("run", "knock", "--how", "talk", "--note", "lost in the half line")
    second = alone.run("run", "knock", "--how", "talk", "--note", "heard")

    assert (first.returncode, first.stderr) == (0, "")
    assert "heard" in second.stdout.splitlines()
    assert os.linesep not in (alone.home / "lock").read_text()
