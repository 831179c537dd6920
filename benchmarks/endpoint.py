"""How fast the Step Functions endpoint is beside MiniStack's, through boto3 and HTTP, and what it keeps up with.

    python benchmarks/endpoint.py [--rounds 5]

Both servers get the engine benchmark's machines by the same client: StartExecution, DescribeExecution until the end,
GetExecutionHistory in pages. Outputs are looked at; MiniStack is run without the pause that it makes in each execution.
boto3 itself takes most of a millisecond for a call, whoever answers: what is left without that is told as well, and
how long the same history takes without boto3, until the last byte is there and is read as JSON. Then a thousand
executions are started at once, and the server's memory is looked at while executions come to their end.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import boto3
from botocore.config import Config
from environments import HERE, KEPT, PEERS, PROJECT
from workloads import WORKLOADS, Workload, chain

ROLE = "arn:aws:iam::123456789012:role/bench"
MANY = 1_000
AT_A_TIME = 16
HEADERS = {
    "X-Amz-Target": "AWSStepFunctions.GetExecutionHistory",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=handrail/20260101/us-east-1/states/aws4_request",
}
LOOK = 0.001
"""Seconds between two looks at an execution."""


@dataclass(frozen=True)
class Span:
    """Seconds that something took, and for how many of them the client itself worked."""

    seconds: float
    client: float

    @property
    def waiting(self) -> float:
        """Seconds in which the client waited for the server."""
        return self.seconds - self.client


@dataclass(frozen=True)
class Measured:
    """One run of a workload, and the reading of its last history: through boto3, and its answers themselves."""

    running: Span
    reading: Span
    answers: Span
    events: int


@dataclass(frozen=True)
class Server:
    """A running endpoint."""

    process: "subprocess.Popen[bytes]"
    client: Any

    @property
    def address(self) -> str:
        """Host and port."""
        endpoint: str = self.client.meta.endpoint_url
        return endpoint.removeprefix("http://")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, ours(Path(folder)) as here, ministack() as other:
        servers = {"ours": here, "ministack": other}
        taken: dict[str, dict[str, list[Measured]]] = {name: {} for name in servers}
        for number in range(rounds + 1):
            for name in list(servers) if number % 2 else reversed(servers):
                for workload in WORKLOADS:
                    found = measured(servers[name], workload)
                    # The first round warms both up.
                    if number:
                        taken[name].setdefault(workload.name, []).append(found)
        tell(taken)
        tell_at_once(here)
        tell_memory(here)


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    (folder / "pyproject.toml").write_text("[tool.handrail]\n")
    port = free()
    command = [sys.executable, "-m", "handrail", "local", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "HANDRAIL_HOME": str(folder / "home")}
    with serving(command, port, environment, folder) as (process, client):
        yield Server(process, client)


@contextmanager
def ministack() -> Iterator[Server]:
    [peer] = [peer for peer in PEERS if peer.name == "ministack"]
    python = peer.ready(KEPT / peer.name)[0]
    port = free()
    environment = {**os.environ, "GATEWAY_PORT": str(port), "PYTHONPATH": ""}
    command = [python, str(HERE / "peers" / "ministack_server.py")]
    with serving(command, port, environment, KEPT / peer.name) as (process, client):
        yield Server(process, client)


@contextmanager
def serving(
    command: list[str], port: int, environment: Mapping[str, str], folder: Path
) -> Iterator[tuple["subprocess.Popen[bytes]", Any]]:
    """A server from its start to its end, and a client of it once it answers."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, cwd=folder, **quiet)  # type: ignore[call-overload]
    try:
        make: Any = boto3.client
        client = make(
            "stepfunctions",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="handrail",
            aws_secret_access_key="handrail",  # noqa: S106  # opens nothing
            config=Config(proxies={}, max_pool_connections=AT_A_TIME, retries={"total_max_attempts": 1}),
        )
        until(lambda: answers(client), process)
        yield process, client
    finally:
        process.terminate()
        process.wait()


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def answers(client: Any) -> bool:
    with suppress(Exception):
        client.list_state_machines()
        return True
    return False


def until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    while not ready():
        if process.poll() is not None:
            sys.exit(f"{process.args!r} ended with status {process.returncode}")
        time.sleep(0.05)


# ---------------------------------------------------------------------- one workload


def measured(server: Server, workload: Workload) -> Measured:
    machine = created(server.client, workload.definition)
    text = json.dumps(workload.input)
    with timed() as running:
        started = [started_at(server.client, machine, text) for _ in range(workload.times)]
        ends = [ended(server.client, arn) for arn in started]
    wrong = [end for end in ends if end["status"] != "SUCCEEDED" or json.loads(end["output"]) != workload.output]
    if wrong:
        sys.exit(f"{workload.title}: {wrong[0]}")
    with timed() as reading:
        events = history(server.client, started[-1])
    with closing(HTTPConnection(server.address)) as connection:
        connection.connect()
        with timed() as answers:
            read = sum(len(page["events"]) for page in pages(connection, started[-1]))
    if read != events:
        sys.exit(f"{workload.title}: boto3 reads {events:,} events, and {read:,} are answered.")
    return Measured(running[0], reading[0], answers[0], events)


