"""Commands run in real shells: each goes on where the one before left off, and no process outlives its build."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.local.builds.failure import EndedEarlyError
from handrail.local.builds.run import Commands, Place
from tests.local.builds.conftest import Wait, alive

linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows environments in /proc")


class Groups:
    """Remembers which process groups are alive."""

    def __init__(self) -> None:
        self.alive: set[int] = set()

    def began(self, group: int) -> None:
        self.alive.add(group)

    def ended(self, group: int) -> None:
        self.alive.remove(group)


@pytest.fixture
def output() -> bytearray:
    return bytearray()


@pytest.fixture
def groups() -> Iterator[Groups]:
    groups = Groups()
    yield groups
    assert not groups.alive


@pytest.fixture(params=["/bin/sh", "bash"])
def commands(request: pytest.FixtureRequest, tmp_path: Path, output: bytearray, groups: Groups) -> Iterator[Commands]:
    """Commands in the folder `source`, once with sh and once with bash."""
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"{request.param} is not on this machine")
    (tmp_path / "state").mkdir()
    (tmp_path / "source").mkdir()
    mark = f"CODEBUILD_BUILD_ID=test:{tmp_path.name}"
    name, value = mark.split("=")
    environment = {"PATH": os.environ["PATH"], name: value, "GIVEN": 'it\'s "$given"\nand more'}
    made = Commands(Place(shell, tmp_path / "source", tmp_path / "state", mark), environment, output.extend, groups)
    yield made
    made.close()
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        pytest.param(["export A=1", "echo $A"], "1", id="exported"),
        pytest.param(["A=1", "sh -c 'echo $A'"], "1", id="assigned is exported, as in CodeBuild"),
        pytest.param(["unset GIVEN", 'echo "${GIVEN-unset}"'], "unset", id="unset stays unset"),
        pytest.param(["mkdir deep && cd deep", 'basename "$PWD"'], "deep", id="changed folder"),
        pytest.param(['printf %s "$GIVEN"'], 'it\'s "$given"\nand more', id="odd characters"),
        pytest.param(['export B="a\'b\n\\"c"', 'printf %s "$B"'], "a'b\n\"c", id="odd characters handed on"),
        pytest.param(["set -e", "false; echo still here"], "still here", id="options are not handed on"),
        pytest.param(["one=1\ntwo=2\necho $one$two"], "12", id="several lines"),
        pytest.param(["echo a \\"], "a", id="a backslash at the end"),
        pytest.param(["echo err >&2"], "err", id="standard error"),
        pytest.param(["cat"], "", id="no input"),
        pytest.param(["false", "echo $CODEBUILD_LAST_EXIT"], "1", id="last exit status"),
        pytest.param(["echo $CODEBUILD_BUILD_SUCCEEDING"], "1", id="succeeding"),
    ],
)
def test_commands_share_one_environment(commands: Commands, output: bytearray, lines: list[str], written: str) -> None:
    """Variables and the working folder go from command to command, as with CodeBuild's version 0.2."""
    for line in lines:
        commands.run(line)

    assert output.decode().strip() == written


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("true", 0, id="well"),
        pytest.param("exit 3", 3, id="exit"),
        pytest.param("false\ntrue", 0, id="the last line counts"),
        pytest.param("kill -9 $$", 137, id="killed"),
        pytest.param("no-such-program", 127, id="no such program"),
        pytest.param("kill -9 0", 137, id="killed with its process group"),
    ],
)
def test_tells_the_exit_status(commands: Commands, command: str, status: int) -> None:
    """A command's status is its shell's, and the next command runs all the same."""
    assert commands.run(command) == status
    assert commands.run("true") == 0


def test_a_group_that_dies_between_commands_is_replaced(commands: Commands, output: bytearray, groups: Groups) -> None:
    """What a command leaves behind may kill the group later; the next command gets a new one."""
    commands.run("export A=kept; (sleep 0.05; kill -9 0) & true")
    time.sleep(0.2)

    assert commands.run("echo $A") == 0
    assert output.decode().split()[-1] == "kept"


def test_output_is_complete_when_the_command_has_ended(commands: Commands, output: bytearray) -> None:
    """More output than a pipe holds arrives, all of it, before the status."""
    commands.run("yes 0123456789 | head -n 50000")

    assert len(output) == 50000 * 11


