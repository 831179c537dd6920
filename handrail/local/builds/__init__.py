"""CodeBuild on one machine: buildspecs run for real, in subprocesses; requests and answers are those of its API."""

from handrail.local.builds.buildspec import read as read_buildspec
from handrail.local.builds.failure import CodeBuildError
from handrail.local.builds.project import ProjectArtifacts, ProjectSpec, Upload, specification
from handrail.local.builds.service import Builds

__all__ = ["Builds", "CodeBuildError", "ProjectArtifacts", "ProjectSpec", "Upload", "read_buildspec", "specification"]
