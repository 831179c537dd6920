"""A laptop that is open for a module, with two projects in codebuild/, and boto3 as anybody has it."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from handrail.catalogue import load
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.catalogue.conftest import apart
from tests.cli.conftest import KNOCK, PROJECT, written

__all__ = ["apart"]

DIG, SHOW = "handrail-dig", "handrail-show"

BUILDSPEC = """\
version: 0.2
env:
  variables: {COLOUR: red, SHAPE: round}
  exported-variables: [COLOUR, SHAPE, TOKEN, CODEBUILD_SOURCE_VERSION, CODEBUILD_INITIATOR]
phases:
  build:
    commands:
      - echo "$COLOUR and $SHAPE, $TOKEN"
"""

FILES = {
    **KNOCK,
    "codebuild/show/project.py": PROJECT.replace('"dig"', '"show"').replace(
        "timeout", 'environment={"SHAPE": "square"}, timeout'
    ),
    "codebuild/show/buildspec.yml": BUILDSPEC,
}

ROLE = "arn:aws:iam::123456789012:role/any"
MADE = {
    "source": {"type": "S3", "location": "bucket/source.zip"},
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": {"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
    "serviceRole": ROLE,
}
"""A project of moto's, but for its name."""


class Site:
    """A laptop that serves, and what a test asks of its CodeBuild."""

    def __init__(self, laptop: Laptop, endpoint: str) -> None:
        self.laptop = laptop
        self.endpoint = endpoint
        self.codebuild = self.client("codebuild")

    def client(self, service: str, region: str = "us-east-1", key: str = "alice", **settings: Any) -> Any:
        """boto3's client, by whose access key the laptop knows who asks."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="none",
            config=Config(proxies={}, inject_host_prefix=False, **settings),
        )

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """The answer to a call, without what HTTP adds."""
        told: dict[str, Any] = getattr(self.codebuild, operation)(**given)
        return {name: value for name, value in told.items() if name != "ResponseMetadata"}

    def refused(self, operation: str, **given: Any) -> tuple[str, str]:
        """The code and the words of a refusal."""
        try:
            told = self.call(operation, **given)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise AssertionError(f"{operation} answers {told}")

    def start(self, project: str = SHOW, **given: Any) -> str:
        return str(self.call("start_build", projectName=project, **given)["build"]["id"])

    def dig(self, how: str) -> str:
        """Begin a build that digs: `dig`, `break`, `nap`, or `hang`."""
        return self.start(DIG, environmentVariablesOverride=[{"name": "HOW", "value": how}])

    def build(self, id: str) -> dict[str, Any]:
        """The build as it is now."""
        [build] = self.call("batch_get_builds", ids=[id])["builds"]
        return dict(build)

    def ended(self, id: str) -> dict[str, Any]:
        """The build once it has ended, as somebody finds out who can only ask."""
        return self.once(id, lambda build: build["buildComplete"])

    def until(self, id: str, phase: str) -> dict[str, Any]:
        """The build once it has come to a phase."""
        return self.once(id, lambda build: build["currentPhase"] == phase)

    def once(self, id: str, true: Any) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while not true(build := self.build(id)):
            assert time.monotonic() < deadline, build
            time.sleep(0.02)
        return build

    def log(self, id: str) -> str:
        return self.laptop.builds.workspace(id).log.read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("codebuild")
    with Laptop.open(load(written(folder / "project", FILES)), folder / "home") as laptop:
        server = Server(laptop, port=0)
        laptop.resume()
        yield Site(laptop, server.endpoint)
