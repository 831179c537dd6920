"""The runbooks, projects and tasks of a project, found by folder; there is no other list of them.

A project's root is the folder whose pyproject.toml has [tool.handrail]. Its folders are plain top-level packages
(`machines`, `tasks` …), which may exist elsewhere on a path, too: another project's, or a package that someone
installed. So they are bound to this root before anything of them is imported.
"""

import importlib
import importlib.machinery
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from handrail import commands
from handrail.accept import accept, is_input_of
from handrail.codebuild import Project
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.names import PREFIX
from handrail.root import find_root, shown
from handrail.schema import Input
from handrail.schema import options as option_fields
from handrail.stats import Hook
from handrail.task import OptionsFunction, TaskFunction

if TYPE_CHECKING:  # a machine brings authoring, which nobody needs who only asks for tasks
    from typer import Typer

    from handrail.machine import Machine

__all__ = ["Catalogue", "Runbook", "command", "load"]

T = TypeVar("T")

# The folders of a project in the order in which they read each other, and the files in each that are imported.
CONTENT = {"schemas": "*.py", "tasks": "*.py", "codebuild": "*/project.py", "machines": "*.py"}
PACKAGES = (*CONTENT, "config", commands.FOLDER)

STATS = "_stats"
"""How the file in tasks/ ends that holds a runbook's own figures."""

_LOCATED = re.compile(r"\S+\.py:\d+: ")


@dataclass(frozen=True)
class Runbook:
    """One runbook: its machine, what it is asked, and the sentence that says what it does."""

    name: str
    machine: "Machine"
    input: type[Input]
    summary: str
    path: Path


@dataclass(frozen=True)
class Catalogue:
    """Everything a project has, by name; `functions` go by the names of their Lambda functions, `stats` by runbook."""

    root: Path
    runbooks: Mapping[str, Runbook]
    projects: Mapping[str, Project[..., Any]]
    functions: Mapping[str, TaskFunction[..., Any]]
    options: Mapping[str, OptionsFunction]
    stats: Mapping[str, Hook]


def load(start: Path | None = None) -> Catalogue:
    """Import the project around `start` (or the working directory); raises Problems with every file's mistakes."""
    root = find_root(start or Path.cwd())
    if root is None:
        raise HandrailError(
            f"{start or Path.cwd()} is in no Handrail project: no pyproject.toml here or above it has a "
            f"[tool.handrail] table."
        )
    _bind(root)
    reading = _Reading(root)
    modules = {folder: [*reading.modules(folder, pattern)] for folder, pattern in CONTENT.items()}
    functions = {task.function_name: task for task in reading.tasks(modules["tasks"])}
    runbooks = dict(reading.runbooks(modules["machines"]))
    found = Catalogue(
        root,
        MappingProxyType(runbooks),
        MappingProxyType(dict(reading.projects(modules["codebuild"]))),
        MappingProxyType({accept.function_name: accept, **functions}),
        MappingProxyType(
            {task.function.__name__: task for task in functions.values() if isinstance(task, OptionsFunction)}
        ),
        MappingProxyType(dict(reading.stats(modules["tasks"], runbooks))),
    )
    reading.problems += [*_unlisted(found), *commands.problems(root)]
    if reading.problems:
        raise Problems(f"{root.name} cannot be read:", list(dict.fromkeys(reading.problems)))
    return found


def command(root: Path, file: Path) -> "Typer":
    """Import one of the project's own commands, and nothing else; raises Problems with the file's mistakes."""
    from typer import Typer  # whoever runs a runbook has no command line

    _bind(root)
    reading = _Reading(root)
    module = reading.imported(file)
    app = None if module is None else reading.constant(module, "APP", Typer)
    if app is None:
        raise Problems(f"{file.stem.replace('_', '-')} cannot be run:", reading.problems)
    return app


