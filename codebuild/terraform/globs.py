"""Globs over the folders of a repository: `*` and `?` stay within one name, `**` is any folders or none."""

import re
from collections.abc import Iterable
from functools import cache

MEANING = {"*": "[^/]*", "?": "[^/]"}


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches the whole path; `.` is the top folder, which `*` and `**` match as well."""
    return any(_compiled(glob).fullmatch(f"{path}/") for glob in globs)


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile("".join("(?:[^/]+/)*" if name == "**" else f"{_name(name)}/" for name in glob.split("/")))


def _name(glob: str) -> str:
    return "".join(MEANING.get(letter, re.escape(letter)) for letter in glob)
