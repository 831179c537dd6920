"""What tests of executions share: an API over HTTP with a few machines, asked through boto3."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handrail.local.api import Api
from handrail.local.api.door import StepFunctions
from handrail.local.doors import Answered, Asked, guarded, pages
from handrail.local.driver import Driver, SystemClock, Work
from handrail.local.listener import Listener
from handrail.local.registry import Alias, Registry, StateMachine, Version
from handrail.local.store import Store

Type = Literal["STANDARD", "EXPRESS"]

ACCOUNT, REGION = "111111111111", "eu-west-1"
PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runs-machines"


class Machines:
    """A registry that is filled by hand, for one region."""

    def __init__(self, registry: Registry, region: str) -> None:
        self.registry = registry
        self.prefix = f"arn:aws:states:{region}:{ACCOUNT}"

    def add(self, name: str, states: Mapping[str, Any], type: Type = "STANDARD") -> str:
        """Let there be a machine of these states, the first of which it starts at; gives its ARN."""
        return self.keep(name, json.dumps({"StartAt": next(iter(states)), "States": states}), type)

    def keep(self, name: str, definition: str, type: Type = "STANDARD") -> str:
        """Let there be a machine of this definition."""
        arn = f"{self.prefix}:stateMachine:{name}"
        self.registry.keep(StateMachine(arn, name, definition, ROLE, created=1.0, type=type))
        return arn

    def qualify(self, arn: str, number: int, alias: str | None = None) -> str:
        """Let there be a version of a machine, or an alias of that version."""
        machine, version = self.registry.find(arn), f"{arn}:{number}"
        self.registry.keep(Version(version, arn, number, machine.definition, machine.role, created=1.0))
        if alias is None:
            return version
        self.registry.keep(Alias(f"{arn}:{alias}", arn, alias, ((version, 100),), created=1.0, updated=1.0))
        return f"{arn}:{alias}"


def nobody(asked: Asked) -> Answered:
    """There is no moto here."""
    raise AssertionError(f"{asked.service} is asked")


class Ahead(SystemClock):
    """The real time and so many seconds more."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@dataclass
class Site:
    """An API at work, and how it is asked."""

    api: Api
    machines: Machines
    client: Any
    work: Any
    clock: "Ahead"

    def forward(self, seconds: float) -> None:
        """Let so much time have passed, for everything that goes by the driver's clock."""
        self.clock.ahead += seconds
        # Whoever sleeps until a timer is due looks at the clock again.
        self.api.driver.ask(lambda: None)

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """The answer to a call, without what HTTP adds."""
        told: dict[str, Any] = getattr(self.client, operation)(**given)
        return {name: value for name, value in told.items() if name != "ResponseMetadata"}

    def refused(self, operation: str, **given: Any) -> tuple[str, str]:
        """The code and the words of a refusal."""
        try:
            told = self.call(operation, **given)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise AssertionError(f"{operation} answers {told}")

    def ask(
        self, operation: str, given: Mapping[str, Any], key: str = ACCOUNT, region: str = REGION
    ) -> tuple[str, str]:
        """The code and the words of a refusal of what boto3 would not send."""
        host, port = self.client.meta.endpoint_url.removeprefix("http://").split(":")
        signed = f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/states/aws4_request"
        headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Authorization": signed}
        with closing(HTTPConnection(host, int(port), timeout=20)) as connection:
            connection.request("POST", "/", json.dumps(given), headers)
            answer = json.loads(connection.getresponse().read())
        return answer["__type"], answer["message"]

    def start(self, machine: str, **given: Any) -> str:
        return str(self.call("start_execution", stateMachineArn=machine, **given)["executionArn"])

    def ended(self, arn: str) -> str:
        """Wait for the end; gives the status."""
        assert self.api.driver.wait(arn, 20)
        return self.api.driver.describe(arn).status

    def run(self, machine: str, **given: Any) -> str:
        arn = self.start(machine, **given)
        self.ended(arn)
        return arn


@contextmanager
def serving(
    folder: Path,
    work: Work,
    region: str = REGION,
    kind: type[Driver] = Driver,
    runbooks: Mapping[str, Callable[[], str]] | None = None,
    log_group_exists: Callable[[str], bool] = lambda arn: True,
) -> Iterator[Site]:
    """An API on a free port, with a store of its own; `runbooks` are those of a project."""
    with Store.writing(folder, 0) as store:
        clock, registry = Ahead(), Registry(store, runbooks)
        driver = kind(store, work, clock=clock)
        api, machines = Api(driver, registry, log_group_exists), Machines(registry, region)
        listener = Listener(
            socket.create_server(("127.0.0.1", 0)),
            guarded(nobody, [pages, StepFunctions(lambda: api)], lambda asked, answered: None),
        )
        try:
            yield Site(api, machines, asking(f"http://127.0.0.1:{listener.address[1]}", region), work, clock)
        finally:
            driver.close()
            listener.close()


def asking(endpoint: str, region: str, **more: Any) -> Any:
    """boto3's client, which asks once only; `more` is botocore's Config."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, max_pool_connections=64, **more),
    )
