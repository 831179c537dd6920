"""`handrail local`: holds this project's store and fires the schedules of its machines until Ctrl-C."""

import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from handrail.cli.causes import failure
from handrail.cli.interrupts import INTERRUPTED, Interrupts
from handrail.cli.listing import columns
from handrail.cli.output import MARKS, STYLES, console, duration, moment, show, visible
from handrail.cli.places import home
from handrail.cli.printed import Printed
from handrail.cli.run import STOPPED, told_as_failure
from handrail.errors import HandrailError
from handrail.local.store import Stored

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from handrail.catalogue import Catalogue
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Firing, Missed, Rest, Schedules

DIARY = "schedules.json"

NONE = (
    "No machine of this project has a schedule, so there is nothing to fire. A machine has one with "
    'Machine(…, schedule=Schedule("cron(0 7 * * ? *)", "Asia/Tokyo")); Schedule is from handrail.schedule.'
)


def schedules() -> None:
    """Fire the schedules of all runbooks at their time, until Ctrl-C; then stop what is running.

    A firing that came while this was not running, or while the machine slept, is told and not made up for.
    """
    from handrail.catalogue import load

    catalogue = load()
    found = {name: each.machine.schedule for name, each in catalogue.runbooks.items() if each.machine.schedule}
    if not found:
        raise HandrailError(NONE)
    serve(catalogue, found, home())
    raise typer.Exit(INTERRUPTED)


def serve(catalogue: "Catalogue", found: "Schedules", folder: Path) -> None:
    """Fire until a signal comes, then end what runs."""
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Diary, Rest, Scheduler

    rest = Rest()
    with redirect_stdout(Printed(printed)), Interrupts() as interrupts, Laptop.open(catalogue, folder) as laptop:
        post = Post(laptop, found)
        laptop.driver.ended_listeners.append(post.ended)
        # What a process before this one left undone is done now, and not with the first firing.
        laptop.prepare()
        announce(found)
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

    def fire(self, firing: "Firing") -> None:
        """Begin what is due, unless it has begun already."""
        if self.stopping or self.laptop.store.has(firing.runbook, firing.name):
            return
        schedule = self.schedules[firing.runbook]
        following = schedule.next(firing.at)
        then = f"next {moment(following.timestamp())}" if following else "for the last time"
        say("RUNNING", f"{firing.name}  started · {then}")
        self.laptop.start(firing.runbook, json.dumps(dict(schedule.input)), firing.name)

    def ended(self, stored: Stored) -> None:
        """Tell an end, in the driver's thread."""
        took = duration((stored.stopped or stored.started) - stored.started)
        told = Text(f"{stored.name}  {stored.status} in {took}")
        if stored.error or stored.cause:
            told.append("  ").append(failure(stored.error, stored.cause))
        say(stored.status, told.plain.splitlines()[0])

    def missed(self, missed: "Missed") -> None:
        """Tell what nobody fired."""
        from handrail.local.scheduler import MOST

        first, last = moment(missed.first.timestamp()), moment(missed.last.timestamp())
        times = f"{'at least ' if missed.count == MOST else ''}{missed.count} times"
        when = f"at {first}" if missed.count == 1 else f"{times} from {first} to {last}"
        say("ABORTED", f"{missed.runbook}  missed {when}: nothing was running here then, and it is not made up for")

    def stop(self) -> None:
        """Stop what still runs, and wait until its last process has ended."""
        known = [*self.laptop.driver.running.items()]
        running = [arn for arn, each in known if each.execution.status == "RUNNING"]
        if running:
            say("ABORTED", "stopping, until the last process has ended; Ctrl-C once more to leave at once")
        for arn in running:
            self.laptop.stop(arn, *STOPPED)
        for arn in running:
            self.laptop.wait(arn)


def announce(found: "Schedules") -> None:
    """Each schedule in words, and when it fires next."""
    from handrail.local.scheduler import upcoming

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
