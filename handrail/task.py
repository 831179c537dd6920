"""The door of tasks/: a typed function that is a Lambda function as it stands."""

import inspect
import json
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, update_wrapper
from typing import Any, Generic, NotRequired, ParamSpec, Required, TypeVar, cast, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from handrail.errors import HandrailError, TaskError, did_you_mean
from handrail.root import shown

__all__ = ["InvalidArguments", "OptionsFunction", "TaskError", "TaskFunction", "failure", "options", "task"]

GUARD = "handrail:guard"
"""The member of a payload that says for which execution, and when, a dangerous task wants its machine's lock."""

P = ParamSpec("P")
R = TypeVar("R")


class InvalidArguments(TaskError):
    """The task does not take these arguments:"""


class TaskFunction(Generic[P, R]):
    """A function of tasks/, called with keywords as itself, and with `(event, context)` as Lambda calls it."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.function = function
        module = function.__module__
        inside = module.removeprefix("tasks.") if module.startswith("tasks.") else module.rpartition(".")[2]
        self.name = f"{inside}.{function.__name__}"
        self.function_name = self.name.replace(".", "-")
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        # A task takes keywords only, so whatever comes by position is Lambda's (event, context).
        return cast(R, self.handle(args[0])) if args else self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def handle(self, event: object) -> Any:
        """Check the event strictly, run, and give the result as JSON values; raises InvalidArguments.

        A dangerous task runs only while its run has the lock.
        """
        call = cast(Callable[..., R], self.function)
        event, guard = unguarded(event)
        arguments = self.arguments(event)
        keep_lock(guard)
        return self._result.dump_python(call(**arguments), mode="json", by_alias=True, warnings="error")

    def arguments(self, event: object) -> dict[str, Any]:
        """The typed arguments in an event; raises InvalidArguments with everything that is wrong with it."""
        try:
            return cast(dict[str, Any], self._arguments.validate_json(json.dumps(event), strict=True))
        except ValidationError as error:
            problems = [self._told(detail) for detail in error.errors(include_url=False, include_input=False)]
        raise InvalidArguments("; ".join(problems))

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters with their annotations resolved, since tasks may be written with postponed ones."""
        hints = get_type_hints(self.function, include_extras=True)
        declared = inspect.signature(self.function).parameters
        return {name: parameter.replace(annotation=hints[name]) for name, parameter in declared.items()}

    @cached_property
    def result_type(self) -> Any:
        """What the function says it returns."""
        return get_type_hints(self.function, include_extras=True)["return"]

    @cached_property
    def _arguments(self) -> TypeAdapter[Any]:
        fields: dict[str, Any] = {
            name: Required[parameter.annotation]
            if parameter.default is parameter.empty
            else NotRequired[parameter.annotation]
            for name, parameter in self.parameters.items()
        }
        shape = cast(Any, TypedDict)("Arguments", fields)
        shape.__pydantic_config__ = ConfigDict(extra="forbid")
        return TypeAdapter(shape)

    @cached_property
    def _result(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.result_type)

    def _told(self, detail: Any) -> str:
        at = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
            return f"{at}: {self.name} has no such argument.{did_you_mean(at, self.parameters)}"
        return f"{at}: {detail['msg']}" if at else str(detail["msg"])


class OptionsFunction(TaskFunction[[], list[str]]):
    """A task that lists what a person may choose from; schemas and Lambda know it by its own name alone."""

    def __init__(self, function: Callable[[], list[str]]) -> None:
        super().__init__(function)
        self.function_name = lister(function.__name__)


def task(function: Callable[P, R]) -> TaskFunction[P, R]:
    """Make a keyword-only, fully annotated function a task; what is wrong with it is told with its file and line."""
    _require(function)
    return TaskFunction(function)


def options(function: Callable[[], list[str]]) -> OptionsFunction:
    """Make a function the list of choices that schemas name with `options="<its name>"`."""
    _require(function)
    return OptionsFunction(function)


def lister(name: str) -> str:
    """The Lambda function that lists the choices which schemas name with `options="<name>"`."""
    return f"options-{name}"


def failure(error: BaseException) -> dict[str, Any]:
    """An exception as Lambda answers it: errorType, errorMessage, stackTrace."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def unguarded(event: object) -> tuple[object, object]:
    """The arguments in an event, and the guard that travels with those of a dangerous task; else None."""
    if not isinstance(event, dict) or GUARD not in event:
        return event, None
    return {name: value for name, value in event.items() if name != GUARD}, event[GUARD]


def keep_lock(guard: Any) -> None:
    """Have the lock of the run that a guard names; raises Busy where another run has it by now."""
    if guard is not None:
        from handrail.runs import hold  # rows and locks, for the few tasks that need them

        hold(str(guard["execution"]), datetime.fromisoformat(str(guard["now"])))


def _require(function: Callable[..., object]) -> None:
    signature = inspect.signature(function)
    problems = [
        f'"{name}" must be keyword-only; write def {function.__name__}(*, {name}: …)'
        for name, parameter in signature.parameters.items()
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]
    problems += [
        f'"{name}" has no type'
        for name, parameter in signature.parameters.items()
        if parameter.annotation is parameter.empty
    ]
    if signature.return_annotation is signature.empty:
        problems.append("it does not say what it returns")
    if problems:
        code = function.__code__
        where = f"{shown(code.co_filename)}:{code.co_firstlineno}"
        raise HandrailError(f"{where}: the task {function.__name__} cannot be called: {'; '.join(problems)}.")
