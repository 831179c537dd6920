"""`handrail list` and `handrail executions`."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from handrail.cli.following import tell_left
from handrail.cli.output import duration, errors, iso, moment, print_json, show, status, visible
from handrail.cli.places import home
from handrail.errors import did_you_mean
from handrail.local.replay import reading
from handrail.local.store import NothingYet, Stored

if TYPE_CHECKING:
    from handrail.schedule import Schedule

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for a program to read.")]


def runbooks(as_json: AsJson = False) -> None:
    """List the runbooks of this project."""
    from handrail.catalogue import load
    from handrail.schema import json_schema, questions

    catalogue = load()
    found = catalogue.runbooks.values()
    now = datetime.now(UTC)
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "summary": each.summary,
                    "schedule": scheduled(each.machine.schedule, now),
                    "input": json_schema(each.input),
                }
                for each in found
            ]
        )
        return
    if not found:
        errors.print(f"There is no runbook yet: {catalogue.root / 'machines'} holds no machine.")
        return
    any_scheduled = any(each.machine.schedule for each in found)
    table = columns("runbook", "what it does", "asks for", *["runs by itself"][:any_scheduled])
    for each in found:
        asks = ", ".join(questions(each.input, "en"))
        table.add_row(each.name, each.summary, asks, *[firing(each.machine.schedule, now)][:any_scheduled])
    show(table)


def firing(schedule: "Schedule | None", now: datetime) -> str:
    """`daily at 07:00 Asia/Tokyo, next 2026-02-01 07:00:00`, the next time as this machine's clock will show it."""
    if schedule is None:
        return ""
    following = schedule.next(now)
    return f"{schedule.words()}, {f'next {moment(following.timestamp())}' if following else 'never any more'}"


def scheduled(schedule: "Schedule | None", now: datetime) -> dict[str, object] | None:
    """A schedule for programs, in words of both languages too; None where there is none."""
    if schedule is None:
        return None
    following = schedule.next(now)
    return {
        "expression": schedule.expression,
        "timezone": schedule.timezone,
        "input": dict(schedule.input),
        "words": {"en": schedule.words("en"), "ja": schedule.words("ja")},
        "next": iso(following.timestamp()) if following else None,
    }


REMEDY = "`handrail list` shows the runbooks of a project; `handrail local FILE` runs a state machine."


def executions(
    runbook: Annotated[str | None, typer.Argument(metavar="[RUNBOOK]", help="Only those of this runbook.")] = None,
    most: Annotated[int, typer.Option("--most", metavar="NUMBER", min=1, help="How many of the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what ran here, the newest first."""
    found, known = ran(home(), runbook, most)
    if as_json:
        print_json([described(each) for each in found])
        return
    if not found:
        what = f'No execution of "{runbook}" is kept here.' if runbook else "Nothing has run here yet."
        errors.print(f"{what}{did_you_mean(runbook or '', known)} {REMEDY}")
        return
    told = any(machine_of(each) for each in found)
    table = columns("execution", *(["machine"] if told else []), "status", "started", "took")
    for each in found:
        took = duration(each.stopped - each.started) if each.stopped is not None else ""
        machine = [visible(each.machine)] if told else []
        table.add_row(each.name, *machine, status(each.status), moment(each.started), took)
    show(table)
    tell_left(home(), found)


def machine_of(stored: Stored) -> str:
    """The machine of an execution whose name does not begin with it, as those do that are named here; else nothing."""
    return "" if stored.name.startswith(stored.machine) else visible(stored.machine)


def ran(folder: Path, runbook: str | None, most: int) -> tuple[list[Stored], set[str]]:
    """The newest executions, and the names of all runbooks that have run; nothing where there is no store yet."""
    try:
        with reading(folder, time.time()) as store:
            return store.executions(machine=runbook, most=most), store.machines()
    except NothingYet:
        return [], set()


def columns(*names: str) -> Table:
    """A table without lines, in which nothing is cut off."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def described(stored: Stored) -> dict[str, object]:
    """An execution in the terms of DescribeExecution."""
    return {
        "executionArn": stored.arn,
        "name": stored.name,
        "stateMachine": stored.machine,
        "status": stored.status,
        "startDate": iso(stored.started),
        "stopDate": iso(stored.stopped),
        "input": stored.input,
        "output": stored.output,
        "error": stored.error,
        "cause": stored.cause,
        "redriveCount": stored.redrive_count,
        "redriveDate": iso(stored.redrive_date),
    }
