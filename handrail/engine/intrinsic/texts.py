"""The intrinsic functions for text, JSON, encoding and hashing. Source: the Developer Guide's pages of these names."""

import re
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from json import JSONDecodeError, JSONDecoder
from typing import Final, NoReturn

from handrail.asl.model import Json
from handrail.engine.intrinsic.jackson import explanation
from handrail.engine.intrinsic.refusal import Invalid, refuse, short, text
from handrail.engine.java import java_text, json_text

NOT_BASE64: Final = r"[^A-Za-z0-9+/]"
HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
BLANK: Final = " \t\r\n"


def format_text(template: Json, *values: Json) -> Json:
    """The template with each `{}` replaced by the next value."""
    parts = pieces(text(template))
    if len(parts) != len(values) + 1:
        refuse("Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.")
    return parts[0] + "".join(java_text(value) + after for value, after in zip(values, parts[1:], strict=True))


@lru_cache(maxsize=512)
def pieces(template: str) -> tuple[str, ...]:
    """The texts around the `{}` of a template; a backslash before ' { } or \\ stands for that character."""
    parts = [""]
    for part in re.findall(TEMPLATE_PART, template):
        if part == "{}":
            parts.append("")
        elif part in ("{", "}"):
            other = "}" if part == "{" else "{"
            refuse(f"Invalid template in States.Format: matching '{other}' not found for '{part}'.")
        else:
            parts[-1] += part[1:] if part in ESCAPES else part
    return tuple(parts)


TEMPLATE_PART: Final = r"\\['{}\\]|\{\}|[{}]|[^\\{}]+|\\"
ESCAPES: Final = frozenset({"\\'", "\\{", "\\}", "\\\\"})


def split(given: Json, delimiters: Json) -> Json:
    """The pieces between any of the delimiters' characters, empty ones left out."""
    whole, marks = text(given), text(delimiters)
    for mark in marks[1:]:
        whole = whole.replace(mark, marks[0])
    return [piece for piece in (whole.split(marks[0]) if marks else [whole]) if piece]


def encode(given: Json) -> Json:
    return b2a_base64(short(text(given)).encode(errors="replace"), newline=False).decode()


def decode(given: Json) -> Json:
    """The text behind Base64; like Step Functions it overlooks foreign characters and a lack of padding."""
    urlsafe = short(text(given)).partition("=")[0].replace("-", "+").replace("_", "/")
    digits = re.sub(NOT_BASE64, "", urlsafe)
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return a2b_base64(digits + "=" * (-len(digits) % 4)).decode(errors="replace")


def digest(value: Json, algorithm: Json) -> Json:
    """The hash of a value's text, in hexadecimal digits."""
    name = HASHES.get(text(algorithm))
    if name is None or value is None:
        refuse()
    import hashlib  # loads OpenSSL, which few machines need

    return hashlib.new(name, short(java_text(value)).encode(errors="replace"), usedforsecurity=False).hexdigest()


def merge(first: Json, second: Json, deep: Json) -> Json:
    """Two objects in one, the second one's members over the first one's; Step Functions cannot merge deeply."""
    if not isinstance(first, dict) or not isinstance(second, dict) or deep is True:
        refuse()
    return {**first, **second}


def to_string(value: Json) -> Json:
    return json_text(value)


def to_json(given: Json) -> Json:
    """The JSON value that a text holds; a blank text gives null, and what follows an array or object is not read."""
    source = text(given)
    begin = len(source) - len(source.lstrip(BLANK))
    try:
        return parsed(source, begin) if begin < len(source) else None
    except JSONDecodeError as error:
        reason = explanation(error)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise Invalid(f"Cannot convert String to Json in States.StringToJson, caused by: {reason}")


def parsed(source: str, begin: int) -> Json:
    """The first value of a text; a number, true, false or null ends at a blank or with the text."""
    value: Json
    value, end = DECODER.raw_decode(source, begin)
    if not isinstance(value, str | list | dict) and source[end : end + 1].strip(BLANK):
        raise JSONDecodeError("Expecting value", source, begin)
    return value


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{name}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")


DECODER: Final = JSONDecoder(parse_constant=no_constant)