@dataclass
class _Reading:
    """One pass over a project's files; what goes wrong is collected, so that all of it is told."""

    root: Path
    problems: list[str] = field(default_factory=list)

    def modules(self, folder: str, pattern: str) -> Iterator[ModuleType]:
        for file in sorted((self.root / folder).glob(pattern)):
            if not file.name.startswith("_"):
                module = self.imported(file)
                if module is not None:
                    yield module

    def runbooks(self, modules: list[ModuleType]) -> Iterator[tuple[str, Runbook]]:
        from handrail.machine import Machine

        for module in modules:
            path = Path(str(module.__file__))
            name = path.stem.replace("_", "-")
            machine = self.constant(module, "MACHINE", Machine)
            if machine is None:
                continue
            if machine.name != name:
                self._tell(path, f'its machine is named "{machine.name}"; by its file it is "{name}".')
            elif not is_input_of(machine.input, name) or machine.input.__module__ != f"schemas.{path.stem}":
                kind = machine.input
                self._tell(
                    path,
                    f'"{name}" is asked with {kind.__name__} of {kind.__module__}; by its name it is asked with '
                    f"schemas/{path.stem}.py: {name.title().replace('-', '')}.",
                )
            yield name, Runbook(name, machine, machine.input, _sentence(machine.input), path)

    def stats(self, modules: list[ModuleType], runbooks: Iterable[str]) -> Iterator[tuple[str, Hook]]:
        for module in modules:
            path = Path(str(module.__file__))
            name = path.stem.removesuffix(STATS).replace("_", "-")
            if not path.stem.endswith(STATS):
                continue
            if name in runbooks:
                hook = self.constant(module, "STATS", FunctionType)
                if hook is not None:
                    yield name, hook
            elif "STATS" in vars(module):
                self._tell(
                    path, f'there is no runbook "{name}" whose figures these could be.{did_you_mean(name, runbooks)}'
                )

    def tasks(self, modules: list[ModuleType]) -> Iterator[TaskFunction[..., Any]]:
        found: dict[str, TaskFunction[..., Any]] = {}
        for module in modules:
            for value in vars(module).values():
                if isinstance(value, TaskFunction) and value.function.__module__ == module.__name__:
                    other = found.setdefault(value.function_name, value)
                    if other is not value:
                        names = f"{value.name} and {other.name} would both be the Lambda function"
                        told = f"{names} {PREFIX}{value.function_name}; give one of them another name."
                        self._tell(Path(str(module.__file__)), told)
                    yield value

    def projects(self, modules: list[ModuleType]) -> Iterator[tuple[str, Project[..., Any]]]:
        for module in modules:
            path = Path(str(module.__file__))
            project = self.constant(module, "PROJECT", Project)
            if project is None:
                continue
            if project.name != path.parent.name:
                self._tell(path, f'its project is named "{project.name}"; by its folder it is "{path.parent.name}".')
            yield project.name, project

    def constant(self, module: ModuleType, name: str, kind: type[T]) -> T | None:
        found = vars(module).get(name)
        if isinstance(found, kind):
            return found
        constants = [known for known in vars(module) if known.isupper()]
        what = f"it is of type {type(found).__name__}." if found else f"there is none.{did_you_mean(name, constants)}"
        self._tell(Path(str(module.__file__)), f"{name} must be a {kind.__name__}; {what}")
        return None

    def imported(self, file: Path) -> ModuleType | None:
        name = ".".join(file.relative_to(self.root).with_suffix("").parts)
        try:
            return importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - an author's file may raise anything, and each must be told
            self.problems += _told(error, file, self.root)
            return None

    def _tell(self, path: Path, text: str) -> None:
        self.problems.append(f"{shown(path)}: {text}")


def _bind(root: Path) -> None:
    """Make the project's folders importable, and nothing else under their names."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    for name in PACKAGES:
        folder = str(root / name)
        bound = sys.modules.get(name)
        if bound is not None and folder in list(getattr(bound, "__path__", [])) and not _strangers(name, root):
            continue
        for module in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[module]
        if (root / name).is_dir():
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [folder]
            sys.modules[name] = importlib.util.module_from_spec(spec)


def _strangers(name: str, root: Path) -> bool:
    """Whether modules of this package were imported from somewhere else."""
    files = [getattr(module, "__file__", None) for key, module in [*sys.modules.items()] if key.startswith(f"{name}.")]
    return any(file is not None and not Path(file).resolve().is_relative_to(root / name) for file in files)


def _unlisted(found: Catalogue) -> Iterator[str]:
    for runbook in found.runbooks.values():
        for field_name, name in option_fields(runbook.input).items():
            if name not in found.options:
                kind = runbook.input
                yield (
                    f'{kind.__module__.replace(".", "/")}.py: {kind.__name__}.{field_name} has options "{name}", '
                    f"but no @options function in tasks/ is called that.{did_you_mean(name, found.options)}"
                )


def _sentence(kind: type[Input]) -> str:
    text = " ".join((kind.__doc__ or "").split())
    sentence, stop, _ = text.partition(". ")
    return sentence + stop.rstrip()


def _told(error: Exception, file: Path, root: Path) -> list[str]:
    """What went wrong in a file, with the author's line; a mistake that says its own line is left as it is."""
    if isinstance(error, SyntaxError) and error.filename:
        return [f"{shown(error.filename)}:{error.lineno}: {error.msg}"]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _within(frame.filename, root)]
    where = f"{shown(frames[-1].filename)}:{frames[-1].lineno}" if frames else shown(file)
    if isinstance(error, Problems):
        return [one if _LOCATED.match(one) else f"{where}: {error.heading} {one}" for one in error.problems]
    if isinstance(error, HandrailError):
        return [str(error) if _LOCATED.match(str(error)) else f"{where}: {error}"]
    return [f"{where}: {type(error).__name__}: {error}"]


def _within(filename: str, root: Path) -> bool:
    path = Path(filename)
    return path.is_absolute() and path.is_relative_to(root) and not path.is_relative_to(root / "handrail")
