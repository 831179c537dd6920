"""TestState through the API: a mock answers, or the work is really done, in the caller's account and region."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSubmitted, TaskSucceeded
from handrail.local.api import teststate
from handrail.local.driver import Answer
from handrail.local.store import Stored
from tests.local.api.serving import ACCOUNT, REGION, Site, serving

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TASK = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "End": True}


class Worker:
    """Answers with its own arguments; `Fail` fails, `Never` is never answered."""

    def __init__(self) -> None:
        self.seen: list[Stored] = []
        self.cancelled: list[int] = []

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        self.seen.append(execution)
        asked: Any = task.arguments
        answer(lambda at: TaskSubmitted(at, task.task, None))
        if "Fail" in asked:
            answer(lambda at: TaskFailed(at, task.task, asked["Fail"], "why"))
        elif "Never" not in asked:
            answer(lambda at: TaskSucceeded(at, task.task, asked))
        return lambda: self.cancelled.append(task.task)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("api"), Worker()) as found:
        yield found


def state(**fields: Any) -> str:
    return json.dumps({**TASK, **fields})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(
            {"definition": '{"Type":"Pass","Result":1,"Next":"B"}', "input": '{"a":1}'},
            {"status": "SUCCEEDED", "output": "1", "nextState": "B"},
            id="no work",
        ),
        pytest.param(
            {"definition": state(), "roleArn": ROLE, "input": '{"a":1}'},
            {"status": "SUCCEEDED", "output": '{"a":1}'},
            id="work",
        ),
        pytest.param(
            {"definition": state(Parameters={"Fail": "S3.E"}), "roleArn": ROLE},
            {"status": "FAILED", "error": "S3.E", "cause": "why"},
            id="work that fails",
        ),
        pytest.param(
            {"definition": state(), "mock": {"result": '{"Buckets":[]}'}},
            {"status": "SUCCEEDED", "output": '{"Buckets":[]}'},
            id="a mock",
        ),
    ],
)
def test_the_state_tells_what_it_does(site: Site, given: dict[str, Any], told: dict[str, Any]) -> None:
    """No execution is begun for it."""
    assert site.call("test_state", **given) == told
    assert site.api.store.executions() == []


def test_work_is_done_in_the_callers_account_and_region(site: Site) -> None:
    """Under the role that was given."""
    site.call("test_state", definition=state(), roleArn=ROLE)
    seen = site.api.driver.work.seen[-1]  # type: ignore[attr-defined]
    assert (seen.arn.split(":")[3:5], seen.role) == ([REGION, ACCOUNT], ROLE)


def test_work_that_takes_too_long_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tested state has five minutes, like everything that is Express."""
    monkeypatch.setattr(teststate, "LONGEST", 0.01)
    told = site.call("test_state", definition=state(Parameters={"Never": 1}), roleArn=ROLE)
    assert (told["status"], told["error"]) == ("FAILED", "States.Timeout")
    assert len(site.api.driver.work.cancelled) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"definition": '{"Type":"Nothing"}'}, "InvalidDefinition", id="definition"),
        pytest.param({"definition": '{"Type":"Succeed"}', "input": "{"}, "InvalidExecutionInput", id="input"),
        pytest.param({"definition": state()}, "ValidationException", id="a task without a role"),
        pytest.param({"definition": state(), "roleArn": "none"}, "InvalidArn", id="role"),
    ],
)
def test_what_cannot_be_tested_is_refused(site: Site, given: dict[str, Any], code: str) -> None:
    """With AWS's code."""
    assert site.refused("test_state", **given)[0] == code
