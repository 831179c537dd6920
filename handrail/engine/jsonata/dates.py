"""Times and integers in picture strings, through jsonata-python, with its mistakes made good.

The library's own clock is never asked, its numbers round as JSONata's do, and its errors have JSONata's codes.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from jsonata.constants import Constants
from jsonata.datetimeutils import DateTimeUtils

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Value

_CODES: Final = {
    Constants.ERR_MSG_SEQUENCE_UNSUPPORTED: "D3130",
    Constants.ERR_MSG_DIFF_DECIMAL_GROUP: "D3131",
    Constants.ERR_MSG_INVALID_NAME_MODIFIER: "D3133",
    Constants.ERR_MSG_TIMEZONE_FORMAT: "D3134",
    Constants.ERR_MSG_NO_CLOSING_BRACKET: "D3135",
    Constants.ERR_MSG_MISSING_FORMAT: "D3136",
}
_MARKER: Final = re.compile(r"(\[\[)|\[([^\]]*)\]")
# Components of a time from the year on; a picture may begin with any of them.
_LEADING: Final = ("Y", "M", "D", "H", "m", "s")
_OTHER_DATES: Final = frozenset("dXxWwhP")
_BETWEEN: Final = "\x00"


def format_time(millis: Value, picture: Value, zone: Value) -> Value:
    """`$fromMillis` with a picture or a zone: milliseconds since 1970 as text."""
    if millis is MISSING:
        return MISSING
    text = None if picture is MISSING else _with_widths(picture)
    with _worded(text or ""):
        return DateTimeUtils.format_datetime(int(millis), text, None if zone is MISSING else zone)


def read_time(timestamp: Value, picture: str, now: float) -> Value:
    """`$toMillis` with a picture; what it leaves out before its first component is that of `now`, in seconds."""
    if timestamp is MISSING:
        return MISSING
    with _worded(picture):
        known = "".join(f"{value}{_BETWEEN}" for value in _left_out(picture, now).values())
        first = "".join(f"[{component}]{_BETWEEN}" for component in _left_out(picture, now))
        found = DateTimeUtils.parse_datetime(known + timestamp, first + _escaped(picture))
    return MISSING if found is None else found


def format_integer(value: Value, picture: str) -> Value:
    if value is MISSING:
        return MISSING
    with _worded(picture):
        return DateTimeUtils.format_integer(math.floor(value), picture)


def parse_integer(text: Value, picture: str) -> Value:
    """`$parseInteger`; digits that end early are read as far as they go, and none at all are not a number."""
    if text is MISSING:
        return MISSING
    try:
        with _worded(picture):
            return DateTimeUtils.parse_integer(text, picture)
    except ValueError:
        digits = re.match(r"\s*([-+]?[0-9]+)", text)
        return int(digits[1]) if digits else math.nan


def _components(picture: str) -> list[str]:
    """The markers of a picture, without their brackets and without space."""
    return ["".join(found[2].split()) for found in _MARKER.finditer(picture) if not found[1]]


def _with_widths(picture: str) -> str:
    """The picture with a largest width where a name has only a smallest, which the library cannot do."""
    return re.sub(r"\[(\s*[MFx]\s*[Nn][^\],]*,[^\]-]*)\]", r"[\1-99]", picture)


def _escaped(picture: str) -> str:
    """The picture with a backslash before what means something in a regular expression, as the library reads it."""
    position, result = 0, ""
    for found in _MARKER.finditer(picture):
        result += re.escape(picture[position : found.start()].replace("]]", "]")) + ("\\[[" if found[1] else found[0])
        position = found.end()
    return result + re.escape(picture[position:].replace("]]", "]"))


def _left_out(picture: str, now: float) -> dict[str, int]:
    """The leading components that the picture has not, in UTC."""
    given = {component[:1] for component in _components(picture)}
    first = next((at for at, component in enumerate(_LEADING) if component in given), 0)
    if given & _OTHER_DATES:
        return {}
    moment = datetime.fromtimestamp(now, UTC)
    values = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return dict(zip(_LEADING[:first], values, strict=False))


@contextmanager
def _worded(picture: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, IndexError):
        raise JsonataError("D3132", value=_unknown(picture)) from None
    except RuntimeError as error:
        code = _CODES.get(str(error))
        if code is None:
            raise
        raise JsonataError(code, value=_culprit(code, picture)) from None


def _unknown(picture: str) -> str:
    known = "YMDdFWwXxHhPmsfZzCE"
    return next((marker[:1] for marker in _components(picture) if not marker or marker[0] not in known), "")


def _culprit(code: str, picture: str) -> Any:
    """What the error is about: the sequence that is not a number's, or the component that has no name."""
    markers = _components(picture)
    if code == "D3133":
        return next((marker[0] for marker in markers if re.match("[^MxFPCEZz][Nn]", marker)), "")
    sequences = [marker[1:].partition(",")[0] for marker in markers] or [picture.rpartition(";")[0] or picture]
    return next((each for each in sequences if not re.fullmatch(r"|[AaIiWw]|Ww|[Nn]n?|.*\d.*", each)), "")
