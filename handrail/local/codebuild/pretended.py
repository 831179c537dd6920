"""moto's projects and builds, which were made with CreateProject: what of them belongs into lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from handrail.local.doors import Answered, Asked


class Times(NamedTuple):
    """When a project was made and last changed, in seconds since the epoch."""

    created: float
    modified: float


def projects(asked: Asked) -> dict[str, Times]:
    """moto's projects, by their names."""
    return {
        name: Times(made.project_metadata["created"], made.project_metadata["lastModifiedDate"])
        for name, made in [*_backend(asked).codebuild_projects.items()]
    }


def builds(asked: Asked) -> dict[str, float]:
    """When each of moto's builds began, by its id. BatchGetBuilds would end them all."""
    kept = [*_backend(asked).build_metadata_history.values()]
    return {each["id"]: _moment(each["startTime"]) for history in kept for each in [*history]}


def result(asked: Asked, answered: Answered) -> Mapping[str, Any]:
    """What moto has answered, by the names of botocore's model."""
    from botocore.parsers import create_parser

    shape: Any = asked.model.operation_model(asked.action).output_shape
    whole = {"status_code": answered.status, "headers": dict(answered.headers), "body": answered.body}
    told: Mapping[str, Any] = create_parser("json").parse(whole, shape)
    return told


def _backend(asked: Asked) -> Any:
    from moto.codebuild.models import codebuild_backends

    return codebuild_backends[asked.account][asked.region]


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
