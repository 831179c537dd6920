"""Follows an execution that another process runs: reads the store again and again, and leaves that process alone."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handrail.cli.buildlogs import BuildLogs
from handrail.cli.output import errors
from handrail.engine import advance
from handrail.errors import HandrailError
from handrail.local.holder import is_held
from handrail.local.replay import new, reading
from handrail.local.store import Store, Stored

if TYPE_CHECKING:
    from handrail.cli.progress import Progress

PAUSE: Final = 0.2
"""Seconds between two looks at the store."""

GRACE: Final = 5
"""Looks in a row at which nobody has the store: longer than a server takes to be begun anew."""

FIRST: Final = 50
"""Looks for an execution that has been begun just now, and may not be written down yet."""


def follow(folder: Path, arn: str, progress: "Progress", since: int = 0) -> Stored:
    """Show what happens to an execution until it has ended; the first `since` events of its journal are not shown.

    Raises HandrailError where nobody runs it any more.
    """
    stored = known(folder, arn)
    again, place = new(stored), 0
    logs = BuildLogs(folder, progress.log)
    for seen in looks(folder, stored):
        stored = seen
        with Store.reading(folder) as store:
            for event in store.journal(arn, since=place):
                place += 1
                before = len(again.events)
                if place > since:
                    logs.happened(event)
                advance(again, event)
                if place > since:
                    progress.watch(again, before)
        logs.look()
    return stored


def known(folder: Path, arn: str) -> Stored:
    """The execution, as soon as it is written down."""
    for look in range(FIRST):
        try:
            with Store.reading(folder) as store:
                return store.find(arn)
        except HandrailError:
            if look == FIRST - 1:
                raise
        time.sleep(PAUSE / 2)
    raise AssertionError("the last look gives or raises")


def looks(folder: Path, stored: Stored) -> Iterator[Stored]:
    """The execution as it stands, again and again; the last time when it has ended."""
    found, alone = stored, 0
    while True:
        yield found
        if found.status != "RUNNING":
            return
        alone = 0 if is_held(folder) else alone + 1
        if alone == GRACE:
            found = last_look(folder, stored)
            continue
        time.sleep(PAUSE)
        with Store.reading(folder) as store:
            found = store.find(stored.arn)


def last_look(folder: Path, stored: Stored) -> Stored:
    """What has become of an execution that nobody runs; what was to end with a process that was killed, ends now."""
    with reading(folder, time.time()) as store:
        found = store.find(stored.arn)
    if found.status == "RUNNING" and not is_held(folder):
        raise HandrailError(nobody([found]))
    return found


def nobody(left: Iterable[Stored]) -> str:
    """What becomes of executions that a server left, and that nobody runs at the moment."""
    names = [stored.name for stored in left]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"Nobody runs {shown} at the moment: the server that did has ended. "
        f"`handrail local` goes on where it was; `handrail stop {names[0]}` ends it."
    )


def tell_left(folder: Path, found: Iterable[Stored]) -> None:
    """Tell a person which of these nobody runs."""
    left = [stored for stored in found if stored.status == "RUNNING"]
    if left and not is_held(folder):
        errors.print(nobody(left), style="yellow", soft_wrap=True)
