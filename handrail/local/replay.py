"""Executions of an earlier process: made again from their journal, and ended where that process was cut off."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from handrail.asl.model import InvalidDefinition
from handrail.engine import Execution, Program, advance, load
from handrail.engine.events import Started, Stopped
from handrail.errors import HandrailError, Problems
from handrail.local.cache import Cache
from handrail.local.store import Store, Stored

CUT_OFF = "Handrail.CutOff"
CAUSE = (
    "The handrail that ran it was killed, or its machine went down. This was found out at the next look; "
    "`handrail redrive` goes on where it was."
)
UNREADABLE = "This Handrail cannot go on with what another one began."


def replayed(store: Store, stored: Stored) -> Execution:
    """The execution again, from its journal: the same events give the same history."""
    again = new(stored)
    for event in store.journal(stored.arn):
        advance(again, event)
    return again


def new(stored: Stored) -> Execution:
    """The execution as it was before its first event; raises Problems for a definition that cannot be run."""
    try:
        program = compiled(stored.definition)
    except InvalidDefinition as invalid:
        told = [f"{finding.pointer or '/'}: {finding.message}" for finding in invalid.findings]
        raise Problems(f"{stored.machine} cannot be run here:", told) from None
    return program.execution(
        arn=stored.arn,
        name=stored.name,
        machine_arn=stored.machine_arn,
        machine_name=stored.machine,
        role=stored.role,
        express=stored.type == "EXPRESS",
    )


PROGRAMS: Final[Cache[str, Program]] = Cache(64 * 1024**2)

BYTES: Final = 32
"""Bytes of a program for each character of its definition, as it was measured."""


def compiled(definition: str) -> Program:
    """A compiled definition; executions share it, as nothing of theirs is in it."""
    found = PROGRAMS.get(definition)
    return PROGRAMS.put(definition, load(definition), BYTES * len(definition)) if found is None else found


def sealed(execution: Execution) -> None:
    """Take from an execution that has ended what only a redrive of it needs: the branches, which refer to it.

    So it goes with whoever looks at it last, and waits for no garbage collection; one is redriven from its journal.
    """
    execution.root = execution.as_sent = None
    for run in execution.map_runs.values():
        for child in run.children:
            sealed(child.execution)


def end_cut_off(store: Store, now: float) -> None:
    """End what was to end with a process that was killed; what a server had begun is left for the next server.

    Only for whoever has the store to itself, so that nothing can be running.
    """
    for stored in store.cut_off():
        end(store, stored, Stopped(now, CUT_OFF, CAUSE))


def end(store: Store, stored: Stored, stop: Stopped) -> None:
    """Stop an execution that nobody runs, unless its journal tells that it had ended and only the last note is missing.

    The end is an event of the journal like any other, so a replay tells the same.
    """
    place = store.length(stored.arn)
    if place == 0:
        store.append(stored.arn, 0, Started(stored.started, stored.input))
        place = 1
    again = None
    # What this Handrail cannot replay must not keep it from running anything else.
    with suppress(Exception):
        again = replayed(store, stored)
    if again is None or again.status == "RUNNING":
        store.append(stored.arn, place, stop)
        store.ended(stored.arn, "ABORTED", stop.at, None, stop.error, stop.cause)
    else:
        store.ended(stored.arn, again.status, again.stopped_at or stop.at, again.output, again.error, again.cause)


@contextmanager
def reading(folder: Path, now: float) -> Iterator[Store]:
    """A store to read, in which nothing is RUNNING that was to end with a process; what its builds left is cleared."""
    with Store.reading(folder) as store:
        running = store.cut_off()
    if running or any((folder / "builds").glob("*/state")):
        # Refused where somebody works in it: what is RUNNING is running then.
        with suppress(HandrailError), Store.writing(folder, now) as store:
            from handrail.local.sweep import sweep  # brings the builds, which a look at what has ended does not need

            end_cut_off(store, now)
            sweep(folder / "builds")
    with Store.reading(folder) as store:
        yield store
