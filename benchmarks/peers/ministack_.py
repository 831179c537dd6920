"""MiniStack's Step Functions, in process, without its HTTP; the pause that each execution makes is taken off."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from ministack.services import stepfunctions as states
from protocol import Ran, serve

ROLE = "arn:aws:iam::000000000000:role/bench"
SLEEP = float(re.findall(r"time\.sleep\((0\.\d+)\)", Path(states.__file__).read_text())[0])


def answer(response: Any) -> Any:
    status, _, body = response
    if status != 200:
        raise RuntimeError(body)
    return json.loads(body)


def prepare(workload: Any) -> Callable[[], Ran]:
    definition = json.dumps(workload["definition"])
    made = states._create_state_machine({"name": f"m-{uuid4()}", "definition": definition, "roleArn": ROLE})
    machine = answer(made)["stateMachineArn"]
    text = json.dumps(workload["input"])

    def run() -> Ran:
        started = [
            answer(states._start_execution({"stateMachineArn": machine, "input": text}))["executionArn"]
            for _ in range(workload["times"])
        ]
        for arn in started:
            while (found := answer(states._describe_execution({"executionArn": arn})))["status"] == "RUNNING":
                time.sleep(0.0005)
        if found["status"] != "SUCCEEDED":
            raise RuntimeError(f"{found['status']} {found.get('error')} {found.get('cause')}")
        return Ran(json.loads(found["output"]), lambda: events(started[-1]), SLEEP)

    return run


def events(arn: str) -> int:
    number, asked = 0, {"executionArn": arn, "maxResults": 1000}
    while True:
        page = answer(states._get_execution_history(asked))
        number += len(page["events"])
        if not page.get("nextToken"):
            return number
        asked["nextToken"] = page["nextToken"]


serve(prepare)
