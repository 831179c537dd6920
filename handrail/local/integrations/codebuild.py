"""CodeBuild: builds that are started, and waited for.

Source: "Manage AWS CodeBuild builds with Step Functions" in the Developer Guide.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from handrail.asl.model import Json
from handrail.local.integrations.call import Call, Row
from handrail.local.refusals import ServiceError, error_name
from handrail.local.shapes import from_service, to_service
from handrail.service_models import service_model


def start_build(call: Call) -> Json:
    """Start a build and answer with it."""
    return shown_build(begin_build(call)["build"])


def start_build_and_wait(call: Call) -> Json:
    """Start a build, wait until it ends, and answer with it; one that did not succeed fails the task."""
    builds = call.reach.builds()
    begun = begin_build(call)["build"]
    call.on_cancel(lambda: builds.stop(begun["id"]))
    call.submitted(shown_build(begun))
    ended = builds.wait(begun["id"])
    if ended["buildStatus"] != "SUCCEEDED":
        raise ServiceError("States.TaskFailed", json.dumps(shown_build(ended), ensure_ascii=False))
    return shown_build(ended)


def begin_build(call: Call) -> dict[str, Any]:
    request = to_service(call.task.arguments, codebuild_shape("StartBuildInput"))
    try:
        return call.reach.builds().start(request)
    except ClientError as error:
        told = error.response["Error"]
        raise ServiceError(f"CodeBuild.{error_name(told['Code'])}", told["Message"]) from error


def shown_build(build: dict[str, Any]) -> Json:
    return {"Build": from_service(build, codebuild_shape("Build"))}


@cache
def codebuild_shape(name: str) -> Any:
    return service_model("codebuild").shape_for(name)


ROWS: Mapping[str, Row] = {"codebuild:startBuild": start_build, "codebuild:startBuild.sync": start_build_and_wait}
