"""Task tokens and activities through the API: who answers, who asks for work, and what is refused."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from time import sleep
from typing import Any

import pytest

from handrail.local.api import tasks
from tests.local.api.serving import PREFIX, Site
from tests.local.driving import CALLBACK

ACTIVITY = f"{PREFIX}:activity:sorting"
OVER = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
INVALID = ("InvalidToken", "Invalid Token: 'Invalid token'")


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("asks", {"A": {"Type": "Task", "Resource": CALLBACK, "HeartbeatSeconds": 60, "End": True}})
    site.machines.add("sorts", {"A": {"Type": "Task", "Resource": ACTIVITY, "End": True}})
    site.api.driver.activities.create(ACTIVITY)
    return site


def machine(name: str) -> str:
    return f"{PREFIX}:stateMachine:{name}"


@pytest.mark.parametrize(
    ("operation", "given", "status", "told"),
    [
        pytest.param("send_task_success", {"output": '{"a":1}'}, "SUCCEEDED", {"output": '{"a":1}'}, id="success"),
        pytest.param(
            "send_task_failure", {"error": "E", "cause": "c"}, "FAILED", {"error": "E", "cause": "c"}, id="failure"
        ),
    ],
)
def test_who_has_the_token_answers(
    site: Site, operation: str, given: dict[str, Any], status: str, told: dict[str, Any]
) -> None:
    """The execution goes on with the answer; a second one comes too late."""
    arn = site.start(machine("asks"))
    token = site.work.token()
    assert site.call("send_task_heartbeat", taskToken=token) == {}
    assert site.call(operation, taskToken=token, **given) == {}
    assert site.ended(arn) == status
    found = site.call("describe_execution", executionArn=arn)
    assert {name: found[name] for name in told} == told
    assert site.refused(operation, taskToken=token, **given) == OVER


@pytest.mark.parametrize(
    ("operation", "given"),
    [("send_task_success", {"output": "1"}), ("send_task_failure", {}), ("send_task_heartbeat", {})],
)
def test_what_is_no_token_is_refused(site: Site, operation: str, given: dict[str, Any]) -> None:
    """In AWS's words, whatever was to be answered."""
    assert site.refused(operation, taskToken="none", **given) == INVALID


def test_an_answer_that_is_no_json_is_refused(site: Site) -> None:
    """The task goes on waiting."""
    arn = site.start(machine("asks"))
    token = site.work.token()
    assert site.refused("send_task_success", taskToken=token, output="{")[0] == "InvalidOutput"
    site.call("send_task_success", taskToken=token, output="{}")
    assert site.ended(arn) == "SUCCEEDED"


def test_a_worker_is_given_the_task_that_it_waited_for(site: Site) -> None:
    """The poll is answered when a task comes, and the history says who took it."""
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(site.call, "get_activity_task", activityArn=ACTIVITY, workerName="ada")
        arn = site.start(machine("sorts"), input='{"n": 3}')
        task = polled.result(20)
    assert json.loads(task["input"]) == {"n": 3}
    site.call("send_task_success", taskToken=task["taskToken"], output='"sorted"')
    assert site.ended(arn) == "SUCCEEDED"
    started = site.call("get_execution_history", executionArn=arn)["events"][3]
    assert started["activityStartedEventDetails"] == {"workerName": "ada"}


def test_a_worker_that_has_gone_is_given_nothing(site: Site) -> None:
    """One that was killed while it polled: the task is for the one that polls in its place."""
    host, port = site.client.meta.endpoint_url.removeprefix("http://").split(":")
    with closing(HTTPConnection(host, int(port), timeout=20)) as killed:
        headers = {"X-Amz-Target": "AWSStepFunctions.GetActivityTask"}
        killed.request("POST", "/", json.dumps({"activityArn": ACTIVITY, "workerName": "killed"}), headers)
        while not site.api.pollers.counts[ACTIVITY]:
            sleep(0.01)
    arn = site.start(machine("sorts"))
    while site.api.pollers.counts[ACTIVITY]:
        sleep(0.01)
    task = site.call("get_activity_task", activityArn=ACTIVITY, workerName="ada")
    site.call("send_task_success", taskToken=task["taskToken"], output="1")
    assert site.ended(arn) == "SUCCEEDED"
    started = site.call("get_execution_history", executionArn=arn)["events"][3]
    assert started["activityStartedEventDetails"] == {"workerName": "ada"}


def test_a_worker_for_whom_there_is_nothing_is_sent_away_without_a_token(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is an answer, and no error."""
    monkeypatch.setattr(tasks, "LONGEST_POLL", 0.01)
    assert site.call("get_activity_task", activityArn=ACTIVITY) == {}


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        pytest.param(f"{ACTIVITY}s", ("ActivityDoesNotExist", f"Activity Does Not Exist: '{ACTIVITY}s'"), id="none"),
        pytest.param("sorting", ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: sorting'"), id="no ARN"),
        pytest.param(
            machine("asks"), ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: stateMachine'"),
            id="machine",
        ),
    ],
)  # fmt: skip
def test_an_arn_that_names_no_activity_is_refused(site: Site, arn: str, told: tuple[str, str]) -> None:
    """At once, and not after a minute."""
    assert site.refused("get_activity_task", activityArn=arn) == told


def test_a_task_of_an_activity_that_was_deleted_cannot_be_answered(site: Site) -> None:
    """AWS says that the task does not exist."""
    gone = f"{PREFIX}:activity:gone"
    site.api.driver.activities.create(gone)
    site.start(site.machines.add("goes", {"A": {"Type": "Task", "Resource": gone, "End": True}}))
    token = site.call("get_activity_task", activityArn=gone)["taskToken"]
    site.api.driver.activities.delete(gone)
    assert site.refused("send_task_success", taskToken=token, output="1")[0] == "TaskDoesNotExist"


def test_no_more_than_a_thousand_workers_wait_at_an_activity(site: Site) -> None:
    """One that has left makes room for the next."""
    pollers = site.api.pollers
    pollers.counts[ACTIVITY] = tasks.MOST_POLLERS - 1
    with pollers.one_more(ACTIVITY):
        assert site.refused("get_activity_task", activityArn=ACTIVITY)[0] == "ActivityWorkerLimitExceeded"
    with pollers.one_more(ACTIVITY):
        assert pollers.counts[ACTIVITY] == tasks.MOST_POLLERS
    pollers.counts.clear()
