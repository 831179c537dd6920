"""Which variables of a shell a project asks for, and what it may not ask for."""

from pathlib import Path

import pytest

from handrail.errors import Problems
from handrail.local.passed import passed

CANARY = "ghp_canary-0123456789"


@pytest.fixture
def pyproject(tmp_path: Path) -> Path:
    return tmp_path / "pyproject.toml"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        pytest.param("[tool.handrail]\n", [], id="nothing, by default"),
        pytest.param("[tool.handrail]\npass = []\n", [], id="an empty list"),
        pytest.param('[tool.handrail]\npass = ["T", "SSH_AUTH_SOCK"]\n', ["T", "SSH_AUTH_SOCK"], id="two"),
    ],
)
def test_the_project_names_what_it_wants(pyproject: Path, written: str, names: list[str]) -> None:
    """What is not named is not passed on."""
    pyproject.write_text(written)

    assert passed(pyproject) == names


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param('"MY_TOKEN"', "it must be a list of names", id="no list"),
        pytest.param("[7]", "entry 1 is no name", id="a number"),
        pytest.param(f'["T", "{CANARY}"]', "entry 2 is no name", id="the secret itself"),
        pytest.param('["A=b"]', "entry 1 is no name", id="a value"),
        pytest.param('["AWS_SECRET_ACCESS_KEY"]', "AWS_SECRET_ACCESS_KEY, is set by Handrail", id="the real AWS"),
        pytest.param('["PATH"]', "PATH, is set by Handrail", id="what a build has of its own"),
        pytest.param('["CODEBUILD_X", "HOME"]', "entry 2, HOME", id="all of them are told"),
    ],
)
def test_what_cannot_be_passed_is_told(pyproject: Path, given: str, told: str) -> None:
    """The file and the entry are named; what may be a secret is not repeated."""
    pyproject.write_text(f"[tool.handrail]\npass = {given}\n")
    with pytest.raises(Problems) as raised:
        passed(pyproject)

    assert "pyproject.toml" in str(raised.value)
    assert told in str(raised.value)
    assert CANARY not in str(raised.value)
