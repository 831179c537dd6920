"""The command line: `handrail init`, `list`, `run`, `redrive`, `stop`, `show`, `watch`, `executions`, `graph`, `stats`,
`test`, `local`, and what a project adds in commands/.

Exit status: 0 succeeded, 1 failed, 2 bad input, 130 interrupted.
"""

import atexit
import errno
import gc
import os
import sys
from typing import Annotated

import typer

from handrail.cli import graph, init, listing, local, own, redrive, run, show, stats, stop, test, watch
from handrail.cli.output import discard, errors, visible, write
from handrail.errors import HandrailError

app = typer.Typer(
    help="Runbooks as state machines: run them here as they run on AWS.",
    epilog="Exit status: 0 succeeded, 1 failed, 2 bad input, 130 interrupted. "
    "What runs here is kept in .handrail, or in the folder that HANDRAIL_HOME names.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.project)
app.command("list")(listing.runbooks)
# A runbook's fields are options that typer does not know; run reads them itself.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app.command("run", context_settings=PASSED_ON, short_help="Run a runbook and follow it until it ends.")(run.runbook)
app.command("redrive", short_help="Let an execution that failed go on where it ended.")(redrive.execution)
app.command("stop", short_help="Abort an execution that a server runs, or that nobody runs any more.")(stop.execution)
app.command("executions")(listing.executions)
app.command("show", short_help="Show one execution: states, times, inputs, outputs.")(show.execution)
app.command("watch", short_help="Follow an execution that another terminal runs.")(watch.execution)
app.command("graph", short_help="Draw a runbook as Mermaid or SVG.")(graph.runbook)
app.command("stats", short_help="Show how often a runbook ran, how long and at what cost.")(stats.runbook)
app.command("test", short_help="Test any state machine, with mocks and a virtual clock.")(test.machine)
app.command("local", short_help="Serve AWS on this machine and fire the schedules, or run a file.")(local.serve)

# What a stream says when nothing more can be written to it.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def show_version(wanted: bool) -> None:
    if wanted:
        write(f"handrail {own_version()}\n")
        raise typer.Exit


def own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow to import, and seldom asked for

    try:
        return version("handrail")
    except PackageNotFoundError:
        return "(not installed, run from its sources)"


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What may stand before a command."""


def main() -> None:
    """Run the command line; what the reader can mend is told without a traceback."""
    # A quarter of a million objects are what a short run loads, none of it garbage; what is left goes with the process.
    gc.set_threshold(250_000, 20, 20)
    atexit.register(gc.freeze)
    # pydantic would read the metadata of every package there is, in search of plugins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        # Under an old encoding a mark or a letter may be lost, but not the run.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        own.attach(app, sys.argv[1:])
        app()
    except HandrailError as error:
        errors.print(visible(str(error)), style="red", soft_wrap=True)
        sys.exit(2)
    except OSError as error:
        if error.errno not in FULL:
            raise
        discard(sys.stdout)
        errors.print(f"The output cannot be written: {error.strerror}.", style="red", soft_wrap=True)
        sys.exit(1)
