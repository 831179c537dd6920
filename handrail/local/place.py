"""Whose clock the messages of a project go by.

[tool.handrail]
timezone = "Asia/Tokyo"
"""

from pathlib import Path

from handrail.errors import HandrailError
from handrail.root import settings_in, shown
from handrail.schedule.schedule import known, near


def timezone(pyproject: Path) -> str | None:
    """The time zone that a project names, None where it names none; raises HandrailError for one that is none."""
    settings = settings_in(pyproject)
    name = settings.get("timezone")
    if name is None:
        return None
    if not isinstance(name, str) or known(name) is None:
        hint = near(name) if isinstance(name, str) else ""
        where = f"{shown(pyproject)}: `timezone` of [tool.handrail]"
        raise HandrailError(f'{where} must be an IANA name like "Asia/Tokyo", not {name!r}.{hint}')
    return name
