"""`handrail graph`: a machine as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.output import console, write
from handrail.cli.places import runbook as find
from handrail.errors import HandrailError

if TYPE_CHECKING:  # loaded when something is drawn
    from handrail.asl.model import Flow


def runbook(
    name: Annotated[str, typer.Argument(metavar="RUNBOOK|FILE", help="What to draw: a runbook, or a file with ASL.")],
    to: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write an SVG picture to this file instead.")
    ] = None,
    which: Annotated[
        str | None, typer.Option("--machine", metavar="NAME", help="Which machine of a template with several.")
    ] = None,
) -> None:
    """Draw a runbook, or a state machine from a file: Mermaid on standard output, or an SVG picture in a file."""
    from handrail.asl.graph import mermaid
    from handrail.asl.svg import svg

    flow = flow_of(name, which)
    if to is None:
        write(mermaid(flow))
        return
    try:
        to.write_text(svg(flow), encoding="utf-8")
    except OSError as error:
        raise HandrailError(f"{to} cannot be written: {error.strerror}.") from None
    console.print(f"{to} written", soft_wrap=True)


def flow_of(name: str, which: str | None = None) -> "Flow":
    """The flow of a runbook, or of the machine in a file: whatever has an ending or is a path is no runbook's name."""
    if Path(name).suffix or "/" in name:
        from handrail.asl.read import read
        from handrail.testing import files

        # What a deployment fills in is no matter of the picture.
        return read(files.definition(Path(name), which, guess=True))
    if which is not None:
        raise HandrailError(f"--machine names one of a template, and {name} is no file.")
    from handrail.catalogue import load

    return find(load(), name).machine.flow()
