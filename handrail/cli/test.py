"""`handrail test FILE`: a state machine from a file on a virtual clock, with a mock for each state that calls out."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from handrail.cli.causes import failure
from handrail.cli.listing import AsJson, columns
from handrail.cli.output import console, duration, errors, print_json, show, status, visible
from handrail.cli.timeline import Span, timeline
from handrail.errors import HandrailError

if TYPE_CHECKING:
    from handrail.mockconfig import MockConfig
    from handrail.testing import Run
    from handrail.testing.mocks import Mocks

LONGEST = 100
"""Characters of what a task was called with that are shown."""

BROKEN = 1


def machine(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ASL in JSON or YAML, a template, or a Terraform plan.")],
    mock: Annotated[
        Path | None, typer.Option("--mock", metavar="FILE", help="What the tasks answer; also a MockConfigFile.json.")
    ] = None,
    given: Annotated[
        str | None, typer.Option("--input", metavar="JSON", help="The input as JSON; @FILE reads it, @- is stdin.")
    ] = None,
    case: Annotated[
        str | None, typer.Option("--test-case", metavar="NAME", help="Which test case of a MockConfigFile.json.")
    ] = None,
    which: Annotated[
        str | None, typer.Option("--machine", metavar="NAME", help="Which machine of a template with several.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A value for ${NAME}; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Test a state machine that any tool has made: no AWS, no deployment, and hours pass in milliseconds.

    Exit status: 0 succeeded (or ended as the mocks file expects), 1 failed, 2 bad input.
    """
    from handrail.testing import files, mocks, play
    from handrail.testing.cast import Unanswered

    config = configured(mock, case)
    filled = {**(mocks.substitutions(mock) if mock and config is None else {}), **files.named(values or [])}
    definition = files.definition(file, which, filled)
    found = answers(mock, config, case, which or file.name.split(".")[0], definition)
    input = read_input(given) if given is not None else found.input if found.given else {}
    try:
        run = play(definition, input, found.answers)
    except Unanswered as unanswered:
        raise HandrailError(lacking(unanswered, definition, mock, found)) from None
    except AssertionError as ran_out:
        errors.print(visible(f"{ran_out} An answer without `times` that stands last is repeated."), style="red")
        raise typer.Exit(BROKEN) from None
    broken = found.broken(run)
    if as_json:
        print_json(described(run, broken))
    else:
        draw(file, run, broken)
    good = not broken if found.expected is not None else run.ended == "SUCCEEDED"
    raise typer.Exit(0 if good else BROKEN)


def configured(mock: Path | None, case: str | None) -> "MockConfig | None":
    """The MockConfigFile.json, where the mocks are in one. Raises HandrailError for a test case without it."""
    from handrail.testing import mockconfig

    config = None if mock is None else mockconfig.found_in(mock)
    if case is not None and config is None:
        raise HandrailError("--test-case names one of a MockConfigFile.json: give that with --mock.")
    return config


def answers(
    mock: Path | None, config: "MockConfig | None", case: str | None, name: str, definition: dict[str, Any]
) -> "Mocks":
    """The mocks for a machine; none where there is no file."""
    from handrail.asl.read import read
    from handrail.testing import mockconfig, mocks

    if mock is None:
        return mocks.Mocks()
    if config is not None:
        return mockconfig.mocks(config, case, name, definition)
    return mocks.read(mock, tuple(read(definition).walk()))


def read_input(given: str) -> Any:
    """The input from the option itself, from a file or from standard input."""
    where, text = "--input", given
    if given.startswith("@"):
        where = "standard input" if given == "@-" else given[1:]
        try:
            text = sys.stdin.read() if given == "@-" else Path(given[1:]).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise HandrailError(f"{where} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError as error:
            raise HandrailError(f"{where} is not UTF-8: byte {error.start} cannot be read.") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise HandrailError(f"{where}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.") from None
    except RecursionError:
        raise HandrailError(f"{where} is nested too deeply to be read.") from None


def lacking(unanswered: Any, definition: dict[str, Any], mock: Path | None, found: "Mocks") -> str:
    """What to add to the mocks file, for a state that was called and has no mock."""
    from handrail.asl.read import read

    tasks = [state.name for state in read(definition).walk() if state.type == "Task"]
    others = [name for name in tasks if name not in found.answers and name != unanswered.state]
    more = f"\nWithout a mock, too, in case the run comes there: {', '.join(others)}." if others else ""
    where = f"Add to {mock}, below mocks:" if mock is not None and found.answers else (
        f"Write {mock or 'mocks.yaml'}{'' if mock else ', and say --mock mocks.yaml'}:\n\nmocks:"
    )  # fmt: skip
    name = unanswered.state if unanswered.state.isidentifier() else json.dumps(unanswered.state, ensure_ascii=False)
    return f"{unanswered.state} has no mock. {where}\n  {name}:\n    - return: {{}}{more}"


def described(run: "Run", broken: list[str]) -> dict[str, Any]:
    """A run for programs; times in seconds."""
    return {
        "status": run.ended,
        "output": run.output,
        "error": run.error,
        "cause": run.cause,
        "took": run.took.total_seconds(),
        "visited": run.visited,
        "calls": [
            {
                "state": call.state,
                "at": call.at.total_seconds(),
                "took": call.took.total_seconds(),
                "arguments": call.arguments,
                "output": call.output,
                "error": call.error,
            }
            for call in run.calls
        ],
        "unexpected": broken,
    }


def draw(file: Path, run: "Run", broken: list[str]) -> None:
    """How a run went, for a person."""
    end = run.execution.started_at + run.took.total_seconds()
    took = f"  would have taken {duration(run.took.total_seconds())}"
    console.print(Text.assemble(status(run.ended), f"  {visible(file.name)}{took}"), soft_wrap=True)
    plain = "utf" not in console.encoding.lower()
    for line in timeline(run.visits, Span(run.execution.started_at, end), width=console.width, plain=plain):
        console.print(line, soft_wrap=True)
    if run.calls:
        console.print()
        show(table(run))
    console.print()
    if run.execution.output is not None:
        console.print(Text.assemble(("output ", "dim"), visible(run.execution.output)), soft_wrap=True)
    if run.error or run.cause:
        console.print(failure(run.error, run.cause), soft_wrap=True)
    for each in broken:
        console.print(Text(f"✗ {visible(each)}", "red"), soft_wrap=True)


def table(run: "Run") -> Any:
    """Each call of a task: when, with what, and what came of it."""
    calls = columns("at", "state", "called with", "answered")
    for call in run.calls:
        answered = Text(visible(call.error), "red") if call.error is not None else Text(short(call.output))
        if call.took:
            answered.append(f"  after {duration(call.took.total_seconds())}", "dim")
        calls.add_row(
            duration(call.at.total_seconds()), Text(visible(call.state)), Text(short(call.arguments)), answered
        )
    return calls


def short(value: Any) -> str:
    text = visible(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
