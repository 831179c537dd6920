"""Timestamps as AWS writes and reads them: ISO 8601 with an offset, in UTC when written."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Java's ISO_OFFSET_DATE_TIME: seconds and their fraction may be left out, the offset may not.
OFFSET_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}(:\d{2})?)")


def written(seconds: float) -> str:
    """`2026-01-31T22:00:00.123Z` for seconds since the epoch, with milliseconds as the Context Object has them."""
    moment = EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parsed(text: str) -> float | None:
    """Seconds since the epoch, or None where the text is not a date-time with an offset."""
    if not OFFSET_DATE_TIME.fullmatch(text):
        return None
    # Python reads at most six digits of a fraction, Java nine.
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        return (datetime.fromisoformat(shortened) - EPOCH).total_seconds()
    except ValueError:
        return None
