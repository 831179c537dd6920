"""The command line as a whole, and its small commands: list, executions, graph."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import ROOT, Desk

COMMANDS = ("init", "list", "run", "redrive", "executions", "show", "watch", "graph", "stats", "test", "local")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command_and_every_exit_status(knock: Desk, option: str) -> None:
    """On one screen, with whole sentences."""
    done = knock.run(option)

    assert (done.returncode, done.stderr) == (0, "")
    assert [command for command in COMMANDS if f"\n  {command} " not in done.stdout] == []
    assert "0 succeeded, 1 failed, 2 bad input, 130 interrupted" in " ".join(done.stdout.split())
    assert "..." not in done.stdout.partition("\n")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(knock: Desk, command: str) -> None:
    """What it does, and each of its options."""
    done = knock.run(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: handrail {command}" in done.stdout.replace("python -m handrail", "handrail")
    assert "--help" in done.stdout


def test_a_runbooks_help_asks_its_questions(knock: Desk) -> None:
    """In both languages, with what each field takes."""
    done = knock.run("run", "knock", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[:2] == ["handrail run knock [--field VALUE …] [--input FILE] [--json]", "Knock at a door."]
    at = next(place for place, line in enumerate(lines) if line.startswith("--times"))
    assert lines[at : at + 3] == ["--times         How often?", "何回", "integer, 1 to 9, default 1"]


def test_the_version_is_the_distributions(knock: Desk) -> None:
    """One line, for people and scripts."""
    done = knock.run("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("handrail ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["lsit"], "Did you mean 'list'?", id="an unknown command"),
        pytest.param(["--versoin"], "--version", id="an unknown option"),
        pytest.param(["executions", "--jsn"], "--json", id="a command's unknown option"),
        pytest.param(["executions", "--most", "0"], "greater than or equal to 1", id="a number that is too small"),
        pytest.param(["executions", "--most", "x"], "valid integer", id="no number"),
        pytest.param(["show"], "EXECUTION", id="a missing argument"),
        pytest.param(["graph", "knokc"], 'Did you mean "knock"?', id="an unknown runbook"),
        pytest.param(["graph", "knock", "--machine", "m"], "knock is no file", id="a machine of a runbook"),
        pytest.param(["graph", "knock", "--svg", "no/such/folder.svg"], "cannot be written: No such file", id="SVG"),
        pytest.param(["run"], "Usage:", id="no runbook"),
    ],
)
def test_bad_usage_is_bad_input(knock: Desk, arguments: list[str], told: str) -> None:
    """Exit status 2, on standard error, with the nearest thing that there is."""
    done = knock.run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_runbooks_are_listed(knock: Desk) -> None:
    """With what each does and asks; for programs with its whole schema, questions in both languages included."""
    shown, [found] = knock.run("list").stdout, json.loads(knock.run("list", "--json").stdout)

    assert shown.splitlines()[1].split("  ")[0] == "knock"
    assert "Knock at a door." in shown
    assert (found["name"], found["summary"]) == ("knock", "Knock at a door.")
    assert found["input"]["properties"]["note"]["x-question"] == {"en": "What to say?", "ja": "伝えること"}


def test_a_project_without_a_runbook_says_so(alone: Desk) -> None:
    """An empty list is no error."""
    for file in alone.project.rglob("*.py"):
        file.unlink()

    plain, as_json = alone.run("list"), alone.run("list", "--json")

    assert (plain.returncode, plain.stdout) == (0, "")
    assert "There is no runbook yet" in plain.stderr
    assert json.loads(as_json.stdout) == []


def test_executions_are_listed_the_newest_first(alone: Desk) -> None:
    """With status, start and duration; as many as are wanted, of one runbook where that is asked."""
    before = alone.run("executions"), alone.run("executions", "--json")
    for how in ("talk", "refuse"):
        alone.run("run", "knock", "--how", how)
    lines = alone.run("executions").stdout.splitlines()
    as_json = json.loads(alone.run("executions", "--json").stdout)
    strange = alone.run("executions", "knokc")

    assert [done.returncode for done in before] == [0, 0]
    assert "Nothing has run here yet" in before[0].stderr
    assert "`handrail local FILE` runs a state machine" in before[0].stderr
    assert json.loads(before[1].stdout) == []
    assert [line.split()[1:3] for line in lines[1:]] == [["✗", "FAILED"], ["✓", "SUCCEEDED"]]
    assert [each["status"] for each in as_json] == ["FAILED", "SUCCEEDED"]
    assert as_json[0]["startDate"].endswith("+00:00")
    assert len(alone.run("executions", "knock", "--most", "1").stdout.splitlines()) == 2
    assert (strange.returncode, strange.stdout) == (0, "")
    assert 'No execution of "knokc" is kept here. Did you mean "knock"?' in strange.stderr


def test_names_can_be_copied_in_a_narrow_terminal(knock: Desk) -> None:
    """Nothing is cut off, only folded."""
    knock.run("run", "knock", "--how", "talk")
    name = knock.run("executions", "--most", "1").stdout.splitlines()[1].split()[0]
    screen = knock.terminal("executions", "--most", "1", columns=36)

    assert screen.end() == 0
    assert name in "".join(line[: len(name)].split("  ")[0].strip() for line in screen.lines[1:])


def test_a_runbook_is_drawn(knock: Desk) -> None:
    """Mermaid on standard output, or an SVG picture in a file."""
    mermaid = knock.run("graph", "knock")
    svg = knock.run("graph", "knock", "--svg", "knock.svg")
    picture = ElementTree.parse(knock.project / "knock.svg").getroot()

    assert mermaid.stdout.startswith("flowchart TD\n")
    assert "Only talk?" in mermaid.stdout
    assert svg.stdout == "knock.svg written\n"
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"


def test_looking_loads_neither_aws_nor_a_project() -> None:
    """`show`, `executions` and `--help` answer at once: what they do not need is not imported."""
    program = "import sys, handrail.cli; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert {"boto3", "botocore", "moto", "pydantic", "handrail.catalogue", "handrail.machine"} & loaded == set()
