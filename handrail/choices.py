"""What a field may hold whose choices are listed when a run begins, by the `@options` function that its schema names.

The function is asked as Lambda asks it, wherever this runs: whoever accepts a run has the schemas, and neither the code
nor the permissions with which choices are found.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from handrail.aws import client
from handrail.errors import did_you_mean
from handrail.names import PREFIX
from handrail.notify import listed
from handrail.schema import Input, options
from handrail.task import lister

logger = logging.getLogger(__name__)

Listing = Callable[[str], Sequence[str] | None]
"""The choices that go by a name; None where nobody can say."""

SHOWN = 20
"""How many choices a refusal names."""

PATIENCE = 20
"""Seconds in which a list is to be had."""


def problems(kind: type[Input], asked: Mapping[str, Any]) -> Iterator[str]:
    """Each field with what is none of its choices; what was left empty is no choice.

    Nobody is refused because a list cannot be had: the task that needs the value looks for it again.
    """
    for field, name in options(kind).items():
        chosen = [value for value in _values(asked, field.split(".")) if value not in ("", None)]
        known = _listing.get()(name) if chosen else None
        if known is not None:
            yield from (f"{field}: {_told(value, known)}" for value in chosen if value not in known)


def _told(value: object, known: Sequence[str]) -> str:
    if not known:
        return "there is nothing to choose from."
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    return f"this is none of the choices: {listed(known, SHOWN)}.{near}"


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands in a field, each for itself where there are several, or where it is in each group of a list."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(path[0]), path[1:])


def invoked(name: str) -> Sequence[str] | None:
    """The choices as the Lambda function of this name lists them."""
    from botocore.exceptions import BotoCoreError, ClientError  # takes longer to import than all else here

    try:
        answer = client("lambda", patience=PATIENCE).invoke(FunctionName=PREFIX + lister(name))
        found = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError) as error:
        found = {"errorType": type(error).__name__}
    if isinstance(found, list):
        return found
    why = found.get("errorType") if isinstance(found, dict) else None
    logger.warning("The choices %s cannot be listed now, so none is refused: %s", name, why)
    return None


_listing: ContextVar[Listing] = ContextVar("listing", default=invoked)


@contextmanager
def listing(chosen: Listing) -> Iterator[None]:
    """Have choices listed by this, in tests and played runs."""
    token = _listing.set(chosen)
    try:
        yield
    finally:
        _listing.reset(token)