@contextmanager
def timed() -> Iterator[list[Span]]:
    """What is done inside takes this long; it is known afterwards."""
    taken: list[Span] = []
    began, worked = time.perf_counter(), time.process_time()
    yield taken
    taken.append(Span(time.perf_counter() - began, time.process_time() - worked))


def created(client: Any, definition: Mapping[str, Any]) -> str:
    made = client.create_state_machine(name=f"m-{time.time_ns()}", definition=json.dumps(definition), roleArn=ROLE)
    arn: str = made["stateMachineArn"]
    return arn


def started_at(client: Any, machine: str, text: str) -> str:
    arn: str = client.start_execution(stateMachineArn=machine, input=text)["executionArn"]
    return arn


def ended(client: Any, arn: str) -> Mapping[str, Any]:
    found: Mapping[str, Any]
    while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(LOOK)
    return found


def history(client: Any, arn: str) -> int:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=1000)
    return sum(len(page["events"]) for page in pages)


def pages(connection: HTTPConnection, arn: str) -> Iterator[Mapping[str, Any]]:
    """The same history as JSON says it."""
    asked: dict[str, Any] = {"executionArn": arn, "maxResults": 1000}
    while True:
        connection.request("POST", "/", json.dumps(asked), HEADERS)
        page = json.loads(connection.getresponse().read())
        yield page
        if "nextToken" not in page:
            return
        asked["nextToken"] = page["nextToken"]


def tell(taken: Mapping[str, Mapping[str, list[Measured]]]) -> None:
    for workload in WORKLOADS:
        own, others = (taken[name][workload.name] for name in ("ours", "ministack"))
        print(compared(workload.title, [each.running for each in own], [each.running for each in others]))
    own, others = (taken[name][WORKLOADS[0].name] for name in ("ours", "ministack"))
    title = f"reading {own[0].events:,} events"
    print(compared(title, [each.reading for each in own], [each.reading for each in others]))
    ratio = median(other.answers.seconds / mine.answers.seconds for mine, other in zip(own, others, strict=True))
    milliseconds = median(each.answers.seconds for each in own) * 1000
    print(f"{'the answers to that, as JSON':<32} {milliseconds:>8.1f} ms {'':<30} ministack {ratio:>5.1f} ×")


def compared(title: str, own: Sequence[Span], others: Sequence[Span]) -> str:
    """Milliseconds of ours, and how many times as long MiniStack takes: the median of the rounds' own ratios."""
    whole = median(other.seconds / mine.seconds for mine, other in zip(own, others, strict=True))
    served = median(other.waiting / mine.waiting for mine, other in zip(own, others, strict=True))
    seconds, client = median(each.seconds for each in own), median(each.client for each in own)
    return (
        f"{title:<32} {seconds * 1000:>8.1f} ms, {client * 1000:>6.1f} of them boto3's own   "
        f"ministack {whole:>5.1f} ×, without boto3 {served:>5.1f} ×"
    )


# ---------------------------------------------------------------------- many


def tell_at_once(server: Server) -> None:
    """How long StartExecution takes while a thousand executions begin."""
    machine = created(server.client, chain(10, {"Type": "Pass"}))
    taken: list[float] = []

    def start(number: int) -> str:
        began = time.perf_counter()
        arn = started_at(server.client, machine, json.dumps({"n": number}))
        taken.append((time.perf_counter() - began) * 1000)
        return arn

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        arns = list(pool.map(start, range(MANY)))
    outputs = [json.loads(ended(server.client, arn)["output"])["n"] for arn in arns]
    seconds = time.perf_counter() - began
    if outputs != list(range(MANY)) or len(set(arns)) != MANY:
        sys.exit(f"Of {MANY:,} executions, {len(set(arns)):,} were begun, and not all ended as they should.")
    p50, p99 = (quantiles(taken, n=100)[place] for place in (49, 98))
    print(
        f"{MANY:,} executions at once, {AT_A_TIME} clients: none lost, none doubled; all ended after {seconds:.2f} s; "
        f"StartExecution p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    )


def tell_memory(server: Server) -> None:
    """Megabytes of the server while executions of a hundred states come to their end."""
    machine = created(server.client, chain(100, {"Type": "Pass"}))
    told = []
    for _ in range(5):
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for arn in pool.map(lambda _: started_at(server.client, machine, "{}"), range(MANY)):
                ended(server.client, arn)
        told.append(f"{resident(server.process.pid):.0f}")
    print(f"the server's memory after each further {MANY:,} finished executions: {', '.join(told)} MB")


def resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


if __name__ == "__main__":
    main()
