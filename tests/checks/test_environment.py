"""checks/environment.sh: what somebody is told whose machine cannot make the environment."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "checks/environment.sh"

# A Python as far as the script asks it: what it says its version is, whether it is fit, whether it has venv.
PYTHON = """#!/bin/sh
case "$2" in
  *print*) echo "{version}" ;;
  *version_info*) exit {unfit} ;;
  *ensurepip*) exit {bare} ;;
  *) echo "$@" >> "$(dirname "$0")/asked" ;;
esac
"""


def program(path: Path, version: str = "3.12", unfit: int = 0, bare: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PYTHON.format(version=version, unfit=unfit, bare=bare))
    path.chmod(0o755)
    return path


def environment(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    argv = ["bash", str(SCRIPT), python, ".venv"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("version", "unfit", "bare", "told"),
    [
        pytest.param("3.9", 1, 0, "is Python 3.9; Handrail needs 3.11 or newer.", id="too old"),
        pytest.param("3.12", 0, 1, "cannot make virtual environments. On Debian and Ubuntu: apt-get", id="no venv"),
    ],
)
def test_says_what_is_wrong_with_the_python(tmp_path: Path, version: str, unfit: int, bare: int, told: str) -> None:
    """A Python that will not do is named, with what to do, before anything is made."""
    python = program(tmp_path / "python", version, unfit, bare)
    done = environment(tmp_path, str(python))

    assert done.returncode == 1
    assert done.stderr.startswith(f"{python} {told}")
    assert not (tmp_path / ".venv").exists()


def test_says_that_there_is_no_such_python(tmp_path: Path) -> None:
    """A Python that is not there is named, with how to name another."""
    done = environment(tmp_path, "python3.99")

    assert done.returncode == 1
    assert done.stderr == (
        "There is no python3.99 that runs here. Say which Python, as in: make test PYTHON=python3.12\n"
    )


def test_keeps_an_environment_that_is_there(tmp_path: Path) -> None:
    """An environment is brought up to date with its own Python, never made anew with another."""
    program(tmp_path / ".venv/bin/python", version="3.11")
    python = program(tmp_path / "python", version="3.13")

    assert environment(tmp_path, str(python)).returncode == 0
    assert not (tmp_path / "asked").exists()
    assert "-m pip install" in (tmp_path / ".venv/bin/asked").read_text()


def test_does_not_pass_one_python_for_another(tmp_path: Path) -> None:
    """Whoever names a Python that the environment does not hold is told so by every target."""
    program(tmp_path / "env/bin/python", version="3.11")
    python = program(tmp_path / "python", version="3.13")
    argv = ["make", "setup", f"PYTHON={python}", f"VENV={tmp_path / 'env'}"]
    done = subprocess.run(argv, cwd=SCRIPT.parents[1], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"env holds Python 3.11, and {python} is Python 3.13." in done.stderr
