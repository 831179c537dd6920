"""Holds functions and files to the sizes that can be read at a glance: `python -m checks.proportions`.

Counted are lines with code: no blank line, no comment, no docstring, no decorator. A file counts as it is.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from checks.sources import files

MEDIAN, MOST, LONGEST = 8, 25, 50
SHARE = 0.9
FILE = 500

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Tokens that are there for the tokenizer or the reader, not for Python.
SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Size:
    """How many lines of code one function has, and where it stands."""

    where: str
    name: str
    lines: int


@dataclass(frozen=True)
class Report:
    """The figures of one group of files, and what breaks the proportions."""

    group: str
    files: int
    lines: int
    functions: Sequence[int]
    broken: Sequence[str]

    def __str__(self) -> str:
        under, longest = share_under(self.functions, MOST), max(self.functions, default=0)
        return (
            f"{self.group:8} {self.files:4} files {self.lines:6} lines of code {len(self.functions):5} functions:"
            f" median {median(self.functions or [0]):g}, {under:.1%} under {MOST}, longest {longest}"
        )


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold code; a docstring holds none, another text of many lines does."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - docstring_lines(ast.parse(source))


def docstring_lines(tree: ast.Module) -> set[int]:
    """The numbers of the lines that docstrings take; a text that stands alone after an assignment is one too."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def functions(source: str, where: str) -> Iterator[Size]:
    """The size of each function in a source, nested ones too; what is nested counts for the outer one as well."""
    code = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            yield Size(f"{where}:{node.lineno}", node.name, len(code.intersection(span)))


def share_under(lines: Sequence[int], limit: int) -> float:
    """The share of functions with fewer lines than the limit; all of them where there are none."""
    return sum(count < limit for count in lines) / len(lines) if lines else 1.0


def measure(group: str, paths: Sequence[Path], root: Path) -> Report:
    """The figures of these files, with each function, file and figure that is out of proportion."""
    sources = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths}
    sizes = [size for where, source in sources.items() for size in functions(source, where)]
    lines = [size.lines for size in sizes]
    return Report(
        group,
        len(sources),
        sum(len(code_lines(source)) for source in sources.values()),
        lines,
        [*long_files(sources), *long_functions(sizes), *uneven(group, lines)],
    )


def long_files(sources: dict[str, str]) -> Iterator[str]:
    for where, source in sources.items():
        count = source.count("\n")
        if count > FILE:
            yield f"{where}:1: {count} lines in one file, at most {FILE}"


def long_functions(sizes: Sequence[Size]) -> Iterator[str]:
    for size in sizes:
        if size.lines > LONGEST:
            yield f"{size.where}: {size.name} has {size.lines} lines of code, at most {LONGEST}"


def uneven(group: str, lines: Sequence[int]) -> Iterator[str]:
    """The two figures that no single function breaks."""
    if lines and median(lines) > MEDIAN:
        yield f"{group}: the median function has {median(lines):g} lines of code, at most {MEDIAN}"
    if share_under(lines, MOST) < SHARE:
        yield f"{group}: {share_under(lines, MOST):.1%} of the functions have under {MOST} lines, at least {SHARE:.0%}"


def reports(root: Path) -> list[Report]:
    """The source and the tests, each held to the same proportions."""
    groups: dict[str, list[Path]] = {"source": [], "tests": []}
    for path in files(root, ".py"):
        groups["tests" if path.relative_to(root).parts[0] == "tests" else "source"].append(path)
    return [measure(group, paths, root) for group, paths in groups.items()]


def main() -> int:
    """Print the figures, then what breaks them; 1 where anything does."""
    found = reports(Path.cwd())
    print(*found, sep="\n")
    broken = [line for report in found for line in report.broken]
    print(*broken, sep="\n", file=sys.stderr, end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
