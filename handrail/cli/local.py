"""`handrail local`: AWS on this machine at a known port, and the schedules of this project, until Ctrl-C."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.text import Text

from handrail.cli.children import ended_children
from handrail.cli.interrupts import INTERRUPTED, Interrupts
from handrail.cli.listing import columns
from handrail.cli.machine import Chosen, Wanted, input_text, one
from handrail.cli.output import console, moment, show, write
from handrail.cli.place import Place
from handrail.cli.places import anywhere, here
from handrail.cli.post import Post, present, printed, put, say
from handrail.cli.printed import Printed
from handrail.cli.run import told_as_failure
from handrail.cli.shells import Shell, exports, turning
from handrail.errors import HandrailError
from handrail.local.environment import HOST
from handrail.local.holder import server
from handrail.local.joined import Joined
from handrail.local.serve import PORT

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from handrail.catalogue import Catalogue
    from handrail.cli.progress import Progress
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Rest, Schedules

DIARY = "schedules.json"


# What `handrail local FILE` takes besides the file.
Given = Annotated[
    str | None, typer.Option("--input", metavar="JSON", help="The input of FILE; @PATH reads it, @- is stdin.")
]
InputFile = Annotated[Path | None, typer.Option(metavar="PATH", help="Read the input of FILE from here.")]
Which = Annotated[
    str | None, typer.Option("--machine", metavar="NAME", help="Which machine of FILE, a template with several.")
]
Values = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A value for ${NAME} in FILE; may be repeated.")
]
TestCase = Annotated[
    str | None, typer.Option(metavar="CASE", help="Run FILE with a test case of --mock-config: Case or Machine#Case.")
]

# What a server takes when it begins.
Port = Annotated[
    int | None, typer.Option(envvar="HANDRAIL_PORT", min=0, max=65535, help=f"Where to listen: {PORT}; 0 is any.")
]
WaitScale = Annotated[
    float, typer.Option(min=0, metavar="F", help="How long waits and pauses before retries are: 0.01, or 0.")
]
MockConfig = Annotated[
    Path | None, typer.Option(envvar="SFN_MOCK_CONFIG", metavar="FILE", help="Test cases: a MockConfigFile.json.")
]
LambdaEndpoint = Annotated[
    str | None, typer.Option(envvar="LAMBDA_ENDPOINT", metavar="URL", help="Where functions run, if not here.")
]


def serve(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A machine to run: ASL in JSON or YAML, or a template.")
    ] = None,
    port: Port = None,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine may reach it.")] = HOST,
    env: Annotated[bool, typer.Option("--env", help='Print what a shell needs, for eval "$(…)".')] = False,
    shell: Annotated[
        Shell, typer.Option(help="Whose words --env speaks; for fish: handrail local --env --shell fish | source")
    ] = Shell.sh,
    given: Given = None,
    input_file: InputFile = None,
    which: Which = None,
    values: Values = None,
    test_case: TestCase = None,
    stay: Annotated[bool, typer.Option("--stay", help="Serve on after FILE has run, until Ctrl-C.")] = False,
    wait_scale: WaitScale = 1.0,
    mock_config: MockConfig = None,
    lambda_endpoint: LambdaEndpoint = None,
) -> None:
    """Serve AWS on this machine until Ctrl-C, and fire the schedules of all runbooks; or run one state machine.

    FILE is registered under its name, started and followed to its end, which is the exit status; in the server, where
    one runs already. What a server runs at Ctrl-C goes on with the next `handrail local`. A firing that came while this
    was not running, or while the machine slept, is told and not made up for.
    """
    place = Place(host, port, wait_scale, mock_config, lambda_endpoint, said(context))
    if env:
        known = server(here()) if port is None else None
        write(exports(known or place.endpoint, shell))
        return
    if file is not None:
        chosen = Chosen(file, which, values or ())
        run(Wanted.of(chosen, input_text(given, input_file), test_case, mock_config), place, stay=stay)
    refuse_without_a_file(
        {"--input": given, "--input-file": input_file, "--machine": which, "--set": values, "--test-case": test_case},
        stay,
    )
    stand(place)


def refuse_without_a_file(said: Mapping[str, object], stay: bool) -> None:
    names = [*(option for option, value in said.items() if value is not None), *(["--stay"] if stay else [])]
    if names:
        raise HandrailError(f"{', '.join(names)}: only for a state machine, as in handrail local FILE --input JSON.")


def said(context: typer.Context) -> tuple[str, ...]:
    """The options on the command line that a server takes when it begins, and no other time."""
    begins = ("wait_scale", "mock_config", "lambda_endpoint")
    sources = [(name, context.get_parameter_source(name)) for name in begins]
    # What a shell's variables say is meant for whoever can use it.
    typed = [name for name, source in sources if source is not None and source.name == "COMMANDLINE"]
    return tuple(f"--{name.replace('_', '-')}" for name in typed)


# ---------------------------------------------------------------------- the server


def run(wanted: Wanted, place: Place, *, stay: bool) -> NoReturn:
    """Run one state machine: in the server that has the store, or in one of its own, which may stay."""
    if stay and server(here()) is None:
        stand(place, wanted)
    one(wanted, place)


def stand(place: Place, wanted: Wanted | None = None) -> NoReturn:
    """Serve until Ctrl-C."""
    catalogue = anywhere()
    found = {name: each.machine.schedule for name, each in catalogue.runbooks.items() if each.machine.schedule}
    listen(catalogue, found, here(), place, wanted)
    raise typer.Exit(INTERRUPTED)


def listen(
    catalogue: "Catalogue", found: "Schedules", folder: Path, place: Place, wanted: Wanted | None = None
) -> None:
    """Serve and fire until a signal comes; what runs then is left to the next server."""
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Diary, Rest, Scheduler

    rest = Rest()
    with (
        redirect_stdout(Printed(printed)),
        Interrupts() as interrupts,
        ended_children(),
        Laptop.open(catalogue, folder) as laptop,
        ExitStack() as last,
    ):
        # Whoever comes as soon as the port is open is served like all others, and knows of what is still to go on.
        laptop.store.attended = False
        laptop.caught_up.clear()
        post = Post(laptop, found)
        laptop.driver.ended_listeners.append(post.ended)
        # What a process before this one left undone is done now, and not with the first firing.
        endpoint = place.open(laptop).endpoint
        # What is here stays. What executions will leave in rings is found sooner than in a command, which ends first.
        gc.freeze()
        gc.set_threshold(10_000, 5, 5)
        announce(found, endpoint)
        # With a full disk nothing goes on here; whoever makes room begins it anew.
        laptop.driver.broken_listeners.append(rest.end)
        if left := len(laptop.store.executions(status="RUNNING")):
            many = "1 execution goes" if left == 1 else f"{left} executions go"
            say("RUNNING", f"{many} on where the last `handrail local` left off")
        laptop.resume()
        interrupts.then(partial(stop, post, rest))
        if wanted is not None:
            post.watched = last.enter_context(watching(wanted, laptop))
            wanted.begin(Joined(endpoint))
        with told_as_failure():
            Scheduler(found, Diary(folder / DIARY), present, post.fire, post.missed).run(rest)
            post.leave()


@contextmanager
def watching(wanted: Wanted, laptop: "Laptop") -> Iterator["Progress"]:
    """Show the one execution as `handrail run` does; what tasks print is shown already."""
    from handrail.cli.progress import Progress

    progress = Progress(console, quiet=False)
    progress.only = wanted.name
    progress.follow(laptop)
    try:
        yield progress
    finally:
        progress.stop()


def stop(post: Post, rest: "Rest") -> None:
    """What a signal does: what comes from now on, as from a child that the same Ctrl-C ended, is no answer any more."""
    post.stopping = True
    post.laptop.driver.halt()
    rest.end()


def announce(found: "Schedules", endpoint: str) -> None:
    """Where the server is, then each schedule in words, and when it fires next."""
    from handrail.local.scheduler import upcoming

    put(Text(f"AWS at {endpoint} · {turning(endpoint)} turns a shell to it · Ctrl-C ends it"))
    if not found:
        return
    now = present()
    coming = {firing.runbook: moment(firing.at.timestamp()) for firing in upcoming(found, now)}
    table = columns("runbook", "runs", "next")
    for name, schedule in found.items():
        table.add_row(name, schedule.words(), coming.get(name, "never any more"))
    show(table)
