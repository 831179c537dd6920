"""`handrail list` and `handrail executions`."""

from typing import Annotated

import typer
from rich.table import Table

from handrail.cli.output import console, duration, iso, moment, print_json, status
from handrail.cli.places import home, load
from handrail.local.store import Store, Stored
from handrail.schema import questions

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for a program to read.")]


def runbooks(as_json: AsJson = False) -> None:
    """List the runbooks of this project."""
    found = load().runbooks.values()
    if as_json:
        print_json(
            [
                {"name": each.name, "summary": each.summary, "questions": dict(questions(each.input, "en"))}
                for each in found
            ]
        )
        return
    table = Table("runbook", "what it does", "asks for", box=None, header_style="bold", pad_edge=False)
    for each in found:
        table.add_row(each.name, each.summary, ", ".join(questions(each.input, "en")))
    console.print(table)


def executions(
    runbook: Annotated[str | None, typer.Argument(help="Only those of this runbook.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many of the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what ran here, the newest first."""
    with Store.reading(home()) as store:
        found = store.executions(machine=runbook, most=most)
    if as_json:
        print_json([described(each) for each in found])
        return
    table = Table("execution", "status", "started", "took", box=None, header_style="bold", pad_edge=False)
    for each in found:
        took = duration(each.stopped - each.started) if each.stopped is not None else ""
        table.add_row(each.name, status(each.status), moment(each.started), took)
    console.print(table)


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
