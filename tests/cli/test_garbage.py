"""`handrail local` goes on for weeks: what executions leave behind is found soon, and without a look at the rest."""

import json
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.cli.conftest import Desk, written
from tests.cli.test_local import ROLE, reached

MANY = 400

COUNT = '''"""Counts what is alive in the process that runs it."""

import gc

from handrail.task import task


@task
def alive() -> dict[str, int]:
    """Branches of executions; all that a garbage collection looks at; and all that it leaves alone."""
    found = gc.get_objects()
    branches = sum(type(each).__name__ == "Branch" for each in found)
    return {"branches": branches, "looked at": len(found), "left alone": gc.get_freeze_count()}
'''

COUNTS = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:handrail-count-alive",
    "End": True,
}
FAILS = {"StartAt": "Fails", "States": {"Fails": {"Type": "Fail", "Error": "Boom"}}}
RING = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": FAILS, "End": True}
"""Iterations refer to the branch that waits for them, which refers to them, also when one has failed."""


class Serving:
    """A `handrail local`, and what runs in it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def machine(self, name: str, state: Mapping[str, Any]) -> str:
        definition = json.dumps({"StartAt": "A", "States": {"A": state}})
        made = self.client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
        return str(made["stateMachineArn"])

    def run(self, machine: str, input: str = "{}") -> dict[str, Any]:
        """Run a machine to its end."""
        arn = self.client.start_execution(stateMachineArn=machine, input=input)["executionArn"]
        while (told := self.client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            pass
        return dict(told)


@pytest.fixture
def serving(alone: Desk) -> Iterator[Serving]:
    written(alone.project, {"tasks/count.py": COUNT})
    process = alone.begin("local")
    assert process.stdout is not None
    yield Serving(reached(process.stdout.readline()))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def test_what_executions_leave_in_rings_does_not_pile_up(serving: Serving) -> None:
    """Of hundreds that have failed, few are still there; what the server consists of is not searched for them."""
    ring, count = serving.machine("ring", RING), serving.machine("count", COUNTS)
    for _ in range(MANY):
        assert serving.run(ring, "[1, 2, 3]")["status"] == "FAILED"
    alive = json.loads(serving.run(count)["output"])
    # Each had four.
    assert alive["branches"] < 2 * MANY
    assert alive["looked at"] < alive["left alone"]
