"""`handrail local` as a process: it serves and fires, tells in a line each what happens, and leaves nothing behind."""

import json
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.cli import local
from handrail.errors import HandrailError
from handrail.local.holder import server
from tests.cli.conftest import Desk, written

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def give(desk: Desk, schedule: str) -> None:
    """Give the runbook a schedule, as its author writes it."""
    machine = (desk.project / "machines/knock.py").read_text(encoding="utf-8")
    text = machine.replace("    timeout=", f"    schedule={schedule},\n    timeout=")
    written(desk.project, {"machines/knock.py": f"from handrail.schedule import Schedule\n{text}"})


def once(desk: Desk, how: str, seconds: int) -> str:
    """Have it run in so many seconds; gives that moment as a firing's name has it."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    give(desk, f'Schedule("at({moment:%Y-%m-%dT%H:%M:%S})", input={{"how": "{how}"}})')
    return f"{moment:%Y%m%d-%H%M%S}Z"


def until(stream: Any, text: str) -> Iterator[str]:
    """Lines up to the one that holds a text."""
    for line in stream:
        yield line.rstrip("\n")
        if text in line:
            return
    raise AssertionError(f"{text} was never written")


def newest(desk: Desk) -> dict[str, Any]:
    return dict(json.loads(desk.run("executions", "--json").stdout)[0])


def test_fires_at_the_time_and_ends_with_ctrl_c(alone: Desk) -> None:
    """What comes next, then a line for the beginning and one for the end; the execution is named by its time."""
    moment = once(alone, "talk", seconds=3)
    process = alone.begin("local")
    lines = [*until(process.stdout, "SUCCEEDED")]
    process.send_signal(signal.SIGINT)
    rest, told = process.communicate(timeout=30)

    assert (process.returncode, rest, told) == (130, "", "")
    # A machine that is busy may begin it after its second, but within its minute.
    assert re.fullmatch(r"AWS at http://127\.0\.0\.1:\d+ · eval .*", lines[0])
    assert re.fullmatch(rf"knock    once at [\d: -]+ UTC  ({STAMP}|never any more)", lines[2])
    assert re.fullmatch(rf"{STAMP} … knock-{moment}  started · for the last time", lines[3])
    assert "    printed by the task" in lines
    assert re.fullmatch(rf"{STAMP} ✓ knock-{moment}  SUCCEEDED in [\d.]+ s", lines[-1])
    assert [newest(alone)[key] for key in ("name", "status", "input")] == [
        f"knock-{moment}",
        "SUCCEEDED",
        '{"how": "talk"}',
    ]


def test_ctrl_c_ends_what_is_running(alone: Desk) -> None:
    """The build's processes, grandchildren too; the execution is ABORTED."""
    moment = once(alone, "hang", seconds=2)
    process = alone.begin("local")
    begun = [*until(process.stdout, "started")]
    while alone.left().count("sleep 600") < 3:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    rest, told = process.communicate(timeout=30)

    assert (process.returncode, told) == (130, "")
    assert f"knock-{moment}" in begun[-1]
    assert "stopping, until the last process has ended; Ctrl-C once more to leave at once" in rest
    assert f"knock-{moment}  ABORTED in" in rest
    assert alone.left() == []
    assert newest(alone)["error"] == "Handrail.Interrupted"


def test_a_restart_within_the_minute_fires_nothing_twice(alone: Desk) -> None:
    """Even if the process was killed before it could write down what it had done."""
    moment = once(alone, "refuse", seconds=1)
    process = alone.begin("local")
    failed = [*until(process.stdout, "FAILED")][-1]
    process.kill()
    process.communicate(timeout=30)
    (alone.home / "schedules.json").unlink(missing_ok=True)
    again = alone.begin("local")
    lines = [*until(again.stdout, "never any more")]
    again.send_signal(signal.SIGINT)
    rest, told = again.communicate(timeout=30)

    assert f"✗ knock-{moment}  FAILED in" in failed
    assert failed.endswith("Refused: Nobody opens. hello")
    assert (again.returncode, rest, told, len(lines)) == (130, "", "", 3)


