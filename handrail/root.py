"""Where a project begins: the folder whose pyproject.toml has a [tool.handrail] table, looked for upwards."""

from functools import lru_cache
from pathlib import Path
from typing import Any


def find_root(start: Path) -> Path | None:
    """The nearest such folder at or above `start`; None where there is none."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if _marked(folder / "pyproject.toml")), None)


def shown(file: Path | str) -> str:
    """A file as a person names it: from its project's root on, else from here on, else its last two parts."""
    path = Path(file).resolve()
    root = _root_above(path.parent) or Path.cwd()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


@lru_cache(maxsize=256)
def _root_above(folder: Path) -> Path | None:
    return find_root(folder)


def _marked(pyproject: Path) -> bool:
    if not pyproject.is_file():
        return False
    text = pyproject.read_text(encoding="utf-8")
    if "handrail" not in text:
        return False
    import tomllib  # most pyproject.toml files on the way up never get this far

    try:
        return "handrail" in tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return False


def settings_in(pyproject: Path) -> dict[str, Any]:
    """A project's [tool.handrail] table; empty where there is no project, as around a state machine that is a file."""
    import tomllib

    if not pyproject.is_file():
        return {}
    found: dict[str, Any] = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {}).get("handrail", {})
    return found
