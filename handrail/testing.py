"""Run a machine in a test: on a virtual clock, so nine hours pass in milliseconds.

    run = play(MACHINE, {"cluster": "orders", "power": "stop"}, {rds.set_power: [None], rds.look: [STOPPING, STOPPED]})
    assert run.ended == "SUCCEEDED"
    assert str(run.took) == "0:01:00"

A task that the test gives no answers for runs for real; what it posts is collected in `run.told`, and a call to AWS
is refused.
"""

import heapq
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from handrail.asl.model import State
from handrail.aws import client
from handrail.codebuild import Project
from handrail.ended import ended, event
from handrail.engine import Execution, advance, load
from handrail.engine.commands import RunTask, SetTimer, Status
from handrail.engine.events import Event, Started, TaskFailed, TaskSucceeded, TimerFired
from handrail.engine.resources import lambda_event
from handrail.engine.visits import Visit, visits
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.machine import Machine, Task
from handrail.names import PREFIX
from handrail.notify import Message, messages
from handrail.table import MemoryTable, Table, using
from handrail.task import TaskFunction, failure

Happening = Callable[[float], Event]
Answering = Callable[[RunTask], Iterable[tuple[timedelta, Happening]]]
"""What happens to a task: each event with the time that passes until it happens."""

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When a played run begins: a Monday morning."""


def simulate(execution: Execution, input: str, answering: Answering, *, at: float, seed: int = 0) -> Execution:
    """Drive an execution until nothing more can happen to it; `at` is when it starts, in seconds since the epoch."""
    order = itertools.count()
    due: list[tuple[float, int, Happening]] = [(at, next(order), lambda now: Started(now, input, seed))]
    while due and execution.status == "RUNNING":
        now, _, happening = heapq.heappop(due)
        for command in advance(execution, happening(now)):
            match command:
                case RunTask():
                    for delay, answer in answering(command):
                        heapq.heappush(due, (now + delay.total_seconds(), next(order), answer))
                case SetTimer(timer, when):
                    heapq.heappush(due, (when, next(order), fired(timer)))
    return execution


def fired(timer: int) -> Happening:
    return lambda now: TimerFired(now, timer)


@dataclass(frozen=True)
class After:
    """An answer that takes its time."""

    delay: timedelta
    answer: object


def after(delay: timedelta, answer: object = None) -> After:
    """Answer only after this time: `after(timedelta(hours=2), STOPPED)`."""
    return After(delay, answer)


@dataclass(frozen=True)
class Call:
    """One call of a task: the state that made it, and what it was given."""

    state: str
    arguments: Any


@dataclass
class Run:
    """How a played run went."""

    execution: Execution
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


Key = TaskFunction[..., Any] | Project[..., Any] | str
"""What answers are given for: a task, a build project, or a state by its name."""
Answers = Mapping[Any, Sequence[object] | Callable[[Any], object]]


def play(
    machine: Machine | Mapping[str, Any] | str,
    input: object,
    answers: Answers | None = None,
    *,
    name: str = "run",
    table: Table | None = None,
    at: datetime = START,
) -> Run:
    """Run a machine on a virtual clock, from Accept to the rule on its end.

    `machine` is a Machine, or an ASL definition as an object or as text. `answers` says, for a task, a build project
    or a state's name, what each call answers in turn: a value, an exception to fail with, or `after(delay, …)`; a
    function is called with the arguments instead. Runs that share a `table` see each other's locks; each has a `name`
    of its own, and begins `at` its time. Raises AssertionError when a task is called more often than it has answers,
    or when answers are left that name nothing in the machine.
    """
    definition = machine.definition() if isinstance(machine, Machine) else machine
    program = load(definition)
    played = machine.name if isinstance(machine, Machine) else "played"
    execution = program.execution(
        arn=f"arn:aws:states:us-east-1:123456789012:execution:{played}:{name}",
        name=name,
        machine_arn=f"arn:aws:states:us-east-1:123456789012:stateMachine:{played}",
        machine_name=played,
    )
    text = json.dumps(TypeAdapter(Any).dump_python(input, mode="json"), ensure_ascii=False)
    cast = Cast(machine, answers or {}, list(program.flow.walk()))
    with alone() as posted, using(table or MemoryTable()):
        simulate(execution, text, cast, at=at.timestamp())
        if isinstance(machine, Machine) and execution.status != "RUNNING":
            deal_with_end(execution)
        return Run(execution, cast.calls, messages(posted))


def deal_with_end(execution: Execution) -> None:
    """What the rule on execution status change does with a run's end."""
    stopped = execution.now if execution.stopped_at is None else execution.stopped_at
    told = {"error": execution.error, "cause": execution.cause}
    ended.handle(event(execution.arn, execution.status, execution.started_at, stopped, **told))


# Nobody listens there, nothing is tried twice, and nobody is asked for credentials.
UNREACHABLE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "played",
    "AWS_SECRET_ACCESS_KEY": "played",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@contextmanager
def alone() -> Iterator[Path]:
    """Real tasks post into a file of the test's own, and reach no AWS but through clients that the test has made."""
    kept = dict(os.environ)
    made = client.cache_info().currsize
    with TemporaryDirectory() as folder:
        posted = Path(folder) / "messages.jsonl"
        # Any of these may lead one service, or all of them, to the real AWS.
        for name in [name for name in os.environ if name.startswith(("AWS_ENDPOINT", "AWS_IGNORE", "AWS_PROFILE"))]:
            del os.environ[name]
        os.environ.update(UNREACHABLE, HANDRAIL_MESSAGES=str(posted))
        try:
            yield posted
        finally:
            os.environ.clear()
            os.environ.update(kept)
            # A client that was made meanwhile keeps an endpoint that does not answer.
            if client.cache_info().currsize > made:
                client.cache_clear()


