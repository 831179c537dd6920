"""Runs recorded cases through the API over HTTP, with boto3: executions and tested states on a clock that skips waits.

Sequences of calls each have an account that is empty before; what one call answers, the next may ask.
"""

import heapq
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from handrail.engine.commands import RunTask
from handrail.local.driver import Answer, Driver
from handrail.local.store import Stored
from tests.conformance.adapter import Functions, Outcome, declared
from tests.local.api.serving import ROLE, Ahead, Site, asking, serving

KINDS = ("execution", "test_state", "create_error", "validate")


class Declared:
    """Does the work of tasks as the functions do that a case declares; answers come when they are due."""

    def __init__(self) -> None:
        self.cases: defaultdict[str, Functions] = defaultdict(lambda: Functions({}, {}))
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.order = count()
        self.driver: Driver | None = None

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        """See Work; TestState calls it in a thread that is not the driver's."""
        assert self.driver is not None
        for outcome in self.cases[execution.machine](task):
            self.driver.inbox.put(lambda outcome=outcome: self.promise(outcome, answer))  # type: ignore[misc]
        return lambda: None

    def promise(self, outcome: Outcome, answer: Answer) -> None:
        delay, happening = outcome
        assert self.driver is not None
        at = self.driver.clock.now() + delay.total_seconds()
        heapq.heappush(self.due, (at, next(self.order), lambda: answer(happening)))


class Skipping(Driver):
    """Goes on to what is due next as soon as nothing else is to be done."""

    def ring(self) -> None:
        work = self.work
        assert isinstance(work, Declared)
        super().ring()
        while work.due and work.due[0][0] <= self.clock.now():
            heapq.heappop(work.due)[2]()

    def pause(self) -> float | None:
        work, clock = self.work, self.clock
        assert isinstance(work, Declared)
        assert isinstance(clock, Ahead)
        if self.inbox.jobs:
            return 0.0
        answer = work.due[0][0] - clock.now() if work.due else None
        pending = [seconds for seconds in (super().pause(), answer) if seconds is not None]
        if not pending:
            return None
        clock.ahead += max(min(pending), 0)
        return 0.0


class Endpoint:
    """The API that all cases are run through."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.numbers = count(1)

    def run(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a case as its kind asks."""
        kinds = {
            "execution": self.execution,
            "test_state": self.tested,
            "create_error": self.refused,
            "validate": self.validated,
        }
        return kinds[case["kind"]](case)

    def execution(self, case: Mapping[str, Any]) -> dict[str, Any]:
        name = f"machine-{next(self.numbers)}"
        objects = {(each["bucket"], each["key"]): each["body"] for each in case.get("s3_objects") or []}
        self.site.work.cases[name] = Functions(declared(case), objects)
        return Run(case, self.site.client, self.site.api.driver, name).whole()

    def refused(self, case: Mapping[str, Any]) -> dict[str, Any]:
        asked = {"name": f"machine-{next(self.numbers)}", "definition": text_of(case), "roleArn": ROLE}
        told = answered(self.site.client, "create_state_machine", {**asked, **case.get("request", {})})
        return told if "error_code" in told else {"error_code": "", "message": ""}

    def validated(self, case: Mapping[str, Any]) -> dict[str, Any]:
        asked = {"definition": text_of(case), **case["request"]}
        return answered(self.site.client, "validate_state_machine_definition", asked)

    def tested(self, case: Mapping[str, Any]) -> dict[str, Any]:
        self.site.work.cases["TestState"] = Functions(declared(case), {})
        return tested(case, self.site.client)


class Run:
    """One execution of a case: made, begun and read through the API; its end is awaited at the driver."""

    def __init__(self, case: Mapping[str, Any], client: Any, driver: Driver, name: str = "machine") -> None:
        self.request = case.get("request", {})
        self.client, self.driver = client, driver
        made = {"name": name, "definition": text_of(case), "type": self.request.get("type", "STANDARD")}
        self.machine = str(client.create_state_machine(roleArn=ROLE, **made)["stateMachineArn"])
        self.input = case["input_text"] if "input_text" in case else json.dumps(case.get("input", {}))
        self.arn = ""

    def whole(self) -> dict[str, Any]:
        """What comes of it, with its history where the API has one."""
        if self.request.get("sync"):
            return shown(self.client.start_sync_execution(stateMachineArn=self.machine, input=self.input))
        self.begin()
        return self.ended()

    def begin(self) -> None:
        self.arn = str(self.client.start_execution(stateMachineArn=self.machine, input=self.input)["executionArn"])

    def ended(self) -> dict[str, Any]:
        assert self.driver.wait(self.arn, LONGEST), f"{self.arn} does not end"
        if self.request.get("type") == "EXPRESS":
            # The API tells nothing of it, as on AWS; there a log does.
            ended = self.driver.describe(self.arn)
            return {name: getattr(ended, name) for name in SHOWN}
        return {**shown(self.client.describe_execution(executionArn=self.arn)), "events": self.events()}

    def events(self) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]


LONGEST = 90.0
"""Seconds that any execution may take."""


def tested(case: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """TestState's answer."""
    given = {"input": json.dumps(case["input"])} if case.get("input") is not None else {}
    return answered(client, "test_state", {"definition": text_of(case), **given, **case["request"]})


def answered(client: Any, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call, or its refusal as the recordings write it."""
    try:
        told = getattr(client, operation)(**asked)
    except ClientError as error:
        return {"error_code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    return {name: value for name, value in told.items() if name != "ResponseMetadata"}


SHOWN = ("status", "output", "error", "cause")


def shown(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in SHOWN}


def text_of(case: Mapping[str, Any]) -> str:
    return str(case.get("definition_text") or json.dumps(case["definition"]))


@contextmanager
def endpoint(folder: Path) -> Iterator[Endpoint]:
    with serving(folder, Declared(), "us-east-1", Skipping) as site:
        site.work.driver = site.api.driver
        yield Endpoint(site)


# ---------------------------------------------------------------------- sequences of calls


def run_calls(case: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Make the calls of a case one after the other."""
    work = Declared()
    work.cases = defaultdict(lambda: Functions(declared(case), {}))
    # A machine that is to be stopped while it waits has to wait.
    kind = Skipping if case.get("lambdas") else Driver
    with serving(
        folder, work, "us-east-1", kind, log_group_exists=lambda arn: "deleted_log_group" not in case["id"]
    ) as site:
        work.driver = site.api.driver
        # What is wrong with a request is for the endpoint to say.
        client = asking(site.client.meta.endpoint_url, "us-east-1", parameter_validation=False)
        answers: list[dict[str, Any]] = []
        for step in case["request"]["steps"]:
            asked = filled(step["params"], answers)
            call = partial(awaited, site) if step["operation"].startswith("_wait") else partial(answered, client)
            answers.append(call(step["operation"], asked))
    return {"steps": answers}


def filled(value: Any, answers: list[dict[str, Any]]) -> Any:
    """The parameters with `${steps[1].executionArn}` put in."""
    member = re.compile(r"\$\{steps\[(\d+)\]\.(\w+)\}")
    return json.loads(member.sub(lambda found: str(answers[int(found[1])].get(found[2], "")), json.dumps(value)))


def awaited(site: Site, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Until the execution has ended, or its first state was entered."""
    driver, arn = site.api.driver, asked["executionArn"]
    if operation == "_wait_terminal":
        assert driver.wait(arn, 20)
    else:
        # A new execution's first event is taken before StartExecution answers; so is whatever follows from it at once.
        driver.ask(lambda: None)
    return {}
