"""CodeBuild asked by boto3: the project's own builds are run for real, whoever starts them, and found again."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.validate import ParamValidator

from handrail.local.codebuild.door import OPERATIONS
from handrail.service_models import service_model
from tests.local.codebuild.conftest import DIG, MADE, SHOW, Site

ARN = "arn:aws:codebuild:us-east-1:123456789012:"


def exported(build: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in build["exportedEnvironmentVariables"]}


def phases(build: dict[str, Any]) -> dict[str, str]:
    return {one["phaseType"]: one.get("phaseStatus", "") for one in build["phases"]}


# ---------------------------------------------------------------------- one build


def test_a_build_is_run(site: Site) -> None:
    """Its commands ran, its variables are exported, and it knows who started it."""
    begun = site.call("start_build", projectName=SHOW, sourceVersion="v1")["build"]
    build = site.ended(begun["id"])

    assert (begun["buildStatus"], begun["currentPhase"], build["buildStatus"]) == ("IN_PROGRESS", "QUEUED", "SUCCEEDED")
    assert exported(build) == {
        "COLOUR": "red",
        "SHAPE": "square",
        "CODEBUILD_SOURCE_VERSION": "v1",
        "CODEBUILD_INITIATOR": "alice",
    }
    assert "red and square," in site.log(build["id"])
    assert (build["initiator"], build["sourceVersion"], build["projectName"]) == ("alice", "v1", SHOW)
    assert build["arn"] == f"{ARN}build/{build['id']}"


def test_a_session_starts_a_build_under_its_role(site: Site) -> None:
    """By the names of both."""
    anybody = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    role = site.client("iam").create_role(RoleName="builder", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    keys = site.client("sts").assume_role(RoleArn=role, RoleSessionName="nightly")["Credentials"]
    session = site.client("codebuild", key=keys["AccessKeyId"])

    assert session.start_build(projectName=SHOW)["build"]["initiator"] == "builder/nightly"


def test_a_command_that_fails_fails_the_build(site: Site) -> None:
    """Where the pretended ones always succeed."""
    build = site.ended(site.dig("break"))

    assert (build["buildStatus"], phases(build)["BUILD"]) == ("FAILED", "FAILED")
    [context] = [one["contexts"][0] for one in build["phases"] if one["phaseType"] == "BUILD"]
    assert context["statusCode"] == "COMMAND_EXECUTION_ERROR"


@pytest.mark.parametrize(
    ("type", "value"), [("PLAINTEXT", "hush-hush"), ("PARAMETER_STORE", "/token"), ("SECRETS_MANAGER", "token:key")]
)
def test_a_variable_of_every_type_is_overridden(site: Site, type: str, value: str) -> None:
    """What is secret is read from where it is kept, and is in no answer and no log."""
    if type == "PARAMETER_STORE":
        site.client("ssm").put_parameter(Name=value, Value="hush-hush", Type="SecureString", Overwrite=True)
    if type == "SECRETS_MANAGER":
        site.client("secretsmanager").create_secret(Name="token", SecretString=json.dumps({"key": "hush-hush"}))
    given = [{"name": "TOKEN", "value": value, "type": type}, {"name": "SHAPE", "value": "oval"}]
    build = site.ended(site.start(environmentVariablesOverride=given))
    plain = type == "PLAINTEXT"

    assert f"red and oval, {'hush-hush' if plain else '***'}\n" in site.log(build["id"])
    assert exported(build).get("TOKEN") == ("hush-hush" if plain else None)
    assert {"name": "TOKEN", "value": value, "type": type} in build["environment"]["environmentVariables"]
    assert ("hush-hush" in json.dumps(build, default=str)) is plain


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"timeoutInMinutesOverride": 7}, {"timeoutInMinutes": 7}),
        ({"queuedTimeoutInMinutesOverride": 9}, {"queuedTimeoutInMinutes": 9}),
        ({"sourceVersion": "abc"}, {"sourceVersion": "abc"}),
        ({"artifactsOverride": {"type": "NO_ARTIFACTS"}}, {"artifacts": {"location": ""}}),
    ],
)
def test_what_a_request_says_goes_before_the_project(site: Site, given: Any, told: dict[str, Any]) -> None:
    """In the answer to StartBuild already."""
    begun = site.call("start_build", projectName=SHOW, **given)["build"]

    assert {name: begun[name] for name in told} == told
    assert site.ended(begun["id"])["buildStatus"] == "SUCCEEDED"


def test_a_buildspec_of_one_s_own(site: Site) -> None:
    """Goes before the project's, in this build only."""
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo quite different\n"
    build = site.ended(site.start(buildspecOverride=spec))

    assert build["source"]["buildspec"] == spec
    assert "quite different\n" in site.log(build["id"])


