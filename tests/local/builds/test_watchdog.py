"""The watchdog ends what Handrail leaves behind when it is killed, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from handrail.local.builds.watchdog import Watchdog
from tests.local.builds.conftest import Wait, alive

PROGRAM = """
import subprocess, sys, time
from handrail.local.builds.watchdog import Watchdog
watchdog = Watchdog()
groups = [subprocess.Popen(["sleep", "1000"], start_new_session=True).pid for _ in range(2)]
for group in groups:
    watchdog.began(group)
watchdog.ended(groups[0])
print(*groups, flush=True)
time.sleep(1000)
"""


def test_ends_what_was_under_way(eventually: Wait) -> None:
    """After kill -9 a group that was told of is ended; one that had ended before is somebody else's by now."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        other, group = map(int, program.stdout.readline().split())
        program.kill()
    try:
        eventually(lambda: not alive(group))
        assert alive(other)
    finally:
        os.kill(other, signal.SIGKILL)


BUILD = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from handrail.local.builds import Builds, ProjectSpec
bucket = SimpleNamespace(name="none")
folder = Path(sys.argv[1])
spec = "version: 0.2\\nphases: {build: {commands: ['sh -c \\"echo PID \\$\\$; exec sleep 1000\\"']}}"
builds = Builds({"a": ProjectSpec("a", spec)}, folder, source=folder, bucket=bucket, environment={}, now=time.time)
builds.log_listeners.append(lambda _, line: line.startswith("PID") and print(line.split()[1], flush=True))
builds.wait(builds.start({"projectName": "a"})["build"]["id"])
"""


def test_no_build_goes_on_without_handrail(tmp_path: Path, eventually: Wait) -> None:
    """Handrail is killed in the middle of a build, and the build's processes end."""
    arguments = [sys.executable, "-c", BUILD, str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        process = int(program.stdout.readline())
        assert alive(process)
        program.kill()

    eventually(lambda: not alive(process))


def test_costs_nothing_where_nothing_runs() -> None:
    """Without a build there is no process, and closing twice does no harm."""
    watchdog = Watchdog()
    watchdog.close()
    watchdog.close()


def test_ends_with_handrail() -> None:
    """Closed in peace, it ends at once and ends nobody."""
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        watchdog = Watchdog()
        watchdog.began(process.pid)
        watchdog.ended(process.pid)
        watchdog.close()
        assert process.poll() is None
        process.kill()
