"""`handrail stats RUNBOOK`: how often it ran, how long, at what cost, and what else the runbook counts."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from handrail.cli.chart import drawn
from handrail.cli.listing import AsJson, columns
from handrail.cli.output import console, duration, print_json, show, visible
from handrail.cli.places import home
from handrail.cli.places import runbook as find
from handrail.local.replay import reading
from handrail.local.store import NothingYet
from handrail.stats import Chart, Figure, Value

if TYPE_CHECKING:
    from handrail.catalogue import Catalogue


def runbook(
    name: Annotated[str, typer.Argument(metavar="RUNBOOK", help="The runbook.")],
    days: Annotated[int, typer.Option("--days", metavar="NUMBER", min=1, max=3660, help="How far to look back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show how often a runbook ran here, how it ended, how long it took and what its builds would cost.

    A runbook adds figures of its own in tasks/<runbook>_stats.py.
    """
    from handrail.catalogue import load

    catalogue = load()
    find(catalogue, name)
    now = datetime.now().astimezone()
    found = [*general(catalogue, home(), name, days, now), *own(catalogue, home(), name, days, now)]
    if as_json:
        print_json({"runbook": name, "days": days, **as_document(found)})
        return
    draw(name, days, found)


def general(catalogue: "Catalogue", folder: Path, name: str, days: int, now: datetime) -> list[Figure | Chart]:
    """What can be counted of every runbook."""
    from handrail.local.tally import Ran, price, ran, tally

    executions: list[Ran] = []
    with suppress(NothingYet), reading(folder, now.timestamp()) as store:
        executions = [*ran(store, name, now - timedelta(days=days))]
    return tally(executions, days, now, price(catalogue.root / "pyproject.toml"))


def own(catalogue: "Catalogue", folder: Path, name: str, days: int, now: datetime) -> list[Figure | Chart]:
    """What the runbook counts itself, in the laptop's AWS as it is now."""
    hook = catalogue.stats.get(name)
    if hook is None:
        return []
    from handrail.local.looking import looking

    with looking(catalogue, folder):
        return [*hook(days, now)]


def as_document(found: Sequence[Figure | Chart]) -> dict[str, Any]:
    """For programs: durations in seconds."""
    return {
        "figures": [
            {"name": each.name, "value": plain(each.value), "unit": unit(each), "note": each.note}
            for each in found
            if isinstance(each, Figure)
        ],
        "charts": [
            {
                "name": each.name,
                "unit": each.unit,
                "bars": [{"label": label, "value": value} for label, value in each.bars],
            }
            for each in found
            if isinstance(each, Chart)
        ],
    }


def plain(value: Value) -> str | int | float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


def unit(figure: Figure) -> str:
    return "s" if isinstance(figure.value, timedelta) else figure.unit


def draw(name: str, days: int, found: Sequence[Figure | Chart]) -> None:
    """The figures as one table, then each chart."""
    console.print(Text.assemble((name, "bold"), f", the last {days} day{'s'[: days > 1]}"), soft_wrap=True)
    table = columns("", "", "")
    table.show_header = False
    table.columns[1].justify = "right"
    for each in found:
        if isinstance(each, Figure):
            table.add_row(visible(each.name), shown(each), Text(visible(each.note), "dim"))
    show(table)
    for each in found:
        if isinstance(each, Chart):
            for row in (Text(), *drawn(each)):
                console.print(row, soft_wrap=True)


def shown(figure: Figure) -> str:
    """A value as a person reads it."""
    match figure.value:
        case None:
            return "–"
        case timedelta():
            return duration(figure.value.total_seconds())
        case float():
            text = f"{figure.value:,.2f}"
        case int():
            text = f"{figure.value:,}"
        case _:
            text = visible(figure.value)
    return f"{text} {figure.unit}".rstrip()
