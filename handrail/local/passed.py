"""Which variables of the person's shell builds get: those that the project's pyproject.toml names, and no other.

[tool.handrail]
pass = ["MY_TOKEN", "SSH_AUTH_SOCK"]
"""

import re
from collections.abc import Iterator
from pathlib import Path

from handrail.errors import Problems
from handrail.root import settings_in, shown

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# What a build has of its own, and what would lead it to the real AWS.
OWN = re.compile(r"(?:AWS|CODEBUILD|HANDRAIL)_.*|GIT_CEILING_DIRECTORIES|HOME|LANG|PATH|PYTHONPATH|TMPDIR|TZ")


def passed(pyproject: Path) -> list[str]:
    """The names of the variables to pass on. Raises Problems for a list that is none."""
    names = settings_in(pyproject).get("pass", [])
    if problems := list(_problems(names)):
        raise Problems(f"{shown(pyproject)}: `pass` of [tool.handrail] cannot be used:", problems)
    return [str(name) for name in names]


def _problems(names: object) -> Iterator[str]:
    if not isinstance(names, list):
        yield 'it must be a list of names, like pass = ["MY_TOKEN"].'
        return
    for place, name in enumerate(names, 1):
        # What is no name may be the secret itself, and is not repeated.
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f"entry {place} is no name of an environment variable; values stay in the shell."
        elif OWN.fullmatch(name):
            yield f"entry {place}, {name}, is set by Handrail for each build; leave it out."
