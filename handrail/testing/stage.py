"""Where runs are played: alone, from Accept to the rule on their end."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from handrail.aws import client
from handrail.choices import listing
from handrail.ended import ended, event
from handrail.engine import Execution, Program, load
from handrail.engine.events import Redriven, Started
from handrail.engine.redrive import against
from handrail.errors import HandrailError
from handrail.machine import Machine
from handrail.notify import messages
from handrail.table import MemoryTable, Table, using
from handrail.testing.cast import Answers, Cast
from handrail.testing.coverage import visited, watched
from handrail.testing.files import definition
from handrail.testing.run import Run
from handrail.testing.simulation import Happening, drive

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When a played run begins: a Monday morning."""


def play(
    machine: Machine | Mapping[str, Any] | str | Path,
    input: object,
    answers: Answers | None = None,
    *,
    name: str = "run",
    table: Table | None = None,
    at: datetime = START,
) -> Run:
    """Run a machine on a virtual clock, from Accept to the rule on its end.

    `machine` is a Machine, or an ASL definition as an object, as text, or as a Path (JSON or YAML, made with any tool).
    `answers` says, for a task, a build project or a state's name, what each call answers in turn: a value, an exception
    or `Throws(error, cause)` to fail with, or `after(delay, …)`; a function is called with the arguments instead. Runs
    that share a `table` see each other's locks; each has a `name` of its own, and begins `at` its time. Raises
    AssertionError when a task is called more often than it has answers, or when answers are left that name nothing in
    the machine.
    """
    program = compiled(machine)
    watched(program, machine.name if isinstance(machine, Machine | Path) else "")
    played = machine.name if isinstance(machine, Machine) else "played"
    execution = program.execution(
        arn=f"arn:aws:states:us-east-1:123456789012:execution:{played}:{name}",
        name=name,
        machine_arn=f"arn:aws:states:us-east-1:123456789012:stateMachine:{played}",
        machine_name=played,
    )
    text = json.dumps(TypeAdapter(Any).dump_python(input, mode="json"), ensure_ascii=False)
    run = Run(execution, machine, tuple(program.flow.walk()), MemoryTable() if table is None else table)
    return staged(run, lambda now: Started(now, text, 0), answers or {}, at=at.timestamp())


def compiled(machine: Machine | Mapping[str, Any] | str | Path) -> Program:
    """A machine, wherever it comes from, ready to run."""
    if isinstance(machine, Path):
        return load(definition(machine))
    return load(machine.definition() if isinstance(machine, Machine) else machine)


def redrive(run: Run, answers: Answers | None = None, *, after: timedelta = timedelta()) -> Run:
    """Let a played run that did not succeed go on where it ended, this long after its end.

    The calls and messages of what is given back are those since then. Raises HandrailError with AWS's reason where an
    execution cannot be redriven.
    """
    at = (run.execution.stopped_at or 0) + after.total_seconds()
    if reason := against(run.execution, at):
        raise HandrailError(f"{run.execution.name} cannot be redriven: {reason}.")
    return staged(run, Redriven, answers or {}, at=at)


def staged(run: Run, first: Happening, answers: Answers, *, at: float) -> Run:
    """Let something happen to a run's execution, and deal with the end that it comes to."""
    cast = Cast(run.machine, answers, run.states, run.execution)
    with alone() as posted, using(run.table), listing(cast.choices):
        try:
            drive(run.execution, first, cast, at=at)
        finally:
            visited(run.states, run.execution)
        if isinstance(run.machine, Machine) and run.execution.status != "RUNNING":
            deal_with_end(run.execution)
        return replace(run, calls=cast.calls, messages=messages(posted))


def deal_with_end(execution: Execution) -> None:
    """What the rule on execution status change does with a run's end."""
    stopped = execution.now if execution.stopped_at is None else execution.stopped_at
    told = {"error": execution.error, "cause": execution.cause}
    ended.handle(event(execution.arn, execution.status, execution.started_at, stopped, **told))


# Nobody listens there, nothing is tried twice, and nobody is asked for credentials.
UNREACHABLE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "played",
    "AWS_SECRET_ACCESS_KEY": "played",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@contextmanager
def alone() -> Iterator[Path]:
    """Real tasks post into a file of the test's own, and reach no AWS but through clients that the test has made."""
    kept = dict(os.environ)
    made = client.cache_info().currsize
    with TemporaryDirectory() as folder:
        posted = Path(folder) / "messages.jsonl"
        # Any of these may lead one service, or all of them, to the real AWS.
        for name in [name for name in os.environ if name.startswith(("AWS_ENDPOINT", "AWS_IGNORE", "AWS_PROFILE"))]:
            del os.environ[name]
        os.environ.update(UNREACHABLE, HANDRAIL_MESSAGES=str(posted), HANDRAIL_TIMEZONE="UTC")
        try:
            yield posted
        finally:
            os.environ.clear()
            os.environ.update(kept)
            # A client that was made meanwhile keeps an endpoint that does not answer.
            if client.cache_info().currsize > made:
                client.cache_clear()
