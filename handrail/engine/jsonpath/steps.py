"""A JSONPath as frozen values: where it begins, and the steps that it takes from there."""

from collections.abc import Callable
from typing import NamedTuple

from handrail.asl.model import Json

Holds = Callable[[Json, Json], bool]
"""A compiled filter: (the value it judges, the document that `$` means in it)."""


class PathSyntaxError(ValueError):
    """Text that Step Functions does not take for a JSONPath; `position` counts characters from its start."""

    def __init__(self, message: str, position: int = 0) -> None:
        self.position = position
        super().__init__(message)


class Names(NamedTuple):
    """`.a`, `['a']` or `['a','b']`."""

    names: tuple[str, ...]


class Indices(NamedTuple):
    """`[0]`, `[-1]` or `[0,2]`."""

    indices: tuple[int, ...]


class Slice(NamedTuple):
    """`[1:3]`, with one side open or none."""

    range: slice


class Wildcard(NamedTuple):
    """`.*` or `[*]`: every member of an object, every item of an array."""


class Filter(NamedTuple):
    """`[?(…)]`: the items of an array that satisfy a condition, or an object that does."""

    holds: Holds


class Scan(NamedTuple):
    """`..` before a step: the step is taken everywhere below."""

    step: "Step"


Step = Names | Indices | Slice | Wildcard | Filter | Scan


class Path(NamedTuple):
    """A path as written and as read; `root` is `$`, `$$` or the name of a workflow variable."""

    text: str
    root: str
    steps: tuple[Step, ...]

    @property
    def definite(self) -> bool:
        """Whether the path leads to one value; every other path gives a list."""
        return is_definite(self.steps)

    @property
    def keys(self) -> tuple[str | int, ...] | None:
        """The names and indices of a path that has nothing else in it."""
        keys = tuple(key for step in self.steps if (key := single(step)) is not None)
        return keys if len(keys) == len(self.steps) else None


def is_definite(steps: tuple[Step, ...]) -> bool:
    """Whether steps lead to one value; several names give one object where they stand last."""
    return all(single(step) is not None or (isinstance(step, Names) and step is steps[-1]) for step in steps)


def single(step: Step) -> str | int | None:
    """The name or the index of a step that has only one."""
    keys = step.names if isinstance(step, Names) else step.indices if isinstance(step, Indices) else ()
    return keys[0] if len(keys) == 1 else None
