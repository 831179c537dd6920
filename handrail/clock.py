"""Times as people read them in a message: on the clock of one place, which the message names."""

import os
from datetime import UTC, datetime, tzinfo

VARIABLE = "HANDRAIL_TIMEZONE"
"""The place's time zone by its IANA name; unset: that of the machine, which on Lambda is UTC."""


def read_clock(moment: datetime, now: datetime) -> str:
    """`14:02 JST`, or with the day where that is not today's."""
    place = _place()
    there, today = moment.astimezone(place), now.astimezone(place)
    day = "" if there.date() == today.date() else f"{there:%Y-%m-%d} "
    return f"{day}{there:%H:%M %Z}"


def _place() -> tzinfo | None:
    """None: the machine's own. Nothing may fail because of a time zone that this machine does not know."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # few messages need it

    name = os.environ.get(VARIABLE)
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
