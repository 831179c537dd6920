"""Build projects: typed variables on one side, an environment of texts on the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from handrail.codebuild import Project, read_variables
from handrail.errors import Problems


@dataclass(frozen=True)
class Variables:
    """What a build is started with."""

    run: str
    shard: int
    mode: Literal["plan", "refresh"] = "plan"
    repository: str | None = None
    deep: bool = False


@dataclass
class Loose:
    """Not frozen."""

    run: str


@dataclass(frozen=True)
class Taken:
    """A name that CodeBuild has itself."""

    codebuild_build_id: str


Making = Callable[..., Any]


@pytest.fixture
def make(tmp_path: Path) -> Making:
    """A project.py in a folder of its own, run with these arguments of Project."""

    def made(arguments: str, buildspec: str | None = "version: 0.2\n") -> Any:
        folder = tmp_path / "codebuild" / "plan"
        folder.mkdir(parents=True, exist_ok=True)
        if buildspec:
            (folder / "buildspec.yml").write_text(buildspec)
        names = {"Project": Project, "Variables": Variables, "Loose": Loose, "Taken": Taken, "timedelta": timedelta}
        exec(compile(f"PROJECT = Project({arguments})", str(folder / "project.py"), "exec"), names)
        return names["PROJECT"]

    return made


def test_the_buildspec_stands_beside_the_project(make: Making, tmp_path: Path) -> None:
    """A project is a folder: what makes it and what it does are side by side."""
    project = make("'plan', Variables, timeout=timedelta(hours=1), environment={'TF_IN_AUTOMATION': '1'}")

    assert project.buildspec == tmp_path / "codebuild" / "plan" / "buildspec.yml"
    assert project.environment == {"TF_IN_AUTOMATION": "1"}
    assert project.defaults() == {"mode": "plan", "repository": None, "deep": False}


@pytest.mark.parametrize(
    ("arguments", "buildspec", "told"),
    [
        pytest.param("'Plan', Variables, timeout=timedelta(hours=1)", "x", ["small letters"], id="name"),
        pytest.param("'plan', Variables, timeout=timedelta(minutes=1)", "x", ["5 minutes to 36 hours"], id="timeout"),
        pytest.param("'plan', dict, timeout=timedelta(hours=1)", "x", ["variables must be a dataclass"], id="dict"),
        pytest.param("'plan', Loose, timeout=timedelta(hours=1)", "x", ["Loose must be frozen"], id="not frozen"),
        pytest.param("'plan', Taken, timeout=timedelta(hours=1)", "x", ["CODEBUILD_BUILD_ID, which"], id="taken name"),
        pytest.param("'plan', Variables, timeout=timedelta(hours=1)", None, ["buildspec.yml"], id="no buildspec"),
        pytest.param("'Plan', Loose, timeout=timedelta(0)", None, ["name", "timeout", "frozen", "build"], id="all"),
    ],
)
def test_an_incomplete_project_is_told(make: Making, arguments: str, buildspec: str | None, told: list[str]) -> None:
    """Everything that is missing is told at once, with the line of the project."""
    with pytest.raises(Problems, match=r'plan/project\.py:1: the project "[Pp]lan" is not complete:') as caught:
        make(arguments, buildspec)

    assert len(caught.value.problems) == len(told)
    for words, problem in zip(told, caught.value.problems, strict=True):
        assert words in problem


def test_a_build_reads_its_variables_typed() -> None:
    """The environment knows text only; inside a build the types are back."""
    environment = {"RUN": "r", "SHARD": "7", "MODE": "refresh", "REPOSITORY": "", "DEEP": "true", "PATH": "/bin"}

    assert read_variables(Variables, environment) == Variables("r", 7, "refresh", None, deep=True)


def test_a_build_is_told_of_every_wrong_variable() -> None:
    """Variables go by the names that they have in the environment; their values are not repeated."""
    with pytest.raises(Problems) as caught:
        read_variables(Variables, {"SHARD": "seven", "MODE": "apply"})

    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["RUN", "SHARD", "MODE"]
    assert "seven" not in str(caught.value)
