"""What an import of the language or of the engine costs, and what it must not load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAIRS = 60
LIMIT = 0.030

# What is loaded by whoever reads and checks a definition, and by whoever runs one. Drawing is loaded by those who draw.
DOORS = pytest.mark.parametrize(
    "program",
    [
        pytest.param("import handrail.asl.read, handrail.asl.check, handrail.asl.write", id="asl"),
        pytest.param("import handrail.engine", id="engine"),
    ],
)

# A lazy import is one that this list finds nothing of: jsonata and jsonpath are loaded by the first expression that
# needs them, the others never.
BANNED = {
    "asyncio",
    "boto3",
    "botocore",
    "jsonata",
    "jsonpath",
    "logging",
    "os",
    "pydantic",
    "random",
    "rich",
    "socket",
    "subprocess",
    "threading",
    "time",
    "typer",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One in which bytecode is kept from one start to the next, as it is wherever the package is installed."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}


def cost(program: str, environment: dict[str, str]) -> float:
    """The CPU seconds of one Python that runs this program; what else the machine does counts little in them."""
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime


def loaded(program: str) -> set[str]:
    """The modules that a Python holds after this program."""
    printed = f"{program}\nimport sys, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", printed], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@DOORS
def test_imports_fast(program: str, environment: dict[str, str]) -> None:
    """It costs under 30 ms over a bare Python, both started in turn in this one run.

    Compared is the least that each took: another program on the machine only adds, so more pairs come nearer to the
    truth, and enough is when the least is under the limit.
    """
    bare, full = cost("pass", environment), cost(program, environment)  # these write the bytecode
    for _ in range(PAIRS):
        bare, full = min(bare, cost("pass", environment)), min(full, cost(program, environment))
        if full - bare < LIMIT:
            break

    assert full - bare < LIMIT


@DOORS
def test_loads_no_io(program: str) -> None:
    """Nothing that waits, talks or takes long to load comes in with it, besides what Python loads itself."""
    assert (loaded(program) - loaded("pass")) & BANNED == set()
