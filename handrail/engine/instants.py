"""Timestamps as Choice rules take them: RFC 3339 as the Amazon States Language narrows it, `2016-03-14T01:59:00Z`."""

import re
from datetime import UTC, datetime
from typing import Final

# ASL asks for an upper-case T, and an upper-case Z where there is no offset (states-language.net, "Timestamps").
RFC3339: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d{2}):(\d{2}))", re.ASCII
)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 10**9


def instant(text: str) -> int | None:
    """Nanoseconds since the epoch, or None where the text is no timestamp."""
    match = RFC3339.fullmatch(text)
    if match is None:
        return None
    fraction, sign, hours, minutes = match.groups()[1:]
    try:
        moment = datetime.fromisoformat(f"{match[1]}+00:00")
    except ValueError:
        return None
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    since = moment - EPOCH
    return (since.days * 86400 + since.seconds - offset) * SECOND + int((fraction or "0").ljust(9, "0"))
