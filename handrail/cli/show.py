"""`handrail show`: one execution as a timeline and as a tree of its states, with times, inputs and outputs."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from handrail.cli.causes import failed_build, failed_builds, failure, last_lines, log_of
from handrail.cli.following import tell_left
from handrail.cli.listing import AsJson, described, machine_of
from handrail.cli.output import MARKS, STYLES, console, duration, moment, print_json, status, trimmed, visible
from handrail.cli.places import home
from handrail.cli.timeline import MOST_LANES, Span, timeline
from handrail.cli.work import answered, asked, attempts
from handrail.engine.redrive import described as redrivable
from handrail.engine.visits import Visit, visits
from handrail.local.replay import reading, replayed
from handrail.local.store import Stored

LONGEST = 300
"""Characters of an input or output that are shown without --full."""


def execution(
    name: Annotated[
        str, typer.Argument(metavar="EXECUTION", help="Its name, the beginning of it, its ARN, or `last`.")
    ],
    full: Annotated[bool, typer.Option("--full", help="Show everything whole.")] = False,
    bars: Annotated[bool, typer.Option("--timeline/--no-timeline", help="Draw when each state ran.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show one execution: its states, their times, inputs and outputs."""
    folder = home()
    with reading(folder, time.time()) as store:
        stored = store.find(name)
        again = replayed(store, stored)
    history = again.history()
    top = visits(history)
    if as_json:
        failed = failed_builds(folder, (visit.cause for visit in walk(top)))
        more = {**redrivable(again, time.time()), "events": history, "failedBuilds": failed}
        print_json({**described(stored), **more})
        return
    name_and_end, *tree = trimmed(console, Drawing(folder, full).execution(stored, top))
    span = Span(stored.started, time.time() if stored.stopped is None else stored.stopped)
    for line in (name_and_end, *(drawn(top, span, full=full) if bars else ()), *tree):
        console.print(line, soft_wrap=True)
    tell_left(folder, [stored])


def drawn(top: Sequence[Visit], span: Span, *, full: bool) -> list[Text]:
    """The timeline, as wide as the terminal, between two empty lines; nothing where no state was entered."""
    plain = "utf" not in console.encoding.lower()
    lines = timeline(top, span, width=console.width, full=full, plain=plain)
    return [Text(), *lines, Text()] if lines else []


def walk(top: Iterable[Visit]) -> Iterator[Visit]:
    for visit in top:
        yield visit
        yield from walk(visit.inner)


@dataclass(frozen=True)
class Drawing:
    """Draws an execution as a tree; `folder` is where the builds' logs are found."""

    folder: Path
    full: bool

    def execution(self, stored: Stored, top: Sequence[Visit]) -> Tree:
        """The whole execution."""
        took = f" · {duration(stored.stopped - stored.started)}" if stored.stopped is not None else ""
        machine = machine_of(stored)
        name = Text.assemble((stored.name, "bold"), f" of {machine}" if machine else "")
        title = Text.assemble(name, "  ", status(stored.status), f"  {moment(stored.started)}{took}")
        root = Tree(title.append(redriven(stored)), guide_style="dim")
        self.payload(root, "input", stored.input)
        for visit in top:
            self.visit(root, visit, visit.name)
        self.payload(root, "output", stored.output)
        if stored.error or stored.cause:
            root.add(failure(stored.error, stored.cause))
        return root

    def visit(self, branch: Tree, visit: Visit, name: str) -> None:
        """One visit of a state, and what ran inside it."""
        node = branch.add(title(visit, name))
        if visit.input != "{}" or self.full:
            self.payload(node, "input", visit.input)
        if visit.asked is not None:
            self.payload(node, "asked", f"{visit.resource} {visit.asked}" if self.full else asked(visit))
        self.lanes(node, visit)
        if visit.answer is not None:
            self.payload(node, "answered", visit.answer if self.full else answered(visit))
        for variable, value in visit.assigned.items() if visit.asked is None or self.full else ():
            self.payload(node, f"${variable} =", value)
        if visit.output != "{}" or self.full:
            self.payload(node, "output", visit.output)
        self.trouble(node, visit)

    def lanes(self, node: Tree, visit: Visit) -> None:
        """The iterations or branches, each as one node; of many that ended well only the first."""
        inner = sorted(visit.inner, key=lambda each: each.lane or 0)
        lanes = [(lane, [*states]) for lane, states in groupby(inner, key=attrgetter("lane"))]
        well = [lane for lane, states in lanes if all(each.status in ("SUCCEEDED", "CAUGHT") for each in states)]
        hidden = set() if self.full else set(well[MOST_LANES:])
        for lane, states in lanes:
            if lane not in hidden:
                self.lane(node, f"[{lane}]", states)
        if hidden:
            node.add(Text(f"… {len(hidden):,} more ended well (--full)", "dim"))

    def lane(self, node: Tree, number: str, states: Sequence[Visit]) -> None:
        if len(states) == 1:
            self.visit(node, states[0], f"{number} {states[0].name}")
            return
        lane = node.add(Text(number, "dim"))
        for state in states:
            self.visit(lane, state, state.name)

    def payload(self, node: Tree, label: str, text: str | None) -> None:
        if text is None:
            return
        shown = visible(text)
        if not self.full and len(shown) > LONGEST:
            shown = f"{shown[:LONGEST]}… ({len(shown):,} characters, --full)"
        node.add(Text.assemble((f"{label} ", "dim"), shown))

    def trouble(self, node: Tree, visit: Visit) -> None:
        """Why a state failed, at the innermost state that did; of a build also what it said last."""
        inside = {(each.error, each.cause) for each in walk(visit.inner)}
        if visit.error is None or (visit.error, visit.cause) in inside:
            return
        # A branch that fails by a Fail state says why at the execution's end alone.
        if not (visit.error or visit.cause) and any(each.status == "FAILED" for each in visit.inner):
            return
        told = node.add(failure(visit.error, visit.cause))
        build = failed_build(visit.cause)
        if build is not None:
            told.add(end_of_log(log_of(self.folder, build)))


def redriven(stored: Stored) -> str:
    """`  redriven twice, last 2026-01-31 07:00:00`, nothing where it was not."""
    if not stored.redrive_count:
        return ""
    times = {1: "once", 2: "twice"}.get(stored.redrive_count, f"{stored.redrive_count} times")
    return f"  redriven {times}, last {moment(stored.redrive_date or 0)}"


def title(visit: Visit, name: str) -> Text:
    """`✓ Find  Task  07:00:01  0.7 s`."""
    took = f"  {duration(visit.exited - visit.begun)}" if visit.exited is not None else ""
    entered = f"{datetime.fromtimestamp(visit.entered).astimezone():%H:%M:%S}"
    mark = (f"{MARKS[visit.status]} ", STYLES[visit.status])
    how = "  caught" if visit.status == "CAUGHT" else ""
    shown = Text.assemble(mark, (visible(name), "bold"), f"  {visit.type}  ", (f"{entered}{took}", "dim"))
    again = "  redriven" if visit.redrives else ""
    return shown.append(f"{attempts(visit)}{again}{how}", "yellow")


def end_of_log(log: Path) -> Text:
    """The last lines of a build's log, as they are."""
    lines = last_lines(log)
    heading = f"the last lines of {log}:" if lines else f"its log is gone: {log}"
    return Text("\n").join([Text(heading, "dim"), *(Text(visible(line)) for line in lines)])