def test_what_nobody_fired_is_told(alone: Desk) -> None:
    """Once, and not made up for."""
    give(alone, 'Schedule("cron(* * * * ? *)", input={"how": "talk"})')
    seen = datetime.now(UTC) - timedelta(minutes=10, seconds=1)
    diary = {"knock": {"schedule": "cron(* * * * ? *) UTC", "seen": seen.timestamp()}}
    written(alone.home, {"schedules.json": json.dumps(diary)})
    process = alone.begin("local")
    line = [*until(process.stdout, "missed")][-1]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert re.fullmatch(
        rf"{STAMP} ■ knock  missed (9|10) times from {STAMP} to {STAMP}: nothing was running here then, "
        "and it is not made up for",
        line,
    )


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        pytest.param(
            'Schedule("rate(1 day)", input={"how": "sing"})',
            "would not accept what its schedule asks: how",
            id="input",
        ),
        pytest.param(
            'Schedule("rate(1 day)", "Tokyo")', 'there is no time zone "Tokyo". Did you mean "Asia/Tokyo"?', id="zone"
        ),
    ],
)
def test_a_schedule_that_cannot_work_is_bad_input(alone: Desk, schedule: str, told: str) -> None:
    """Before anything is fired."""
    give(alone, schedule)
    done = alone.run("local")

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------- the server


def test_serves_without_a_schedule_and_says_where(alone: Desk) -> None:
    """The lock names the address, `--env` turns a shell to it, and after Ctrl-C nobody is there any more."""
    process = alone.begin("local")
    [line] = until(process.stdout, "AWS at")
    [endpoint] = re.findall(r"http://127\.0\.0\.1:\d+", line)
    held = (alone.home / "lock").read_text(encoding="utf-8")
    shown = alone.run("local", "--env", HANDRAIL_PORT="").stdout
    script = f"AWS_PROFILE=production; export AWS_PROFILE; eval {shlex.quote(shown)}; env"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    variables = dict(each.split("=", 1) for each in done.stdout.splitlines() if "=" in each)
    process.send_signal(signal.SIGINT)
    rest, told = process.communicate(timeout=30)

    assert re.fullmatch(rf"process {process.pid}, since {STAMP}, at {endpoint}", held)
    assert variables["AWS_ENDPOINT_URL"] == endpoint
    assert variables["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert "AWS_PROFILE" not in variables
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"} <= {*variables}
    assert (process.returncode, rest, told) == (130, "", "")
    assert server(alone.home) is None


def test_env_names_the_port_that_is_asked_for(alone: Desk) -> None:
    """Where nothing runs, what would be there: the usual port, or the one that is said."""
    usual = alone.run("local", "--env", HANDRAIL_PORT="").stdout
    other = alone.run("local", "--env", "--port", "9999").stdout

    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:8083\n" in usual
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:9999\n" in other


def test_a_taken_port_is_told_with_what_to_do(alone: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = alone.run("local", "--port", str(port))

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Port {port} of 127.0.0.1 is taken." in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_is_not_alone_is_told_so_loudly(alone: Desk) -> None:
    """An address that others reach is not taken in silence."""
    process = alone.begin("local", "--host", "0.0.0.0")
    [*until(process.stdout, "AWS at")]
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)

    assert "0.0.0.0: whoever reaches this machine can use this AWS, with no password" in told


# ---------------------------------------------------------------------- one machine

MACHINE = {
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 5000, "Next": "Good?"},
        "Good?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Done"}],
            "Default": "Bad",
        },
        "Done": {"Type": "Pass", "End": True},
        "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "It is not good."},
    },
}

NOTHING = (None, None)

YAML = """
StartAt: Done
States:
  Done: {Type: Succeed}
"""


