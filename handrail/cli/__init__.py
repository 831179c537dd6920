"""The command line: `handrail list`, `run`, `show`, `executions`, `graph`.

Exit status: 0 succeeded, 1 failed, 2 bad input, 130 interrupted.
"""

import sys

import typer

from handrail.cli import graph, listing, run, show
from handrail.cli.output import errors
from handrail.errors import HandrailError

app = typer.Typer(
    help="Runbooks as state machines: run them here as they run on AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(listing.runbooks)
# A runbook's fields are options that typer does not know; run reads them itself.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command("run", context_settings=PASSED_ON, add_help_option=False)(run.runbook)
app.command("executions")(listing.executions)
app.command("show")(show.execution)
app.command("graph")(graph.runbook)


def main() -> None:
    """Run the command line; what the reader can mend is told without a traceback."""
    try:
        app()
    except HandrailError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(2)
