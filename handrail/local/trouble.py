"""What goes wrong with the files that are kept, told with what to do about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from handrail.errors import HandrailError

# By SQLite's primary result codes. Source: "Result and Error Codes" of SQLite.
READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB = 8, 10, 11, 13, 14, 26

DAMAGED: Final = (
    "The file is damaged: move it away and a new one is made. Past executions are gone with it, and what was running "
    "does not go on; `sqlite3 {path} .recover` shows what can still be read."
)
REMEDIES: Final = {
    READONLY: "The file, or its folder, may not be written by this person: give it back to who runs Handrail here.",
    IOERR: "The disk does not do what is asked of it: look whether it is full, or broken. {goes_on}",
    FULL: "The disk is full, or its quota is used up: make room, then begin again. {goes_on}",
    CANTOPEN: "The file cannot be opened: look at who may read and write {folder}, and whether the disk is full.",
    CORRUPT: DAMAGED,
    NOTADB: DAMAGED,
}
GOES_ON: Final = "What was written down is not lost, and what runs in `handrail local` goes on when it begins again."


class Unusable(HandrailError):
    """A file of what is kept cannot be used."""


@contextmanager
def reached(folder: Path) -> Iterator[None]:
    """Say which folder cannot be written, and what can be done."""
    try:
        yield
    except OSError as error:
        raise HandrailError(
            f"{error.filename or folder} cannot be written: {error.strerror}. What runs here is kept in {folder}; "
            "HANDRAIL_HOME names another folder."
        ) from None


@contextmanager
def told_where(path: Path) -> Iterator[None]:
    """Say which file SQLite complains about, and what can be done."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: sqlite3.Error) -> Unusable:
    """What SQLite says of a file, and what can be done."""
    return Unusable(f"The store {path} cannot be used: {error}. {remedy(path, error)}")


def remedy(path: Path, error: sqlite3.Error) -> str:
    """What to do about an error of SQLite's."""
    # The lowest byte of an extended code is the primary one; some errors of the module itself have none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    general = "If the disk is full, make room; if the file is damaged, move it away and a new one is made."
    return REMEDIES.get(code, general).format(path=path, folder=path.parent, goes_on=GOES_ON)


def damaged(path: Path, what: str) -> Unusable:
    """A file of which a part is not what was written there."""
    return Unusable(f"The store {path} cannot be used: {what}. {DAMAGED.format(path=path)}")
