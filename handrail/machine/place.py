"""Where an author wrote something: the nearest line outside this package, found when it is written."""

import sys
from dataclasses import dataclass
from typing import NoReturn

from handrail.errors import HandrailError
from handrail.root import shown

_PACKAGE = f"{__name__.rpartition('.')[0]}."


class MachineError(HandrailError):
    """A mistake in a machine that is told at the line where it is made."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file, as written in the code object, and a line."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}"


def here() -> Place:
    """The author's line that is being run."""
    frame = sys._getframe(1)
    while frame.f_back is not None and f"{frame.f_globals.get('__name__')}.".startswith(_PACKAGE):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def refuse(message: str) -> NoReturn:
    """Raise MachineError for the author's line that is being run."""
    raise MachineError(f"{here()}: {message}")


class Origin:
    """What a step is, however often it was copied to be given a retry, a catch or a timeout.

    `edits` counts the copies, and `edited` is where the newest was made, so that one that got lost can be told.
    """

    __slots__ = ("edited", "edits", "name", "place")

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        self.edits = 0
        self.edited = place
