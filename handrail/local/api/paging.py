"""Tokens for the next page of a list: opaque to whoever has one, good for a day and for the same request only."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from handrail.local.apierror import ApiError

LIFE: Final = 86_400.0
"""Seconds for which a token is good."""

USUAL: Final = 100
"""How many entries a page has where the request does not say, or says 0."""


def token(request: tuple[object, ...], place: list[Any], at: float) -> str:
    """A token for what follows a place in the list that a request asks for."""
    at = round(at, 3)
    text = json.dumps([digest(request, at, place), at, place], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode()


def place(request: tuple[object, ...], given: str | None, now: float) -> list[Any] | None:
    """The place that a token stands for, None where there is no token.

    Raises ApiError InvalidToken for what is no token, was changed, is of another request, or is older than a day.
    """
    if given is None:
        return None
    try:
        asked, at, found = json.loads(urlsafe_b64decode(given.encode("ascii")))
        good = asked == digest(request, at, found) and abs(now - at) <= LIFE
    except (ValueError, TypeError, RecursionError):
        good = False
    if not good:
        raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
    return list(found)


def size(parameters: Any) -> int:
    """How many entries the page may have."""
    return int(parameters.get("maxResults") or USUAL)


def digest(*told: object) -> str:
    return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()[:16]


def paged(name: str, entries: Sequence[Mapping[str, Any]], given: Mapping[str, Any], now: float) -> dict[str, Any]:
    """One page of a list whose entries keep their order, as the member of this name."""
    request = (name, *((key, given[key]) for key in sorted(given) if key not in ("nextToken", "maxResults")))
    begin = (place(request, given.get("nextToken"), now) or [0])[0]
    page = entries[begin : begin + size(given)]
    told: dict[str, Any] = {name: list(page)}
    if begin + len(page) < len(entries):
        told["nextToken"] = token(request, [begin + len(page)], now)
    return told
