"""The rest of AWS in this process: reached at one address, asked for on first use, never the real one."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from handrail.aws import client
from handrail.local.aws import Aws, connect
from handrail.local.environment import DIRECT, turn

HOSTILE = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://real.invalid",
    "AWS_ENDPOINT_URL_S3": "http://real.invalid",
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://real.invalid",
    "HOME": "/nowhere",
}

SERVICES = ("s3", "sts", "rds", "secretsmanager", "ssm", "dynamodb", "events")


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    yield aws
    aws.close()


def test_has_the_results_bucket(aws: Aws) -> None:
    """What is put is there for a boto3 client, bytes as well as files."""
    aws.bucket.put("run/result.json", b"{}")
    found = aws.client("s3").get_object(Bucket=aws.bucket.name, Key="run/result.json")

    assert found["Body"].read() == b"{}"


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-1"])
def test_is_in_the_region_that_is_wanted(region: str) -> None:
    """The bucket can be made in every region."""
    aws = Aws.start(region=region)
    try:
        aws.bucket.put("a", b"")
        assert aws.client("s3").head_object(Bucket=aws.bucket.name, Key="a")["ContentLength"] == 0
        assert aws.environment["AWS_REGION"] == region
    finally:
        aws.close()


def test_forgets_when_closed() -> None:
    """Without a folder, what one run wrote the next one does not find."""
    for _ in range(2):
        aws = Aws.start()
        assert aws.client("s3").list_objects_v2(Bucket=aws.bucket.name)["KeyCount"] == 0
        aws.bucket.put("a", b"")
        aws.close()


def test_closes_without_a_request() -> None:
    """A server that nobody asked ends too, and leaves no thread."""
    Aws.start().close()

    assert not [thread for thread in threading.enumerate() if thread.name == "handrail-aws"]


@pytest.mark.parametrize("home", ["None", "pathlib.Path(sys.argv[1])"])
def test_loads_nothing_before_it_is_asked(home: str, tmp_path: Path) -> None:
    """moto, werkzeug and boto3 take most of a second to import; a run that needs no AWS does not wait for them."""
    program = (
        f"import pathlib, sys; from handrail.local.aws import Aws; aws = Aws.start(home={home}); aws.environment;"
        "aws.close(); print(*{'moto', 'werkzeug', 'flask', 'boto3', 'botocore'} & {*sys.modules})"
    )
    started = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(started, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_a_child_reaches_this_server_and_no_other(aws: Aws) -> None:
    """With the environment given to it, a child's client of any service speaks to 127.0.0.1."""
    program = f"import boto3; print(*[boto3.client(s).meta.endpoint_url for s in {SERVICES}])"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **aws.environment}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [aws.endpoint] * len(SERVICES)


def test_credentials_open_nothing_elsewhere(aws: Aws) -> None:
    """The account is moto's; the keys are words."""
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert aws.environment["AWS_SECRET_ACCESS_KEY"] == "handrail"


def test_a_client_does_not_listen_to_this_process(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever profile and endpoints the person's shell names, the request goes to the server."""
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)

    for service in SERVICES:
        assert connect(service, aws.environment).meta.endpoint_url == aws.endpoint
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_client_may_be_another_accounts(aws: Aws) -> None:
    """As its owner, in the region that is wanted; nothing of it is in our own account."""
    there = aws.client("dynamodb", account="222222222222", region="eu-west-1")
    there.create_table(
        TableName="theirs",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = there.describe_table(TableName="theirs")["Table"]["TableArn"]

    assert arn == "arn:aws:dynamodb:eu-west-1:222222222222:table/theirs"
    assert aws.client("dynamodb", region="eu-west-1").list_tables()["TableNames"] == []


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A proxy that this process's environment names, as the first line of each request that came to it."""
    seen: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            seen.append(self.rfile.readline().decode())
            self.close_connection = True

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield seen
        server.shutdown()


def test_no_proxy_is_asked(aws: Aws, proxy: list[str]) -> None:
    """What goes to this machine's AWS stays on this machine: from the bucket, from a task and from a build."""
    aws.bucket.put("result.json", b"{}")
    undo = turn(os.environ, aws.environment)
    client.cache_clear()
    try:
        client("s3").get_object(Bucket=aws.bucket.name, Key="result.json")
    finally:
        undo()
        client.cache_clear()
    child = f"import boto3; boto3.client('s3').get_object(Bucket='{aws.bucket.name}', Key='result.json')"
    subprocess.run([sys.executable, "-c", child], env={**os.environ, **aws.environment}, check=True)

    assert proxy == []


@pytest.mark.parametrize(
    ("said", "direct"),
    [
        pytest.param({}, DIRECT, id="nothing"),
        pytest.param({"NO_PROXY": "corp.example"}, f"corp.example,{DIRECT}", id="in capitals"),
        pytest.param({"no_proxy": "a.example", "NO_PROXY": "b.example"}, f"a.example,{DIRECT}", id="small goes first"),
        pytest.param({"no_proxy": "*"}, "*", id="everything"),
    ],
)
def test_what_is_reached_directly_stays_so(aws: Aws, said: dict[str, str], direct: str) -> None:
    """This machine is added to what the person's environment says, under both names, and taken away again."""
    environ = dict(said)
    undo = turn(environ, aws.environment)

    assert (environ["no_proxy"], environ["NO_PROXY"]) == (direct, direct)
    undo()
    assert environ == said


def test_takes_an_environment_over_and_gives_it_back(aws: Aws) -> None:
    """Nothing that leads elsewhere is left; afterwards everything is as it was."""
    environ = {"PATH": "/bin", "HANDRAIL_RESULTS_BUCKET": "mine", **HOSTILE}
    before = dict(environ)
    undo = turn(environ, aws.environment)

    assert environ == {"PATH": "/bin", "HOME": "/nowhere", **aws.environment}
    undo()
    assert environ == before


def test_many_ask_at_once(aws: Aws) -> None:
    """The first request makes the bucket, and the others wait for it."""
    failed: list[Exception] = []

    def put(number: int) -> None:
        try:
            aws.bucket.put(f"{number}", b"x")
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    assert aws.client("s3").list_objects_v2(Bucket=aws.bucket.name)["KeyCount"] == 8
