"""The built-in first task of every runbook: it checks what was asked, takes the lock, and tells that the run begins.

The console, a schedule and the command line come in without the bot, so the machine itself is the border.
"""

import hashlib
import importlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from handrail import choices, runs
from handrail.errors import Problems
from handrail.mask import masked
from handrail.notices import started as told
from handrail.notify import notifier
from handrail.schema import Input, parse
from handrail.task import TaskError, TaskFunction


class InvalidInput(TaskError):
    """The runbook does not accept this input:"""


class UnknownRunbook(TaskError):
    """There is no schema for this runbook:"""


def accepted(kind: type[Input], given: dict[str, Any]) -> dict[str, Any]:
    """The input as JSON values with its defaults; raises InvalidInput with every problem.

    Choices are listed for an input that is right otherwise.
    """
    try:
        asked = parse(kind, given).model_dump(mode="json", by_alias=True)
        problems = tuple(choices.problems(kind, asked))
    except Problems as wrong:
        problems = wrong.problems
    if problems:
        raise InvalidInput("; ".join(problem.rstrip(".") for problem in problems))
    return asked


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


def target_of(lock: Sequence[str], asked: Mapping[str, Any]) -> str | None:
    """What a run has to itself: each part is a field by its path (`.window.start`), or a text as it stands."""
    parts = [str(value_at(asked, part[1:])) if part.startswith(".") else part for part in lock]
    return " / ".join(parts) or None


def value_at(asked: Mapping[str, Any], path: str) -> Any:
    value: Any = asked
    for name in path.split("."):
        value = value[name]
    return value


def _accept(
    *,
    runbook: str,
    input: dict[str, Any],
    execution: str,
    started: datetime,
    now: datetime,
    seconds: int,
    lock: list[str],
    quiet: bool,
) -> dict[str, Any]:
    """Check the input, take the lock, write the run down, tell its start; the answer is what the machine goes on with.

    Once more, as Lambda may call it, changes and tells nothing more.
    """
    try:
        kind = schema_of(runbook)
        asked = accepted(kind, input)
        run = _run(runbook, execution, started, seconds, target_of(lock, asked))
        # Written down first: whatever happens after this, the rule on the run's end knows what to release.
        runs.keep(run)
        runs.take_lock(run, now)
    except TaskError as refused:
        runs.audit(execution, "refused", started, runbook=runbook, reason=masked(str(refused)))
        raise
    if run.thread is None and not quiet:
        thread = notifier().post(told(run, kind, asked))
        runs.keep(run.model_copy(update={"thread": thread}))
    # Who asked is unknown until it is proven: nothing in the input says it.
    decided = {"runbook": runbook, "target": run.target, "input": digest(asked), "requester": None}
    runs.audit(execution, "accepted", started, **decided)
    return asked


def _run(runbook: str, execution: str, started: datetime, seconds: int, target: str | None) -> runs.Run:
    """The run's row, with the thread that it has been told in already."""
    before = runs.find(execution)
    return runs.Run(
        arn=execution,
        runbook=runbook,
        name=execution.rpartition(":")[2],
        started=started,
        seconds=seconds,
        target=target,
        thread=None if before is None else before.thread,
    )


def digest(asked: Mapping[str, Any]) -> str:
    """What was asked, as 64 letters that say nothing of it but whether it was the same."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


accept = TaskFunction(_accept)
accept.name = "handrail.accept"
accept.function_name = "accept"
