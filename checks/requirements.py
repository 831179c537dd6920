"""Holds docs/requirements.md to the tests: `python -m checks.requirements`.

Each row of its tables is an id, what we do, and what proves it: tests as `file::function`, or the word open.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path("docs/requirements.md")
ID = re.compile(r"[A-Z][A-Z0-9]*(-\d+)?")
RULE = re.compile(r"[-: ]+")
TEST = re.compile(r"`([^`]+)`")
OPEN = "open"


@dataclass(frozen=True)
class Requirement:
    """One row: its id, what it asks, the tests that are said to prove it (none: open), and the row's line."""

    id: str
    statement: str
    proof: str
    line: int

    @property
    def tests(self) -> tuple[str, ...]:
        return tuple(TEST.findall(self.proof))


def read(page: str) -> tuple[Requirement, ...]:
    """The rows of every table in the page; a table's heading and the line under it are no rows."""
    lines = [cells(line) for line in page.splitlines()]
    return tuple(
        Requirement(*row, line=number)
        for number, row in enumerate(lines, start=1)
        if len(row) == 3 and not is_rule(row) and not (number < len(lines) and is_rule(lines[number]))
    )


def cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|")) if line.startswith("|") else ()


def is_rule(row: Sequence[str]) -> bool:
    return bool(row) and all(RULE.fullmatch(cell) for cell in row)


def problems(rows: Sequence[Requirement], root: Path) -> Iterator[str]:
    """What is wrong with the rows, each with its line."""
    counts = Counter(row.id for row in rows)
    for row in rows:
        for problem in (*form(row, counts), *missing(row, root)):
            yield f"{PAGE}:{row.line}: {row.id}: {problem}"


def form(row: Requirement, counts: Mapping[str, int]) -> Iterator[str]:
    if not ID.fullmatch(row.id):
        yield "is no id of a requirement"
    if counts[row.id] > 1:
        yield f"stands {counts[row.id]} times"
    if not row.statement:
        yield "says nothing"
    if not row.tests and row.proof != OPEN:
        yield f'names no test as `file::function` and does not say "{OPEN}"'


def missing(row: Requirement, root: Path) -> Iterator[str]:
    for test in row.tests:
        file, _, name = test.partition("::")
        if not (root / file).is_file():
            yield f"{file} does not exist"
        elif name not in tests_in(root / file):
            yield f'{file} has no test "{name}"'


@cache
def tests_in(path: Path) -> frozenset[str]:
    """The tests of a file as pytest names them after the file: `test_x`, `TestY::test_z`."""
    return frozenset(names(ast.parse(path.read_text(encoding="utf-8")).body))


def names(body: Sequence[ast.stmt], within: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield within + node.name
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from names(node.body, f"{within}{node.name}::")


def main() -> int:
    """Print how many requirements are proved and which are open, then what is wrong; 1 where anything is."""
    root = Path.cwd()
    rows = read((root / PAGE).read_text(encoding="utf-8"))
    still_open = [row.id for row in rows if row.proof == OPEN]
    proved = len(rows) - len(still_open)
    tests = len({test for row in rows for test in row.tests})
    print(f"{len(rows)} requirements: {proved} proved by {tests} tests, {len(still_open)} open")
    if still_open:
        print("open: " + " ".join(still_open))
    wrong = list(problems(rows, root))
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
