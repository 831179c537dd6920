"""Which folders are roots (S003-09), and how each is planned: pure, from a list of paths and the configuration."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from codebuild.terraform.globs import matches
from handrail.errors import did_you_mean
from schemas.config.terraform import Choices, Repository, TerraformConfig
from schemas.drift_result import Mode

CODE = (".tf", ".tf.json", ".tofu", ".tofu.json")

MERGED = {"environment", "backend"}
SINGLE = Choices.model_fields.keys() - MERGED


@dataclass(frozen=True)
class Settings:
    """How one root is planned, every choice made."""

    binary: str = "terraform"
    mode: Mode = "plan"
    owner: str = ""
    variables: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    backend: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(minutes=10)
    lock: bool = False
    lock_timeout: timedelta = timedelta(0)


def settings(config: TerraformConfig, repository: Repository, path: str) -> Settings:
    """The nearest choice counts: an override before the repository, the repository before the top of the file."""
    overrides = [override for override in repository.overrides if matches(path, override.roots)]
    chosen: dict[str, Any] = {name: {} for name in MERGED}
    for choices in (config, repository, *overrides):
        chosen |= {name: getattr(choices, name) for name in SINGLE if getattr(choices, name) is not None}
        chosen |= {name: {**chosen[name], **getattr(choices, name)} for name in MERGED}
    return Settings(**chosen)


def find(files: Iterable[str], repository: Repository) -> tuple[list[str], list[str]]:
    """The roots among the folders of `files` (paths from the top), sorted, and what is wrong with the globs."""
    folders = {_folder(file) for file in files if file.endswith(CODE)}
    visible = sorted(folder for folder in folders if not _hidden(folder))
    chosen = [at for at in visible if matches(at, repository.roots) and not matches(at, repository.exclude)]
    roots = [at for at in chosen if _is_text(at)]
    problems = [
        f'{place} has "{glob}", which matches no folder with Terraform code.'
        f"{did_you_mean(glob, filter(_is_text, visible))}"
        for place, glob in _globs(repository)
        if not any(matches(folder, (glob,)) for folder in visible)
    ]
    problems += [
        f'the folder "{_spelled(at)}" has a name that is not UTF-8. Rename it, or leave it out with exclude.'
        for at in chosen
        if not _is_text(at)
    ]
    if not roots and not problems:
        problems.append("exclude leaves no root at all.")
    return roots, problems


def _globs(repository: Repository) -> Iterator[tuple[str, str]]:
    yield from (("roots", glob) for glob in repository.roots)
    for n, override in enumerate(repository.overrides):
        yield from ((f"overrides[{n}].roots", glob) for glob in override.roots)


def _folder(file: str) -> str:
    return file.rpartition("/")[0] or "."


def _is_text(name: str) -> bool:
    """Whether the name can be written down; a file system takes any bytes, and Python keeps them as surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _spelled(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _hidden(folder: str) -> bool:
    return any(name.startswith(".") for name in folder.split("/") if folder != ".")