def test_output_arrives_while_the_command_runs(commands: Commands, output: bytearray) -> None:
    """A line is there before the command ends."""
    seen: list[bool] = []
    original = commands.output

    def remember(chunk: bytes) -> None:
        original(chunk)
        seen.append(b"last" in output)

    commands.output = remember
    commands.run("echo first; sleep 0.2; echo last")

    assert seen[0] is False


def test_succeeding_is_told(commands: Commands, output: bytearray) -> None:
    """CODEBUILD_BUILD_SUCCEEDING is 0 as soon as something failed."""
    commands.run("echo $CODEBUILD_BUILD_SUCCEEDING", succeeding=False)

    assert output == b"0\n"


def test_reads_variables_and_expands_texts(commands: Commands) -> None:
    """Exported variables and the name of an artifact are what the shell makes of them at the end."""
    commands.run("export RUN=7; EMPTY=; mkdir here; cd here")

    variables, texts = commands.values(["RUN", "EMPTY", "NOPE"], ["run-$RUN", 'it\'s "$(basename "$PWD")"'])
    assert variables == ["7", "", None]
    assert texts == ["run-7", 'it\'s "here"']


def test_a_text_that_cannot_be_expanded(commands: Commands) -> None:
    """Broken shell in a name is an error, not an empty name."""
    with pytest.raises(ValueError, match="could not expand"):
        commands.values([], ["$(false"])


def test_background_processes_live_as_long_as_the_build(
    commands: Commands, output: bytearray, eventually: Wait
) -> None:
    """A server that one command starts is there for the next one, and gone with the build."""
    commands.run("sleep 1000 & echo $!")
    process = int(output)

    commands.run("true")
    assert alive(process)
    commands.end()
    eventually(lambda: not alive(process))


def test_time_runs_out(commands: Commands, output: bytearray, eventually: Wait) -> None:
    """Past the deadline the command ends, with its children and theirs, after they had time to clean up."""
    commands.deadline = time.monotonic() + 0.3
    with pytest.raises(EndedEarlyError) as raised:
        commands.run("sh -c 'trap \"sleep 0.1; echo cleaned up; exit\" TERM; sleep 1000 & echo $!; wait'; echo never")
    commands.end(grace=5)

    assert raised.value.status == "TIMED_OUT"
    lines = output.decode().split("\n")
    assert "cleaned up" in lines
    assert "never" not in lines
    eventually(lambda: not alive(int(lines[0])))


def test_time_runs_out_for_who_never_pauses(commands: Commands, output: bytearray) -> None:
    """A command that writes without end is ended in time, too."""
    commands.deadline = time.monotonic() + 0.2
    with pytest.raises(EndedEarlyError):
        commands.run("yes")
    began = time.monotonic()
    commands.end(grace=5)

    assert time.monotonic() - began < 3


def test_who_does_not_listen_is_killed(commands: Commands, output: bytearray, eventually: Wait) -> None:
    """A grandchild that ignores SIGTERM ends when the grace is over."""
    commands.deadline = time.monotonic() + 0.3
    with pytest.raises(EndedEarlyError):
        commands.run("trap '' TERM; sh -c 'echo $$; while :; do sleep 1; done'")
    began = time.monotonic()
    commands.end(grace=0.5)

    assert 0.4 < time.monotonic() - began < 3
    eventually(lambda: not alive(int(output.split()[0])))


@linux
def test_a_process_that_left_the_group_is_found(commands: Commands, output: bytearray, eventually: Wait) -> None:
    """A daemon in a session of its own ends with the build too."""
    commands.run("setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & sleep 0.3")
    process = int(output)

    assert alive(process)
    commands.end()
    eventually(lambda: not alive(process))


def test_stop_ends_this_command_and_the_next(commands: Commands) -> None:
    """After a stop no command runs any more."""
    commands.stop()
    for _ in range(2):
        with pytest.raises(EndedEarlyError) as raised:
            commands.run("sleep 1000")
        assert raised.value.status == "STOPPED"


def test_stop_comes_too_late(commands: Commands) -> None:
    """A stop after the end is nothing."""
    commands.run("true")
    commands.end()
    commands.stop()
