"""What every machine may read: its input, the run itself, and an error that was caught."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from handrail.machine.expression import Form, Path, Source
from handrail.machine.reference import refer
from handrail.schema import Input

I = TypeVar("I", bound=Input)  # noqa: E741 - I for Input


@dataclass(frozen=True)
class Execution:
    """What a run knows of itself: its name, its ARN, and when it was started."""

    name: str = field(metadata={"json": "Name"})
    id: str = field(metadata={"json": "Id"})
    start_time: datetime = field(metadata={"json": "StartTime"})


@dataclass(frozen=True)
class Entered:
    """What a run knows of the state that it is in: when it was entered."""

    entered_time: datetime = field(metadata={"json": "EnteredTime"})


@dataclass(frozen=True)
class Caught:
    """An error that a step caught: its name, and what it said."""

    error: str = field(metadata={"json": "Error"})
    cause: str = field(metadata={"json": "Cause"})


execution = cast(Execution, refer(Path(Source("context"), ("Execution",), 1), Execution))
"""The run itself: `execution.name` is unique among the runs of a machine."""

state = cast(Entered, refer(Path(Source("state"), ("State",), 1), Entered))
"""The state that reads it: a task that decides by `state.entered_time` decides the same when it is tried again."""

_ENTERED = Path(Source("state"), ("State", "EnteredTime"), 2)
_REDRIVEN = Path(Source("state"), ("Execution", "RedriveTime"), 1)

# A redrive goes on with a state without entering it anew, perhaps days later; before one there is no RedriveTime.
begun = cast(datetime, refer(Form("$sort([{}, {}])[-1]", (_ENTERED, _REDRIVEN)), datetime))
"""When the state that reads it was entered, or gone on with in a redrive: the same when it is tried again."""


def given(kind: type[I]) -> I:
    """What the runbook was asked, with its defaults; the machine that reads it must have this `input`."""
    return cast(I, refer(Path(Source("asked", model=kind)), kind))
