"""checks.clean: what is found in a file, and what is left alone."""

from pathlib import Path

import pytest

from checks.clean import findings
from checks.sources import files

UNFINISHED = "TO" + "DO"
HOST = "files.python" + "hosted.org"
ELSEWHERE = "/ho" + "me/somebody/project"
PAPER = "fac" + "ts/engine.md"
BESIDE = "../sha" + "red/conformance"
FIELD = "place" + "holder"

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "line", "found"),
    [
        pytest.param("a.md", f"from {HOST}", True, id="a registry's host"),
        pytest.param("a.json", f'"{ELSEWHERE}"', True, id="a path of one machine"),
        pytest.param("a.md", f"docs{ELSEWHERE}", False, id="a folder inside the project"),
        pytest.param("a.py", f"# {UNFINISHED}: more", True, id="unfinished code"),
        pytest.param("a.md", f"no {UNFINISHED}", False, id="a text about it"),
        pytest.param("a.py", f'{{"{FIELD}": text}}', False, id="a field of Slack's blocks"),
        pytest.param("a.py", f"return {FIELD}", True, id="the same word as code"),
        pytest.param("a.py", f'Path("{BESIDE}")', True, id="a folder beside the repository"),
        pytest.param("a.py", f"see {PAPER}", True, id="a paper that readers do not have"),
        pytest.param("tests/conftest.py", f'Path("{BESIDE}")', False, id="the one fixture that may"),
        pytest.param("a.py", "return 1", False, id="plain code"),
    ],
)
def test_finds_what_must_not_be_committed(name: str, line: str, found: bool) -> None:
    """A line that breaks a rule is told with its file and number, and no other line."""
    told = list(findings(name, f"\n{line}\n"))

    assert [text.split('"')[0] for text in told] == ([f"{name}:2: "] if found else [])


def test_does_not_find_itself() -> None:
    """The rules and these tests may stay in the repository."""
    for path in (Path("checks/clean.py"), Path("tests/checks/test_clean.py")):
        assert list(findings(str(path), (ROOT / path).read_text())) == []


def test_lists_what_git_would_commit() -> None:
    """New files belong to the repository before they are committed; ignored ones never do."""
    names = {str(path.relative_to(ROOT)) for path in files(ROOT)}

    assert "checks/clean.py" in names
    assert not any(name.startswith((".venv", ".git/")) for name in names)
    assert all(path.suffix == ".py" for path in files(ROOT, ".py"))
