"""The wrong machine does not type-check, neither for mypy nor for an editor; the right one does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLE = HERE / "project"
WRONG = sorted(HERE.glob("wrong_*.py"))
GOOD = sorted(
    file for folder in ("schemas", "tasks", "machines", "codebuild") for file in (SAMPLE / folder).rglob("*.py")
)

Lines = set[tuple[str, int]]


def marked(file: Path) -> Lines:
    """The lines that an author would want to be told about."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {(file.name, number) for number, line in enumerate(lines, start=1) if line.endswith("# wrong")}


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """Every line that mypy --strict finds fault with."""
    cache = tmp_path_factory.mktemp("mypy")
    options = ["--strict", "--namespace-packages", "--explicit-package-bases", "--no-error-summary", "--output=json"]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, f"--cache-dir={cache}", "--config-file=", *map(str, [*GOOD, *WRONG])],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": f"{SAMPLE}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return {(Path(one["file"]).name, one["line"]) for one in found if one["severity"] == "error"}


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """Every line that basedpyright, in its strict mode, finds fault with."""
    settings = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    told = {
        "include": [str(file) for file in [*GOOD, *WRONG]],
        "extraPaths": [str(SAMPLE), str(ROOT)],
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
        "venvPath": str(Path(sys.prefix).parent),
        "venv": Path(sys.prefix).name,
    }
    settings.write_text(json.dumps(told), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "-p", str(settings)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found = json.loads(run.stdout)["generalDiagnostics"]
    return {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in found if one["severity"] == "error"}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_every_planted_mistake_is_found(file: Path, checker: str, request: pytest.FixtureRequest) -> None:
    """Exactly the marked lines are reported: no mistake passes, and nothing right is called wrong."""
    found: Lines = request.getfixturevalue(checker)

    assert {line for line in found if line[0] == file.name} == marked(file)


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_sample_project_has_no_finding(checker: str, request: pytest.FixtureRequest) -> None:
    """What a correct author writes, both checkers accept in their strict modes."""
    found: Lines = request.getfixturevalue(checker)

    assert {line for line in found if line[0] in {file.name for file in GOOD}} == set()
