"""`handrail local`: AWS on this machine at a known port, and the schedules of this project, until Ctrl-C."""

import json
import re
import shlex
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from handrail.cli.causes import failure
from handrail.cli.interrupts import INTERRUPTED, Interrupts
from handrail.cli.listing import columns
from handrail.cli.output import MARKS, STYLES, console, duration, errors, moment, show, visible, write
from handrail.cli.places import anywhere, here
from handrail.cli.printed import Printed
from handrail.cli.run import STOPPED, ran, told_as_failure
from handrail.errors import HandrailError
from handrail.local.environment import CLEARED, HOST, NO_PROXY, REGION, reaching
from handrail.local.holder import server
from handrail.local.serve import PORT, Server, bound, is_loopback
from handrail.local.store import Stored

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from handrail.catalogue import Catalogue
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Firing, Missed, Rest, Schedules

DIARY = "schedules.json"


PAST = (
    "# Version 1 of the AWS CLI goes past AWS_ENDPOINT_URL for sqs, rds, docdb, neptune, emr and health; "
    'there add --endpoint-url "$AWS_ENDPOINT_URL".'
)

LINES = 10
"""So many ends of executions that no schedule began are told in a second; nobody reads more."""


def serve(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A state machine to run: ASL in JSON or YAML."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(envvar="HANDRAIL_PORT", min=0, max=65535, help=f"Where to listen: {PORT}; 0 is any.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine may reach it.")] = HOST,
    env: Annotated[bool, typer.Option("--env", help='Print what a shell needs, for eval "$(…)".')] = False,
    given: Annotated[
        str | None, typer.Option("--input", metavar="JSON", help="The input of FILE; @PATH reads it, @- is stdin.")
    ] = None,
    input_file: Annotated[
        Path | None, typer.Option("--input-file", metavar="PATH", help="Read the input of FILE from here.")
    ] = None,
    wait_scale: Annotated[
        float, typer.Option(min=0, metavar="F", help="How long waits and pauses before retries are: 0.01, or 0.")
    ] = 1.0,
    mock_config: Annotated[
        Path | None, typer.Option(envvar="SFN_MOCK_CONFIG", metavar="FILE", help="Test cases: a MockConfigFile.json.")
    ] = None,
    lambda_endpoint: Annotated[
        str | None, typer.Option(envvar="LAMBDA_ENDPOINT", metavar="URL", help="Where functions run, if not here.")
    ] = None,
) -> None:
    """Serve AWS on this machine until Ctrl-C, and fire the schedules of all runbooks; or run one state machine.

    A firing that came while this was not running, or while the machine slept, is told and not made up for.
    """
    place = Place(host, port, wait_scale, mock_config, lambda_endpoint)
    if env:
        write(exports(place))
        return
    if file is not None:
        one(file, input_text(given, input_file), place)
    if given is not None or input_file is not None:
        raise HandrailError("--input is for a state machine: handrail local FILE --input JSON.")
    catalogue = anywhere()
    found = {name: each.machine.schedule for name, each in catalogue.runbooks.items() if each.machine.schedule}
    listen(catalogue, found, here(), place)
    raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True)
class Place:
    """Where to listen, how long waits are there, and who answers for services and functions."""

    host: str
    port: int | None
    wait_scale: float = 1.0
    mock_config: Path | None = None
    lambda_endpoint: str | None = None

    def open(self, laptop: "Laptop") -> Server:
        """Listen there; who is not alone on this machine is told so."""
        if not is_loopback(self.host):
            told = (
                f"{self.host}: whoever reaches this machine can use this AWS, with no password, and run what it runs. "
                f"Without --host it listens at {HOST} only."
            )
            errors.print(visible(told), style="bold red", soft_wrap=True)
        laptop.driver.wait_scale = self.wait_scale
        self.answers(laptop)
        return Server(laptop, self.host, PORT if self.port is None else self.port)

    def answers(self, laptop: "Laptop") -> None:
        """Take what answers in the place of services; raises HandrailError for a file or an address that is none."""
        from handrail.local.lambdas.endpoint import Endpoint
        from handrail.local.mockconfig import read

        if self.mock_config is not None:
            laptop.driver.mocked.config = read(self.mock_config)
        if self.lambda_endpoint is not None:
            laptop.functions.endpoint = Endpoint(self.lambda_endpoint)


