"""What we ask of our own server, asked of LocalStack: a check of the questions, and of what its users expect.

Opt-in, since it needs Docker, an image of a gigabyte and a licence:

    pip install pytest-localstack; HANDRAIL_LOCALSTACK=latest LOCALSTACK_AUTH_TOKEN=… pytest tests/localstack
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.local.smoke import Smoke, each_smoke

VERSION = os.environ.get("HANDRAIL_LOCALSTACK")
TOKEN = os.environ.get("LOCALSTACK_AUTH_TOKEN")


def lacking() -> str | None:
    """What there is not; None where LocalStack can be started."""
    if not VERSION:
        return "opt-in: HANDRAIL_LOCALSTACK names the version of LocalStack to ask, like latest"
    if find_spec("pytest_localstack") is None:
        return "pytest-localstack is not installed: pip install pytest-localstack"
    if not TOKEN:
        return "no licence: LOCALSTACK_AUTH_TOKEN is not set"
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        return "Docker does not run here"
    return None


@pytest.fixture(scope="module")
def states() -> Iterator[Any]:
    """A client of LocalStack's Step Functions, in a container of its own."""
    missing = lacking()
    if missing is not None:
        pytest.skip(missing)
    # Neither is installed where these tests are not wanted.
    docker, localstack = import_module("docker"), import_module("pytest_localstack.session")
    session = localstack.LocalstackSession(
        docker.from_env(),
        services=["stepfunctions"],
        localstack_version=VERSION,
        container_env={"LOCALSTACK_AUTH_TOKEN": TOKEN},
    )
    with session:
        make: Any = boto3.client
        yield make(
            "stepfunctions",
            endpoint_url=session.endpoint_url("stepfunctions"),
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, proxies={}),
        )


@each_smoke
def test_localstack_does_the_same(states: Any, smoke: Smoke) -> None:
    """Each question that our server answers, LocalStack answers alike."""
    smoke(states)
