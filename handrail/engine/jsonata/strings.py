"""The built-in functions on strings."""

import re
from binascii import Error, a2b_base64, b2a_base64
from urllib.parse import quote

from handrail.engine.jsonata import patterns
from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.sequence import MISSING, Function, Value, is_number
from handrail.engine.jsonata.text import cast_number, to_json


def string(value: Value, pretty: Value = MISSING) -> Value:
    if isinstance(value, str) or value is MISSING:
        return value
    if isinstance(value, Function):
        return ""
    if type(value) is float and value - value != 0:
        raise JsonataError("D3001", value=value)
    return cast_number(value) if is_number(value) else to_json(value, cast_number, "  " if pretty is True else "")


def substring(text: Value, start: Value, length: Value) -> Value:
    if text is MISSING:
        return MISSING
    if start is MISSING:
        return text if length is MISSING else ""
    start = max(start, -len(text))
    if length is MISSING:
        return text[int(start) :]
    if length <= 0:
        return ""
    end = start + length if start >= 0 else len(text) + start + length
    return text[int(start) : int(end)]


def substring_before(text: Value, mark: Value) -> Value:
    return text if text is MISSING or mark is MISSING else text.partition(mark)[0] if mark else ""


def substring_after(text: Value, mark: Value) -> Value:
    if text is MISSING or mark is MISSING or mark not in text:
        return text
    return text.partition(mark)[2] if mark else text


def lowercase(text: Value) -> Value:
    return text if text is MISSING else text.lower()


def uppercase(text: Value) -> Value:
    return text if text is MISSING else text.upper()


def length(text: Value) -> Value:
    return text if text is MISSING else len(text)


def trim(text: Value) -> Value:
    return text if text is MISSING else re.sub(r"[ \t\n\r]+", " ", text).strip(" ")


def pad(text: Value, width: Value, filling: Value) -> Value:
    if text is MISSING or width is MISSING:
        return text
    short = abs(int(width)) - len(text)
    if short <= 0:
        return text
    filling = " " if filling is MISSING or not filling else filling
    padding = (filling * short)[:short]
    return text + padding if width > 0 else padding + text


def contains(text: Value, part: Value) -> Value:
    if text is not MISSING and isinstance(part, Function):
        return patterns.contains(text, part)
    return text if text is MISSING else _wanted(part) in text


def split(text: Value, separator: Value, limit: Value) -> Value:
    if text is MISSING:
        return MISSING
    if limit is not MISSING and limit < 0:
        raise JsonataError("D3020", value=limit, index=3)
    if isinstance(separator, Function):
        return patterns.split(text, separator, limit)
    parts = text.split(_wanted(separator)) if _wanted(separator) else list(text)
    return parts if limit is MISSING else parts[: int(limit)]


def join(texts: Value, separator: Value) -> Value:
    return texts if texts is MISSING else ("" if separator is MISSING else separator).join(texts)


def replace(text: Value, pattern: Value, replacement: Value, limit: Value) -> Value:
    if text is MISSING:
        return MISSING
    if pattern == "":
        raise JsonataError("D3010", value=pattern, index=2)
    if limit is not MISSING and limit < 0:
        raise JsonataError("D3011", value=limit, index=4)
    if isinstance(pattern, Function):
        return patterns.replace(text, pattern, replacement, limit)
    count = -1 if limit is MISSING else _at_least(limit)
    return text.replace(_wanted(pattern), _wanted(replacement), count)


def _at_least(limit: int | float) -> int:
    """How often a loop runs that counts up from 0 while below the limit."""
    return int(limit) + (limit > int(limit))


def _wanted(text: Value) -> str:
    """A text or separator, which has to be there."""
    if not isinstance(text, str):
        raise JsonataError("", message="a string is needed here")
    return text


def base64encode(text: Value) -> Value:
    if text is MISSING:
        return MISSING
    units = text.encode("utf-16-le", "surrogatepass")
    return b2a_base64(units[::2], newline=False).decode()


def base64decode(text: Value) -> Value:
    if text is MISSING:
        return MISSING
    try:
        return a2b_base64(text, strict_mode=True).decode("latin-1")
    except (Error, ValueError) as error:
        raise JsonataError("", message=str(error)) from None


# URLs, as encodeURI, encodeURIComponent, decodeURI and decodeURIComponent of JavaScript treat them.


def encode_url(text: Value) -> Value:
    return _encoded(text, "encodeUrl", _LEFT_ALONE + ";/?:@&=+$,#")


def encode_url_component(text: Value) -> Value:
    return _encoded(text, "encodeUrlComponent", _LEFT_ALONE)


def decode_url(text: Value) -> Value:
    return _decoded(text, "decodeUrl", _RUN_IN_URL)


def decode_url_component(text: Value) -> Value:
    return _decoded(text, "decodeUrlComponent", _RUN)


_LEFT_ALONE = "-_.!~*'()"
_RUN = re.compile("(?:%[0-9A-Fa-f]{2})+")
# A whole URL keeps the escapes of the signs that part it.
_RUN_IN_URL = re.compile("(?:%(?!2[346BCF]|3[ABDF]|40)[0-9A-F]{2})+", re.IGNORECASE)


def _encoded(text: Value, name: str, kept: str) -> Value:
    try:
        return text if text is MISSING else quote(text, safe=kept)
    except UnicodeEncodeError:
        raise JsonataError("D3140", value=text, functionName=name) from None


def _decoded(text: Value, name: str, run: "re.Pattern[str]") -> Value:
    try:
        if text is MISSING or not re.search("%(?![0-9A-Fa-f]{2})", text):
            return text if text is MISSING else run.sub(_utf8, text)
    except UnicodeDecodeError:
        pass
    raise JsonataError("D3140", value=text, functionName=name)


def _utf8(run: "re.Match[str]") -> str:
    return bytes.fromhex(run[0].replace("%", "")).decode()
