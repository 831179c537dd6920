"""`handrail local` as a process: it fires, tells in a line each what begins and ends, and leaves nothing behind."""

import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

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
    local = alone.begin("local")
    lines = [*until(local.stdout, "SUCCEEDED")]
    local.send_signal(signal.SIGINT)
    rest, told = local.communicate(timeout=30)

    assert (local.returncode, rest, told) == (130, "", "")
    # A machine that is busy may begin it after its second, but within its minute.
    assert re.fullmatch(rf"knock    once at [\d: -]+ UTC  ({STAMP}|never any more)", lines[1])
    assert re.fullmatch(rf"{STAMP} … knock-{moment}  started · for the last time", lines[2])
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
    local = alone.begin("local")
    begun = [*until(local.stdout, "started")]
    while alone.left().count("sleep 600") < 3:
        time.sleep(0.05)
    local.send_signal(signal.SIGINT)
    rest, told = local.communicate(timeout=30)

    assert (local.returncode, told) == (130, "")
    assert f"knock-{moment}" in begun[-1]
    assert "stopping, until the last process has ended; Ctrl-C once more to leave at once" in rest
    assert f"knock-{moment}  ABORTED in" in rest
    assert alone.left() == []
    assert newest(alone)["error"] == "Handrail.Interrupted"


def test_a_restart_within_the_minute_fires_nothing_twice(alone: Desk) -> None:
    """Even if the process was killed before it could write down what it had done."""
    moment = once(alone, "refuse", seconds=1)
    local = alone.begin("local")
    failed = [*until(local.stdout, "FAILED")][-1]
    local.kill()
    local.communicate(timeout=30)
    (alone.home / "schedules.json").unlink(missing_ok=True)
    again = alone.begin("local")
    lines = [*until(again.stdout, "never any more")]
    again.send_signal(signal.SIGINT)
    rest, told = again.communicate(timeout=30)

    assert f"✗ knock-{moment}  FAILED in" in failed
    assert failed.endswith("Refused: Nobody opens. hello")
    assert (again.returncode, rest, told, len(lines)) == (130, "", "", 2)


def test_what_nobody_fired_is_told(alone: Desk) -> None:
    """Once, and not made up for."""
    give(alone, 'Schedule("cron(* * * * ? *)", input={"how": "talk"})')
    seen = datetime.now(UTC) - timedelta(minutes=10, seconds=1)
    diary = {"knock": {"schedule": "cron(* * * * ? *) UTC", "seen": seen.timestamp()}}
    written(alone.home, {"schedules.json": json.dumps(diary)})
    local = alone.begin("local")
    line = [*until(local.stdout, "missed")][-1]
    local.send_signal(signal.SIGINT)
    local.communicate(timeout=30)

    assert re.fullmatch(
        rf"{STAMP} ■ knock  missed (9|10) times from {STAMP} to {STAMP}: nothing was running here then, "
        "and it is not made up for",
        line,
    )


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        pytest.param("None", "No machine of this project has a schedule", id="no schedule"),
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
