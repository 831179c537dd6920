"""The built-in functions on time that take and give ISO 8601; picture strings are the fallback's."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Value

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What JSONata lets through to be read, and what can be read of it.
_ACCEPTED: Final = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)
_READ: Final = re.compile(
    r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?)?(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII
)


def iso_time(millis: Value, picture: Value = MISSING, _zone: Value = MISSING) -> Value:
    """`$fromMillis` without a picture: `2017-11-07T15:07:54.972Z`."""
    if millis is MISSING:
        return MISSING
    if picture is not MISSING:
        raise JsonataError("", message="a picture is the fallback's")
    try:
        moment = _EPOCH + timedelta(milliseconds=int(millis))
    except (OverflowError, ValueError):
        raise JsonataError("", message="a time beyond the calendar") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.").zfill(20) + f"{moment.microsecond // 1000:03d}Z"


def millis_of(timestamp: Value, _picture: Value = MISSING) -> Value:
    """`$toMillis` without a picture; a date that no calendar has is JavaScript's NaN."""
    if timestamp is MISSING:
        return MISSING
    if not _ACCEPTED.fullmatch(timestamp):
        raise JsonataError("D3110", value=timestamp)
    parts = _READ.fullmatch(timestamp)
    if parts is None:
        return float("nan")
    year, month, day, hour, minute, second = (int(parts[at] or default) for at, default in enumerate("011000", 1))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return float("nan")
    offset = timedelta(hours=int(parts[9] or 0), minutes=int(parts[10] or 0))
    millis = (moment - _EPOCH) // timedelta(milliseconds=1) + int((parts[7] or "0").ljust(3, "0"))
    return millis - (-1 if parts[8] == "-" else 1) * (offset // timedelta(milliseconds=1))
