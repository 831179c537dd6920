"""What a person sees while an execution runs: each state as it ends, what is running now, the builds' own lines."""

import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from handrail.cli.causes import CONTAINER, failed_build, failure, last_lines, log_of
from handrail.cli.output import MARKS, STYLES, duration, status, trimmed, visible
from handrail.cli.printed import Printed
from handrail.cli.work import attempts
from handrail.engine import Execution
from handrail.engine.history import rendered
from handrail.engine.visits import Visit, Visits
from handrail.local.store import Stored
from handrail.notify.file import Posted as Post
from handrail.notify.file import read as posts_in
from handrail.notify.terminal import rendered as as_slack_would

if TYPE_CHECKING:  # brings botocore, which a look at what ran does not need
    from handrail.local.laptop import Laptop

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

MESSAGE = 100
"""Columns of a message at most, as a chat has them."""


class Progress:
    """Follows an execution on a console; `quiet` shows nothing at all.

    `only` is its name, for a laptop at which others may run beside it; `over` is whether it has ended.
    """

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet
        self.visits = Visits()
        self.only: str | None = None
        self.over = False
        self.seen = 0
        # Replaced as a whole: the thread that draws reads it, and must not wait for the one that prints.
        self.running: tuple[Visit, ...] = ()
        self.posted: Posted | None = None
        self.spoke = ""
        self.stopping = False
        self.live = Live(
            console=console, get_renderable=self.now, refresh_per_second=8, transient=True, redirect_stdout=False
        )
        self.printing = redirect_stdout(Printed(self.printed))

    def __enter__(self) -> Self:
        self.printing.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.printing.__exit__(kind, error, trace)

    def stop(self) -> None:
        """Show nothing live any more; a terminal that has been closed takes no last word."""
        with suppress(OSError):
            self.live.stop()

    def follow(self, laptop: "Laptop") -> None:
        """Show from now on what happens on a laptop."""
        self.posted = Posted(laptop.messages)
        if not self.quiet:
            laptop.watch(self.watch, self.log)
            self.look()

    def look(self) -> None:
        """Show on a terminal what is running now."""
        if self.console.is_interactive and not self.console.is_dumb_terminal:
            self.live.start()

    def watch(self, execution: Execution, before: int) -> None:
        """New events of the history, in the driver's thread."""
        if self.only not in (None, execution.name):
            return
        if not self.seen and before:
            # What happened before a redrive is not shown again, but what comes follows it.
            self.visits.take(new_events(execution, 0, before))
        self.seen = len(execution.events)
        touched = self.visits.take(new_events(execution, before))
        # A state that is entered and left in one go is touched twice.
        for visit in {id(each): each for each in touched}.values():
            self.show(visit)
        self.tell()
        if self.live.is_started:
            with suppress(OSError):
                self.live.refresh()

    def show(self, visit: Visit) -> None:
        others = tuple(each for each in self.running if each is not visit)
        if visit.status == "RUNNING":
            self.running = (*others, visit)
        else:
            self.running = others
            self.print(line(visit))

    def tell(self) -> None:
        """Messages that were posted since the last look."""
        for post in self.posted.new() if self.posted else ():
            shown = as_slack_would(post.message, thread=post.thread_ts)
            for row in (*trimmed(self.console, shown, MESSAGE), Text()):
                self.print(row)

    def log(self, build: str, text: str) -> None:
        """A line of a build, in the build's thread."""
        if not self.over and not text.startswith(CONTAINER):
            self.spoke = build
            self.print(Text(f"    {visible(text)}"))

    def printed(self, line: str) -> None:
        """A line that a task printed, in the task's thread; a program that reads JSON finds it on standard error."""
        if self.quiet:
            sys.stderr.write(f"{line}\n")
        else:
            self.print(Text(f"    {visible(line)}"))

    def print(self, text: Text) -> None:
        """One line or several; where nothing can be written any more, the execution goes on unseen."""
        try:
            self.console.print(text, soft_wrap=True)
        except OSError:
            self.console.quiet = True

    def now(self) -> Text:
        """The states that are running, with the time they have taken so far."""
        now = time.time()
        mark = FRAMES[int(now * 10) % len(FRAMES)]
        rows = [f"{mark} {named(each)}  {duration(now - each.begun)}" for each in self.running]
        if self.stopping:
            rows.append(f"{mark} stopping, until the last process has ended; Ctrl-C once more to leave at once")
        return Text("\n".join(rows), "blue", no_wrap=True, overflow="ellipsis")

    def ended(self, stored: Stored, home: Path) -> None:
        """The last lines: how it ended, why, and where to look."""
        self.over = True
        self.stop()
        if self.quiet:
            return
        # What the rule on its end has told is posted after the last event.
        self.tell()
        begun = stored.redrive_date or stored.started
        took = duration((stored.stopped or begun) - begun)
        shown = f"in {took} · handrail show {stored.name}"
        self.print(Text.assemble(status(stored.status), f" {shown}"))
        if stored.error or stored.cause:
            self.print(failure(stored.error, stored.cause))
        build = failed_build(stored.cause)
        lines = last_lines(log_of(home, build)) if build else []
        # What it said is just above where nobody has spoken since; its last sentence is the reason, and ends the run's.
        for said in lines[-1:] if build == self.spoke else lines:
            self.print(Text(f"    {visible(said)}"))


def new_events(execution: Execution, before: int, end: int | None = None) -> Iterator[dict[str, Any]]:
    """The events after the first `before`; the others are not rendered again, as a history may be long."""
    for event in rendered(execution.events[before:end]):
        yield {**event, "id": event["id"] + before}


class Posted:
    """The messages that are appended to a file from now on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = self.size()

    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def new(self) -> Iterator[Post]:
        """Those since the last look; a line that was cut off when somebody was killed is none.

        Where nothing can be read, nothing is shown: whoever posts there is told what is wrong.
        """
        if self.size() == self.read:
            return
        with suppress(OSError), self.path.open("rb") as file:
            file.seek(self.read)
            lines = file.read()
            self.read = file.tell()
            yield from posts_in(lines)


def line(visit: Visit) -> Text:
    """One state that has ended."""
    took = duration((visit.exited or visit.begun) - visit.begun)
    shown = Text.assemble((f"{MARKS[visit.status]} ", STYLES[visit.status]), f"{named(visit)}  ", (took, "dim"))
    return shown.append(attempts(visit), "yellow")


def named(visit: Visit) -> str:
    iteration = f" [{visit.iteration}]" if visit.iteration is not None else ""
    return f"{'  ' * visit.depth}{visible(visit.name)}{iteration}"
