"""While a server ends: whoever comes then is told so in a way after which an SDK asks again, and finds the next one."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import sleep
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from handrail.catalogue import Catalogue
from handrail.local.aws import Aws
from handrail.local.doors import Answered, Asked
from handrail.local.laptop import Laptop
from handrail.local.refusal import Unavailable
from handrail.local.serve import Server
from tests.local.smoke import HELLO, ROLE

WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


def nobody(folder: Path) -> Catalogue:
    return Catalogue(folder, {}, {}, {}, {}, {})


def connected(endpoint: str, service: str, attempts: int = 1) -> Any:
    """boto3 as anybody has it."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, proxies={}, retries={"total_max_attempts": attempts}),
    )


class Ending:
    """A server that a signal has reached, with machines and an activity of an earlier time."""

    def __init__(self, server: Server) -> None:
        self.laptop = server.laptop
        self.endpoint = server.endpoint
        self.states = connected(server.endpoint, "stepfunctions")
        self.standard, self.express = (self.machine(kind, HELLO) for kind in ("STANDARD", "EXPRESS"))
        self.waiting = self.machine("EXPRESS", WAITS, "waits")
        self.activity = self.states.create_activity(name="a")["activityArn"]
        self.run = self.states.start_execution(stateMachineArn=self.standard)["executionArn"]

    def machine(self, type: str, definition: object, name: str = "") -> str:
        text = json.dumps(definition)
        made = self.states.create_state_machine(name=name or type, definition=text, roleArn=ROLE, type=type)
        return str(made["stateMachineArn"])

    def end(self) -> None:
        """What ends first: executions, then builds, then functions and events."""
        self.laptop.driver.close()
        with self.laptop.lock:
            self.laptop.closed = True
        self.laptop.events.close()


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Ending]:
    with Laptop.open(nobody(tmp_path), tmp_path / "home") as laptop:
        yield Ending(Server(laptop, port=0))


Call = Callable[[Ending], Any]

ENTRY = {"Source": "us", "DetailType": "Said", "Detail": "{}"}


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda at: at.states.start_execution(stateMachineArn=at.standard), id="StartExecution"),
        pytest.param(lambda at: at.states.start_sync_execution(stateMachineArn=at.express), id="StartSyncExecution"),
        pytest.param(lambda at: at.states.get_activity_task(activityArn=at.activity), id="GetActivityTask"),
        pytest.param(lambda at: connected(at.endpoint, "events").put_events(Entries=[ENTRY]), id="PutEvents"),
    ],
)
def test_boto3_is_told_to_come_again(ending: Ending, call: Call) -> None:
    """With AWS's code and status, and not with an error that no retry helps against."""
    ending.end()
    with pytest.raises(ClientError) as refused:
        call(ending)

    told: Any = refused.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == ("ServiceUnavailable", 503)
    assert "this server is ending" in told["Error"]["Message"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda at: at.states.start_sync_execution(stateMachineArn=at.waiting), id="an Express execution"),
        pytest.param(lambda at: at.states.get_activity_task(activityArn=at.activity), id="a worker"),
    ],
)
def test_who_waits_is_told_too(ending: Ending, call: Call) -> None:
    """What was asked before the signal is answered before the port is closed."""
    assert ending.laptop.wait(ending.run, 20)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(call, ending)
        while not (ending.laptop.driver.running or ending.laptop.api.pollers.counts):
            sleep(0.01)
        ending.laptop.close()
        error: Any = asked.exception(20)

    assert error.response["Error"]["Code"] == "ServiceUnavailable"


def test_what_has_ended_can_be_looked_at_until_the_port_is_closed(ending: Ending) -> None:
    """Reading needs nobody who runs anything."""
    ending.laptop.wait(ending.run, 20)
    ending.end()

    assert ending.states.describe_execution(executionArn=ending.run)["status"] == "SUCCEEDED"


def test_an_sdk_that_tries_again_finds_the_next_server(tmp_path: Path) -> None:
    """One call from outside: refused by the server that ends, answered by the one that begins at the same port."""
    catalogue, home = nobody(tmp_path), tmp_path / "home"
    with ExitStack() as first, ExitStack() as second:
        server = Server(first.enter_context(Laptop.open(catalogue, home)), port=0)
        ending, port = Ending(server), int(server.endpoint.rpartition(":")[2])
        ending.end()
        states = connected(server.endpoint, "stepfunctions", attempts=3)
        refusals: list[str] = []

        def change(response: Any, **_: object) -> None:
            if not refusals:
                refusals.append(response[1]["Error"]["Code"])
                first.close()
                Server(second.enter_context(Laptop.open(catalogue, home)), port=port)

        states.meta.events.register_first("needs-retry.stepfunctions.StartExecution", change)
        begun = states.start_execution(stateMachineArn=ending.standard)
        status = states.describe_execution(executionArn=begun["executionArn"])["status"]

    assert refusals == ["ServiceUnavailable"]
    assert begun["ResponseMetadata"]["RetryAttempts"] == 1
    assert status in ("RUNNING", "SUCCEEDED")


def unavailable(asked: Asked) -> Answered | None:
    raise Unavailable("Nothing runs any more")


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        pytest.param("sns", "list_topics", {}, id="query"),
        pytest.param("ec2", "describe_vpcs", {}, id="ec2"),
        pytest.param("dynamodb", "list_tables", {}, id="json"),
        pytest.param("sqs", "list_queues", {}, id="query-compatible json"),
        pytest.param("lambda", "list_functions", {}, id="rest-json"),
        pytest.param("route53", "list_hosted_zones", {}, id="rest-xml"),
        pytest.param("s3", "list_buckets", {}, id="s3"),
    ],
)
def test_every_service_says_it_in_its_own_words(service: str, operation: str, given: dict[str, Any]) -> None:
    """In the shape of its protocol, so that boto3 reads code and status, and has tried again."""
    aws = Aws.start(first=[unavailable])
    try:
        with pytest.raises(ClientError) as refused:
            getattr(connected(aws.endpoint, service, attempts=2), operation)(**given)
    finally:
        aws.close()

    told: Any = refused.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == ("ServiceUnavailable", 503)
    assert told["ResponseMetadata"]["RetryAttempts"] == 1
