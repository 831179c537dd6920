"""checks.requirements: which rows of the page are believed."""

from pathlib import Path

import pytest

from checks.requirements import problems, read

PAGE = """# Requirements

| id | what we do | proved by |
|---|---|---|
{}
"""

TESTS = """
def test_works() -> None: ...

class TestParts:
    def test_part(self) -> None: ...

def helper() -> None: ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text(TESTS)
    return tmp_path


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param(["| A-01 | Works. | `tests/test_a.py::test_works` |"], [], id="a test that exists"),
        pytest.param(["| A-01 | Works. | `tests/test_a.py::TestParts::test_part` |"], [], id="a test in a class"),
        pytest.param(["| A-01 | Works. | open |"], [], id="open"),
        pytest.param(
            ["| A-01 | Works. | `tests/test_a.py::test_works`, `tests/test_a.py::test_other` |"],
            ['5: A-01: tests/test_a.py has no test "test_other"'],
            id="one of two tests is missing",
        ),
        pytest.param(
            ["| A-01 | Works. | `tests/test_a.py::helper` |"],
            ['5: A-01: tests/test_a.py has no test "helper"'],
            id="a function that is no test",
        ),
        pytest.param(
            ["| A-01 | Works. | `tests/test_b.py::test_works` |"],
            ["5: A-01: tests/test_b.py does not exist"],
            id="no such file",
        ),
        pytest.param(
            ["| A-01 | Works. | soon |"],
            ['5: A-01: names no test as `file::function` and does not say "open"'],
            id="neither a test nor open",
        ),
        pytest.param(
            ["| A-01 | Works. | open |", "| A-01 | Again. | open |"],
            ["5: A-01: stands 2 times", "6: A-01: stands 2 times"],
            id="twice",
        ),
        pytest.param(["| a 1 | | open |"], ["5: a 1: is no id of a requirement", "5: a 1: says nothing"], id="form"),
    ],
)
def test_believes_only_what_exists(root: Path, rows: list[str], told: list[str]) -> None:
    """A requirement counts as proved only where each test that it names is there."""
    found = problems(read(PAGE.format("\n".join(rows))), root)

    assert [line.removeprefix("docs/requirements.md:") for line in found] == told


def test_reads_every_table_and_no_heading() -> None:
    """Rows are read wherever the page has a table; headings, rules and other text are not rows."""
    page = PAGE.format("| A-01 | One. | open |") + "\nText.\n" + PAGE.format("| B-01 | Two. | open |")

    assert [row.id for row in read(page)] == ["A-01", "B-01"]
