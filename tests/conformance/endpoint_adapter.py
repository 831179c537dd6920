"""Runs one recorded case through boto3 and the endpoint, in an account that is empty before.

Sequences of API calls are made one after the other; an execution's definition is registered and started, and its
history is read in pages; the other kinds are one call each.
"""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handrail.engine.commands import RunTask
from handrail.local.alarms import SystemClock
from handrail.local.api import Api
from handrail.local.api.door import StepFunctions
from handrail.local.conductor import Answer
from handrail.local.doors import Answered, Asked, guarded, pages
from handrail.local.driver import Driver
from handrail.local.listener import Listener
from handrail.local.registry import Registry
from handrail.local.store import Store, Stored
from tests.conformance.adapter import Functions, declared

RECORDED = "111111111111"
ROLE = f"arn:aws:iam::{RECORDED}:role/sfn-role"
SPEED = 20
"""How many seconds of a machine pass in one of ours."""

LONGEST = 60.0
LOOK = 0.005


class Fast(SystemClock):
    """A clock on which everything takes a part of its time."""

    def __init__(self) -> None:
        self.begun = super().now()

    def now(self) -> float:
        return self.begun + (super().now() - self.begun) * SPEED


class FastDriver(Driver):
    def pause(self) -> float | None:
        seconds = super().pause()
        return None if seconds is None else seconds / SPEED


class Work:
    """Functions that answer as the case declares, in their time."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        objects = {(each["bucket"], each["key"]): each["body"] for each in case.get("s3_objects") or []}
        self.functions = Functions(declared(case), objects)

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        timers = [self.later(delay, partial(answer, each)) for delay, each in self.functions(task)]

        def cancel() -> None:
            for timer in timers:
                timer.cancel()

        return cancel

    def later(self, delay: timedelta, call: Callable[[], None]) -> Timer:
        timer = Timer(delay.total_seconds() / SPEED, call)
        timer.daemon = True
        timer.start()
        return timer


def run(case: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case as its kind asks."""
    with asking(case) as client:
        return KINDS[case["kind"]](case, client)


@contextmanager
def asking(case: Mapping[str, Any]) -> Iterator[Any]:
    """A client of an endpoint of its own."""
    with TemporaryDirectory() as folder, Store.writing(Path(folder), 0) as store:
        driver = FastDriver(store, Work(case), clock=Fast())
        api = Api(driver, Registry(store), lambda arn: "deleted_log_group" not in case["id"])
        driver.machines = api.machines
        door = StepFunctions(lambda: api)
        listener = Listener(
            socket.create_server(("127.0.0.1", 0)), guarded(nobody, [pages, door], lambda asked, answered: None)
        )
        try:
            yield client_of(f"http://127.0.0.1:{listener.address[1]}")
        finally:
            driver.close()
            listener.close()


def nobody(asked: Asked) -> Answered:
    raise AssertionError(f"{asked} is for the Step Functions API")


def client_of(endpoint: str) -> Any:
    make: Any = boto3.client
    return make(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=RECORDED,
        aws_secret_access_key="none",  # opens nothing
        # What is wrong with a request is for the endpoint to say.
        config=Config(
            retries={"total_max_attempts": 1}, inject_host_prefix=False, parameter_validation=False, proxies={}
        ),
    )


# ---------------------------------------------------------------------- the kinds


def run_api(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Make the calls one after the other; what one answers may be asked by the next."""
    answers: list[dict[str, Any]] = []
    for step in case["request"]["steps"]:
        asked = filled(step["params"], answers)
        answers.append(WAITS[step["operation"]](client, asked) if step["operation"] in WAITS else {})
        if step["operation"] not in WAITS:
            answers[-1] = answered(client, step["operation"], asked)
    return {"steps": answers}


def answered(client: Any, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    try:
        told = getattr(client, operation)(**asked)
    except ClientError as error:
        return {"error_code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    return {name: value for name, value in told.items() if name != "ResponseMetadata"}


def filled(value: Any, answers: list[dict[str, Any]]) -> Any:
    """The parameters with `${steps[1].executionArn}` put in."""
    text = json.dumps(value)
    member = re.compile(r"\$\{steps\[(\d+)\]\.(\w+)\}")
    return json.loads(member.sub(lambda found: str(answers[int(found[1])].get(found[2], "")), text))


def until(done: Callable[[], bool]) -> dict[str, Any]:
    end = time.monotonic() + LONGEST
    # An asynchronous Express execution cannot be described.
    with suppress(ClientError):
        while not done():
            assert time.monotonic() < end, "the case does not go on"
            time.sleep(LOOK)
    return {}


def terminal(client: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    return until(lambda: client.describe_execution(**asked)["status"] not in ("RUNNING", "PENDING_REDRIVE"))


def begun(client: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    return until(lambda: len(client.get_execution_history(**asked)["events"]) > 1)


WAITS = {"_wait_terminal": terminal, "_wait_started": begun}


def run_execution(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Register the definition, start it, and read everything about it."""
    request = case.get("request") or {}
    made = create(case, client, type=request.get("type", "STANDARD"))
    if "error_code" in made:
        return {"status": "REFUSED", "error": made["error_code"], "cause": made["message"]}
    text = case["input_text"] if "input_text" in case else json.dumps(case.get("input", {}))
    if request.get("sync"):
        return answered(client, "start_sync_execution", {"stateMachineArn": made["stateMachineArn"], "input": text})
    if request.get("type") == "EXPRESS":
        return {"unsupported": "an asynchronous Express execution tells nobody how it ended"}
    arn = client.start_execution(stateMachineArn=made["stateMachineArn"], input=text)["executionArn"]
    terminal(client, {"executionArn": arn})
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=1000)
    told = client.describe_execution(executionArn=arn)
    shown = {name: told.get(name) for name in ("status", "output", "error", "cause")}
    return {**shown, "events": [event for page in pages for event in page["events"]]}


def create(case: Mapping[str, Any], client: Any, **more: Any) -> dict[str, Any]:
    definition = case.get("definition_text") or json.dumps(case["definition"])
    return answered(
        client, "create_state_machine", {"name": "machine", "definition": definition, "roleArn": ROLE, **more}
    )


def run_create(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Ask CreateStateMachine, which is only answered by its refusal."""
    made = create(case, client, type=(case.get("request") or {}).get("type", "STANDARD"))
    return made if "error_code" in made else {"error_code": "", "message": ""}


def run_validate(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    definition = case.get("definition_text") or json.dumps(case["definition"])
    return answered(client, "validate_state_machine_definition", {"definition": definition, **case["request"]})


def run_test_state(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    given = {"input": json.dumps(case["input"])} if case.get("input") is not None else {}
    definition = case.get("definition_text") or json.dumps(case["definition"])
    return answered(client, "test_state", {"definition": definition, **given, **case["request"]})


KINDS: Mapping[str, Callable[[Mapping[str, Any], Any], dict[str, Any]]] = {
    "api": run_api,
    "create_error": run_create,
    "execution": run_execution,
    "test_state": run_test_state,
    "validate": run_validate,
}