def test_the_same_token_starts_one_build(site: Site) -> None:
    """Within five minutes; for another request it is refused."""
    ids = [site.start(idempotencyToken="once") for _ in range(2)]

    assert ids[0] == ids[1]
    code, words = site.refused("start_build", projectName=SHOW, idempotencyToken="once", sourceVersion="x")
    assert (code, "used lately for a different request" in words) == ("InvalidInputException", True)


def test_a_build_is_stopped(site: Site) -> None:
    """It ends STOPPED in the phase where it was; one that has ended stays as it is."""
    id = site.dig("hang")
    site.until(id, "BUILD")
    site.call("stop_build", id=id)
    build = site.ended(id)

    assert (build["buildStatus"], phases(build)["BUILD"]) == ("STOPPED", "STOPPED")
    assert site.call("stop_build", id=id)["build"] == build


def test_a_build_is_run_again(site: Site) -> None:
    """With everything that the first one was asked for, as another build."""
    first = site.ended(site.start(environmentVariablesOverride=[{"name": "COLOUR", "value": "blue"}]))
    again = [site.call("retry_build", id=first["id"], idempotencyToken="again")["build"]["id"] for _ in range(2)]
    second = site.ended(again[0])

    assert again[0] == again[1] != first["id"]
    assert exported(second)["COLOUR"] == "blue"
    assert second["buildNumber"] == first["buildNumber"] + 1


def test_builds_are_deleted(site: Site) -> None:
    """Those that have ended; who asks for them by their ARN is understood."""
    ended, hanging = site.ended(site.start()), site.dig("hang")
    asked = [ended["arn"], hanging, "handrail-show:none"]
    told = site.call("batch_delete_builds", ids=asked)
    reasons = {one["id"]: one["statusCode"] for one in told["buildsNotDeleted"]}

    assert told["buildsDeleted"] == [ended["arn"]]
    assert reasons == {hanging: "BUILD_IN_PROGRESS", "handrail-show:none": "BUILD_NOT_FOUND"}
    assert ended["id"] not in site.call("list_builds")["ids"]
    assert site.call("batch_get_builds", ids=[ended["id"]])["buildsNotFound"] == [ended["id"]]
    site.call("stop_build", id=hanging)
    site.ended(hanging)


# ---------------------------------------------------------------------- lists


def test_all_builds_are_in_one_list(site: Site) -> None:
    """Those of a machine and those of boto3, in the order in which they began, and moto's among them."""
    site.call("create_project", name="mine", **MADE)
    pretended = site.start("mine")
    execution = site.laptop.start("knock", '{"how": "dig"}')
    assert site.laptop.wait(execution, 30)
    own = site.start(DIG)
    newest = site.call("list_builds")["ids"]
    of_dig = site.call("list_builds_for_project", projectName=DIG)["ids"]
    machines = of_dig[1]

    assert newest[:3] == [own, machines, pretended]
    assert site.call("list_builds", sortOrder="ASCENDING")["ids"] == newest[::-1]
    assert site.call("list_builds_for_project", projectName=DIG, sortOrder="ASCENDING")["ids"] == of_dig[::-1]
    numbers = [site.build(id)["buildNumber"] for id in of_dig]
    assert numbers == sorted(numbers, reverse=True)
    assert site.call("list_builds_for_project", projectName="mine")["ids"] == [pretended]


