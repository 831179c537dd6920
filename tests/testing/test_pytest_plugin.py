"""The pytest plugin: a fixture that plays files by name, and a table of what no test has taken."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handrail.engine import load
from handrail.pytest_plugin import table
from handrail.testing import Throws, play
from handrail.testing.coverage import SESSION, Coverage

ROOT = Path(__file__).parents[2]
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
STATES: dict[str, Any] = {
    "Call": {**CALL, "Catch": [{"ErrorEquals": ["Boom"], "Next": "Sorry"}], "Next": "Which?"},
    "Which?": {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.Payload", "NumericEquals": 1, "Next": "Good"},
            {"Variable": "$.Payload", "NumericEquals": 2, "Next": "Good"},
        ],
        "Default": "Good",
    },
    "Good": {"Type": "Succeed"},
    "Sorry": {"Type": "Pass", "Catch": [], "Next": "Good"},
}
del STATES["Sorry"]["Catch"]
MACHINE: dict[str, Any] = {"StartAt": "Call", "States": STATES}

TESTS = """
from handrail.testing import Throws

def test_once(play_machine):
    run = play_machine("calls.asl.json", {}, {"Call": [Throws("Boom")]})
    assert run.ended == "SUCCEEDED"
    assert run.visited == ["Call", "Sorry", "Good"]

def test_again(play_machine):
    run = play_machine("calls.asl.json", answers={"Call": [1]})
    assert run.calls("Call") == [{}]
"""


@pytest.fixture
def coverage() -> Any:
    """A coverage that is kept while a test plays."""
    kept = Coverage()
    SESSION.append(kept)
    yield kept
    SESSION.remove(kept)


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param([], id="in one process"),
        pytest.param(["-n", "2", "--dist", "each"], id="each test in each of two workers"),
        pytest.param(["-n", "2", "--dist", "load"], id="one test in each of two workers"),
    ],
)
def test_in_a_pytest_of_its_own(tmp_path: Path, workers: list[str]) -> None:
    """A file lies beside its test; the table tells what neither of two tests has taken, wherever they ran."""
    (tmp_path / "calls.asl.json").write_text(json.dumps(MACHINE), encoding="utf-8")
    (tmp_path / "test_calls.py").write_text(TESTS, encoding="utf-8")
    argv = [sys.executable, "-m", "pytest", "-p", "handrail.pytest_plugin", "--asl-coverage", "-p", "no:cacheprovider"]
    argv += [*workers, "--rootdir", "."]

    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})  # fmt: skip

    assert f"{4 if 'each' in workers else 2} passed" in done.stdout, done.stdout + done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("calls.asl.json")]
    assert line.split() == ["calls.asl.json", "4/4", "1/3", "1/1"]
    assert "never taken: Which?: choice 2 → Good" in done.stdout
    assert "never taken: Which?: Default → Good" in done.stdout


@pytest.mark.parametrize(
    ("answers", "missed"),
    [
        pytest.param([], ["Call", "Which?", "Good", "Sorry"], id="nothing was played"),
        pytest.param([1], ["Call: Catch Boom → Sorry", "Which?: choice 2 → Good", "Which?: Default → Good", "Sorry"],
                     id="the first branch"),
        pytest.param([1, 2, 3], ["Call: Catch Boom → Sorry", "Sorry"], id="every branch, though all lead to one state"),
        pytest.param([Throws("Boom")], ["Which?"], id="a catcher"),
        pytest.param([1, 2, 3, Throws("Boom")], [], id="everything"),
    ],
)  # fmt: skip
def test_tells_what_was_never_taken(coverage: Coverage, answers: list[object], missed: list[str]) -> None:
    """States, branches and catchers; what lies inside of a state that was never entered is not repeated."""
    coverage.watch(load(MACHINE), "calls")
    for answer in answers:
        play(MACHINE, {}, {"Call": [answer]})

    [machine] = coverage.machines.values()
    assert machine.missed() == missed


def test_counts_what_child_executions_enter(coverage: Coverage) -> None:
    """A state inside a Distributed Map is visited like any other."""
    inner = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Call",
             "States": {"Call": {**CALL, "End": True}}}  # fmt: skip
    run = play(
        {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "Next": "Rest"},
                                       "Rest": {"Type": "Succeed"}}}, [1, 2], {"Call": ["a", "b"]},
    )  # fmt: skip

    assert run.visited == ["Each", "Call", "Call", "Rest"]
    assert table(coverage)[1].split()[-3:] == ["3/3", "–", "–"]


def test_an_empty_session_says_so() -> None:
    """A table without machines is no table."""
    assert table(Coverage()) == ["No state machine was played."]


def test_is_light() -> None:
    """Whoever has Handrail installed pays for the plugin in every pytest, so it loads nothing else of ours."""
    program = "import sys, handrail.pytest_plugin; print(*[m for m in sys.modules if m.startswith('handrail')])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["handrail", "handrail.pytest_plugin"]