@pytest.mark.parametrize(
    ("file", "text", "arguments", "status", "shown"),
    [
        pytest.param(
            "m.asl.json",
            json.dumps(MACHINE),
            ["--input", '{"good": true}'],
            0,
            ["✓ Wait", "✓ SUCCEEDED"],
            id="succeeds",
        ),
        pytest.param(
            "m.asl.json", json.dumps(MACHINE), ["--input-file", "in.json"], 1, ["✗ Bad", "It is not good."], id="fails"
        ),
        pytest.param("m.asl.yaml", YAML, [], 0, ["✓ Done", "✓ SUCCEEDED", "handrail show m-2"], id="YAML"),
    ],
)
def test_runs_a_machine_from_a_file(
    alone: Desk, file: str, text: str, arguments: list[str], status: int, shown: list[str]
) -> None:
    """Outside of any project: each state as it ends, the execution's status as ours, waits as long as is wished."""
    folder = written(alone.home.parent / "elsewhere", {file: text, "in.json": '{"good": false}'})
    done = alone.run("local", file, "--wait-scale", "0", *arguments, cwd=folder, HANDRAIL_HOME="")
    kept = alone.run("show", "last", cwd=folder, HANDRAIL_HOME="")

    assert (done.returncode, done.stderr) == (status, "")
    assert re.match(r"m runs at http://127\.0\.0\.1:\d+", done.stdout)
    assert [each for each in shown if each not in done.stdout] == []
    assert kept.stdout.startswith("m-2")


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        pytest.param('{"StartAt": "A"\n', NOTHING, "m.json:2:1: this is not JSON", id="no JSON"),
        pytest.param(
            '{"StartAt": "A",\n "States": {"A": {"Type": "Pass",\n "Next": "B"}}}',
            NOTHING,
            "m.json:3: /States/A/Next:",
            id="no such state",
        ),
        pytest.param('{"a": 1}', NOTHING, "m.json holds no state machine", id="no machine"),
        pytest.param(YAML, ('{"a":', None), "--input:1:6: this is not JSON", id="input"),
        pytest.param(YAML, (None, Path("none.json")), "none.json cannot be read", id="no input file"),
        pytest.param(YAML, ("1", Path("x")), "two inputs", id="two inputs"),
    ],
)
def test_a_file_that_cannot_be_run_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, given: tuple[str | None, Path | None], told: str
) -> None:
    """What is wrong and where, before anything runs."""
    monkeypatch.chdir(written(tmp_path, {"m.json": text}))

    with pytest.raises(HandrailError, match=re.escape(told)):
        local.one(Path("m.json"), local.input_text(*given), local.Place("127.0.0.1", 0))
    assert not (tmp_path / ".handrail").exists()


@pytest.mark.parametrize(
    ("place", "told"),
    [
        pytest.param({"mock_config": Path("none.json")}, "none.json", id="no mocks"),
        pytest.param({"lambda_endpoint": "here"}, '"here" is no address', id="no address"),
    ],
)
def test_who_answers_is_looked_at_before_anybody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: dict[str, Any], told: str
) -> None:
    monkeypatch.chdir(written(tmp_path, {"m.yaml": YAML}))

    with pytest.raises(HandrailError, match=re.escape(told)):
        local.one(Path("m.yaml"), "{}", local.Place("127.0.0.1", 0, **place))


def test_an_input_without_a_machine_is_bad_input() -> None:
    with pytest.raises(HandrailError, match="handrail local FILE --input JSON"):
        local.serve(given="{}")


def test_a_machine_in_a_file_is_drawn(alone: Desk) -> None:
    """Also outside of a project."""
    folder = written(alone.home.parent / "elsewhere", {"m.asl.json": json.dumps(MACHINE)})
    done = alone.run("graph", "m.asl.json", cwd=folder)

    assert done.returncode == 0
    assert done.stdout.startswith("flowchart TD")
    assert '"Good?"' in done.stdout
