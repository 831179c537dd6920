"""Times in messages."""

from datetime import datetime

import pytest

from handrail.clock import read_clock

NOW = "2026-01-05T05:02:00+00:00"


@pytest.mark.parametrize(
    ("zone", "moment", "told"),
    [
        pytest.param("Asia/Tokyo", "2026-01-05T05:00:59Z", "14:00 JST", id="today"),
        pytest.param("Asia/Tokyo", "2026-01-04T15:00:00Z", "00:00 JST", id="today there, yesterday elsewhere"),
        pytest.param("Asia/Tokyo", "2026-01-04T14:59:00Z", "2026-01-04 23:59 JST", id="yesterday"),
        pytest.param("Europe/Berlin", "2025-07-01T10:00:00Z", "2025-07-01 12:00 CEST", id="in summer"),
        pytest.param("UTC", "2026-01-05T14:00:00+09:00", "05:00 UTC", id="from another offset"),
        pytest.param("Asia/Tokio", "2026-01-05T05:00:00Z", "05:00 UTC", id="a zone that is not known here"),
        pytest.param("../etc/passwd", "2026-01-05T05:00:00Z", "05:00 UTC", id="no zone at all"),
    ],
)
def test_a_time_is_read_on_one_clock(zone: str, moment: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of its zone, and with the day where that is another one there."""
    monkeypatch.setenv("HANDRAIL_TIMEZONE", zone)

    assert read_clock(datetime.fromisoformat(moment), datetime.fromisoformat(NOW)) == told


def test_without_a_setting_it_is_the_machines_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Lambda that is UTC."""
    monkeypatch.delenv("HANDRAIL_TIMEZONE", raising=False)
    now = datetime.fromisoformat(NOW)

    assert read_clock(now, now) == f"{now.astimezone():%H:%M %Z}"
