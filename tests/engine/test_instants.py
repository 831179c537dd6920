"""Timestamps of Choice rules: the RFC 3339 profile of ISO 8601 as states-language.net narrows it."""

import pytest

from handrail.engine.instants import instant

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.0000000019Z", 1),
        ("2016-03-14T01:59:00Z", 1_457_920_740 * SECOND),
        ("1969-12-31T23:59:59.999Z", -1_000_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800 * SECOND),
    ],
)
def test_instant(text: str, nanoseconds: int) -> None:
    """The nanoseconds since the epoch, with the offset taken off."""
    assert instant(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2016-03-14",
        "2016-03-14T01:59:00",
        "2016-03-14T01:59Z",
        "2016-03-14t01:59:00Z",
        "2016-03-14T01:59:00z",
        "2016-03-14 01:59:00Z",
        "2016-13-14T01:59:00Z",
        "2016-02-30T01:59:00Z",
        "2016-03-14T24:00:00Z",
        "2016-03-14T01:59:00+01",
        "2016-03-14T01:59:00+0100",
        "2016-03-14T01:59:00.Z",
        "2016-03-14T01:59:00Z ",
        "٢٠١٦-03-14T01:59:00Z",
    ],
)
def test_no_instant(text: str) -> None:
    """Anything else is no timestamp."""
    assert instant(text) is None
