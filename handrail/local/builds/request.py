"""Reads a StartBuild request: checked by botocore's model of the API, then laid over the project that it names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from handrail.errors import did_you_mean
from handrail.local.builds.buildspec import no_variable
from handrail.local.builds.failure import CodeBuildError
from handrail.local.builds.project import ProjectArtifacts, ProjectSpec
from handrail.service_models import service_model

VariableType = Literal["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]

# What a request may say that changes nothing here; a line in the log tells so. Anything else is honoured or refused.
UNUSED = frozenset(
    {
        "buildStatusConfigOverride",
        "cacheOverride",
        "certificateOverride",
        "encryptionKeyOverride",
        "environmentTypeOverride",
        "fleetOverride",
        "gitCloneDepthOverride",
        "gitSubmodulesConfigOverride",
        "hostKernelOverride",
        "imagePullCredentialsTypeOverride",
        "insecureSslOverride",
        "logsConfigOverride",
        "privilegedModeOverride",
        "queuedTimeoutInMinutesOverride",
        "registryCredentialOverride",
        "reportBuildStatusOverride",
        "serviceRoleOverride",
    }
)

HONOURED = frozenset(
    {
        "projectName",
        "artifactsOverride",
        "buildspecOverride",
        "computeTypeOverride",
        "environmentVariablesOverride",
        "idempotencyToken",
        "imageOverride",
        "sourceVersion",
        "timeoutInMinutesOverride",
    }
)

QUEUED_TIMEOUT = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable; of a parameter or a secret `value` is its name, never what it holds."""

    name: str
    value: str
    type: VariableType = "PLAINTEXT"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built: a project with the request laid over it."""

    project: ProjectSpec
    buildspec: str
    variables: tuple[Variable, ...]
    timeout: timedelta
    queued_timeout: timedelta
    image: str
    compute: str
    artifacts: ProjectArtifacts | None
    source_version: str = ""
    notes: tuple[str, ...] = ()


def read_request(request: Mapping[str, Any], projects: Mapping[str, ProjectSpec]) -> Order:
    """What a request asks for; raises CodeBuildError with everything that is wrong with it."""
    check("StartBuild", request)
    if problems := list(_own_problems(request)):
        raise CodeBuildError("InvalidInputException", "\n".join(problems))
    project = projects.get(request["projectName"])
    if project is None:
        raise CodeBuildError("ResourceNotFoundException", _unknown(request["projectName"], projects))
    queued = request.get("queuedTimeoutInMinutesOverride")
    timeout = request.get("timeoutInMinutesOverride")
    return Order(
        project=project,
        buildspec=request.get("buildspecOverride") or project.buildspec,
        variables=_variables(project, request),
        timeout=timedelta(minutes=timeout) if timeout else project.timeout,
        queued_timeout=timedelta(minutes=queued) if queued else QUEUED_TIMEOUT,
        image=request.get("imageOverride") or project.image,
        compute=request.get("computeTypeOverride") or project.compute,
        artifacts=_artifacts(project.artifacts, request.get("artifactsOverride")),
        source_version=request.get("sourceVersion", ""),
        notes=tuple(f"{name} is not used here" for name in sorted(UNUSED & set(request))),
    )


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise CodeBuildError where the request is not what the operation takes."""
    if problems := list(_model_problems(operation, request)):
        raise CodeBuildError("InvalidInputException", "\n".join(problems), operation)


def _model_problems(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    from botocore.validate import ParamValidator

    shape = input_shape(operation)
    report = ParamValidator().validate(dict(request), shape)
    if report.has_errors():
        yield from report.generate_report().splitlines()
    else:
        yield from _service_problems("", request, shape)


def _service_problems(place: str, value: Any, shape: Any) -> Iterator[str]:
    """What botocore leaves to the service: words that an enumeration does not have, and numbers that are too large."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from _service_problems(f"{place}.{name}".removeprefix("."), member, shape.members[name])
    elif shape.type_name == "list":
        for number, member in enumerate(value):
            yield from _service_problems(f"{place}[{number}]", member, shape.member)
    elif shape.type_name == "integer" and value > shape.metadata.get("max", value):
        yield f"{place} is {value}, and {shape.metadata['max']} is the most"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f'{place} is "{value}", which is none of {", ".join(shape.enum)}.{did_you_mean(value, shape.enum)}'


@cache
def input_shape(operation: str) -> Any:
    """botocore's model of what an operation of CodeBuild takes."""
    return service_model("codebuild").operation_model(operation).input_shape


def _own_problems(request: Mapping[str, Any]) -> Iterator[str]:
    """What is right by the model, and cannot be had here."""
    for name in sorted(set(request) - HONOURED - UNUSED):
        yield f"{name} cannot be honoured on one machine; leave it out"
    for variable in request.get("environmentVariablesOverride", ()):
        if why := no_variable(variable["name"]):
            yield f"environmentVariablesOverride: {why}"


def _unknown(name: str, projects: Mapping[str, ProjectSpec]) -> str:
    known = f"The projects are {', '.join(sorted(projects))}." if projects else "There is no project at all."
    return f'There is no project "{name}".{did_you_mean(name, projects)} {known}'


def _variables(project: ProjectSpec, request: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The project's variables with the request's over them, in this order."""
    laid = {name: Variable(name, value) for name, value in project.environment.items()}
    for given in request.get("environmentVariablesOverride", ()):
        laid[given["name"]] = Variable(given["name"], given["value"], given.get("type", "PLAINTEXT"))
    return tuple(laid.values())


def _artifacts(own: ProjectArtifacts | None, override: Mapping[str, Any] | None) -> ProjectArtifacts | None:
    """The project's artifacts with the request's over them. The bucket is always the results bucket."""
    if override is None:
        return own
    if override["type"] == "NO_ARTIFACTS":
        return None
    names = {
        "path": "path",
        "name": "name",
        "namespaceType": "namespace",
        "packaging": "packaging",
        "overrideArtifactName": "override_name",
    }
    given = {ours: override[name] for name, ours in names.items() if name in override}
    return replace(own or ProjectArtifacts(), **given)
