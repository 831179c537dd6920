"""Machines that fail, and somebody who runs and redrives them, for the tests of redrive."""

import heapq
import itertools
import json
from collections.abc import Mapping
from typing import Any

from handrail.engine import Execution, advance, load
from handrail.engine.commands import RunTask, SetTimer
from handrail.engine.events import Event, Redriven, Started, Stopped, TaskFailed, TaskSucceeded, TimerFired
from tests.engine.strategies import LAMBDA

TASK: dict[str, Any] = {"Type": "Task", "Resource": LAMBDA, "End": True}
ACTIVITY = TASK | {"Resource": "arn:aws:states:us-east-1:123456789012:activity:work"}
DONE: dict[str, Any] = {"Type": "Pass", "End": True}
RETRY = {"Retry": [{"ErrorEquals": ["Boom"], "IntervalSeconds": 1, "MaxAttempts": 1}]}


def machine(**states: Any) -> dict[str, Any]:
    """States in the order in which they follow each other; the last one ends."""
    names = [*states, None]
    linked = {
        name: state if after is None or state["Type"] in ("Choice", "Fail") else {**without_end(state), "Next": after}
        for (name, state), after in zip(states.items(), names[1:], strict=True)
    }
    return {"StartAt": names[0], "States": linked}


def without_end(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "End"}


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [*branches], "End": True, **more}


def mapped(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": body, "ItemsPath": "$.items", "End": True, **more}


HANG = object()
Answers = Mapping[str, Any]


class Play:
    """Drives an execution on a clock of its own and keeps its journal.

    Answers are given by the state's name, a list in turn, anything else each time: an exception fails the task, HANG
    never answers. What has no answer echoes what it was given.
    """

    def __init__(self, definition: Any, input: Any = None, *, express: bool = False) -> None:
        self.execution = new(definition)
        if express:
            self.execution.most_events = None
        self.input = json.dumps({} if input is None else input)
        self.order = itertools.count()
        self.due: list[tuple[float, int, Event]] = []
        self.journal: list[Event] = []
        self.calls: list[Any] = []
        self.answers: dict[str, Any] = {}

    def run(self, answers: Answers | None = None) -> "Play":
        return self.tell(Started(0, self.input, 7), answers)

    def redrive(self, answers: Answers | None = None, *, later: float = 100) -> "Play":
        self.calls, self.due = [], []
        return self.tell(Redriven(self.execution.now + later), answers)

    def stop(self) -> "Play":
        return self.tell(Stopped(self.execution.now + 1, "Enough", "said a person"))

    def tell(self, event: Event, answers: Answers | None = None) -> "Play":
        """Tell the execution this, and all that follows from it until it ends or nothing more can happen."""
        self.answers = {name: iter(each) if isinstance(each, list) else each for name, each in (answers or {}).items()}
        self.happen(event)
        while self.due and self.execution.status == "RUNNING" and len(self.journal) < 2_000:
            self.happen(heapq.heappop(self.due)[2])
        return self

    def happen(self, event: Event) -> None:
        self.journal.append(event)
        for command in advance(self.execution, event):
            match command:
                case RunTask():
                    self.calls.append(command)
                    self.answer(command)
                case SetTimer(timer, at):
                    self.later(TimerFired(at, timer))

    def answer(self, task: RunTask) -> None:
        given: Any = self.answers.get(task.state, task.arguments)
        answer = next(given) if hasattr(given, "__next__") else given
        at = self.execution.now
        if answer is HANG:
            return
        if isinstance(answer, Exception):
            self.later(TaskFailed(at, task.task, str(answer), "because"))
        else:
            self.later(TaskSucceeded(at, task.task, answer))

    def later(self, event: Event) -> None:
        heapq.heappush(self.due, (event.at, next(self.order), event))

    # ------------------------------------------------------------------ what came of it

    @property
    def output(self) -> Any:
        return None if self.execution.output is None else json.loads(self.execution.output)

    @property
    def called(self) -> list[str]:
        """The states whose tasks were run since the start, or since the last redrive."""
        return [task.state for task in self.calls]

    @property
    def since(self) -> list[tuple[str, str]]:
        """The events after the last redrive: each type, and what it follows, told by type and name."""
        events = self.execution.history()
        begun = max(event["id"] for event in events if event["type"] == "ExecutionRedriven")
        return [(event["type"], named(events, event["previousEventId"])) for event in events[begun:]]


def named(events: list[dict[str, Any]], id: int) -> str:
    """`TaskStateEntered A`, `MapIterationStarted 1`."""
    if id == 0:
        return ""
    event = events[id - 1]
    details: dict[str, Any] = next((event[key] for key in event if key.endswith("EventDetails")), {})
    return " ".join([event["type"], *(str(details[key]) for key in ("index", "name") if key in details)][:2])


def new(definition: Any) -> Execution:
    return load(json.dumps(definition)).execution(
        arn="arn:aws:states:us-east-1:123456789012:execution:m:run",
        name="run",
        machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:m",
        machine_name="m",
    )


def chained(execution: Execution) -> list[tuple[str, int]]:
    return [(event["type"], event["previousEventId"]) for event in execution.history()]


BOOM = Exception("Boom")