class Cast:
    """Who plays the tasks: the answers of the test, else the functions themselves."""

    def __init__(self, machine: object, answers: Answers, states: Sequence[State]) -> None:
        self.functions = functions_of(machine)
        self.answers = {name_of(key): given for key, given in answers.items()}
        self.given = {name: iter(given) for name, given in self.answers.items() if not callable(given)}
        self.calls: list[Call] = []
        self.counts: dict[str, int] = {}
        if problems := [*strange(answers, states)]:
            raise Problems("The test answers what nobody asks:", problems)

    def __call__(self, task: RunTask) -> Iterable[tuple[timedelta, Happening]]:
        called, arguments = work_of(task)
        self.calls.append(Call(task.state, arguments))
        answer = self.answer(task.state, called, arguments)
        delay = timedelta()
        if isinstance(answer, After):
            delay, answer = answer.delay, answer.answer
        return [(delay, happening(task, answer))]

    def answer(self, state: str, called: str, arguments: Any) -> object:
        """The next answer for this call: by the state's name, else by what it calls, else for real."""
        for name in (state, called):
            if name in self.given:
                return self.next(name)
            if name in self.answers:
                return self.answers[name](arguments)  # type: ignore[operator]  # lists are in `given`
        if called not in self.functions:
            raise AssertionError(f'"{state}" calls {called}, which has no answers and is no task of this project.')
        try:
            return self.functions[called](arguments, None)
        except Exception as error:  # noqa: BLE001  # whatever a task raises is its answer
            return error

    def next(self, name: str) -> object:
        self.counts[name] = self.counts.get(name, 0) + 1
        try:
            return next(self.given[name])
        except StopIteration:
            given = self.counts[name] - 1
            told = f"only {given} answer{'s'[: given != 1]}" if given else "no answer"
            raise AssertionError(f"{name} was called {given + 1} times, and the test has {told} for it.") from None


def strange(answers: Answers, states: Sequence[State]) -> Iterator[str]:
    """Answers for a state, a task or a project that is not in the machine."""
    names = {state.name for state in states}
    called = {name for state in states for name in called_by(state)}
    for key in answers:
        if isinstance(key, str) and key not in names:
            yield f'The machine has no state "{key}".{did_you_mean(key, names)}'
        # A name that is computed while the machine runs may be any.
        elif not isinstance(key, str) and name_of(key) not in called and "" not in called:
            yield f"No state calls {name_of(key)}.{did_you_mean(name_of(key), called)}"


def called_by(state: State) -> Iterator[str]:
    """The function or project that a Task state calls, by the name that answers use; empty where it is computed."""
    named = naming(str(state.fields.get("Resource", "")))
    if named is not None:
        given: Any = state.fields.get("Arguments") or state.fields.get("Parameters") or {}
        name = given.get(named) if isinstance(given, dict) else None
        yield name.removeprefix(PREFIX) if isinstance(name, str) and "{%" not in name else ""


def naming(resource: str) -> str | None:
    """Which argument of this resource names what is called; None for any other service."""
    return next((argument for part, argument in NAMING.items() if part in resource), None)


NAMING = {":lambda:invoke": "FunctionName", ":codebuild:startBuild": "ProjectName"}


def functions_of(machine: object) -> dict[str, TaskFunction[..., Any]]:
    """The functions that a Machine's tasks call, by their names on Lambda."""
    steps = machine.steps if isinstance(machine, Machine) else ()
    return {step.function.function_name: step.function for step in steps if isinstance(step, Task)}


def name_of(key: object) -> str:
    """How answers and calls are matched: a task's function name, a project's name, a state's name."""
    match key:
        case TaskFunction():
            return key.function_name
        case Project():
            return key.name
        case str():
            return key
        case _:
            raise HandrailError(f"Answers are given for a task, a project or a state's name, not for {key!r}.")


def work_of(task: RunTask) -> tuple[str, Any]:
    """What a task calls, by the name that answers use, and what it was given."""
    arguments: Any = task.arguments
    named = naming(task.resource)
    if named is None:
        return task.resource, arguments
    given = lambda_event(arguments.get("Payload")) if named == "FunctionName" else arguments
    return str(arguments[named]).removeprefix(PREFIX), given


def happening(task: RunTask, answer: object) -> Happening:
    """An answer as the event that AWS would make of it."""
    if isinstance(answer, type) and issubclass(answer, BaseException):
        answer = answer()
    if isinstance(answer, BaseException):
        shown = failure(answer)
        return lambda at: TaskFailed(at, task.task, shown["errorType"], json.dumps(shown, ensure_ascii=False))
    value = TypeAdapter(Any).dump_python(answer, mode="json", by_alias=True)
    output = SHAPES.get(task.resource.split(":::")[-1], lambda value: value)(value)
    return lambda at: TaskSucceeded(at, task.task, output)


def build_answer(exported: Any) -> Any:
    """A build that succeeded, with these exported variables."""
    variables = [{"Name": name.upper(), "Value": str(value)} for name, value in (exported or {}).items()]
    return {"Build": {"BuildStatus": "SUCCEEDED", "Id": "played:1", "ExportedEnvironmentVariables": variables}}


SHAPES: dict[str, Callable[[Any], Any]] = {
    "lambda:invoke": lambda value: {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": value},
    "codebuild:startBuild.sync": build_answer,
}

__all__ = ["Call", "Run", "after", "play", "simulate"]
