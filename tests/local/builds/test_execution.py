"""One build, run for real: what CodeBuild promises of phases, variables, secrets, artifacts and logs."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.local.aws import Aws
from handrail.local.builds import ProjectArtifacts
from tests.local.builds.conftest import Workshop, commands, context, phases

# ---------------------------------------------------------------------- phases

FULL = """\
version: 0.2
phases:
  install:
    commands: ['{install}']
    finally: ['echo f-install $CODEBUILD_BUILD_SUCCEEDING']
  pre_build:
    commands: ['{pre_build}']
    finally: ['echo f-pre_build $CODEBUILD_BUILD_SUCCEEDING']
  build:
    {build_on_failure}
    commands: ['{build}']
    finally: ['echo f-build $CODEBUILD_BUILD_SUCCEEDING']
  post_build:
    commands: ['echo post_build $CODEBUILD_BUILD_SUCCEEDING', '{post_build}']
artifacts:
  files: [result.txt]
"""


@pytest.mark.parametrize(
    ("changed", "status", "output", "uploaded"),
    [
        pytest.param(
            {}, "SUCCEEDED", ["f-install 1", "f-pre_build 1", "f-build 1", "post_build 1"], True, id="all well"
        ),
        pytest.param({"install": "false"}, "FAILED", ["f-install 0"], False, id="install fails"),
        pytest.param({"pre_build": "false"}, "FAILED", ["f-install 1", "f-pre_build 0"], False, id="pre_build fails"),
        pytest.param(
            {"build": "false"},
            "FAILED",
            ["f-install 1", "f-pre_build 1", "f-build 0", "post_build 0"],
            True,
            id="build fails, post_build runs, artifacts are uploaded",
        ),
        pytest.param(
            {"build": "false", "build_on_failure": "on-failure: ABORT"},
            "FAILED",
            ["f-install 1", "f-pre_build 1", "f-build 0"],
            False,
            id="build fails and aborts",
        ),
        pytest.param(
            {"post_build": "false"},
            "FAILED",
            ["f-install 1", "f-pre_build 1", "f-build 1", "post_build 1"],
            True,
            id="post_build fails, artifacts are uploaded",
        ),
    ],
)
def test_phases_follow_each_other_as_with_codebuild(
    workshop: Workshop, changed: dict[str, str], status: str, output: list[str], uploaded: bool
) -> None:
    """What runs after a failure, and what CODEBUILD_BUILD_SUCCEEDING says then, is what the User Guide says."""
    plain = {"install": "touch result.txt", "pre_build": "true", "build": "true", "post_build": "true"}
    build = workshop.build(FULL.format(**{**plain, "build_on_failure": "", **changed}))

    assert (build["buildStatus"], workshop.output()) == (status, output)
    # Where install failed there is no result either, so the upload is not even tried.
    assert ("UPLOAD_ARTIFACTS" in phases(build), "work/result.txt" in workshop.bucket.objects) == (uploaded, uploaded)


def test_a_failed_command_is_named(workshop: Workshop) -> None:
    """The context of the phase has CodeBuild's code and the command's exit status."""
    build = workshop.build(commands("echo before", "sh -c 'exit 3'", "echo after"))

    assert context(build, "BUILD") == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: sh -c 'exit 3'. Reason: exit status 3",
    }
    assert workshop.output() == ["before"]
    assert context(build, "POST_BUILD") == {"statusCode": "", "message": ""}


def test_a_phase_is_tried_again(workshop: Workshop) -> None:
    """on-failure RETRY runs the phase until it succeeds, and then the build has succeeded."""
    retried = commands("echo x >>tries; echo no route", "test $(wc -l <tries) -ge 3")
    build = workshop.build(retried.replace("    commands", "    on-failure: RETRY-4-no route\n    commands"))

    assert (build["buildStatus"], workshop.output()) == ("SUCCEEDED", ["no route"] * 3)


@pytest.mark.parametrize(
    ("buildspec", "request_", "told"),
    [
        pytest.param(
            "version: 0.2\nphases: {build: {comands: [a]}}", {}, "buildspec.yml:2: phases/build", id="mistake"
        ),
        pytest.param("version: 0.2", {"buildspecOverride": "no.yml"}, "no such file or directory", id="no file"),
        pytest.param("version: 0.2", {"buildspecOverride": "../secret.txt"}, "no such file or directory", id="outside"),
    ],
)
def test_a_broken_buildspec_fails_where_codebuild_reads_it(
    workshop: Workshop, buildspec: str, request_: dict[str, Any], told: str
) -> None:
    """A buildspec is read in DOWNLOAD_SOURCE; no command runs where it is wrong."""
    build = workshop.build(buildspec, request_)

    assert phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert context(build, "DOWNLOAD_SOURCE")["statusCode"] == "YAML_FILE_ERROR"
    assert told in context(build, "DOWNLOAD_SOURCE")["message"]
    assert [*phases(build)][-3:] == ["DOWNLOAD_SOURCE", "FINALIZING", "COMPLETED"]


def test_another_buildspec_may_be_named_or_given(workshop: Workshop) -> None:
    """buildspecOverride is a path in the source, or a buildspec itself."""
    (workshop.source / "codebuild/other.yml").write_text(commands("echo from a file"))
    workshop.build(commands("false"), {"buildspecOverride": "codebuild/other.yml"})
    workshop.build(commands("false"), {"buildspecOverride": commands("echo given")})

    assert workshop.output() == ["from a file", "given"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read by anybody")
def test_a_fault_of_the_machine_ends_the_build(workshop: Workshop) -> None:
    """What neither the author nor AWS foresaw is a FAULT with its reason, and nobody waits for ever."""
    # A file that nobody can read, not even root.
    (workshop.source / "config/memory").symlink_to("/proc/self/mem")
    build = workshop.build(commands("true"))

    assert (build["buildStatus"], phases(build)["DOWNLOAD_SOURCE"]) == ("FAULT", "FAULT")
    assert "OSError" in context(build, "DOWNLOAD_SOURCE")["message"]


# ---------------------------------------------------------------------- the source and the environment


def test_a_build_cannot_touch_the_project(workshop: Workshop) -> None:
    """What a command does by relative paths, it does to a copy."""
    before = fingerprint(workshop.source)
    lines = ("rm -rf tasks", "echo broken >config/terraform.yaml", "echo '#' >>codebuild/greet.py", "touch new")
    build = workshop.build(commands(*lines, "python -m codebuild.greet"))

    assert build["buildStatus"] == "SUCCEEDED"
    assert workshop.output() == ["hello from the copy"]
    assert fingerprint(workshop.source) == before


def fingerprint(folder: Path) -> str:
    content = [(path.relative_to(folder), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def test_git_finds_no_repository_above(workshop: Workshop) -> None:
    """A workspace below a repository is not taken for a part of it."""
    subprocess.run(["git", "init", "--quiet", str(workshop.folder)], check=True)
    build = workshop.build(commands("! git rev-parse --show-toplevel"))

    assert build["buildStatus"] == "SUCCEEDED"


def test_nothing_of_the_persons_shell_leaks_in(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is made from nothing: PATH, what CodeBuild sets, and what project and request say."""
    monkeypatch.setenv("GITHUB_TOKEN", "canary-in-the-shell")
    monkeypatch.setenv("AWS_PROFILE", "canary-profile")
    workshop.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
    workshop.build(commands("env"), environment={"STAGE": "dev"})

    found = dict(line.split("=", 1) for line in workshop.output())
    assert "canary" not in repr(found)
    own = {name for name in found if not name.startswith("CODEBUILD_")}
    assert own - {"_", "OLDPWD", "SHLVL"} == {
        *("PATH", "HOME", "PWD", "LANG", "TZ", "TMPDIR", "PYTHONPATH", "GIT_CEILING_DIRECTORIES"),
        *("AWS_REGION", "AWS_ENDPOINT_URL", "STAGE"),
    }


