"""What every machine may read: its input, the run itself, and an error that was caught."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from handrail.machine.expression import Path, Source
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

state = cast(Entered, refer(Path(Source("context"), ("State",), 1), Entered))
"""The state that reads it: a task that decides by `state.entered_time` decides the same when it is tried again."""


def given(kind: type[I]) -> I:
    """What the runbook was asked, with its defaults; the machine that reads it must have this `input`."""
    return cast(I, refer(Path(Source("asked", model=kind)), kind))
