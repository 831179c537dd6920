"""What `handrail local` tells while it serves: a line for each execution that begins or ends."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from rich.text import Text

from handrail.cli.causes import failure
from handrail.cli.listing import machine_of
from handrail.cli.output import MARKS, STYLES, console, duration, moment, visible
from handrail.errors import HandrailError
from handrail.local.store import Stored

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from handrail.cli.progress import Progress
    from handrail.local.laptop import Laptop
    from handrail.local.scheduler import Firing, Missed, Schedules

LINES = 10
"""So many ends of executions that no schedule began are told in a second; nobody reads more."""


@dataclass
class Post:
    """Begins executions on a laptop, and tells in one line each what begins and ends; one may be watched closely."""

    laptop: "Laptop"
    schedules: "Schedules"
    watched: "Progress | None" = None
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
        try:
            self.laptop.start(firing.runbook, json.dumps(dict(schedule.input)), firing.name)
        except HandrailError:
            # A signal came in between, and nothing begins any more.
            if not self.stopping:
                raise

    def ended(self, stored: Stored) -> None:
        """Tell an end, in the driver's thread."""
        if self.watched is not None and self.watched.only == stored.name and not self.watched.over:
            self.watched.ended(stored, self.laptop.home)
            return
        if stored.name in self.fired:
            self.fired.discard(stored.name)
        elif not self.room():
            return
        took = duration((stored.stopped or stored.started) - stored.started)
        machine = machine_of(stored)
        told = Text(f"{stored.name}{f' of {machine}' if machine else ''}  {stored.status} in {took}")
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

    def leave(self) -> None:
        """Say what is left to the next server; nothing more happens to it here. Raises what broke the driver."""
        driver = self.laptop.driver
        driver.shut()
        if driver.broken is not None:
            raise driver.broken
        if left := len(self.laptop.store.executions(status="RUNNING")):
            many = "1 execution stays" if left == 1 else f"{left} executions stay"
            say("ABORTED", f"{many} RUNNING; the next `handrail local` goes on with {'it' if left == 1 else 'them'}")
        if [*(self.laptop.home / "builds").glob("*/state")]:
            say("ABORTED", "stopping the builds, until their last process has ended; Ctrl-C once more to leave at once")


def present() -> datetime:
    return datetime.now(UTC)


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
