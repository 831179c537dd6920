"""docs/coming-from.md: whoever copies it has a function that a state machine calls."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coming-from.md"

FILE = re.compile(r"^`(?P<path>\S+)`\n\n```(?:json|python)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^```sh\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)

# Beside this Python where it was installed as a part of `handrail[dev]`, else wherever the shell finds it.
CLI = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A folder with the page's files, and a terminal in which `handrail local` runs already."""
    programs, desk = tmp_path / "bin", tmp_path / "desk"
    for folder in (programs, desk):
        folder.mkdir()
    for name, command in (("python", ""), ("handrail", "-P -m handrail ")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {command}"$@"\n')
        (programs / name).chmod(0o755)
    for file in FILE.finditer(PAGE.read_text(encoding="utf-8")):
        (desk / file["path"]).write_text(file["text"], encoding="utf-8")
    path = [str(programs), *([str(Path(CLI).parent)] if CLI else []), os.environ["PATH"]]
    known = {"PATH": ":".join(path), "HOME": str(desk), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    known |= {"HANDRAIL_PORT": "0", "PWD": str(desk)}
    serving = [str(programs / "handrail"), "local"]
    with subprocess.Popen(serving, cwd=desk, env=known, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "AWS at" in server.stdout.readline()
        # A shell whose port is not said finds the server of its folder.
        del known["HANDRAIL_PORT"]
        yield known
        server.terminate()


@pytest.mark.skipif(CLI is None, reason="the AWS CLI is not installed: pip install awscli")
def test_a_machine_calls_a_function_from_a_zip(environment: dict[str, str]) -> None:
    """Line by line, in one shell: it ends well, and what the function printed is found."""
    [typed] = [each["lines"] for each in TYPED.finditer(PAGE.read_text(encoding="utf-8"))]
    argv = ["bash", "-euc", typed]
    desk = environment["PWD"]
    done = subprocess.run(argv, cwd=desk, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ SUCCEEDED" in done.stdout
    assert "asked for order 7" in done.stdout
