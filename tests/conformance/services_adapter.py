"""Runs one recorded case whole: asked by boto3 over HTTP, its tasks reach the services that `handrail local` serves.

Queues, topics, tables, buckets and rules are moto's, functions are zips in processes of their own, other machines and
activities are the engine's. Each case has an account to itself, so that equal names do not meet. Whoever answered a
task token on AWS is played by a client that reads it from the queue.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

from handrail.catalogue import Catalogue
from handrail.local.driver import Driver
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.conformance.matching import Verdict
from tests.conformance.recordings import outcome
from tests.local.api.recorded import Run, tested
from tests.local.api.serving import ROLE
from tests.local.lambdas.conftest import TRUST, zipped

RECORDED = "111111111111"
WAITS = 0.25
"""What part of a wait is waited; the recorded machines wait for seconds, for somebody else's work."""

AT_ONCE = 8
ROUNDS = 8
"""How often a machine that looks for messages looks, at most."""

PROGRAM = """
import builtins, json, pathlib, time

DOES = json.loads((pathlib.Path(__file__).parent / "does.json").read_text())


def sleeping(event):
    time.sleep(DOES["seconds"])
    return event


def raising(_event):
    named = getattr(builtins, DOES["type"], None) or type(DOES["type"], (Exception,), {})
    raise named(DOES["message"])


BEHAVIOURS = {
    "echo": lambda event: event,
    "raise": raising,
    "return": lambda _event: DOES["value"],
    "return_repeated": lambda _event: DOES["text"] * DOES["count"],
    "return_text": lambda event: DOES["template"].replace("{event}", str(event)),
    "sleep_then_echo": sleeping,
}


def handler(event, _context):
    return BEHAVIOURS[DOES["behaviour"]](event)
"""
"""A function that does what a case declares of it."""

Client = Callable[[str], Any]
"""A client of boto3, by the name of its service."""


class Site:
    """A server in which every case is in an account of its own."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.accounts = count(100_000_000_001)

    def run(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a case: its result and its history, or what TestState says."""
        account = str(next(self.accounts))
        # Names of buckets are for the whole of S3.
        own = {RECORDED: account, **{name: f"{name}-{account}" for name in buckets(case)}}
        client = cache(lambda service: self.laptop.aws.client(service, account))
        shown = Case(replaced(case, own), client, self.laptop.driver).play()
        # The account's number is in the names of the buckets.
        return replaced(shown, {new: old for old, new in reversed(own.items())})


def outcomes(cases: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, Verdict]:
    """How far our answer to each case agrees, by its id; most of their time they wait, so several run at once."""
    with serving(folder) as site, ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda case: outcome(dict(case), site.run), cases)
        return {case["id"]: how for case, how in zip(cases, found, strict=True)}


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """A server of nobody's project."""
    with Laptop.open(Catalogue(folder, {}, {}, {}, {}, {}), folder / "home") as laptop:
        Server(laptop, port=0)
        laptop.driver.wait_scale = WAITS
        laptop.resume()
        yield Site(laptop)


def buckets(case: Mapping[str, Any]) -> set[str]:
    """The buckets of a case: those with objects, and those that it writes to."""
    stored = {each["bucket"] for each in case.get("s3_objects") or []}
    if "putObject" not in json.dumps(case["definition"]):
        return stored
    found: list[str] = re.findall(r'"Bucket": "([^"$]+)"', json.dumps([case["definition"], case["input"]]))
    return stored | set(found)


