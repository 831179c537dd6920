"""A build as BatchGetBuilds answers it. Times are seconds since the epoch, as they go over the wire.

Source: Build in the API reference of CodeBuild, and the sample answers of `aws codebuild` in the AWS CLI's reference.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handrail.local.builds.build import Build, Phase


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
        "source": {"type": "S3", "location": f"{source}/", "buildspec": order.buildspec, "insecureSsl": False},
        "secondarySources": [],
        "secondarySourceVersions": [],
        "artifacts": _artifacts(build),
        "secondaryArtifacts": [
            {"artifactIdentifier": name, "location": location} for name, location in build.secondary
        ],
        "cache": {"type": "NO_CACHE"},
        "environment": _environment(build),
        "serviceRole": f"arn:aws:iam::{account}:role/{order.project.name}",
        "logs": _logs(build, account, region, log),
        "timeoutInMinutes": max(1, round(order.timeout.total_seconds() / 60)),
        "queuedTimeoutInMinutes": round(order.queued_timeout.total_seconds() / 60),
        "initiator": build.initiator,
        "encryptionKey": key_arn(account, region),
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in build.exported],
        "reportArns": [],
    }


def build_arn(build: Build, account: str, region: str) -> str:
    return f"arn:aws:codebuild:{region}:{account}:build/{build.id}"


def project_arn(project: str, account: str, region: str) -> str:
    return f"arn:aws:codebuild:{region}:{account}:project/{project}"


def key_arn(account: str, region: str) -> str:
    """The key that CodeBuild encrypts artifacts with where a project names none."""
    return f"arn:aws:kms:{region}:{account}:alias/aws/s3"


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


def _environment(build: Build) -> dict[str, Any]:
    variables = ({"name": one.name, "value": one.value, "type": one.type} for one in build.order.variables)
    return {
        "type": "LINUX_CONTAINER",
        "image": build.order.image,
        "computeType": build.order.compute,
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
