"""What a build has to know of its project, and the bucket it writes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

from handrail.names import PREFIX

Namespace = Literal["NONE", "BUILD_ID"]
Packaging = Literal["NONE", "ZIP"]


@dataclass(frozen=True, slots=True)
class ProjectArtifacts:
    """Where artifacts go in the results bucket: `path/<build id>/name/file`, as ProjectArtifacts of CodeBuild's API.

    `namespace` BUILD_ID puts the build's id into the key; `packaging` ZIP makes one object of all files;
    with `override_name` the name that the buildspec gives is used instead of `name`.
    """

    path: str = ""
    name: str = ""
    namespace: Namespace = "NONE"
    packaging: Packaging = "NONE"
    override_name: bool = True


@dataclass(frozen=True, slots=True)
class ProjectSpec:
    """A CodeBuild project as far as a build needs it; `buildspec` is its text. No artifacts: nothing is uploaded.

    `modified` is when its buildspec was last changed, in seconds since the epoch.
    """

    name: str
    buildspec: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(hours=1)
    image: str = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    compute: str = "BUILD_GENERAL1_SMALL"
    artifacts: ProjectArtifacts | None = field(default_factory=ProjectArtifacts)
    secondary_artifacts: Mapping[str, ProjectArtifacts] = field(default_factory=dict)
    modified: float = 0.0


class Described(Protocol):
    """A handrail.codebuild.Project, as far as a build needs it."""

    name: str
    timeout: timedelta
    image: str
    compute: str

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def buildspec(self) -> Path: ...


def specification(project: Described) -> ProjectSpec:
    """A project of codebuild/ under the name that machines start it by."""
    return ProjectSpec(
        name=f"{PREFIX}{project.name}",
        buildspec=project.buildspec.read_text(encoding="utf-8"),
        environment=project.environment,
        timeout=project.timeout,
        image=project.image,
        compute=project.compute,
        modified=project.buildspec.stat().st_mtime,
    )


class Upload(Protocol):
    """The bucket that artifacts are written to."""

    @property
    def name(self) -> str:
        """The bucket's name."""
        ...

    def put(self, key: str, content: bytes | Path) -> None:
        """Write one object; a path means the content of that file."""
        ...
