"""A project's own commands: commands/<name>.py is `handrail <name>`."""

import subprocess
import sys
from pathlib import Path

import pytest

from handrail import commands
from handrail.cli import app
from tests.cli.conftest import Desk, written

CENSUS = '''"""Count people. Slowly."""

import typer

from schemas.knock import Knock

APP = typer.Typer()


@APP.command()
def count(town: str) -> None:
    """Count a town."""
    print("counted", town, Knock.__name__)


@APP.command()
def forget() -> None:
    """Forget it again."""
'''


@pytest.fixture
def desk(alone: Desk) -> Desk:
    """A project with a command, and one that breaks whoever imports it."""
    files = {"commands/head_count.py": CENSUS, "commands/broken.py": '"""Break."""\nimport nowhere\n'}
    written(alone.project, {**files, "commands/_parts.py": "import nowhere\n"})
    return alone


def test_help_lists_a_projects_commands_without_importing_them(desk: Desk) -> None:
    """With the first sentence of each file; one that is broken does not keep anybody from the list."""
    done = desk.run("--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\n  broken      Break.\n" in done.stdout
    assert "\n  head-count  Count people.\n" in done.stdout
    assert "parts" not in done.stdout


def test_a_command_runs_with_what_stands_after_it(desk: Desk) -> None:
    """Its own commands, arguments and help, from anywhere in the project."""
    done, help = (
        desk.run("head-count", "count", "Kyoto", cwd=desk.project / "schemas"),
        desk.run("head-count", "--help"),
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "counted Kyoto Knock\n", "")
    assert "Count people." in help.stdout
    assert "forget  Forget it again." in help.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["broken"], "commands/broken.py:2: ModuleNotFoundError: No module named 'nowhere'", id="broken"),
        pytest.param(["head-cuont"], "Did you mean 'head-count'?", id="nearly its name"),
        pytest.param(["head-count", "cuont"], "Did you mean 'count'?", id="nearly a name inside"),
        pytest.param(["head-count", "count"], "Missing argument 'town'", id="a missing argument"),
        pytest.param(["no-app"], 'APP must be a Typer; there is none. Did you mean "AP"?', id="no APP"),
        pytest.param(["Two"], "a command's file is named with small letters", id="a name that cannot be typed"),
    ],
)
def test_what_is_wrong_with_a_command_is_told_to_whoever_wants_it(desk: Desk, arguments: list[str], told: str) -> None:
    """Exit status 2, without a traceback."""
    written(desk.project, {"commands/no_app.py": "AP = 1\n", "commands/Two.py": ""})
    done = desk.run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_built_in_command_cannot_be_taken(alone: Desk) -> None:
    """The project is told so when it is read; the built-in one goes on as it is."""
    written(alone.project, {"commands/graph.py": "1 / 0\n"})
    listed, executions = alone.run("list"), alone.run("executions")

    assert listed.returncode == 2
    assert "commands/graph.py: `handrail graph` is there already, in every project" in listed.stderr
    assert executions.returncode == 0


def test_outside_of_a_project_there_are_the_built_in_ones(alone: Desk, tmp_path: Path) -> None:
    """Help is help everywhere, even in a folder that is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    program = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    argv = [sys.executable, "-P", "-c", program, "-P", "-m", "handrail", "--help"]
    done = subprocess.run(argv, cwd=gone, env=alone.surroundings(), capture_output=True, text=True, check=False)

    assert alone.run("--help", cwd=tmp_path).returncode == 0
    assert (done.returncode, done.stderr) == (0, "")
    assert not gone.exists()


def test_the_list_of_built_in_commands_is_whole() -> None:
    """Whoever adds a command to `handrail` adds its name, so that no project has one of it."""
    assert sorted(commands.BUILT_IN) == sorted(str(command.name) for command in app.registered_commands)
