"""`handrail local` as a process: it serves and fires, tells in a line each what happens, and leaves nothing behind."""

import json
import os
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

import boto3
import pytest
from botocore.config import Config

from handrail.local.holder import server
from tests.cli.conftest import Desk, written

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")

ROLE = "arn:aws:iam::123456789012:role/any"

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


def reached(line: str) -> Any:
    """boto3 at the endpoint that a line tells of."""
    make: Any = boto3.client
    return make(
        "stepfunctions",
        endpoint_url=re.findall(r"http://127\.0\.0\.1:\d+", line)[0],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, proxies={}),
    )


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_processes_and_no_execution(alone: Desk, number: signal.Signals) -> None:
    """The build's, grandchildren too; what becomes of its task is decided by the next server, as after a kill."""
    moment = once(alone, "hang", seconds=2)
    process = alone.begin("local")
    [*until(process.stdout, "started")]
    while alone.left().count("sleep 600") < 3:
        time.sleep(0.05)
    process.send_signal(number)
    rest, told = process.communicate(timeout=30)
    left = newest(alone)["status"], alone.left()
    again = alone.begin("local")
    lines = [*until(again.stdout, f"knock-{moment}  FAILED in")]
    again.send_signal(signal.SIGINT)
    end, _ = again.communicate(timeout=30)

    assert (process.returncode, told) == (130, "")
    assert "■ 1 execution stays RUNNING; the next `handrail local` goes on with it\n" in rest
    assert "■ stopping the builds, until their last process has ended; Ctrl-C once more to leave at once" in rest
    assert left == ("RUNNING", [])
    assert any("1 execution goes on where the last `handrail local` left off" in line for line in lines)
    assert (newest(alone)["error"], end) == ("States.TaskFailed", "")


def test_what_a_task_has_begun_ends_with_it(alone: Desk) -> None:
    """Tasks run in the server's own process; their programs get no Ctrl-C where only the server got a signal."""
    door = (alone.project / "tasks/door.py").read_text(encoding="utf-8")
    begins = 'print("child", subprocess.Popen(["sleep", "600"]).wait())'
    written(alone.project, {"tasks/door.py": door.replace('print("printed by", "the task")', begins)})
    once(alone, "talk", seconds=1)
    process = alone.begin("local")
    [*until(process.stdout, "started")]
    while not any("sleep 600" in line for line in alone.left()):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)

    assert "1 execution stays RUNNING" in rest
    assert not any("sleep 600" in line for line in alone.left())


def test_what_only_waits_goes_on_as_if_nothing_had_been(alone: Desk) -> None:
    """A timer and a task with a worker, which answers the next server with the token that it was given before."""
    waits = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    first = alone.begin("local")
    [line] = until(first.stdout, "AWS at")
    states = reached(line)
    activity = states.create_activity(name="work")["activityArn"]
    works = json.dumps({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}})
    begun = [
        states.start_execution(stateMachineArn=states.create_state_machine(**made)["stateMachineArn"])["executionArn"]
        for made in (
            {"name": "w", "definition": waits, "roleArn": ROLE},
            {"name": "t", "definition": works, "roleArn": ROLE},
        )
    ]
    token = states.get_activity_task(activityArn=activity)["taskToken"]
    first.send_signal(signal.SIGTERM)
    rest, told = first.communicate(timeout=30)
    second = alone.begin("local", "--wait-scale", "0")
    [*until(second.stdout, "left off")]
    states = reached(f"at {server(alone.home)}")
    states.send_task_success(taskToken=token, output='"done"')
    while {states.describe_execution(executionArn=arn)["status"] for arn in begun} != {"SUCCEEDED"}:
        time.sleep(0.05)
    types = [each["type"] for each in states.get_execution_history(executionArn=begun[1])["events"]]
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=30)

    assert (first.returncode, told) == (130, "")
    assert "■ 2 executions stay RUNNING; the next `handrail local` goes on with them\n" in rest
    assert types == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


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


def test_an_execution_whose_name_does_not_tell_has_its_machine_beside_it(alone: Desk) -> None:
    """What a client has begun may be called anything, or by chance."""
    process = alone.begin("local", "--port", "0")
    [line] = until(process.stdout, "AWS at")
    states, text = reached(line), '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    arn = states.create_state_machine(name="order", definition=text, roleArn=ROLE)["stateMachineArn"]
    states.start_execution(stateMachineArn=arn, name="one")
    *_, told = until(process.stdout, "SUCCEEDED")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert re.fullmatch(rf"{STAMP} ✓ one of order  SUCCEEDED in [\d.]+ s", told)
    assert [each.split()[:2] for each in alone.run("executions").stdout.splitlines()] == [
        ["execution", "machine"],
        ["one", "order"],
    ]
    assert alone.run("show", "one").stdout.startswith("one of order  ✓ SUCCEEDED")


def test_env_names_the_port_that_is_asked_for(alone: Desk) -> None:
    """Where nothing runs, what would be there: the usual port, or the one that is said."""
    usual = alone.run("local", "--env", HANDRAIL_PORT="").stdout
    other = alone.run("local", "--env", "--port", "9999").stdout

    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:8083;\n" in usual
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:9999;\n" in other


def test_a_taken_port_is_told_with_what_to_do(alone: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = alone.run("local", "--port", str(port))

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Port {port} of 127.0.0.1 is taken by process {os.getpid()} (" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_is_not_alone_is_told_so_loudly(alone: Desk) -> None:
    """An address that others reach is not taken in silence."""
    process = alone.begin("local", "--host", "0.0.0.0")
    [*until(process.stdout, "AWS at")]
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)

    assert "0.0.0.0: whoever reaches this machine can use this AWS, with no password" in told
