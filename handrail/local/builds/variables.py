"""The environment that a build's commands begin with: made from nothing, but for what a shell is asked for.

Source: "Environment variables in build environments" in the CodeBuild User Guide. Those of webhooks, batch builds,
public builds and secondary sources are absent there too, where a build has none of these.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import handrail
from handrail.local.builds.build import Build
from handrail.local.builds.buildspec import Buildspec
from handrail.local.builds.request import Variable
from handrail.local.builds.secrets import Vault
from handrail.local.builds.shape import build_arn, key_arn, project_arn
from handrail.local.builds.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Account:
    """Whose AWS a build believes to be in."""

    id: str
    region: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Variables with their values, and which values are secret."""

    values: Mapping[str, str]
    secret: Mapping[str, str]


def resolve(spec: Buildspec, ordered: Iterable[Variable], vault: Vault, passed: Mapping[str, str]) -> Resolved:
    """All variables that the buildspec, the project and the request set, in CodeBuild's order of precedence.

    `passed` comes from the person's shell: a secret that gives way to a plain value, and stands in for one that
    would be looked up, since the parameters and secrets of the real AWS are not here.
    """
    laid = {name: Variable(name, value) for name, value in spec.variables.items()}
    laid |= {name: Variable(name, value, "PARAMETER_STORE") for name, value in spec.parameters.items()}
    laid |= {name: Variable(name, value, "SECRETS_MANAGER") for name, value in spec.secrets.items()}
    laid |= {variable.name: variable for variable in ordered}
    plain = {name: one.value for name, one in laid.items() if one.type == "PLAINTEXT"}
    kept = {name: value for name, value in passed.items() if name not in plain}
    secret = kept | {name: _read(one, vault) for name, one in laid.items() if name not in plain | kept}
    return Resolved(plain | secret, secret)


def _read(variable: Variable, vault: Vault) -> str:
    read = vault.parameter if variable.type == "PARAMETER_STORE" else vault.secret
    return read(variable.value)


def environment(
    build: Build, workspace: Workspace, account: Account, given: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """What a build's first command finds. `given` is the same for all builds: the endpoint of AWS, and PATH."""
    return {
        **given,
        **_machine(workspace, given),
        **variables,
        **_codebuild(build, workspace, account),
    }


def mark(build_id: str) -> str:
    """The variable by which a process is known to be of this build."""
    return f"CODEBUILD_BUILD_ID={build_id}"


def _machine(workspace: Workspace, given: Mapping[str, str]) -> dict[str, str]:
    """This interpreter comes first, and modules are found in the build's own copy of the project first."""
    library = Path(handrail.__file__).parents[1]
    # An installed Handrail is found without being named, and what is installed beside it must not hide Python's own.
    modules = [workspace.source] if library.name.endswith("-packages") else [workspace.source, library]
    return {
        "PATH": f"{Path(sys.executable).parent}:{given['PATH']}",
        "PYTHONPATH": ":".join(map(str, modules)),
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # Git must not take the repository that the workspace may lie in for the build's own.
        "GIT_CEILING_DIRECTORIES": str(workspace.root),
    }


def _codebuild(build: Build, workspace: Workspace, account: Account) -> dict[str, str]:
    """The variables that CodeBuild sets, which nobody else may set."""
    version = build.order.source_version
    versions = {"CODEBUILD_SOURCE_VERSION": version, "CODEBUILD_RESOLVED_SOURCE_VERSION": version} if version else {}
    return {
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build_arn(build, account.id, account.region),
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.order.image,
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": key_arn(account.id, account.region),
        "CODEBUILD_LOG_PATH": build.id.partition(":")[2],
        "CODEBUILD_PROJECT_ARN": project_arn(build.order.project.name, account.id, account.region),
        "CODEBUILD_SOURCE_REPO_URL": workspace.source.as_uri(),
        "CODEBUILD_SRC_DIR": str(workspace.source),
        "CODEBUILD_START_TIME": str(int(build.phases[0].started * 1000)),
        **versions,
    }
