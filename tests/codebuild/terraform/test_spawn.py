"""Running programs: what they wrote, and that nothing of their group is left when their time is up."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codebuild.terraform import spawn

Shell = Callable[[str, float], spawn.Done]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    def run(script: str, seconds: float) -> spawn.Done:
        return spawn.run(["sh", "-c", script], folder=tmp_path, environment=os.environ, seconds=seconds)

    return run


def alive(pid: int) -> bool:
    """Whether a process is there and is not merely waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("script", "done"),
    [
        pytest.param("echo out; echo err >&2", spawn.Done(0, b"out\n", b"err\n"), id="both streams, apart"),
        pytest.param("exit 3", spawn.Done(3, b"", b""), id="exit status"),
        pytest.param("kill -9 $$", spawn.Done(-9, b"", b""), id="ended by a signal"),
        pytest.param("cat", spawn.Done(0, b"", b""), id="nothing to read"),
    ],
)
def test_tells_how_a_program_ended(shell: Shell, script: str, done: spawn.Done) -> None:
    """Its two streams apart, and its exit status."""
    assert shell(script, 10) == done


def test_much_output_blocks_nobody(shell: Shell) -> None:
    """More than a pipe holds, on both streams."""
    done = shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2", 10)

    assert (len(done.out), len(done.err)) == (300_000, 300_000)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep 60 & echo $! > child; wait", id="one that ends when asked"),
        pytest.param("trap '' TERM; sleep 60 & echo $! > child; wait; wait; sleep 60", id="one that does not"),
    ],
)
def test_at_the_deadline_the_whole_group_ends(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """Also what the program started itself, whether it ends when asked or not."""
    monkeypatch.setattr(spawn, "GRACE", 0.3)
    began = time.monotonic()

    with pytest.raises(spawn.TimedOut):
        shell(script, 0.5)

    assert time.monotonic() - began < 5
    assert gone(int((tmp_path / "child").read_text()))


def test_what_a_program_leaves_behind_ends_with_it(shell: Shell, tmp_path: Path) -> None:
    """Nobody waits for it, and its answer is what the program said."""
    assert shell("(trap '' TERM; sleep 60) & echo $! > child; echo done", 30) == spawn.Done(0, b"done\n", b"")
    assert gone(int((tmp_path / "child").read_text()))


def test_a_program_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """The caller knows what to say about it."""
    with pytest.raises(FileNotFoundError):
        spawn.run(["no-such-program"], folder=tmp_path, environment=os.environ, seconds=1)


STOPPING = """
import os, pathlib, threading, time
from codebuild.terraform import spawn
threading.Timer(0.5, spawn.stop).start()
try:
    spawn.run(["sleep", "60"], folder=pathlib.Path.cwd(), environment=os.environ, seconds=60)
except spawn.Stopped:
    print("stopped")
try:
    spawn.run(["true"], folder=pathlib.Path.cwd(), environment=os.environ, seconds=60)
except spawn.Stopped:
    print("starts nothing")
"""


def test_once_stopped_nothing_runs_and_nothing_starts() -> None:
    """A stop ends what runs and refuses what would be started after it."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", STOPPING], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout.split("\n") == ["stopped", "starts nothing", ""]
    assert time.monotonic() - began < 20
