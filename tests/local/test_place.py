"""The time zone that a project names."""

from pathlib import Path

import pytest

from handrail.errors import HandrailError
from handrail.local.place import timezone


def project(folder: Path, setting: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[tool.handrail]\n{setting}\n", encoding="utf-8")
    return folder / "pyproject.toml"


@pytest.mark.parametrize(
    ("setting", "found"),
    [pytest.param("", None, id="none"), pytest.param('timezone = "Asia/Tokyo"', "Asia/Tokyo", id="a place")],
)
def test_a_project_may_name_its_clock(setting: str, found: str | None, tmp_path: Path) -> None:
    """Without it, messages go by the machine's."""
    assert timezone(project(tmp_path, setting)) == found


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        pytest.param('timezone = "Asia/Tokio"', "not 'Asia/Tokio'. Did you mean \"Asia/Tokyo\"?", id="a near miss"),
        pytest.param('timezone = "tokyo"', 'Did you mean "Asia/Tokyo"?', id="a city"),
        pytest.param("timezone = 9", 'like "Asia/Tokyo", not 9.', id="an offset"),
    ],
)
def test_a_zone_that_is_none_is_told(setting: str, told: str, tmp_path: Path) -> None:
    """Before anything runs, with the file and the likely name."""
    with pytest.raises(HandrailError) as caught:
        timezone(project(tmp_path, setting))

    assert told in str(caught.value)
    assert "pyproject.toml: `timezone` of [tool.handrail]" in str(caught.value)
