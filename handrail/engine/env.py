"""What an expression may read besides its input."""

from collections.abc import Callable, Mapping
from typing import Protocol

from handrail.asl.model import Json


class Env(Protocol):
    """The variables, the Context Object, the randomness and the time at the place where an expression stands."""

    @property
    def variables(self) -> Mapping[str, Json]:
        """Workflow variables visible here, by name without the `$`."""
        ...

    def context(self) -> Json:
        """The Context Object (`$$`, `$states.context`), built when it is first asked for."""
        ...

    def random(self) -> float:
        """The next number in [0, 1) of the execution's own generator, so that a replay draws the same."""
        ...

    def now(self) -> float:
        """The time of the event being handled, in seconds since the epoch."""
        ...


Evaluate = Callable[[Json, Env], Json]
"""A compiled expression: what `$` means at this place, and the rest of what it may read."""
