"""What a person sees while an execution runs: each state as it ends, what is running now, the builds' own lines."""

import time
from itertools import islice
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from handrail.cli.output import MARKS, STYLES, duration, status
from handrail.cli.show import failure
from handrail.engine import Execution
from handrail.engine.history import rendered
from handrail.engine.visits import Visit, Visits
from handrail.local import Laptop
from handrail.local.store import Stored
from handrail.notify.file import messages
from handrail.notify.terminal import TerminalNotifier

# CodeBuild's own words about a build are kept in its log; the progress shows what the commands say.
CONTAINER = "[Container]"


class Progress:
    """Follows a laptop's executions on a console; `quiet` shows nothing at all."""

    def __init__(self, console: Console, laptop: Laptop, *, quiet: bool) -> None:
        self.console = console
        self.laptop = laptop
        self.quiet = quiet
        self.lock = Lock()
        self.visits = Visits()
        self.running: dict[int, Visit] = {}
        self.told = len(messages(laptop.messages))
        self.live = Live(console=console, get_renderable=self.now, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        if not self.quiet:
            self.laptop.watch(self.watch, self.log)
            if self.console.is_terminal:
                self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def watch(self, execution: Execution, before: int) -> None:
        """New events of the history, in the driver's thread."""
        with self.lock:
            touched = self.visits.take(islice(rendered(execution.events), before, None))
            # A state that is entered and left in one go is touched twice.
            for visit in {id(each): each for each in touched}.values():
                self.show(visit)
            self.tell()

    def show(self, visit: Visit) -> None:
        if visit.status == "RUNNING":
            self.running[id(visit)] = visit
            return
        self.running.pop(id(visit), None)
        self.console.print(line(visit))

    def tell(self) -> None:
        """Messages that were posted since the last look."""
        posted = messages(self.laptop.messages)
        for message in posted[self.told :]:
            TerminalNotifier(self.console).post(message)
        self.told = len(posted)

    def log(self, _build: str, text: str) -> None:
        """A line of a build, in the build's thread."""
        if not text.startswith(CONTAINER):
            self.console.print(Text(f"    {text}", "dim"), soft_wrap=True)

    def now(self) -> Group:
        """The states that are running, with the time they have taken so far."""
        with self.lock:
            running = list(self.running.values())
        now = time.time()
        rows = [Spinner("dots", Text(f"{named(each)}  {duration(now - each.entered)}", "blue")) for each in running]
        return Group(*rows)

    def ended(self, stored: Stored) -> None:
        """The last line: how it ended, and where to look."""
        if self.quiet:
            return
        self.live.stop()
        took = duration((stored.stopped or stored.started) - stored.started)
        self.console.print(status(stored.status), Text(f"in {took}"), Text(f"· handrail show {stored.name}", "dim"))
        if stored.error or stored.cause:
            self.console.print(failure(stored.error, stored.cause))


def line(visit: Visit) -> Text:
    """One state that has ended."""
    status = "SUCCEEDED" if visit.status == "CAUGHT" else visit.status
    took = duration((visit.exited or visit.entered) - visit.entered)
    return Text.assemble((f"{MARKS[status]} ", STYLES[status]), f"{named(visit)}  ", (took, "dim"))


def named(visit: Visit) -> str:
    iteration = f" [{visit.iteration}]" if visit.iteration is not None else ""
    return f"{'  ' * visit.depth}{visit.name}{iteration}"