def test_sets_the_variables_that_codebuild_sets(workshop: Workshop) -> None:
    """Each documented variable that has a meaning here is there, and agrees with the answer about the build."""
    build = workshop.build(commands("env | grep CODEBUILD_"), {"sourceVersion": "abc123"}, image="python:3")

    found = dict(line.split("=", 1) for line in workshop.output())
    root = workshop.open[0].workspace(build["id"]).root
    assert found == {
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": "python:3",
        "CODEBUILD_BUILD_NUMBER": "1",
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": "handrail",
        "CODEBUILD_KMS_KEY_ID": "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3",
        "CODEBUILD_LOG_PATH": build["logs"]["streamName"],
        "CODEBUILD_PROJECT_ARN": "arn:aws:codebuild:eu-west-1:123456789012:project/work",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "abc123",
        "CODEBUILD_SOURCE_REPO_URL": (root / "src").as_uri(),
        "CODEBUILD_SOURCE_VERSION": "abc123",
        "CODEBUILD_SRC_DIR": str(root / "src"),
        "CODEBUILD_START_TIME": str(int(build["startTime"] * 1000)),
    }


def test_the_request_goes_before_the_project_before_the_buildspec(workshop: Workshop) -> None:
    """Precedence is that of the reference; a value is taken literally."""
    spec = (
        "version: 0.2\nenv:\n  variables: {A: spec, B: spec, C: $HOME}\n" + commands("echo $A $B $C").partition("\n")[2]
    )
    request = {"environmentVariablesOverride": [{"name": "A", "value": "request"}]}
    build = workshop.build(spec, request, environment={"A": "project", "B": "project"})

    assert workshop.output() == ["request project $HOME"]
    assert build["environment"]["environmentVariables"] == [
        {"name": "A", "value": "request", "type": "PLAINTEXT"},
        {"name": "B", "value": "project", "type": "PLAINTEXT"},
    ]


