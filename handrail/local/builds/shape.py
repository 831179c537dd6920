"""Builds and projects as CodeBuild's API answers them. Times are seconds since the epoch, as they go over the wire.

Source: Build and Project in the API reference of CodeBuild, and the sample answers of `aws codebuild` in the AWS CLI's
reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from handrail.local.builds.build import Build, Phase
from handrail.local.builds.project import ProjectArtifacts, ProjectSpec
from handrail.local.builds.request import QUEUED_TIMEOUT


def answer(build: Build, account: str, region: str, bucket: str, source: Path, log: Path) -> dict[str, Any]:
    """The Build structure of CodeBuild's API."""
    order = build.order
    return {
        "id": build.id,
        "arn": build_arn(build, account, region),
        "buildNumber": build.number,
        "startTime": build.phases[0].started,
        **({"endTime": build.current.started} if build.complete else {}),
        "currentPhase": build.current.type,
        "buildStatus": build.status,
        "buildComplete": build.complete,
        **({"sourceVersion": order.source_version} if order.source_version else {}),
        "projectName": order.project.name,
        "phases": [_phase(phase) for phase in build.phases],
        "source": _source(source, order.buildspec),
        "secondarySources": [],
        "secondarySourceVersions": [],
        "artifacts": _artifacts(build),
        "secondaryArtifacts": [
            {"artifactIdentifier": name, "location": location} for name, location in build.secondary
        ],
        "cache": {"type": "NO_CACHE"},
        "environment": _environment(
            order.image,
            order.compute,
            [{"name": one.name, "value": one.value, "type": one.type} for one in order.variables],
        ),
        "serviceRole": role_arn(order.project.name, account),
        "logs": _logs(build, account, region, log),
        "timeoutInMinutes": minutes(order.timeout),
        "queuedTimeoutInMinutes": minutes(order.queued_timeout),
        "initiator": build.initiator,
        "encryptionKey": key_arn(account, region),
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in build.exported],
        "reportArns": [],
    }


def project_answer(project: ProjectSpec, account: str, region: str, bucket: str, source: Path) -> dict[str, Any]:
    """The Project structure of CodeBuild's API. A project's folder knows one time: when it was last changed."""
    variables = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in project.environment.items()]
    return {
        "name": project.name,
        "arn": project_arn(project.name, account, region),
        "source": _source(source, project.buildspec),
        "secondarySources": [],
        "secondarySourceVersions": [],
        "artifacts": _destination(project.artifacts, bucket),
        "secondaryArtifacts": [
            {"artifactIdentifier": name, **_destination(to, bucket)} for name, to in project.secondary_artifacts.items()
        ],
        "cache": {"type": "NO_CACHE"},
        "environment": _environment(project.image, project.compute, variables),
        "serviceRole": role_arn(project.name, account),
        "timeoutInMinutes": minutes(project.timeout),
        "queuedTimeoutInMinutes": minutes(QUEUED_TIMEOUT),
        "encryptionKey": key_arn(account, region),
        "tags": [],
        "created": project.modified,
        "lastModified": project.modified,
        "badge": {"badgeEnabled": False},
        "projectVisibility": "PRIVATE",
    }


def build_arn(build: Build, account: str, region: str) -> str:
    return f"arn:aws:codebuild:{region}:{account}:build/{build.id}"


def project_arn(project: str, account: str, region: str) -> str:
    return f"arn:aws:codebuild:{region}:{account}:project/{project}"


def key_arn(account: str, region: str) -> str:
    """The key that CodeBuild encrypts artifacts with where a project names none."""
    return f"arn:aws:kms:{region}:{account}:alias/aws/s3"


def role_arn(project: str, account: str) -> str:
    """The role that a project runs as, which has its name."""
    return f"arn:aws:iam::{account}:role/{project}"


def minutes(span: timedelta) -> int:
    return max(1, round(span.total_seconds() / 60))


def _source(folder: Path, buildspec: str) -> dict[str, Any]:
    return {"type": "S3", "location": f"{folder}/", "buildspec": buildspec, "insecureSsl": False}


def _destination(to: ProjectArtifacts | None, bucket: str) -> dict[str, Any]:
    """Where a project's artifacts go."""
    if to is None:
        return {"type": "NO_ARTIFACTS"}
    named = {name: value for name, value in (("path", to.path), ("name", to.name)) if value}
    return {
        "type": "S3",
        "location": bucket,
        **named,
        "namespaceType": to.namespace,
        "packaging": to.packaging,
        "overrideArtifactName": to.override_name,
        "encryptionDisabled": True,
    }


def _phase(phase: Phase) -> dict[str, Any]:
    return dict(_phase_members(phase))


def _phase_members(phase: Phase) -> Iterator[tuple[str, Any]]:
    """A phase that goes on has a start only; COMPLETED goes on for ever."""
    yield "phaseType", phase.type
    yield "startTime", phase.started
    if phase.ended is None:
        return
    yield "endTime", phase.ended
    yield "phaseStatus", phase.status
    yield "durationInSeconds", int(phase.ended - phase.started)
    if phase.context is not None:
        yield "contexts", [{"statusCode": phase.context.status_code, "message": phase.context.message}]


def _artifacts(build: Build) -> dict[str, Any]:
    to = build.order.artifacts
    if to is None:
        return {"location": ""}
    digest = {"sha256sum": build.artifacts_sha256} if build.artifacts_sha256 else {}
    return {
        "location": build.artifacts,
        **digest,
        "overrideArtifactName": to.override_name,
        "encryptionDisabled": True,
    }


def _environment(image: str, compute: str, variables: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "type": "LINUX_CONTAINER",
        "image": image,
        "computeType": compute,
        "environmentVariables": list(variables),
        "privilegedMode": False,
        "imagePullCredentialsType": "CODEBUILD",
    }


def _logs(build: Build, account: str, region: str, log: Path) -> dict[str, Any]:
    """The names that CloudWatch Logs would have; the link leads to the file on this machine."""
    group, stream = f"/aws/codebuild/{build.order.project.name}", build.id.partition(":")[2]
    return {
        "groupName": group,
        "streamName": stream,
        "deepLink": log.as_uri(),
        "cloudWatchLogsArn": f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}",
    }
