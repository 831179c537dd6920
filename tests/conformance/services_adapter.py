"""Runs one recorded case of the services group through the real driver, against this laptop's AWS.

Each case has an account of its own, so that equal names of queues and tables do not meet. Machines that stand beside
the case run in the same driver; whoever answered a task token on AWS is played by what reads it from the queue.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from handrail.engine import Execution
from handrail.local.alarms import SystemClock
from handrail.local.aws import Aws
from handrail.local.driver import ACCOUNT, Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.machines import ByName
from handrail.local.replay import replayed
from handrail.local.store import Store

RECORDED = "111111111111"
SPEED = 4
"""How many seconds of a machine pass in one of ours; the recorded machines wait for seconds, their work is real."""

LONGEST = 60.0
ROUNDS = 8
"""How often a machine that looks for messages looks, at most."""

Client = Callable[[str], Any]
"""A client of boto3, by the name of its service."""

accounts = count(100_000_000_001)


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


@dataclass
class Beside(ByName):
    """The machines that a case may start, by their names."""

    definitions: dict[str, str] = field(default_factory=dict)

    def definition(self, arn: str) -> tuple[str, str] | None:
        name = arn.rpartition(":")[2]
        return (name, self.definitions[name]) if name in self.definitions else None


def run(case: Mapping[str, Any], aws: Aws, folder: Path) -> dict[str, Any]:
    """Answer a case: its result and its history."""
    account = str(next(accounts))
    # Names of buckets are for the whole of S3.
    own = {RECORDED: account, **{name: f"{name}-{account}" for name in buckets(case)}}
    client = cache(lambda service: aws.client(service, account))
    with driving(client, folder) as driver:
        shown = Case(replaced(case, own), client, driver).play()
    # The driver's executions are in the laptop's account, the case's services in their own.
    back = {new: old for old, new in own.items() if old != RECORDED}
    return replaced(shown, {**back, account: RECORDED, ACCOUNT: RECORDED})


def buckets(case: Mapping[str, Any]) -> set[str]:
    """The buckets of a case: those with objects, and those that it writes to."""
    stored = {each["bucket"] for each in case.get("s3_objects") or []}
    if "putObject" not in json.dumps(case["definition"]):
        return stored
    found: list[str] = re.findall(r'"Bucket": "([^"$]+)"', json.dumps([case["definition"], case["input"]]))
    return stored | set(found)


def replaced(value: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same JSON with other names in it."""
    text = json.dumps(value)
    for old, new in names.items():
        text = text.replace(old, new)
    return dict(json.loads(text))


@contextmanager
def driving(client: Client, folder: Path) -> Iterator[Driver]:
    with Store.writing(folder, 0) as store:
        work = Integrations({}, no_builds, client, lambda: driver)
        driver = FastDriver(store, work, clock=Fast())
        try:
            yield driver
        finally:
            driver.close()


def no_builds() -> Builds:
    raise AssertionError("no case starts a build")


class Case:
    """One case, in an account and a driver of its own."""

    def __init__(self, case: Mapping[str, Any], client: Client, driver: Driver) -> None:
        self.case = case
        self.client = client
        self.driver = driver
        self.submitted: SimpleQueue[str] = SimpleQueue()
        self.machines = Beside()

    def play(self) -> dict[str, Any]:
        self.furnish()
        self.driver.watchers.append(self.look)
        definition = json.dumps(self.case["definition"])
        arn = self.driver.start("machine", definition, json.dumps(self.case["input"]), "run")
        self.stand_by()
        assert self.driver.wait(arn, LONGEST), "the case does not end"
        stored = self.driver.store.find(arn)
        history = replayed(self.driver.store, stored).history()
        told = {name: getattr(stored, name) for name in ("status", "output", "error", "cause")}
        return {**told, "events": history}

    def look(self, execution: Execution, before: int) -> None:
        """See which requests of the case were accepted: the message is in its queue then."""
        if execution.name == "run":
            for event in execution.events[before:]:
                if event.type == "TaskSubmitted":
                    self.submitted.put(event.type)

    # ------------------------------------------------------------------ what is there before

    def furnish(self) -> None:
        for machine in self.case.get("other_state_machines") or []:
            self.machines.definitions[machine["name"]] = json.dumps(machine["definition"])
        self.driver.machines = self.machines
        for call in self.case.get("other_calls") or []:
            getattr(self.client(call["service"]), call["operation"])(**call["params"])
        self.furnish_buckets()
        if self.case.get("other_state_machines"):
            for arn in self.activities():
                self.driver.activities.create(arn)

    def furnish_buckets(self) -> None:
        for bucket in buckets(self.case):
            self.client("s3").create_bucket(Bucket=bucket)
        for each in self.case.get("s3_objects") or []:
            self.client("s3").put_object(Bucket=each["bucket"], Key=each["key"], Body=body(each["body"]).encode())

    def activities(self) -> list[str]:
        found: list[str] = re.findall(r"arn:aws:states:[\w-]+:\d+:activity:[\w-]+", json.dumps(self.case["definition"]))
        return found

    # ------------------------------------------------------------------ who answers task tokens

    def stand_by(self) -> None:
        """Start whoever answers the case's task: a machine beside it, or a person who reads the queue."""
        for name, definition in self.machines.definitions.items():
            if '"$.Iterator.Count' in definition or "getActivityTask" in definition:
                self.driver.start(name, definition, json.dumps(self.consumer_input()), "consumer")
        if not self.machines.definitions and "waitForTaskToken" in json.dumps(self.case["definition"]):
            Thread(target=self.answer, daemon=True).start()

    def consumer_input(self) -> dict[str, Any]:
        arns = self.activities()
        asked = self.case["input"]
        return {"ActivityArn": arns[0]} if arns else {"QueueUrl": asked["QueueUrl"], "Iterator": {"Count": ROUNDS}}

    def answer(self) -> None:
        """Do what the case says was done from outside once the task was submitted."""
        if self.case["expected"].get("error") == "States.Timeout":
            return  # Nobody answered.
        self.submitted.get(timeout=LONGEST)
        message = self.message()
        actions = self.case.get("external_actions") or [{"operation": "send_task_success", "params": {"output": "{}"}}]
        for action in actions:
            # Recorded for several executions in a row: those before ended with the same call.
            if ANSWERS[action["operation"]](self.driver, message, action["params"]):
                return

    def message(self) -> dict[str, Any]:
        sqs = self.client("sqs")
        [queue] = sqs.list_queues()["QueueUrls"]
        [found] = sqs.receive_message(QueueUrl=queue)["Messages"]
        read = json.loads(found["Body"])
        return dict(json.loads(read["Message"]) if "TopicArn" in read else read)


def body(text: str) -> str:
    """What was stored; bytes were recorded as Python writes them."""
    found = re.fullmatch(r"bytearray\(b'(.*)'\)", text)
    return found[1] if found else text


def heartbeat(driver: Driver, message: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    driver.task_heartbeat(message["TaskToken"])
    return False


def success(driver: Driver, message: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    # With a made-up token in the recorded output, the message itself was sent back.
    output = json.dumps(message) if "fake-task-token" in given["output"] else given["output"]
    driver.task_succeeded(message["TaskToken"], output)
    return True


def failure(driver: Driver, message: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    driver.task_failed(message["TaskToken"], given.get("error"), given.get("cause"))
    return True


ANSWERS: Mapping[str, Callable[[Driver, Mapping[str, Any], Mapping[str, Any]], bool]] = {
    "send_task_heartbeat": heartbeat,
    "send_task_success": success,
    "send_task_failure": failure,
}