@pytest.fixture
def vaulted(workshop: Workshop) -> Iterator[Workshop]:
    """A workshop whose AWS holds a parameter and a secret."""
    aws = Aws.start()
    aws.client("ssm").put_parameter(Name="/drift/token", Value="t0ken-canary", Type="SecureString")
    aws.client("secretsmanager").create_secret(Name="db", SecretString='{"password": "passw0rd-canary"}')
    workshop.environment.update(aws.environment)
    yield workshop
    aws.close()


def test_secrets_reach_the_build_and_nothing_else(vaulted: Workshop) -> None:
    """A command has the values; log, answer, record and what is kept of the workspace have not."""
    spec = "version: 0.2\nenv:\n  parameter-store: {TOKEN: /drift/token}\n  exported-variables: [COPY]\n"
    spec += commands(
        "echo $TOKEN $PASSWORD | tr c k",
        "echo token is $TOKEN; echo password is $PASSWORD >&2",
        "export COPY=$PASSWORD",
        "ls no-such-$TOKEN",
    ).partition("\n")[2]
    secret = {"name": "PASSWORD", "value": "db:password", "type": "SECRETS_MANAGER"}
    builds = vaulted.builds(spec, keep_workspaces=True)
    begun = builds.start({"projectName": "work", "environmentVariablesOverride": [secret]})["build"]["id"]
    build = builds.wait(begun, 30)

    assert build["environment"]["environmentVariables"] == [secret]
    assert build["exportedEnvironmentVariables"] == [{"name": "COPY", "value": "***"}]
    # The first line shows that the values were there, the others that they are masked where they are recognised.
    assert vaulted.output()[:3] == ["t0ken-kanary passw0rd-kanary", "token is ***", "password is ***"]
    assert "no-such-***" in vaulted.output()[3]
    kept = [path for path in builds.workspace(begun).root.rglob("*") if path.is_file()]
    assert "canary" not in "".join([*vaulted.lines, json.dumps(build), *(path.read_text() for path in kept)])


def test_what_a_shell_passes_on_is_a_secret(workshop: Workshop) -> None:
    """A command has the value; log, answer, record, exported variables and the workspace have not."""
    workshop.passed["MY_TOKEN"] = "t0ken-canary"
    spec = "version: 0.2\nenv:\n  exported-variables: [MY_TOKEN, COPY]\n"
    spec += commands("echo $MY_TOKEN | tr c k", "echo it is $MY_TOKEN", "export COPY=$MY_TOKEN").partition("\n")[2]
    builds = workshop.builds(spec, keep_workspaces=True)
    begun = builds.start({"projectName": "work"})["build"]["id"]
    build = builds.wait(begun, 30)

    assert workshop.output() == ["t0ken-kanary", "it is ***"]
    assert build["environment"]["environmentVariables"] == []
    assert build["exportedEnvironmentVariables"] == [{"name": "COPY", "value": "***"}]
    kept = [path for path in builds.workspace(begun).root.rglob("*") if path.is_file()]
    assert "canary" not in "".join([*workshop.lines, json.dumps(build), *(path.read_text() for path in kept)])


def test_a_command_reaches_the_local_aws(vaulted: Workshop) -> None:
    """boto3 in a build, with this interpreter and nothing configured, speaks to the AWS of this machine."""
    program = "import boto3; print(boto3.client('ssm').get_parameter(Name='/drift/token')['Parameter']['Type'])"
    vaulted.build(commands(f'python -c "{program}"'))

    assert vaulted.output() == ["SecureString"]