def test_both_kinds_of_builds_are_asked_for_at_once(site: Site) -> None:
    """In the order of the request, by id or ARN; what nobody knows is named."""
    site.call("create_project", name="ours", **MADE)
    pretended, own = site.start("ours"), site.ended(site.start())
    told = site.call("batch_get_builds", ids=["no:no", pretended, own["arn"], own["id"]])

    assert [build["id"] for build in told["builds"]] == [pretended, own["id"], own["id"]]
    assert told["builds"][1] == own
    assert told["buildsNotFound"] == ["no:no"]


def test_a_list_has_pages(site: Site) -> None:
    """Of a hundred; what begins in between shifts nothing, and boto3's paginator finds each once."""
    site.call("create_project", name="many", **MADE)
    made = [site.start("many") for _ in range(101)]
    first = site.call("list_builds")
    site.start("many")
    second = site.call("list_builds", nextToken=first["nextToken"])
    pages = site.codebuild.get_paginator("list_builds").paginate(sortOrder="ASCENDING")
    every = [id for page in pages for id in page["ids"]]

    assert len(first["ids"]) == 100
    assert not set(first["ids"]) & set(second["ids"])
    assert set(made) <= {*first["ids"], *second["ids"]}
    assert len(every) == len(set(every)) > 100
    code, words = site.refused("list_builds", nextToken=first["nextToken"], sortOrder="ASCENDING")
    assert (code, "nextToken" in words) == ("InvalidInputException", True)


def test_many_at_once_are_numbered(site: Site) -> None:
    """Each build has a number of its own, and more than can run wait in the queue."""
    with ThreadPoolExecutor(8) as pool:
        ids = [*pool.map(lambda _: site.start(), range(8))]
    builds = [site.ended(id) for id in ids]

    assert {build["buildStatus"] for build in builds} == {"SUCCEEDED"}
    assert len({build["buildNumber"] for build in builds}) == 8


# ---------------------------------------------------------------------- projects


def test_the_projects_are_listed_and_described(site: Site) -> None:
    """Ours beside moto's, by name or ARN, in the shape of the API."""
    site.call("create_project", name="beside", **MADE)
    names = site.call("list_projects")["projects"]
    told = site.call("batch_get_projects", names=[SHOW, f"{ARN}project/{DIG}", "beside", "nope"])
    shape: Any = service_model("codebuild").operation_model("BatchGetProjects").output_shape
    show, dig, _ = told["projects"]

    assert {SHOW, DIG, "beside"} <= set(names)
    assert names == sorted(names)
    assert site.call("list_projects", sortOrder="DESCENDING")["projects"] == names[::-1]
    assert site.call("list_projects", sortBy="CREATED_TIME")["projects"][:2] in ([DIG, SHOW], [SHOW, DIG])
    assert ([one["name"] for one in told["projects"]], told["projectsNotFound"]) == ([SHOW, DIG, "beside"], ["nope"])
    assert not ParamValidator().validate({"projects": [show, dig]}, shape).has_errors()
    assert show["arn"] == f"{ARN}project/{SHOW}"
    assert show["environment"]["environmentVariables"] == [{"name": "SHAPE", "value": "square", "type": "PLAINTEXT"}]
    assert (dig["timeoutInMinutes"], "dig.sh" in dig["source"]["buildspec"]) == (60, True)


def test_elsewhere_there_are_none_of_them(site: Site) -> None:
    """A project is in one account and one region, where the runbooks are."""
    there, theirs = site.client("codebuild", "eu-west-1"), site.client("codebuild", key="222222222222")

    assert [each.list_projects()["projects"] for each in (there, theirs)] == [[], []]
    assert [each.list_builds()["ids"] for each in (there, theirs)] == [[], []]


# ---------------------------------------------------------------------- refusals

SHORT = "1 validation error detected: Value '4' at 'timeoutInMinutesOverride' failed to satisfy constraint: "
BAD_TYPE = "1 validation error detected: Value 'PLAIN' at 'environmentVariablesOverride.1.member.type' "


