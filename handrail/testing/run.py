"""What a test asks about a run that was played."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handrail.asl.model import State
from handrail.engine import Execution
from handrail.engine.commands import Status
from handrail.engine.visits import Visit, visits
from handrail.notify import Message
from handrail.table import Table


@dataclass(frozen=True)
class Call:
    """One call of a task: the state that made it, and what it was given."""

    state: str
    arguments: Any


@dataclass
class Run:
    """How a played run went."""

    execution: Execution
    machine: object
    states: Sequence[State]
    table: Table
    """What the run remembers; another that is given it sees this one's locks."""
    calls: list[Call] = field(default_factory=list)
    messages: Sequence[Message] = ()

    @property
    def ended(self) -> Status:
        return self.execution.status

    @property
    def output(self) -> Any:
        """The output as a JSON value, None where there is none."""
        return None if self.execution.output is None else json.loads(self.execution.output)

    @property
    def error(self) -> str | None:
        return self.execution.error

    @property
    def cause(self) -> str | None:
        return self.execution.cause

    @property
    def took(self) -> timedelta:
        """The virtual time from start to end."""
        stopped = self.execution.stopped_at
        return timedelta(
            seconds=round((self.execution.now if stopped is None else stopped) - self.execution.started_at, 3)
        )

    @property
    def told(self) -> list[str]:
        """The first line of every message that the channel was sent."""
        return [message.text for message in self.messages]

    @property
    def visited(self) -> list[str]:
        """The states in the order in which they were entered, nested ones too."""
        return [event["stateEnteredEventDetails"]["name"] for event in self.history if "Entered" in event["type"]]

    @property
    def visits(self) -> list[Visit]:
        """Each visit of a state, with its times, its input and output, and what ran inside it."""
        return visits(self.history)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The event history in the shape of GetExecutionHistory."""
        return self.execution.history()
