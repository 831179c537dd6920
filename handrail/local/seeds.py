"""What AWS on a laptop has from the beginning: made by a function of the project's, which its pyproject.toml names.

[tool.handrail]
cloud = "examples.cloud:prepare"

The function is called once, before anything has run, with what makes boto3 clients: `client("rds")`, or
`client("rds", account="111122223333", region="eu-west-1")`.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from handrail.errors import HandrailError, did_you_mean
from handrail.root import settings_in, shown

Client = Callable[..., Any]

Seed = Callable[[Client], None]
"""Makes what there is from the beginning; raises HandrailError where it cannot."""

NAMED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")


def seed(pyproject: Path) -> Seed | None:
    """What a project has its AWS furnished with, None where it says nothing; raises HandrailError for a wrong word."""
    settings = settings_in(pyproject)
    if "cloud" not in settings:
        return None
    where = f"{shown(pyproject)}: `cloud` of [tool.handrail]"
    named = NAMED.fullmatch(settings["cloud"]) if isinstance(settings["cloud"], str) else None
    if named is None:
        raise HandrailError(f'{where} must name a function, like cloud = "examples.cloud:prepare".')
    return lambda client: _call(_found(where, named[1], named[2]), client, f"{where}, {named[0]},")


def _found(where: str, module: str, function: str) -> Callable[[Client], object]:
    try:
        loaded = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise HandrailError(f"{where} names {module}, which cannot be imported: {error}.") from error
        raise HandrailError(
            f"{where} names {module}, which is no module of this project. It is looked for from {shown(Path.cwd())}."
        ) from None
    except Exception as error:
        raise HandrailError(f"{where} names {module}, which cannot be imported: {_words(error)}.") from error
    found = getattr(loaded, function, None)
    if not callable(found):
        functions = [name for name, value in vars(loaded).items() if callable(value) and not name.startswith("_")]
        near = did_you_mean(function, functions)
        raise HandrailError(f"{where} names {function}, which is no function of {module}.{near}")
    return found  # type: ignore[no-any-return]  # called as it is documented


def _call(function: Callable[[Client], object], client: Client, where: str) -> None:
    try:
        function(client)
    except HandrailError:
        raise
    except Exception as error:
        raise HandrailError(
            f"{where} failed: {_words(error)}. What it had made is forgotten; mend it and start again."
        ) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")
