"""A StartBuild request is laid over its project, or refused with all that is wrong with it."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.errors import HandrailError
from handrail.local.builds import CodeBuildError, ProjectArtifacts, ProjectSpec
from handrail.local.builds.request import HONOURED, UNUSED, Variable, check, input_shape, read_request

PROJECT = ProjectSpec(
    "drift",
    "version: 0.2",
    environment={"STAGE": "dev", "SHARD": "0"},
    timeout=timedelta(minutes=30),
    artifacts=ProjectArtifacts(path="drift-check"),
)
PROJECTS = {"drift": PROJECT, "rails": ProjectSpec("rails", "")}


def test_takes_the_project_where_the_request_says_nothing() -> None:
    """A request needs no more than the project's name."""
    order = read_request({"projectName": "drift"}, PROJECTS)

    assert (order.project, order.buildspec) == (PROJECT, "version: 0.2")
    assert (order.timeout, order.artifacts) == (timedelta(minutes=30), ProjectArtifacts(path="drift-check"))
    assert order.variables == (Variable("STAGE", "dev"), Variable("SHARD", "0"))


def test_lays_the_request_over_the_project() -> None:
    """What a request overrides goes before what the project says; a secret stays a reference."""
    order = read_request(
        {
            "projectName": "drift",
            "buildspecOverride": "other.yml",
            "timeoutInMinutesOverride": 5,
            "imageOverride": "python:3",
            "sourceVersion": "abc",
            "privilegedModeOverride": True,
            "artifactsOverride": {"type": "S3", "path": "elsewhere", "packaging": "ZIP", "namespaceType": "BUILD_ID"},
            "environmentVariablesOverride": [
                {"name": "SHARD", "value": "3"},
                {"name": "TOKEN", "value": "drift/token", "type": "SECRETS_MANAGER"},
            ],
        },
        PROJECTS,
    )

    assert (order.buildspec, order.image, order.source_version) == ("other.yml", "python:3", "abc")
    assert order.timeout == timedelta(minutes=5)
    assert order.artifacts == ProjectArtifacts("elsewhere", "", "BUILD_ID", "ZIP")
    assert order.variables == (
        Variable("STAGE", "dev"),
        Variable("SHARD", "3"),
        Variable("TOKEN", "drift/token", "SECRETS_MANAGER"),
    )
    assert order.notes == ("privilegedModeOverride is not used here",)


def test_a_request_may_want_no_artifacts() -> None:
    """NO_ARTIFACTS goes before the project's artifacts."""
    order = read_request({"projectName": "drift", "artifactsOverride": {"type": "NO_ARTIFACTS"}}, PROJECTS)

    assert order.artifacts is None


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        pytest.param({}, "InvalidInputException", 'Missing required parameter in input: "projectName"', id="nothing"),
        pytest.param({"projectName": "drift", "shard": 1}, "InvalidInputException", '"shard"', id="unknown member"),
        pytest.param(
            {"projectName": "drift", "timeoutInMinutesOverride": 4}, "InvalidInputException", "min value: 5", id="range"
        ),
        pytest.param(
            {"projectName": "drift", "timeoutInMinutesOverride": 2161},
            "InvalidInputException",
            "timeoutInMinutesOverride is 2161, and 2160 is the most",
            id="longer than CodeBuild takes",
        ),
        pytest.param(
            {"projectName": "drift", "environmentVariablesOverride": [{"name": "A"}]},
            "InvalidInputException",
            '"value"',
            id="no value",
        ),
        pytest.param(
            {
                "projectName": "drift",
                "environmentVariablesOverride": [{"name": "A", "value": "", "type": "PLAIN_TEXT"}],
            },
            "InvalidInputException",
            'environmentVariablesOverride[0].type is "PLAIN_TEXT", which is none of PLAINTEXT, PARAMETER_STORE,'
            ' SECRETS_MANAGER. Did you mean "PLAINTEXT"?',
            id="unknown type",
        ),
        pytest.param(
            {"projectName": "drift", "environmentVariablesOverride": [{"name": "a b", "value": ""}]},
            "InvalidInputException",
            '"a b" cannot be a variable',
            id="no name of a variable",
        ),
        pytest.param(
            {"projectName": "drift", "environmentVariablesOverride": [{"name": "CODEBUILD_BUILD_ID", "value": ""}]},
            "InvalidInputException",
            '"CODEBUILD_BUILD_ID" cannot be set',
            id="reserved name",
        ),
        pytest.param(
            {"projectName": "drift", "sourceTypeOverride": "GITHUB"},
            "InvalidInputException",
            "sourceTypeOverride cannot be honoured on one machine",
            id="another source",
        ),
        pytest.param(
            {"projectName": "drfit"},
            "ResourceNotFoundException",
            'There is no project "drfit". Did you mean "drift"? The projects are drift, rails.',
            id="unknown project",
        ),
    ],
)
def test_refuses_what_codebuild_refuses(request_: dict[str, Any], code: str, told: str) -> None:
    """A wrong request raises what boto3 would raise, with a message that a person can act on."""
    with pytest.raises(CodeBuildError) as raised:
        read_request(request_, PROJECTS)

    assert isinstance(raised.value, ClientError)
    assert isinstance(raised.value, HandrailError)
    assert raised.value.response["Error"]["Code"] == code
    assert told in raised.value.response["Error"]["Message"]


def test_tells_all_mistakes_of_a_request_together() -> None:
    """Two mistakes are two lines."""
    with pytest.raises(CodeBuildError) as raised:
        read_request({"projectName": "drift", "timeoutInMinutesOverride": 1, "gitCloneDepthOverride": "x"}, PROJECTS)

    assert len(raised.value.response["Error"]["Message"].splitlines()) == 2


def test_the_tables_name_members_of_the_api() -> None:
    """What is honoured and what is passed over are members of StartBuild, each in one table."""
    members = set(input_shape("StartBuild").members)

    assert members >= HONOURED | UNUSED
    assert not HONOURED & UNUSED


def test_checks_other_operations_too() -> None:
    """BatchGetBuilds takes at least one id."""
    with pytest.raises(CodeBuildError, match="BatchGetBuilds operation"):
        check("BatchGetBuilds", {"ids": []})
