"""Task and Build: a function of tasks/ and a project of codebuild/ as states, typed by what they take."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import GenericAlias
from typing import Any, Generic, ParamSpec, Self, cast

from typing_extensions import TypeVar

from handrail.codebuild import Project
from handrail.errors import did_you_mean
from handrail.machine import kinds
from handrail.machine.expression import Form, Node, Tree, dotted, is_node
from handrail.machine.given import begun, execution
from handrail.machine.reference import annotation_of, is_reference, lift, misfit
from handrail.machine.states import Work
from handrail.names import PREFIX
from handrail.task import GUARD, TaskFunction

P = ParamSpec("P")
R = TypeVar("R", default=None)
E = TypeVar("E", default=None)

TASK_TIMEOUT = timedelta(minutes=5)

# A build's own timeout tells more than ours, so ours comes later: it covers the time that a build queues, too.
QUEUEING = timedelta(minutes=30)


class Task(Work[R]):
    """Run a function of tasks/ with its own keywords; it is given up after 5 minutes unless `.timeout()` says else."""

    type = "Task"
    resource = "arn:aws:states:::lambda:invoke"

    def __init__(self, name: str, function: TaskFunction[P, R], /, *args: P.args, **arguments: P.kwargs) -> None:
        self.function = function
        given = cast(dict[str, object], arguments)
        inputs = {
            "FunctionName": f"{PREFIX}{function.function_name}",
            "Payload": {key: lift(value) for key, value in given.items()},
        }
        problems = [*_argument_problems(function, given)]
        if args:
            problems.append(f"gives {function.name} {len(args)} arguments without a keyword")
        super().__init__(name, function.result_type, inputs, TASK_TIMEOUT, problems)
        self.guarded = False

    def dangerous(self) -> Self:
        """Have the machine's lock looked at, and taken again, right before the function runs.

        A redrive comes back after the run's end has released the lock.
        """
        guard = {"execution": lift(execution.id), "now": lift(begun)}
        inputs: Any = self.inputs
        payload = {**inputs["Payload"], GUARD: guard}
        return self._edited(guarded=True, inputs={**inputs, "Payload": payload})

    def result_code(self, path: tuple[str | int, ...]) -> str:
        """Lambda answers with the function's result under Payload."""
        return dotted("$states.result.Payload")(path)


@dataclass(frozen=True)
class Built(Generic[E]):
    """What is known of a build when it has ended; `exports` are its exported variables."""

    id: str
    arn: str
    number: int
    status: str
    logs: str
    exports: E


# The fields of Built → where `codebuild:startBuild.sync` answers them.
_BUILD_FIELDS = {
    "id": "$states.result.Build.Id",
    "arn": "$states.result.Build.Arn",
    "number": "$states.result.Build.BuildNumber",
    "status": "$states.result.Build.BuildStatus",
    "logs": "$states.result.Build.Logs.DeepLink",
}
_EXPORTED = "$states.result.Build.ExportedEnvironmentVariables"


class Build(Work[Built[E]], Generic[E]):
    """Run a build of a project of codebuild/ and wait for it to succeed."""

    type = "Task"
    resource = "arn:aws:states:::codebuild:startBuild.sync"

    def __init__(self, name: str, project: Project[P, E], /, *args: P.args, **variables: P.kwargs) -> None:
        self.project = project
        kinds_of = project.variable_types()
        given = dict(zip(kinds_of, args, strict=False)) | cast(dict[str, object], variables)
        inputs = {
            "ProjectName": f"{PREFIX}{project.name}",
            "EnvironmentVariablesOverride": [
                {"Name": key.upper(), "Type": "PLAINTEXT", "Value": text}
                for key, text in _variables(project, given).items()
            ],
        }
        problems = _names_problems(project.name, given, kinds_of, set(kinds_of) - set(project.defaults()))
        problems += _kind_problems(project.name, given, kinds_of)
        super().__init__(
            name, GenericAlias(Built, project.exports or type(None)), inputs, project.timeout + QUEUEING, problems
        )

    def result_code(self, path: tuple[str | int, ...]) -> str:
        """CodeBuild answers the build in its own words; this finds the fields of Built in it."""
        match path:
            case ():
                parts = {**_BUILD_FIELDS, "exports": self.result_code(("exports",))}
                return _object(parts)
            case ("exports",):
                names = kinds.fields(self.project.exports)
                return _object({name: self.result_code(("exports", name)) for name in names})
            case ("exports", str(name)):
                return _exported(name, kinds.fields(self.project.exports)[name].annotation)
        return _BUILD_FIELDS[str(path[0])]


def _object(parts: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {code}' for name, code in parts.items()) + "}"


def _exported(name: str, kind: Any) -> str:
    value = f'{_EXPORTED}[Name = "{name.upper()}"].Value'
    found = kinds.json_kinds(kind)
    if found == {"number"}:
        return f"$number({value})"
    return f'{value} = "true"' if found == {"boolean"} else value


def _variables(project: Project[..., Any], given: Mapping[str, object]) -> dict[str, Tree]:
    """Every variable of a build as text; one that is None by default and stays so is left out."""
    defaults = project.defaults()
    values = {key: given.get(key, defaults.get(key)) for key in project.variable_types()}
    left_out = {key for key, value in values.items() if value is None and defaults.get(key, ...) is None}
    return {key: _as_text(value) for key, value in values.items() if key not in left_out}


def _as_text(value: object) -> Tree:
    """A build variable: the environment knows only text, so null becomes empty and numbers become digits."""
    tree = lift(value)
    if not is_node(tree):
        return _plain_text(tree)
    kind = kinds.json_kinds(annotation_of(value)) if is_reference(value) else kinds.ALL
    text: Node = tree if kind <= {"string", "null"} else Form("$string({})", (tree,))
    if "null" in kind and kind != kinds.ALL:
        return Form('{} = null ? "" : {}', (tree, text), loose=True)
    return text


def _plain_text(tree: Tree) -> Tree:
    match tree:
        case None:
            return ""
        case bool():
            return "true" if tree else "false"
        case str():
            return tree
    return str(tree)


def _argument_problems(function: TaskFunction[..., Any], given: Mapping[str, object]) -> Iterator[str]:
    known = {name: parameter.annotation for name, parameter in function.parameters.items()}
    required = {name for name, one in function.parameters.items() if one.default is inspect.Parameter.empty}
    yield from _names_problems(function.name, given, known, required)
    yield from _kind_problems(function.name, given, known)


def _names_problems(
    callee: str, given: Mapping[str, object], known: Mapping[str, Any], required: set[str]
) -> list[str]:
    unknown = [name for name in given if name not in known]
    told = [f"gives {callee} {name}, which it does not take.{did_you_mean(name, known)}" for name in unknown]
    return told + [f"does not give {callee} its {name}" for name in known if name in required and name not in given]


def _kind_problems(callee: str, given: Mapping[str, object], known: Mapping[str, Any]) -> list[str]:
    wrong = {name: misfit(value, known[name]) for name, value in given.items() if name in known}
    return [f"gives {callee} a wrong {name}: {why}" for name, why in wrong.items() if why]