def replaced(value: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same JSON with other names in it."""
    text = json.dumps(value, default=str)
    for old, new in names.items():
        text = text.replace(old, new)
    return dict(json.loads(text))


class Case:
    """One case in its account."""

    def __init__(self, case: Mapping[str, Any], client: Client, driver: Driver) -> None:
        self.case = case
        self.client = client
        self.driver = driver
        self.machines: dict[str, str] = {}

    @property
    def states(self) -> Any:
        return self.client("stepfunctions")

    def play(self) -> dict[str, Any]:
        self.furnish()
        if self.case["kind"] == "test_state":
            return tested(self.case, self.states)
        run = Run(self.case, self.states, self.driver)
        if self.case["request"].get("sync"):
            return run.whole()
        run.begin()
        self.stand_by(run)
        return run.ended()

    # ------------------------------------------------------------------ what is there before

    def furnish(self) -> None:
        for call in self.case.get("other_calls") or []:
            getattr(self.client(call["service"]), call["operation"])(**call["params"])
        self.furnish_machines()
        self.furnish_buckets()
        self.furnish_functions()

    def furnish_machines(self) -> None:
        for machine in self.case.get("other_state_machines") or []:
            name, definition = machine["name"], json.dumps(machine["definition"])
            made = self.states.create_state_machine(name=name, definition=definition, roleArn=ROLE)
            self.machines[made["stateMachineArn"]] = definition
        # Where nobody stands by, the case is about an activity that was deleted.
        for arn in self.activities() if self.machines else []:
            self.states.create_activity(name=arn.rpartition(":")[2])

    def furnish_buckets(self) -> None:
        for bucket in buckets(self.case):
            self.client("s3").create_bucket(Bucket=bucket)
        for each in self.case.get("s3_objects") or []:
            self.client("s3").put_object(Bucket=each["bucket"], Key=each["key"], Body=body(each["body"]).encode())

    def furnish_functions(self) -> None:
        for function in self.case.get("lambdas") or []:
            role = self.client("iam").create_role(RoleName=function["name"], AssumeRolePolicyDocument=TRUST)["Role"]
            self.client("lambda").create_function(
                FunctionName=function["name"],
                Role=role["Arn"],
                Runtime="python3.11",
                Handler="app.handler",
                Timeout=900,
                Code={"ZipFile": zipped(PROGRAM, does__json=json.dumps(function))},
            )

    def activities(self) -> list[str]:
        found: list[str] = re.findall(r"arn:aws:states:[\w-]+:\d+:activity:[\w-]+", json.dumps(self.case["definition"]))
        return found

    # ------------------------------------------------------------------ who answers task tokens

    def stand_by(self, run: Run) -> None:
        """Start whoever answers the case's task: a machine beside it, or a person who reads the queue."""
        for arn, definition in self.machines.items():
            if '"$.Iterator.Count' in definition or "getActivityTask" in definition:
                self.states.start_execution(stateMachineArn=arn, input=json.dumps(self.consumer_input()))
        if not self.machines and "waitForTaskToken" in json.dumps(self.case["definition"]):
            Thread(target=self.answer, args=(run,), daemon=True).start()

    def consumer_input(self) -> dict[str, Any]:
        arns = self.activities()
        asked = self.case["input"]
        return {"ActivityArn": arns[0]} if arns else {"QueueUrl": asked["QueueUrl"], "Iterator": {"Count": ROUNDS}}

    def answer(self, run: Run) -> None:
        """Do what the case says was done from outside once the task was submitted."""
        if self.case["expected"].get("error") == "States.Timeout":
            return  # Nobody answered.
        while not any(event["type"] == "TaskSubmitted" for event in run.events()):
            if self.driver.wait(run.arn, 0.02):
                return  # It has failed before.
        message = self.message()
        actions = self.case.get("external_actions") or [{"operation": "send_task_success", "params": {"output": "{}"}}]
        for action in actions:
            given = action["params"]
            # With a made-up token in the recorded output, the message itself was sent back.
            if "fake-task-token" in given.get("output", ""):
                given = {"output": json.dumps(message)}
            getattr(self.states, action["operation"])(taskToken=message["TaskToken"], **given)
            # Recorded for several executions in a row: those before ended with the same call.
            if action["operation"] != "send_task_heartbeat":
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
