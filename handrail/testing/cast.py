"""Who plays the tasks of a run: the answers of the test, else the functions themselves."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from handrail.asl.model import State
from handrail.codebuild import Project
from handrail.engine import Execution
from handrail.engine.commands import RunTask
from handrail.engine.events import Event, TaskFailed, TaskSucceeded
from handrail.engine.resources import lambda_event
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.machine import Machine, Task
from handrail.names import PREFIX
from handrail.schema import options
from handrail.task import TaskError, TaskFunction, failure, keep_lock, lister, unguarded
from handrail.testing.run import Call, Calls
from handrail.testing.simulation import Happening

Key = TaskFunction[..., Any] | Project[..., Any] | str
"""What answers are given for: a task, a build project, or a state by its name."""
Answers = Mapping[Any, Iterable[object] | Callable[[Any], object]]


@dataclass(frozen=True)
class After:
    """An answer that takes its time."""

    delay: timedelta
    answer: object


def after(delay: timedelta, answer: object = None) -> After:
    """Answer only after this time: `after(timedelta(hours=2), STOPPED)`."""
    return After(delay, answer)


@dataclass(frozen=True)
class Throws:
    """An answer that fails the task: `Throws("Lambda.TooManyRequestsException", "Rate exceeded")`."""

    error: str
    cause: str = ""


@dataclass(frozen=True)
class Whole:
    """An answer that is the whole result, as the service itself gives it: nothing is wrapped around it."""

    result: object


class Unanswered(AssertionError):
    """A state was called for which nobody answers."""

    def __init__(self, state: str, called: str) -> None:
        self.state = state
        super().__init__(f'"{state}" calls {called}, which has no answers and is no task of this project.')


class Cast:
    """Who plays the tasks: the answers of the test, else the functions themselves."""

    def __init__(self, machine: object, answers: Answers, states: Sequence[State], execution: Execution) -> None:
        self.execution = execution
        self.functions = functions_of(machine)
        self.answers = {name_of(key): given for key, given in answers.items()}
        self.given = {name: iter(given) for name, given in self.answers.items() if not callable(given)}
        self.calls = Calls()
        self.counts: dict[str, int] = {}
        if problems := [*strange(answers, states, listers_of(machine))]:
            raise Problems("The test answers what nobody asks:", problems)

    def __call__(self, task: RunTask) -> Iterable[tuple[timedelta, Happening]]:
        called, arguments = work_of(task)
        since = timedelta(seconds=round(self.execution.now - self.execution.started_at, 3))
        self.calls.append(Call(task.state, unguarded(arguments)[0], since))
        place, delay, answer = len(self.calls) - 1, timedelta(), self.answer(task.state, called, arguments)
        if isinstance(answer, After):
            delay, answer = answer.delay, answer.answer
        then = happening(task, answer)
        self.calls[place] = told(self.calls[place], delay, then(0))
        return [(delay, then)]

    def answer(self, state: str, called: str, event: Any) -> object:
        """The next answer for this call: by the state's name, else by what it calls, else for real."""
        arguments, guard = unguarded(event)
        for name in (state, called):
            if name in self.answers:
                given = self.answers[name]
                return self.refused(guard) or (given(arguments) if callable(given) else self.next(name))
        if called not in self.functions:
            raise Unanswered(state, called)
        try:
            return self.functions[called](event, None)
        except Exception as error:  # noqa: BLE001  # whatever a task raises is its answer
            return error

    def refused(self, guard: object) -> TaskError | None:
        """A dangerous task is guarded whoever plays it, unless the test has answered for the run's acceptance, too."""
        try:
            if "Accept" not in self.answers:
                keep_lock(guard)
        except TaskError as error:
            return error
        return None

    def choices(self, name: str) -> Any:
        """What an `@options` function lists, where the test answers for it; a played run finds no choices by itself."""
        given = self.answers.get(lister(name))
        return given(None) if callable(given) else None if given is None else self.next(lister(name))

    def next(self, name: str) -> object:
        self.counts[name] = self.counts.get(name, 0) + 1
        try:
            return next(self.given[name])
        except StopIteration:
            given = self.counts[name] - 1
            told = f"only {given} answer{'s'[: given != 1]}" if given else "no answer"
            raise AssertionError(f"{name} was called {given + 1} times, and the test has {told} for it.") from None


def strange(answers: Answers, states: Sequence[State], listers: Iterable[str] = ()) -> Iterator[str]:
    """Answers for a state, a task or a project that is not in the machine, and for choices that it does not offer."""
    names = {state.name for state in states}
    called = {name for state in states for name in called_by(state)} | {*listers}
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


def listers_of(machine: object) -> Iterator[str]:
    """The functions that list the choices of a Machine's input, by their names on Lambda."""
    if isinstance(machine, Machine):
        yield from map(lister, options(machine.input).values())


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
    return str(arguments.get(named)).removeprefix(PREFIX), given


def told(call: Call, delay: timedelta, event: Event) -> Call:
    """A call with what came of it."""
    if isinstance(event, TaskFailed):
        return replace(call, took=delay, error=event.error)
    return replace(call, took=delay, output=event.output if isinstance(event, TaskSucceeded) else None)


def happening(task: RunTask, answer: object) -> Happening:
    """An answer as the event that AWS would make of it."""
    if isinstance(answer, Throws):
        thrown = answer
        return lambda at: TaskFailed(at, task.task, thrown.error, thrown.cause)
    if isinstance(answer, type) and issubclass(answer, BaseException):
        answer = answer()
    if isinstance(answer, BaseException):
        shown = failure(answer)
        return lambda at: TaskFailed(at, task.task, shown["errorType"], json.dumps(shown, ensure_ascii=False))
    shape = SHAPES.get(task.resource.split(":::")[-1], as_it_is)
    if isinstance(answer, Whole):
        shape, answer = object_text if shape is object_text else as_it_is, answer.result
    output = shape(TypeAdapter(Any).dump_python(answer, mode="json", by_alias=True))
    return lambda at: TaskSucceeded(at, task.task, output)


def as_it_is(value: Any) -> Any:
    return value


def object_text(value: Any) -> Any:
    """The object that an ItemReader reads: its text, the items themselves, or S3's whole answer."""
    body = value.get("Body") if isinstance(value, dict) else None
    if isinstance(body, str):
        return body
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def build_answer(exported: Any) -> Any:
    """A build that succeeded, with these exported variables."""
    variables = [{"Name": name.upper(), "Value": str(value)} for name, value in (exported or {}).items()]
    return {"Build": {"BuildStatus": "SUCCEEDED", "Id": "played:1", "ExportedEnvironmentVariables": variables}}


SHAPES: dict[str, Callable[[Any], Any]] = {
    "s3:getObject": object_text,
    "lambda:invoke": lambda value: {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": value},
    "codebuild:startBuild.sync": build_answer,
}
