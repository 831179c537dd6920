"""Runs recorded executions and tested states through the API over HTTP, with boto3, on a clock that skips waits."""

import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from handrail.engine.commands import RunTask
from handrail.local.driver import Answer, Driver
from handrail.local.store import Stored
from tests.conformance.adapter import Functions, Outcome, declared
from tests.local.api.serving import ROLE, Ahead, Site, serving

KINDS = ("execution", "test_state")


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
        if not self.inbox.empty():
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
        return {"execution": self.execution, "test_state": self.tested}[case["kind"]](case)

    def execution(self, case: Mapping[str, Any]) -> dict[str, Any]:
        name, request = f"machine-{next(self.numbers)}", case.get("request", {})
        objects = {(each["bucket"], each["key"]): each["body"] for each in case.get("s3_objects") or []}
        self.site.work.cases[name] = Functions(declared(case), objects)
        made = {"name": name, "definition": text_of(case), "type": request.get("type", "STANDARD")}
        arn = str(self.site.call("create_state_machine", roleArn=ROLE, **made)["stateMachineArn"])
        text = case["input_text"] if "input_text" in case else json.dumps(case.get("input", {}))
        if request.get("sync"):
            return shown(self.site.call("start_sync_execution", stateMachineArn=arn, input=text))
        begun = self.site.run(arn, input=text)
        if request.get("type") == "EXPRESS":
            # The API tells nothing of it, as on AWS; there a log does.
            ended = self.site.api.driver.describe(begun)
            return {name: getattr(ended, name) for name in SHOWN}
        pages = self.site.client.get_paginator("get_execution_history").paginate(executionArn=begun)
        events = [event for page in pages for event in page["events"]]
        return {**shown(self.site.call("describe_execution", executionArn=begun)), "events": events}

    def tested(self, case: Mapping[str, Any]) -> dict[str, Any]:
        self.site.work.cases["TestState"] = Functions(declared(case), {})
        given = {"input": json.dumps(case["input"])} if case.get("input") is not None else {}
        try:
            return self.site.call("test_state", definition=text_of(case), **given, **case["request"])
        except ClientError as error:
            return {"error_code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}


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
