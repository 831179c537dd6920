"""Looks for what must not be committed, in every text file of the repository: `python -m checks.clean`.

The patterns are written so that they do not match themselves.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.sources import files

CODE = (".py", ".js", ".sh", ".yml", ".yaml", ".j2", ".toml", "")
EVERYTHING: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What is looked for, what to do about it, in files with which suffixes, and below which paths it may stand."""

    pattern: re.Pattern[str]
    remedy: str
    suffixes: tuple[str, ...] = EVERYTHING
    allowed: tuple[str, ...] = ()

    def applies(self, name: str) -> bool:
        return (not self.suffixes or Path(name).suffix in self.suffixes) and not name.startswith(self.allowed)


RULES = (
    Rule(
        re.compile(r"(pythonhoste[d]|py[p]i|npmj[s]|yarnpk[g]|debia[n])\.(org|com)"),
        "names a registry's host; where packages come from is each machine's own setting",
    ),
    Rule(
        re.compile(r"(?<![\w.])/(hom[e]|User[s]|wor[k]|far[m]|roo[t]/\.pyenv)/\w|bash_job[s]"),
        "names a path of one machine; start from the repository's root or from a setting",
    ),
    Rule(
        re.compile(r"\.\./share[d]|\bfact[s]/[a-z-]+\.md"),
        "points to papers that are not in the repository; only the conformance fixture may",
        allowed=("tests/conftest.py",),
    ),
    Rule(
        re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|raise NotImplementedErro[r]|not implemente[d]|for no[w])\b"),
        "is unfinished by its own word; finish it, or open an issue",
        suffixes=CODE,
    ),
    Rule(
        # A quoted key is no promise: Slack's blocks have such a field. JSONata calls the `?` of a partial call so.
        re.compile(r"\bplaceholde[r]\b(?!['\"])"),
        "is unfinished by its own word; finish it, or open an issue",
        suffixes=CODE,
        allowed=("handrail/engine/jsonata/",),
    ),
)


def findings(name: str, text: str) -> Iterator[str]:
    """Each line of a file that breaks a rule, as `file:line: what was found and what to do`."""
    rules = [rule for rule in RULES if rule.applies(name)]
    for number, line in enumerate(text.splitlines(), start=1):
        for rule in rules:
            if found := rule.pattern.search(line):
                yield f'{name}:{number}: "{found.group()}" {rule.remedy}'


def main() -> int:
    """Print every finding; 1 where there is any."""
    root = Path.cwd()
    found = [line for path in files(root) for line in findings(str(path.relative_to(root)), text(path))]
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


def text(path: Path) -> str:
    """A file's text, nothing for a file that holds none: a picture, an archive."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
