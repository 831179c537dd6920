"""docs/testing-machines.md: whoever copies it from top to bottom has a tested state machine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A file that is written, and lines that are typed, in the page's order.
STEP = re.compile(
    r"^`(?P<path>\S+)`\n\n```(?:json|yaml|python)\n(?P<text>.*?)^```$|^```sh\n(?P<lines>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each line showed; every one of them ends well."""
    desk, programs = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("bin")
    for name, module in (("python", ""), ("handrail", "-P -m handrail ")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n')
        (programs / name).chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(desk),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        # An installed Handrail names the plugin itself.
        "PYTEST_ADDOPTS": "-p handrail.pytest_plugin -p no:cacheprovider",
    }
    shown = {}
    for step in STEP.finditer((ROOT / "docs" / "testing-machines.md").read_text(encoding="utf-8")):
        if step["path"]:
            (desk / step["path"]).write_text(step["text"], encoding="utf-8")
        for line in (step["lines"] or "").splitlines():
            argv = ["bash", "-c", line]
            done = subprocess.run(argv, cwd=desk, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            shown[line] = done.stdout
    return shown


def test_the_first_command_shows_the_whole_run(typed: dict[str, str]) -> None:
    """How it ended, how long it would have taken, a timeline and the calls."""
    shown = typed["handrail test order.asl.json --mock mocks.yaml"]

    assert "✓ SUCCEEDED  order.asl.json  would have taken 1:33:00" in shown
    assert "░" in shown
    assert shown.count("Lambda.TooManyRequestsException") == 2


def test_the_second_is_for_programs(typed: dict[str, str]) -> None:
    """JSON, and the input of the command line."""
    [shown] = [text for line, text in typed.items() if "--json" in line]

    assert json.loads(shown)["calls"][0]["arguments"] == {"order": 8}


def test_its_tests_pass_and_their_coverage_is_told(typed: dict[str, str]) -> None:
    """The tests on the page pass, and what they leave out is what the page says."""
    shown = typed["python -m pytest test_order.py --asl-coverage"]

    assert "3 passed" in shown
    assert re.findall(r"never taken: (.*)", shown) == ["Reserve: Catch SoldOut → Sorry", "Sorry"]
