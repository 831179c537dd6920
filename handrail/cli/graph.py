"""`handrail graph`: a machine as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from handrail.asl.graph import mermaid
from handrail.asl.svg import svg
from handrail.cli.output import console
from handrail.cli.places import load
from handrail.cli.places import runbook as find


def runbook(
    name: Annotated[str, typer.Argument(metavar="RUNBOOK", help="The runbook to draw.")],
    to: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write an SVG picture to this file instead.")
    ] = None,
) -> None:
    """Draw a runbook: Mermaid on standard output, or an SVG file."""
    flow = find(load(), name).machine.flow()
    if to is None:
        print(mermaid(flow), end="")
        return
    to.write_text(svg(flow), encoding="utf-8")
    console.print(f"{to} written")
