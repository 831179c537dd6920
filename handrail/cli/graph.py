"""`handrail graph`: a machine as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from handrail.cli.output import console, write
from handrail.cli.places import runbook as find
from handrail.errors import HandrailError


def runbook(
    name: Annotated[str, typer.Argument(metavar="RUNBOOK", help="The runbook to draw.")],
    to: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write an SVG picture to this file instead.")
    ] = None,
) -> None:
    """Draw a runbook: Mermaid on standard output, or an SVG picture in a file."""
    from handrail.asl.graph import mermaid
    from handrail.asl.svg import svg
    from handrail.catalogue import load

    flow = find(load(), name).machine.flow()
    if to is None:
        write(mermaid(flow))
        return
    try:
        to.write_text(svg(flow), encoding="utf-8")
    except OSError as error:
        raise HandrailError(f"{to} cannot be written: {error.strerror}.") from None
    console.print(f"{to} written", soft_wrap=True)