def exports(place: Place) -> str:
    """The commands of a shell that turn it to the server: the one that runs here, or one at this place."""
    known = server(here()) if place.port is None else None
    endpoint = known or f"http://{place.host}:{PORT if place.port is None else place.port}"
    lines = [f"unset {' '.join(CLEARED)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in reaching(endpoint, REGION).items()]
    direct = f"{place.host},localhost"
    lines += [f'export {name}="${{{name}:+${name},}}{direct}"' for name in NO_PROXY]
    # Last, for those who forget the quotes around $(…).
    return "\n".join([*lines, PAST]) + "\n"


# ---------------------------------------------------------------------- one machine


def one(file: Path, input: str, place: Place) -> None:
    """Run a state machine from a file, follow it to its end, and end with its status."""
    from handrail.testing import files

    definition = json.dumps(files.definition(file), ensure_ascii=False)
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", file.name.partition(".")[0])[:80].strip("-") or "machine"
    # The default port is a convenience here: a server that has it already is no reason not to run.
    free = place if place.port is not None or not taken(place) else replace(place, port=0)

    def begin(laptop: "Laptop") -> str:
        server = free.open(laptop)
        console.print(Text(f"{name} runs at {server.endpoint}", "dim"), soft_wrap=True)
        return laptop.run(name, definition, input)

    ran(anywhere(), here(), begin, as_json=False)


def taken(place: Place) -> bool:
    try:
        bound(place.host, PORT).close()
    except HandrailError:
        return True
    return False


def input_text(given: str | None, file: Path | None) -> str:
    """The input as JSON text: what the option says, what a file holds, or an empty object."""
    if given is not None and file is not None:
        raise HandrailError("--input and --input-file say two inputs; give one of them.")
    if given is None and file is None:
        return "{}"
    from handrail.cli.test import read_input

    return json.dumps(read_input(f"@{file}" if given is None else given), ensure_ascii=False)


# ---------------------------------------------------------------------- the server


def listen(catalogue: "Catalogue", found: "Schedules", folder: Path, place: Place) -> None:
    """Serve and fire until a signal comes, then end what runs."""
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Diary, Rest, Scheduler

    rest = Rest()
    with redirect_stdout(Printed(printed)), Interrupts() as interrupts, Laptop.open(catalogue, folder) as laptop:
        post = Post(laptop, found)
        laptop.driver.ended_listeners.append(post.ended)
        # What a process before this one left undone is done now, and not with the first firing.
        server = place.open(laptop)
        announce(found, server.endpoint)
        # With a full disk nothing goes on here; whoever makes room begins it anew.
        laptop.driver.broken_listeners.append(rest.end)
        if left := len(laptop.store.executions(status="RUNNING")):
            many = "1 execution goes" if left == 1 else f"{left} executions go"
            say("RUNNING", f"{many} on where the last process was cut off")
        laptop.resume()
        interrupts.then(partial(stop, post, rest))
        with told_as_failure():
            Scheduler(found, Diary(folder / DIARY), present, post.fire, post.missed).run(rest)
            post.stop()


def stop(post: "Post", rest: "Rest") -> None:
    post.stopping = True
    rest.end()


def present() -> datetime:
    return datetime.now(UTC)


@dataclass
class Post:
    """Begins executions on a laptop, and tells in one line each what begins and ends."""

    laptop: "Laptop"
    schedules: "Schedules"
    stopping: bool = False
    fired: set[str] = field(default_factory=set)
    second: float = 0.0
    lines: int = 0

    def fire(self, firing: "Firing") -> None:
        """Begin what is due, unless it has begun already."""
        if self.stopping or self.laptop.store.has(firing.runbook, firing.name):
            return
        schedule = self.schedules[firing.runbook]
        following = schedule.next(firing.at)
        then = f"next {moment(following.timestamp())}" if following else "for the last time"
        self.fired.add(firing.name)
        say("RUNNING", f"{firing.name}  started · {then}")
        self.laptop.start(firing.runbook, json.dumps(dict(schedule.input)), firing.name)

    def ended(self, stored: Stored) -> None:
        """Tell an end, in the driver's thread."""
        if stored.name in self.fired:
            self.fired.discard(stored.name)
        elif not self.room():
            return
        took = duration((stored.stopped or stored.started) - stored.started)
        told = Text(f"{stored.name}  {stored.status} in {took}")
        if stored.error or stored.cause:
            told.append("  ").append(failure(stored.error, stored.cause))
        say(stored.status, told.plain.splitlines()[0])

    def room(self) -> bool:
        """Whether one more line can be told in this second; the next says how many were not."""
        now = monotonic()
        if now - self.second >= 1:
            if self.lines > LINES:
                put(Text(f"    and {self.lines - LINES} more have ended"))
            self.second, self.lines = now, 0
        self.lines += 1
        return self.lines <= LINES

    def missed(self, missed: "Missed") -> None:
        """Tell what nobody fired."""
        from handrail.local.scheduler import MOST

        first, last = moment(missed.first.timestamp()), moment(missed.last.timestamp())
        times = f"{'at least ' if missed.count == MOST else ''}{missed.count} times"
        when = f"at {first}" if missed.count == 1 else f"{times} from {first} to {last}"
        say("ABORTED", f"{missed.runbook}  missed {when}: nothing was running here then, and it is not made up for")

    def stop(self) -> None:
        """Stop what still runs, and wait until its last process has ended; raises what broke the driver."""
        if self.laptop.driver.broken is not None:
            raise self.laptop.driver.broken
        known = [*self.laptop.driver.running.items()]
        running = [arn for arn, each in known if each.execution.status == "RUNNING"]
        if running:
            say("ABORTED", "stopping, until the last process has ended; Ctrl-C once more to leave at once")
        for arn in running:
            self.laptop.stop(arn, *STOPPED)
        for arn in running:
            self.laptop.wait(arn)


def announce(found: "Schedules", endpoint: str) -> None:
    """Where the server is, then each schedule in words, and when it fires next."""
    from handrail.local.scheduler import upcoming

    put(Text(f'AWS at {endpoint} · eval "$(handrail local --env)" turns a shell to it · Ctrl-C ends it'))
    if not found:
        return
    now = present()
    coming = {firing.runbook: moment(firing.at.timestamp()) for firing in upcoming(found, now)}
    table = columns("runbook", "runs", "next")
    for name, schedule in found.items():
        table.add_row(name, schedule.words(), coming.get(name, "never any more"))
    show(table)


def say(status: str, told: str) -> None:
    """One line with its time and mark."""
    now = moment(present().timestamp())
    line = Text.assemble((f"{now} ", "dim"), (f"{MARKS[status]} ", STYLES[status]), visible(told))
    put(line)


def printed(line: str) -> None:
    """A line that a task printed."""
    put(Text(f"    {visible(line)}"))


def put(line: Text) -> None:
    """One line; where nothing can be written any more, the schedules are fired unseen."""
    try:
        console.print(line, soft_wrap=True)
    except OSError:
        console.quiet = True
