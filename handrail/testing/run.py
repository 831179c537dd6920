"""What a test asks about a run that was played."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handrail.asl.model import State
from handrail.engine import Execution
from handrail.engine.commands import Status
from handrail.engine.states.maprun import MapRun
from handrail.engine.visits import Visit, visits
from handrail.notify import Message
from handrail.table import Table


@dataclass(frozen=True)
class Call:
    """One call of a task: the state that made it, what it was given, when, and what came of it.

    `at` counts from the start of the run, `took` from the call; `error` is None where the call succeeded with
    `output`. Calls are equal where a state was given the same.
    """

    state: str
    arguments: Any
    at: timedelta = field(default=timedelta(), compare=False)
    took: timedelta = field(default=timedelta(), compare=False)
    output: Any = field(default=None, compare=False)
    error: str | None = field(default=None, compare=False)


class Calls(list[Call]):
    """All calls of a run in their order; `calls("Look")` is what one state was called with, call by call."""

    def __call__(self, state: str) -> list[Any]:
        return [call.arguments for call in self if call.state == state]


@dataclass
class Run:
    """How a played run went."""

    execution: Execution
    machine: object
    states: Sequence[State]
    table: Table
    """What the run remembers; another that is given it sees this one's locks."""
    calls: Calls = field(default_factory=Calls)
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
        """The states in the order in which they were entered, nested ones and those of child executions too."""
        return list(entered(self.execution))

    @property
    def visits(self) -> list[Visit]:
        """Each visit of a state, with its times, its input and output, and what ran inside it."""
        return visits(self.history)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The event history in the shape of GetExecutionHistory."""
        return self.execution.history()


def entered(execution: Execution) -> Iterator[str]:
    """The states that an execution entered; those of a Distributed Map's children where its map run began."""
    for event in execution.history():
        if "stateEnteredEventDetails" in event:
            yield event["stateEnteredEventDetails"]["name"]
        elif event["type"] == "MapRunStarted":
            run = execution.map_runs[event["mapRunStartedEventDetails"]["mapRunArn"]]
            for child in run.children if isinstance(run, MapRun) else ():
                yield from entered(child.execution)
