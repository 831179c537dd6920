"""`handrail list` and `handrail executions`."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from handrail.cli.output import duration, errors, iso, moment, print_json, show, status
from handrail.cli.places import home
from handrail.errors import did_you_mean
from handrail.local.replay import reading
from handrail.local.store import NothingYet, Stored

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for a program to read.")]


def runbooks(as_json: AsJson = False) -> None:
    """List the runbooks of this project."""
    from handrail.catalogue import load
    from handrail.schema import json_schema, questions

    catalogue = load()
    found = catalogue.runbooks.values()
    if as_json:
        print_json([{"name": each.name, "summary": each.summary, "input": json_schema(each.input)} for each in found])
        return
    if not found:
        errors.print(f"There is no runbook yet: {catalogue.root / 'machines'} holds no machine.")
        return
    table = columns("runbook", "what it does", "asks for")
    for each in found:
        table.add_row(each.name, each.summary, ", ".join(questions(each.input, "en")))
    show(table)


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
        errors.print(f"{what}{did_you_mean(runbook or '', known)} `handrail list` shows what there is to run.")
        return
    table = columns("execution", "status", "started", "took")
    for each in found:
        took = duration(each.stopped - each.started) if each.stopped is not None else ""
        table.add_row(each.name, status(each.status), moment(each.started), took)
    show(table)


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
    }
