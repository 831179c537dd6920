"""The door of codebuild/: a build project, typed by the variables that a build is started with."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any, Generic, ParamSpec, cast, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypeVar

from handrail.errors import Problems
from handrail.root import shown

__all__ = ["Project", "read_variables"]

P = ParamSpec("P")
E = TypeVar("E", default=None)
V = TypeVar("V")

IMAGE = "aws/codebuild/standard:7.0"
COMPUTE = "BUILD_GENERAL1_SMALL"

# CodeBuild takes 5 minutes to 36 hours: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=36)


class Project(Generic[P, E]):
    """A CodeBuild project: what `buildspec.yml`, beside the file that makes it, does with typed variables.

    `variables` is a frozen dataclass; its field `shard` is the environment variable SHARD of a build. `exports` is a
    dataclass of what the buildspec exports under `env: exported-variables`, by the same rule.
    """

    def __init__(
        self,
        name: str,
        variables: Callable[P, object],
        *,
        timeout: timedelta,
        image: str = IMAGE,
        compute: str = COMPUTE,
        environment: Mapping[str, str] = MappingProxyType({}),
        exports: type[E] | None = None,
    ) -> None:
        caller = sys._getframe(1)
        self.name = name
        self.variables = variables
        self.timeout = timeout
        self.image = image
        self.compute = compute
        self.environment = MappingProxyType(dict(environment))
        self.exports = exports
        self.folder = Path(caller.f_code.co_filename).resolve().parent
        problems = self._problems()
        if problems:
            where = f"{shown(caller.f_code.co_filename)}:{caller.f_lineno}"
            raise Problems(f'{where}: the project "{name}" is not complete:', problems)

    def __repr__(self) -> str:
        return f"<project {self.name}>"

    @property
    def buildspec(self) -> Path:
        """The file that says what a build does."""
        return self.folder / "buildspec.yml"

    def defaults(self) -> Mapping[str, Any]:
        """What each variable is that a build is started without; the others must be given."""
        made = ((field.name, _default(field)) for field in fields(cast(Any, self.variables)))
        return {name: default for name, default in made if default is not MISSING}

    def variable_types(self) -> Mapping[str, Any]:
        """Each variable's type, in the order of the constructor."""
        hints = get_type_hints(self.variables, include_extras=True)
        return {field.name: hints[field.name] for field in fields(cast(Any, self.variables))}

    def _problems(self) -> list[str]:
        problems = []
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            problems.append("its name is written in small letters, digits and underscores")
        if not SHORTEST <= self.timeout <= LONGEST:
            problems.append(f"its timeout is {self.timeout}; CodeBuild takes 5 minutes to 36 hours")
        for kind, word in ((self.variables, "variables"), (self.exports, "exports")):
            problems += [] if kind is None else _shape_problems(kind, word)
        if not self.buildspec.is_file():
            problems.append(f"there is no {shown(self.buildspec)}")
        return problems


def read_variables(kind: type[V], environment: Mapping[str, str]) -> V:
    """Inside a build: the typed variables from its environment; raises Problems naming every variable that is wrong.

    An empty variable is None where the field may be None.
    """
    hints = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(cast(Any, kind)) if field.name.upper() in environment]
    told = {name: environment[name.upper()] for name in names}
    given = {name: None if text == "" and NoneType in get_args(hints[name]) else text for name, text in told.items()}
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        problems = [
            f"{str(detail['loc'][0]).upper() if detail['loc'] else kind.__name__}: {detail['msg']}"
            for detail in error.errors(include_url=False, include_input=False)
        ]
    raise Problems(f"The environment does not give the build its {kind.__name__}:", problems)


def _shape_problems(kind: object, word: str) -> list[str]:
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return [f"its {word} must be a dataclass"]
    frozen = cast(Any, kind).__dataclass_params__.frozen
    problems = [] if frozen else [f"{kind.__name__} must be frozen: @dataclass(frozen=True)"]
    return problems + [
        f"{kind.__name__}.{field.name} would be {field.name.upper()}, which CodeBuild and AWS keep for themselves"
        for field in fields(kind)
        if field.name.upper().startswith(("CODEBUILD_", "AWS_"))
    ]


def _default(field: "Field[Any]") -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
