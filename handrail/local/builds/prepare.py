"""DOWNLOAD_SOURCE: everything that has to be there before the first command."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from handrail.local.builds.build import Build
from handrail.local.builds.buildspec import Buildspec, read
from handrail.local.builds.failure import PhaseError
from handrail.local.builds.logs import Log, Masker
from handrail.local.builds.project import Upload
from handrail.local.builds.run import Commands, Groups, Place
from handrail.local.builds.secrets import Vault
from handrail.local.builds.variables import Account, environment, mark, resolve
from handrail.local.builds.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all builds share; `environment` has PATH and what leads to AWS, `passed` is secret."""

    project: Path
    bucket: Upload
    environment: Mapping[str, str]
    passed: Mapping[str, str]
    account: Account
    vault: Vault
    groups: Groups
    now: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A build that can begin: what its buildspec says, where its commands run, and which variables are secret."""

    spec: Buildspec
    commands: Commands
    secret: frozenset[str]


def prepare(build: Build, workspace: Workspace, around: Surroundings, log: Log) -> Prepared:
    """Copy the source, read the buildspec and the secrets, and write down the first environment.

    Raises Problems for a buildspec that cannot be read, PhaseError for anything else that is missing.
    """
    workspace.fill(around.project)
    log.say(f"CODEBUILD_SRC_DIR={workspace.source}")
    spec = read(*_buildspec(build.order.buildspec, workspace.source))
    log.say("Processing environment variables")
    resolved = resolve(spec, build.order.variables, around.vault, around.passed)
    log.mask = Masker(resolved.secret.values())
    place = Place(_shell(spec.shell, around), workspace.source, workspace.state, mark(build.id))
    first = environment(build, workspace, around.account, around.environment, resolved.values)
    _tell(build, spec, log)
    return Prepared(spec, Commands(place, first, log.output, around.groups), frozenset(resolved.secret))


def _tell(build: Build, spec: Buildspec, log: Log) -> None:
    for note in (*build.order.notes, *spec.notes):
        log.say(note)
    log.say(f"Phases found in YAML: {len(spec.phases)}")
    for name, phase in spec.phases.items():
        log.say(f" {name.upper()}: {len(phase.commands)} commands")


def _buildspec(buildspec: str, source: Path) -> tuple[str, str]:
    """A buildspec's text and name. What has one line and no colon is the path of one in the source, as on AWS."""
    if "\n" in buildspec or ":" in buildspec:
        return buildspec, "buildspec.yml"
    path = source / buildspec
    if not path.is_file() or not path.resolve().is_relative_to(source.resolve()):
        raise PhaseError("YAML_FILE_ERROR", f"stat {path}: no such file or directory")
    return path.read_text(encoding="utf-8"), buildspec


def _shell(shell: str, around: Surroundings) -> str:
    found = shutil.which(shell, path=around.environment["PATH"])
    if found is None:
        raise PhaseError("CLIENT_ERROR", f"env/shell wants {shell}, which is not on this machine")
    return found
