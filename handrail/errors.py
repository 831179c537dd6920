"""Errors written for the person who will read them: what was wrong, where, and what to do."""

from collections.abc import Iterable, Sequence
from typing import Any


class HandrailError(Exception):
    """Something that the reader can mend; its text is shown as it is, without a traceback."""


class Problems(HandrailError):
    """Every problem found in one reading of some input, told together."""

    def __init__(self, heading: str, problems: Sequence[str]) -> None:
        self.heading = heading
        self.problems = tuple(problems)
        super().__init__("\n".join([heading, *(f"  {problem}" for problem in problems)]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "x"?`, or nothing where no known word is near."""
    from difflib import get_close_matches  # slow to import, and wanted only where something is wrong already

    [*near] = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


class TaskError(Exception):
    """A failure that a machine may answer: the class's name is the error's name, its docstring the message."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not (cls.__doc__ or "").strip():
            raise HandrailError(f"{cls.__module__}.{cls.__qualname__} has no docstring; it is what the error says.")

    def __str__(self) -> str:
        """The docstring's first paragraph, then whatever the error was raised with."""
        message = " ".join((self.__doc__ or "").strip().partition("\n\n")[0].split())
        return " ".join([message, *map(str, self.args)])