@pytest.mark.parametrize(
    ("variable", "code", "told"),
    [
        pytest.param(
            {"name": "A", "value": "/nowhere", "type": "PARAMETER_STORE"},
            "Decrypted Variables Error",
            "parameter does not exist: /nowhere",
            id="parameter",
        ),
        pytest.param(
            {"name": "A", "value": "nothing:x", "type": "SECRETS_MANAGER"},
            "Secrets Manager Error",
            "ResourceNotFoundException",
            id="secret",
        ),
    ],
)
def test_a_secret_that_is_not_there_fails_the_build(
    vaulted: Workshop, variable: dict[str, str], code: str, told: str
) -> None:
    """Before any command, with CodeBuild's status code."""
    build = vaulted.build(commands("echo never"), {"environmentVariablesOverride": [variable]})

    assert context(build, "DOWNLOAD_SOURCE")["statusCode"] == code
    assert told in context(build, "DOWNLOAD_SOURCE")["message"]
    assert vaulted.output() == []


# ---------------------------------------------------------------------- what a build leaves behind


def test_artifacts_land_under_the_name_that_the_build_makes(workshop: Workshop) -> None:
    """Path, expanded name and file make the key; the answer says where the artifacts are."""
    spec = commands("mkdir -p out/logs; cd out; echo 1 >result.json; echo 2 >logs/a.log; echo 3 >no.tmp", "RUN=r7")
    spec += "artifacts:\n  files: ['**/*']\n  exclude-paths: ['*.tmp']\n  base-directory: out\n"
    spec += "  name: $RUN/plan-$(echo 3)\n"
    build = workshop.build(spec, artifacts=ProjectArtifacts(path="drift-check"))

    assert workshop.bucket.objects == {
        "drift-check/r7/plan-3/result.json": b"1\n",
        "drift-check/r7/plan-3/logs/a.log": b"2\n",
    }
    assert build["artifacts"]["location"] == "arn:aws:s3:::results/drift-check/r7/plan-3"


def test_secondary_artifacts(workshop: Workshop) -> None:
    """Each goes where the project says; one that the project does not know is an error."""
    spec = commands("echo 1 >a; echo 2 >b")
    spec += "artifacts:\n  files: [a]\n  secondary-artifacts:\n    plan:\n      files: [b]\n"
    build = workshop.build(spec, secondary_artifacts={"plan": ProjectArtifacts("plans")})
    refused = workshop.build(spec)

    assert set(workshop.bucket.objects) == {"work/a", "plans/work/b"}
    assert build["secondaryArtifacts"] == [
        {"artifactIdentifier": "plan", "location": "arn:aws:s3:::results/plans/work"}
    ]
    assert context(refused, "UPLOAD_ARTIFACTS")["message"] == 'the project has no secondary artifact "plan"'


@pytest.mark.parametrize(
    ("project", "spec", "status"),
    [
        pytest.param({"artifacts": None}, "artifacts:\n  files: [a]\n", "SUCCEEDED", id="the project has none"),
        pytest.param({}, "", "SUCCEEDED", id="the buildspec has none"),
        pytest.param({}, "artifacts:\n  files: [b]\n", "FAILED", id="no file"),
    ],
)
def test_a_build_without_artifacts(workshop: Workshop, project: dict[str, Any], spec: str, status: str) -> None:
    """Nothing is uploaded where nothing is wanted; what is wanted and not there fails the build."""
    build = workshop.build(commands("touch a") + spec, **project)

    assert (build["buildStatus"], workshop.bucket.objects) == (status, {})


@pytest.mark.parametrize("ends", ["true", "false"])
def test_exports_variables(workshop: Workshop, ends: str) -> None:
    """Exported variables have their last value, also where the build failed in its first phase."""
    spec = "version: 0.2\nenv:\n  exported-variables: [DRIFTED, NEVER]\n"
    spec += commands(f"DRIFTED=1; export DRIFTED; DRIFTED=2\n{ends}", phase="install").partition("\n")[2]
    build = workshop.build(spec)

    assert build["exportedEnvironmentVariables"] == [{"name": "DRIFTED", "value": "2"}]


def test_the_log_is_kept_and_told(workshop: Workshop) -> None:
    """File and listeners have the same lines, in the form of CodeBuild's own."""
    build = workshop.build(commands("echo hello", "false"))
    log = workshop.open[0].workspace(build["id"]).log.read_text().splitlines()

    assert log == workshop.lines
    own = [line.split(" ", 3)[3] for line in log if line.startswith("[Container] ")]
    assert own[own.index("Entering phase BUILD") :][:6] == [
        "Entering phase BUILD",
        "Running command echo hello",
        "Running command false",
        "Command did not exit successfully false exit status 1",
        "Phase complete: BUILD State: FAILED",
        "Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: false."
        " Reason: exit status 1",
    ]
