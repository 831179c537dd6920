"""What the tests of Lambda share: a laptop of nobody's project at a port, boto3, and zips made by hand."""

import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from handrail.catalogue import Catalogue
from handrail.local.lambdas.functions import Functions
from handrail.local.laptop import Laptop

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})

# Keeps what it is given; a message that says so fails it, or is reported as not dealt with.
KEEPS = """
import json
import boto3

def handler(event, context):
    name = f"{context.function_name}/{context.aws_request_id}"
    boto3.client("s3").put_object(Bucket="seen", Key=name, Body=json.dumps(event))
    bodies = {each.get("messageId"): each.get("body") for each in event["Records"]}
    if "fail" in bodies.values():
        raise ValueError("no")
    return {"batchItemFailures": [{"itemIdentifier": id} for id, body in bodies.items() if body == "report"]}
"""


def zipped(code: str, **more: str) -> bytes:
    """A zip with `app.py`, and other files by their names, where `__` is a dot."""
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        for name, text in {"app__py": code, **more}.items():
            archive.writestr(name.replace("__", "."), textwrap.dedent(text))
    return folder.getvalue()


def connected(laptop: Laptop, service: str) -> Any:
    """boto3 as anybody has it, trying once."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=laptop.aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop of a project that has one handler."""
    folder = tmp_path_factory.mktemp("lambda")
    with Laptop.open(Catalogue(folder, {}, {}, {}, {}, {}), folder / "home") as laptop:
        laptop.functions.handlers = {**laptop.functions.handlers, "handrail-twice": lambda event, _context: event * 2}
        laptop.prepare()
        yield laptop


@pytest.fixture(scope="module")
def functions(laptop: Laptop) -> Functions:
    return laptop.functions


@pytest.fixture(scope="module")
def api(laptop: Laptop) -> Any:
    """Lambda's API."""
    connected(laptop, "iam").create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)
    return connected(laptop, "lambda")


Create = Callable[..., str]


@pytest.fixture(scope="module")
def create(api: Any) -> Create:
    """Creates a function from a program; gives its ARN."""

    def create(name: str, code: str = "", *, zip: bytes | None = None, **settings: Any) -> str:
        usual = {"Runtime": "python3.11", "Handler": "app.handler", "Code": {"ZipFile": zip or zipped(code)}}
        if settings.get("PackageType") == "Image":
            usual = {}
        role = "arn:aws:iam::123456789012:role/runs"
        made = api.create_function(FunctionName=name, Role=role, **{**usual, **settings})
        arn: str = made["FunctionArn"]
        return arn

    return create


@pytest.fixture
def name() -> str:
    """One that no other test uses."""
    return f"f-{uuid4().hex[:12]}"


def given(s3: Any, name: str) -> list[dict[str, Any]]:
    """The records that a function was given, so far."""
    kept = s3.list_objects_v2(Bucket="seen", Prefix=f"{name}/").get("Contents", [])
    events = [json.loads(s3.get_object(Bucket="seen", Key=each["Key"])["Body"].read()) for each in kept]
    return [record for event in events for record in event["Records"]]


def until(true: Callable[[], Any]) -> Any:
    """What it gives as soon as it is true, within 60 seconds."""
    end = monotonic() + 60
    while not (found := true()):
        assert monotonic() < end
        sleep(0.05)
    return found
