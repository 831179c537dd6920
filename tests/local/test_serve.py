"""A server at a port: any AWS client uses it with nothing but the endpoint changed."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from handrail.catalogue import Catalogue
from handrail.errors import HandrailError
from handrail.local.environment import reaching
from handrail.local.holder import server as server_of
from handrail.local.laptop import Laptop
from handrail.local.serve import Server, bound, is_loopback
from tests.local.smoke import HELLO, ROLE, Smoke, each_smoke

# Beside this Python where it was installed as a part of `handrail[dev]`, else wherever the shell finds it.
CLI = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of nobody's project, at any port."""
    folder = tmp_path_factory.mktemp("server")
    with Laptop.open(Catalogue(folder, {}, {}, {}, {}, {}), folder / "home") as laptop:
        yield Server(laptop, port=0)


@pytest.fixture(scope="module")
def shell(server: Server) -> dict[str, str]:
    """What `eval "$(handrail local --env)"` makes of a shell."""
    return {"PATH": os.environ["PATH"], "HOME": "/nowhere", **reaching(server.endpoint, "us-east-1")}


@pytest.fixture(scope="module")
def states(server: Server) -> Any:
    """boto3 as anybody has it."""
    make: Any = boto3.client
    return make(
        "stepfunctions",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, proxies={}),
    )


@each_smoke
def test_boto3_uses_it(states: Any, smoke: Smoke) -> None:
    """The same questions are asked of LocalStack, where it can be had."""
    smoke(states)


class Shell:
    """A shell with the AWS CLI."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def aws(self, *arguments: str, fails: bool = False) -> Any:
        """What `aws stepfunctions …` answers, as JSON; what it complains about where it is to fail."""
        assert CLI is not None
        done = subprocess.run(
            [CLI, "stepfunctions", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout)


@pytest.fixture(scope="module")
def cli(shell: dict[str, str]) -> Shell:
    if CLI is None:
        pytest.skip("the AWS CLI is not installed: pip install awscli")
    return Shell(shell)


def test_the_aws_cli_runs_a_machine_and_pages_its_history(server: Server, cli: Shell) -> None:
    """As it comes from PyPI, with the environment that `--env` prints."""
    made = cli.aws("create-state-machine", "--name", "cli", "--definition", json.dumps(HELLO), "--role-arn", ROLE)
    begun = cli.aws("start-execution", "--state-machine-arn", made["stateMachineArn"], "--input", '{"a": 1}')
    arn = begun["executionArn"]
    assert server.laptop.wait(arn, 20)
    found = cli.aws("describe-execution", "--execution-arn", arn)
    some = cli.aws("get-execution-history", "--execution-arn", arn, "--page-size", "2", "--max-items", "3")
    token = some["NextToken"]
    more = cli.aws("get-execution-history", "--execution-arn", arn, "--page-size", "2", "--starting-token", token)
    listed = cli.aws("list-executions", "--state-machine-arn", made["stateMachineArn"], "--page-size", "1")

    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"a": 1, "first": {"said": "hello"}})
    assert [event["id"] for event in (*some["events"], *more["events"])] == [1, 2, 3, 4, 5, 6]
    assert [one["executionArn"] for one in listed["executions"]] == [arn]


def test_the_aws_cli_waits_for_an_express_machine_and_tests_a_state(cli: Shell) -> None:
    """The two operations whose host has a prefix on AWS."""
    text = json.dumps(HELLO)
    made = cli.aws(
        *("create-state-machine", "--name", "cli-express", "--type", "EXPRESS"),
        *("--definition", text, "--role-arn", ROLE),
    )
    told = cli.aws("start-sync-execution", "--state-machine-arn", made["stateMachineArn"])
    state = json.dumps({"Type": "Pass", "Result": 1, "Next": "Other"})
    tested = cli.aws("test-state", "--definition", state, "--role-arn", ROLE, "--input", "{}")

    assert (told["status"], json.loads(told["output"])) == ("SUCCEEDED", {"first": {"said": "hello"}})
    assert (tested["status"], tested["nextState"], tested["output"]) == ("SUCCEEDED", "Other", "1")


def test_the_aws_cli_tells_what_is_wrong(cli: Shell) -> None:
    """By AWS's code."""
    nowhere = "arn:aws:states:us-east-1:123456789012:execution:none:none"

    assert "(ExecutionDoesNotExist)" in cli.aws("describe-execution", "--execution-arn", nowhere, fails=True)


