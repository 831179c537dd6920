"""How a build's program ends: what it says, and its exit status."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

RUN = """
import sys
from handrail.errors import HandrailError
from codebuild.terraform import program, spawn
def main():
    {}
sys.exit(program.program(main))
"""


@pytest.mark.parametrize(
    ("body", "status", "out", "err"),
    [
        pytest.param("program.line('fine')", 0, "fine\n", "", id="well"),
        pytest.param("raise HandrailError('Do this instead.')", 1, "", "Do this instead.\n", id="an error for people"),
        pytest.param("raise OSError(28, 'No space left on device', 'x.json')", 1, "",
                     "x.json: No space left on device.\n", id="no room"),
        pytest.param("raise spawn.Stopped", 143, "", "", id="stopped"),
        pytest.param(r"program.line('a\nb\x1b[1mc')", 0, "a?b?[1mc\n", "", id="a line is one line"),
    ],
)  # fmt: skip
def test_ends_with_a_status_and_its_words(body: str, status: int, out: str, err: str) -> None:
    """Errors for people come without a traceback."""
    done = run(body)

    assert (done.returncode, done.stdout, done.stderr) == (status, out, err)


def test_a_mistake_of_our_own_is_told_without_its_text() -> None:
    """The text of any other error may quote a secret: its kind and its place are told, nothing else."""
    done = run("raise ValueError('CANARY')")

    assert done.returncode == 1
    assert "ValueError" in done.stderr
    assert "in main" in done.stderr
    assert "CANARY" not in done.stderr.replace("raise ValueError('CANARY')", "")


def test_the_scratch_folder_is_private_and_goes() -> None:
    """Nobody else may read it, and at the end it is gone, also after an error."""
    body = "\n    ".join(
        [
            "with program.scratch() as folder:",
            "    (folder / 'plan').write_text('x')",
            "    print(folder, oct(folder.stat().st_mode & 0o777))",
            "    raise HandrailError('oh')",
        ]
    )
    folder, mode = run(body).stdout.split()

    assert mode == "0o700"
    assert not Path(folder).exists()


def run(body: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", RUN.format(body)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
