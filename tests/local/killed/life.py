"""One life of a process that runs machines in a folder until it is killed: `python -m tests.local.killed.life FOLDER`.

What it is told comes in as lines of JSON, one answer a line; what its tasks do stands in the file `log`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from handrail.local.apierror import ApiError
from handrail.local.driver import Driver
from handrail.local.integrations import Builds, Integrations
from handrail.local.machines import ByName
from handrail.local.store import Store

ACCOUNT = "us-east-1:123456789012"
ACTIVITY = f"arn:aws:states:{ACCOUNT}:activity:dig"

REJECTED = "Rejected"
LIMIT = 1
"""Seconds after which nobody is waited for any more."""

QUICK = 0.02
"""Waits and pauses before retries are so much shorter here."""


def lambda_arn(name: str) -> str:
    return f"arn:aws:lambda:{ACCOUNT}:function:{name}"


RETRY = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 9_999}]


def work(step: str, **fields: Any) -> dict[str, Any]:
    """A task whose side effect is a line in the log: `$.name` and the step are its key."""
    asked = {"name.$": "$.name", "step": step}
    return {
        "Type": "Task",
        "Resource": lambda_arn("work"),
        "Parameters": asked,
        "ResultPath": f"$.{step}",
        "Retry": RETRY,
        **fields,
    }


def flow(**states: dict[str, Any]) -> dict[str, Any]:
    """States one after the other."""
    names = [*states]
    ends: list[dict[str, Any]] = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {
        "StartAt": names[0],
        "States": {name: {**states[name], **end} for name, end in zip(names, ends, strict=True)},
    }


def over(kind: str, **fields: Any) -> dict[str, Any]:
    """A Map of five iterations, each with a task of its own."""
    selector = {"name.$": "States.Format('{}-{}', $$.Execution.Name, $$.Map.Item.Index)"}
    processor = {"ProcessorConfig": {"Mode": kind, **fields}, **flow(Each=work("each"))}
    return {
        "Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "ItemProcessor": processor,
        "MaxConcurrency": 2, "ResultPath": "$.all",
    }  # fmt: skip


def child(resource: str, **fields: Any) -> dict[str, Any]:
    input = {"name.$": "States.Format('{}-child', $.name)"}
    asked = {"StateMachineArn": f"arn:aws:states:{ACCOUNT}:stateMachine:child", "Input": input, **fields}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": asked, "ResultPath": "$.child"}


WAIT = {"Type": "Wait", "Seconds": 3}


def asked(kind: str, error: str = "", **fields: Any) -> dict[str, Any]:
    """A task that waits for an answer from outside, whoever gives it to this kind; an error is taken as an answer."""
    payload = {"token.$": "$$.Task.Token", "name.$": "$.name", "kind": kind}
    caught = {"ErrorEquals": [error], "ResultPath": "$.answer", "Next": "Then"}
    answered = {"Retry": [{"ErrorEquals": [error], "MaxAttempts": 0}, *RETRY], "Catch": [caught]}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": payload},
        "ResultPath": "$.answer",
        **(answered if error else {"Retry": RETRY}),
        **fields,
    }


# Whoever was given a task and never heard of it, as its giver was killed, is silent: the task is given out again.
SILENT = [{**RETRY[0], "ErrorEquals": ["States.HeartbeatTimeout"]}]
DUG = {"Type": "Task", "Resource": ACTIVITY, "ResultPath": "$.dug", "HeartbeatSeconds": 1, "Retry": SILENT}

MACHINES: Mapping[str, dict[str, Any]] = {
    "tasks": flow(One=work("one"), Two=work("two"), Three=work("three")),
    "strict": flow(One=work("one", Retry=[])),
    "waits": flow(First=WAIT, One=work("one"), Second=WAIT, Two=work("two"), Third=WAIT),
    "inline": flow(All=over("INLINE"), Then=work("then")),
    "distributed": flow(All=over("DISTRIBUTED", ExecutionType="STANDARD"), Then=work("then")),
    "callback": flow(Ask=asked("callback"), Then=work("then")),
    "approval": flow(Ask=asked("approval", REJECTED), Then=work("then")),
    "late": flow(Ask=asked("late", "States.Timeout", TimeoutSeconds=LIMIT), Then=work("then")),
    "silent": flow(Ask=asked("silent", "States.HeartbeatTimeout", HeartbeatSeconds=LIMIT), Then=work("then")),
    "activity": flow(Dig=DUG, Then=work("then")),
    "nested": flow(Child=child("states:startExecution.sync:2"), Then=work("then")),
    "named": flow(Child=child("states:startExecution.sync", **{"Name.$": "States.Format('{}-own', $.name)"})),
    "sent": flow(Child=child("states:startExecution"), Then=work("then")),
    "child": flow(One=work("one"), Wait=WAIT, Two=work("two")),
}


class Known(ByName):
    """The machines that others may start."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        name = arn.rpartition(":")[2]
        return (name, json.dumps(MACHINES[name])) if name in MACHINES else None


class Hands:
    """The functions: each leaves a trace that outlives the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def work(self, event: Any, _context: object) -> dict[str, str]:
        done = {"key": f"{event['name']} {event['step']}", "run": uuid4().hex}
        os.write(self.log, f"{json.dumps(done)}\n".encode())
        time.sleep(0.005)
        return done

    def ask(self, event: Any, _context: object) -> None:
        # A name alone is there whole, or not at all.
        (self.folder / "tokens" / f"{event['kind']} {event['name']} {event['token']}").touch()


def no_builds() -> Builds:
    raise AssertionError("no build here")


def tell(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def main(folder: Path) -> None:
    """Go on with what was left, then do what is asked."""
    with Store.writing(folder, time.time()) as store:
        hands = Hands(folder)
        functions = {"work": hands.work, "ask": hands.ask}
        driver: Driver = Driver(store, Integrations(functions, no_builds, lambda *_place: None, lambda: driver))
        driver.machines = Known()
        driver.wait_scale = QUICK
        driver.activities.create(ACTIVITY)
        tell({"resumed": driver.resume_all()})
        for line in sys.stdin:
            tell(obeyed(driver, json.loads(line)))


def obeyed(driver: Driver, asked: Mapping[str, str]) -> object:
    """The answer to one line; a refusal is one too."""
    machine = asked.get("machine", "")
    does: Mapping[str, Callable[[], object]] = {
        "start": lambda: driver.start(machine, json.dumps(MACHINES[machine]), asked["input"], asked["name"]),
        "answer": lambda: driver.task_succeeded(asked["token"], asked["output"]),
        "refuse": lambda: driver.task_failed(asked["token"], REJECTED, asked["cause"]),
        "beat": lambda: driver.task_heartbeat(asked["token"]),
        "dig": lambda: driver.get_activity_task(ACTIVITY, timeout=0),
        "running": lambda: len(driver.running),
    }
    try:
        return {"told": does[asked["do"]]()}
    except ApiError as refusal:
        return {"refused": refusal.code}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