def test_a_request_of_step_functions_needs_no_moto(tmp_path: Path) -> None:
    """moto takes a second to import: it is for whoever asks for the rest of AWS."""
    program = (
        "import pathlib, sys, boto3\n"
        "from botocore.config import Config\n"
        "from handrail.catalogue import Catalogue\n"
        "from handrail.local.laptop import Laptop\n"
        "from handrail.local.serve import Server\n"
        "here = pathlib.Path.cwd()\n"
        "with Laptop.open(Catalogue(here, {}, {}, {}, {}, {}), here / 'home') as laptop:\n"
        "    Server(laptop, port=0)\n"
        "    states = laptop.aws.client('stepfunctions')\n"
        "    made = states.create_state_machine(name='a', roleArn='arn:aws:iam::123456789012:role/r', "
        'definition=\'{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}\')\n'
        "    arn = states.start_execution(stateMachineArn=made['stateMachineArn'])['executionArn']\n"
        "    laptop.wait(arn)\n"
        "    print(states.describe_execution(executionArn=arn)['status'], *{'moto', 'werkzeug'} & {*sys.modules})\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("SUCCEEDED", "")


SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request\r\n"


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        pytest.param("AWSStepFunctions.StartNothing", b"{}", "UnknownOperationException", id="no such operation"),
        pytest.param("AWSStepFunctions.", b"{}", "UnknownOperationException", id="no operation"),
        pytest.param("AWSStepFunctions.StartExecution", b"{", "SerializationException", id="no JSON"),
        pytest.param("AWSStepFunctions.StartExecution", b"\xff\xfe", "SerializationException", id="no text"),
        pytest.param("AWSStepFunctions.StartExecution", b"[]", "SerializationException", id="no object"),
        pytest.param(
            "AWSStepFunctions.StartExecution", b"[" * 10_000 + b"]" * 10_000, "SerializationException", id="deep"
        ),
        pytest.param(
            "AWSStepFunctions.StartExecution",
            b'{"stateMachineArn":"arn","input":"' + b"x" * 300 * 1024 + b'"}',
            "ValidationException",
            id="an input of 300 KiB",
        ),
        pytest.param(
            "AWSStepFunctions.CreateStateMachine",
            b'{"name":"a","roleArn":"r","definition":"' + b"x" * 2_000_000 + b'"}',
            "ValidationException",
            id="a definition of 2 MB",
        ),
        pytest.param("AWSStepFunctions.StartExecution", b"{}", "ValidationException", id="nothing of what is needed"),
    ],
)
def test_a_bad_request_has_aws_s_error(
    server: Server, caplog: pytest.LogCaptureFixture, target: str, body: bytes, code: str
) -> None:
    """At once, with status 400, and never as a traceback."""
    place = int(server.endpoint.rpartition(":")[2])
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\n{SIGNED}X-Amz-Target: {target}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", place), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["__type"] == code
    assert not caplog.records


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        pytest.param("127.0.0.1:8083", True, id="address"),
        pytest.param("localhost", True, id="localhost"),
        pytest.param("sync-localhost:8083", True, id="with botocore's prefix"),
        pytest.param("bucket.localhost", True, id="below localhost"),
        pytest.param("[::1]:8083", True, id="IPv6"),
        pytest.param("evil.example", False, id="a page's own name"),
        pytest.param("localhost.evil.example", False, id="a page's own name that looks like ours"),
        pytest.param("192.0.2.1", False, id="another address"),
    ],
)
def test_no_page_in_a_browser_may_ask(server: Server, host: str, answered: bool) -> None:
    """Whoever comes by another name comes from a page that has given this machine its own."""
    status = said(server, f"Host: {host}\r\n")
    assert (status != 403) is answered
    assert said(server, f"Host: {host}\r\nOrigin: http://{host}\r\n") == 403


def said(server: Server, headers: str) -> int:
    """The status of an answer to a request with these headers."""
    place = server.laptop.aws.endpoint.rpartition(":")[2]
    target = "X-Amz-Target: AWSStepFunctions.ListActivities\r\nContent-Length: 2\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", int(place)), timeout=20) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\n{headers}{target}\r\n{{}}".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        pytest.param("nowhere.invalid", 0, "There is no host", id="no host"),
        pytest.param("192.0.2.1", 0, "is no address of this machine", id="another machine's"),
    ],
)
def test_a_place_that_cannot_be_had_is_told_with_what_to_do(host: str, port: int, told: str) -> None:
    with pytest.raises(HandrailError, match=told):
        bound(host, port)


def test_a_taken_port_is_told_with_what_to_do() -> None:
    """Use the other server, stop it, or take another port."""
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(HandrailError) as refused:
        bound("127.0.0.1", other.getsockname()[1])

    assert re.search(
        r"is taken by process \d+ \(.*\)\. If that is another `handrail local`, .*--port \d+", str(refused.value)
    )


def test_the_lock_says_where_it_is(server: Server) -> None:
    """Others of the same folder find it."""
    assert server_of(server.laptop.home) == server.endpoint


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("192.168.0.7", False)],
)
def test_knows_what_only_this_machine_reaches(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_nobody_is_answered_before_what_was_left_is_here(tmp_path: Path) -> None:
    """A worker's token, or an execution to be stopped, would be unknown to a server that has not looked yet."""
    with (
        Laptop.open(Catalogue(tmp_path, {}, {}, {}, {}, {}), tmp_path / "home") as laptop,
        ThreadPoolExecutor(1) as client,
    ):
        laptop.caught_up.clear()
        Server(laptop, port=0)
        asked = client.submit(lambda: laptop.aws.client("stepfunctions").list_state_machines()["stateMachines"])
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.5)
        laptop.resume()

        assert asked.result(timeout=30) == []