@pytest.mark.parametrize(
    ("operation", "given", "code", "words"),
    [
        pytest.param(
            *("start_build", {"projectName": "nope"}, "ResourceNotFoundException"),
            f"Project cannot be found: {ARN}project/nope",
            id="no project",
        ),
        pytest.param("start_build", {}, "InvalidInputException", "Value null at 'projectName'", id="nothing said"),
        pytest.param(
            *("start_build", {"projectName": SHOW, "timeoutInMinutesOverride": 4}, "InvalidInputException", SHORT),
            id="too short",
        ),
        pytest.param(
            *("start_build", {"projectName": SHOW, "timeoutInMinutesOverride": 2161}, "InvalidInputException"),
            "Member must have value less than or equal to 2160",
            id="too long",
        ),
        pytest.param(
            *("start_build", {"projectName": SHOW, "sourceVersion": 3}, "SerializationException", "sourceVersion"),
            id="another type",
        ),
        pytest.param(
            "start_build",
            {"projectName": SHOW, "environmentVariablesOverride": [{"name": "A", "value": "b", "type": "PLAIN"}]},
            *("InvalidInputException", BAD_TYPE),
            id="no such type of variable",
        ),
        pytest.param(
            *("start_build", {"projectName": SHOW, "sourceLocationOverride": "x"}, "InvalidInputException"),
            "sourceLocationOverride cannot be honoured on one machine; leave it out",
            id="another source",
        ),
        pytest.param(
            *("start_build_batch", {"projectName": SHOW}, "InvalidInputException", "one build after the other"),
            id="a batch",
        ),
        pytest.param(
            *("batch_get_builds", {"ids": []}, "InvalidInputException", "The input build ID list cannot be empty."),
            id="no ids",
        ),
        pytest.param("batch_get_builds", {"ids": ["x"]}, "InvalidInputException", "Invalid build ID", id="no id"),
        pytest.param(
            *("stop_build", {"id": f"{SHOW}:1"}, "ResourceNotFoundException", f"Build {SHOW}:1 does not exist"),
            id="no build to stop",
        ),
        pytest.param(
            *("retry_build", {"id": f"{SHOW}:1"}, "ResourceNotFoundException", f"Build {SHOW}:1 does not exist"),
            id="no build to run again",
        ),
        pytest.param(
            "retry_build", {"id": "x"}, "InvalidInputException", "Invalid build ID provided", id="no id, again"
        ),
        pytest.param(
            *("list_builds_for_project", {"projectName": "nope"}, "ResourceNotFoundException", "project/nope"),
            id="builds of no project",
        ),
        pytest.param(
            *("create_project", {"name": SHOW, **MADE}, "ResourceAlreadyExistsException"),
            f"Project already exists: {ARN}project/{SHOW}",
            id="a name that is taken",
        ),
        pytest.param(
            *("update_project", {"name": SHOW}, "InvalidInputException", "Change it there"), id="changed by the API"
        ),
        pytest.param(
            *("delete_project", {"name": SHOW}, "InvalidInputException", "Change it there"), id="deleted by the API"
        ),
    ],
)
def test_a_request_is_refused(site: Site, operation: str, given: dict[str, Any], code: str, words: str) -> None:
    """By AWS's code, in its words where they are known; nothing was begun."""
    lax = Site(site.laptop, site.endpoint)
    lax.codebuild = site.client("codebuild", parameter_validation=False)
    before = site.call("list_builds_for_project", projectName=SHOW)

    refused = lax.refused(operation, **given)
    assert refused[0] == code
    assert words in refused[1]
    assert site.call("list_builds_for_project", projectName=SHOW) == before


def test_a_pretended_build_cannot_be_run_again(site: Site) -> None:
    """moto knows no such operation, and whoever asks is told so."""
    site.call("create_project", name="pretended", **MADE)
    code, words = site.refused("retry_build", id=site.start("pretended"))

    assert (code, "was only pretended" in words) == ("InvalidInputException", True)


def test_every_operation_is_one_of_codebuild(site: Site) -> None:
    """The table names nothing that botocore's model has not."""
    assert {*OPERATIONS} <= {*service_model("codebuild").operation_names}
