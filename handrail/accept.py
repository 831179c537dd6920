"""The built-in first task of every runbook: check what was asked once more, and fill in the defaults.

The console, a schedule and the command line come in without the bot, so the machine itself is the border.
"""

import importlib
import re
from typing import Any

from handrail.errors import Problems
from handrail.schema import Input, parse
from handrail.task import TaskError, TaskFunction


class InvalidInput(TaskError):
    """The runbook does not accept this input:"""


class UnknownRunbook(TaskError):
    """There is no schema for this runbook:"""


def accepted(kind: type[Input], given: dict[str, Any]) -> dict[str, Any]:
    """The input as JSON values with its defaults; raises InvalidInput with every problem."""
    try:
        return parse(kind, given).model_dump(mode="json", by_alias=True)
    except Problems as wrong:
        raise InvalidInput("; ".join(problem.rstrip(".") for problem in wrong.problems)) from None


def schema_of(runbook: str) -> type[Input]:
    """The input of a runbook by the one name rule: `drift-check` is asked with `schemas.drift_check.DriftCheck`."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", runbook):
        raise UnknownRunbook(repr(runbook))
    module = f"schemas.{runbook.replace('-', '_')}"
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name not in ("schemas", module):
            raise
        raise UnknownRunbook(runbook) from None
    for kind in vars(found).values():
        if is_input_of(kind, runbook):
            return kind  # type: ignore[no-any-return]
    raise UnknownRunbook(f"{runbook}: {module} defines no such Input")


def is_input_of(kind: object, runbook: str) -> bool:
    """Whether a class is the Input that this runbook is asked with, by its name."""
    return isinstance(kind, type) and issubclass(kind, Input) and kind.__name__.lower() == runbook.replace("-", "")


def _accept(*, runbook: str, input: dict[str, Any]) -> dict[str, Any]:
    """Check the input against the runbook's schema; the answer is what the machine goes on with."""
    return accepted(schema_of(runbook), input)


accept = TaskFunction(_accept)
accept.name = "handrail.accept"
accept.function_name = "accept"
