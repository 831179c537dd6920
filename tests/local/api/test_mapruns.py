"""Map Runs through the API: listed, described, changed while they run; their children as executions of their own."""

import json
from typing import Any

import pytest

from handrail.engine.events import TaskSucceeded
from handrail.engine.states.maprun import Settings
from handrail.local.api.family import Family
from handrail.local.api.family import runs as map_runs
from handrail.local.histories import Histories
from handrail.local.replay import replayed
from tests.local.api.serving import PREFIX, Site
from tests.local.driving import CALLBACK


def distributed(kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    states = {"T": {"Type": "Task", "Resource": CALLBACK, "End": True}} if kind == "STANDARD" else SORTED
    body = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    return {"M": {"Type": "Map", "ItemProcessor": body, "Label": "each", "End": True, **fields}}


PASS = {"Type": "Pass", "End": True}
SORTED: dict[str, Any] = {
    "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}], "Default": "S"},
    "F": {"Type": "Fail", "Error": "Two"},
    "S": {"Type": "Succeed"},
}


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("tokens", distributed(MaxConcurrency=1))
    site.machines.add("sorts", distributed("EXPRESS", ToleratedFailurePercentage=50))
    return site


def machine(name: str) -> str:
    return f"{PREFIX}:stateMachine:{name}"


def run_of(site: Site, execution: str) -> str:
    [run] = site.call("list_map_runs", executionArn=execution)["mapRuns"]
    return str(run["mapRunArn"])


def counted(site: Site, run: str, of: str = "executionCounts") -> dict[str, int]:
    """The counts that are not 0."""
    return {name: count for name, count in site.call("describe_map_run", mapRunArn=run)[of].items() if count}


def children(site: Site, run: str, **given: Any) -> list[dict[str, Any]]:
    return list(site.call("list_executions", mapRunArn=run, **given)["executions"])


def test_a_map_run_is_described_while_it_runs_and_after(site: Site) -> None:
    """What is counted moves from pending to running to succeeded."""
    arn = site.start(machine("tokens"), input="[1, 2]")
    token, run = site.work.token(), run_of(site, arn)
    told = site.call("describe_map_run", mapRunArn=run)
    assert (told["executionArn"], told["status"], told["maxConcurrency"]) == (arn, "RUNNING", 1)
    assert (told["toleratedFailureCount"], told["toleratedFailurePercentage"], told["redriveCount"]) == (0, 0.0, 0)
    assert counted(site, run) == {"pending": 1, "running": 1, "total": 2}
    site.call("send_task_success", taskToken=token, output="1")
    site.call("send_task_success", taskToken=site.work.token(), output="2")
    assert site.ended(arn) == "SUCCEEDED"
    assert counted(site, run) == counted(site, run, "itemCounts") == {"succeeded": 2, "total": 2}
    assert (
        site.call("describe_map_run", mapRunArn=run)["stopDate"]
        == site.call("describe_execution", executionArn=arn)["stopDate"]
    )
    [listed] = site.call("list_map_runs", executionArn=arn)["mapRuns"]
    assert listed["stateMachineArn"] == f"{machine('tokens')}/each"


def test_children_are_executions_of_their_own(site: Site) -> None:
    """They are listed by their Map Run, described, and have a history; Express ones as well."""
    arn = site.run(machine("sorts"), input="[1, 2]")
    run = run_of(site, arn)
    failed, good = sorted(children(site, run), key=lambda child: str(child["status"]))
    assert good.keys() == {
        *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "mapRunArn", "itemCount"),
        "redriveCount",
    }
    assert children(site, run, statusFilter="FAILED") == [failed]
    told = site.call("describe_execution", executionArn=failed["executionArn"])
    assert (told["mapRunArn"], told["input"], told["error"]) == (run, "2", "Two")
    assert (told["stateMachineArn"], told["redriveStatus"]) == (f"{machine('sorts')}/each", "REDRIVABLE_BY_MAP_RUN")
    events = site.call("get_execution_history", executionArn=good["executionArn"])["events"]
    assert [event["type"] for event in events][-2:] == ["SucceedStateExited", "ExecutionSucceeded"]
    described = site.call("describe_state_machine_for_execution", executionArn=good["executionArn"])
    assert (described["mapRunArn"], described["label"]) == (run, "each")
    assert json.loads(described["definition"])["StartAt"] == "C"
    assert site.call("list_map_runs", executionArn=good["executionArn"]) == {"mapRuns": []}


def test_a_map_run_that_has_ended_is_found_by_another_process(site: Site) -> None:
    """Its journal is all that is needed; a page of its children goes on where the one before ended."""
    arn = site.run(machine("sorts"), input="[1, 3, 4]")
    run = run_of(site, arn)
    before = site.call("describe_map_run", mapRunArn=run)
    site.api.histories = Histories(site.api.driver)
    site.api.family = Family(site.api.store, site.api.histories)
    assert site.call("describe_map_run", mapRunArn=run) == before
    pages = site.client.get_paginator("list_executions").paginate(mapRunArn=run, PaginationConfig={"PageSize": 2})
    assert [len(page["executions"]) for page in pages] == [2, 1]


def test_more_children_at_once_begin_as_soon_as_they_may(site: Site) -> None:
    """UpdateMapRun works at once, and a replay of the journal tells the same."""
    arn = site.start(machine("tokens"), input="[1, 2, 3]")
    tokens, run = [site.work.token()], run_of(site, arn)
    site.call("update_map_run", mapRunArn=run, maxConcurrency=2)
    tokens.append(site.work.token())
    assert counted(site, run) == {"pending": 1, "running": 2, "total": 3}
    site.call(
        "update_map_run", mapRunArn=run, maxConcurrency=0, toleratedFailureCount=1, toleratedFailurePercentage=50.0
    )
    tokens.append(site.work.token())
    told = site.call("describe_map_run", mapRunArn=run)
    assert (told["maxConcurrency"], told["toleratedFailureCount"], told["toleratedFailurePercentage"]) == (0, 1, 50.0)
    site.call("send_task_failure", taskToken=tokens.pop(0), error="Tolerated")
    for token in tokens:
        site.call("send_task_success", taskToken=token, output="1")
    assert site.ended(arn) == "SUCCEEDED"
    again = replayed(site.api.store, site.api.store.find(arn))
    assert [each.settings for each in map_runs(again)] == [Settings(10_000, failures=1, share=50.0)]
    assert again.history() == site.api.histories.ended(site.api.store.find(arn)).history()
    assert counted(site, run) == {"failed": 1, "succeeded": 2, "total": 3}


def test_less_tolerance_than_there_are_failures_ends_the_run(site: Site) -> None:
    """What was tolerated until then is not any more."""
    tolerant = site.machines.add("tolerant", distributed(ToleratedFailureCount=2))
    arn = site.start(tolerant, input="[1, 2]")
    tokens, run = [site.work.token(), site.work.token()], run_of(site, arn)
    site.call("send_task_failure", taskToken=tokens[0], error="E")
    assert counted(site, run) == {"failed": 1, "running": 1, "total": 2}
    site.call("update_map_run", mapRunArn=run, toleratedFailureCount=0)
    assert site.ended(arn) == "FAILED"
    assert counted(site, run) == {"aborted": 1, "failed": 1, "total": 2}


def test_one_child_is_stopped_by_itself(site: Site) -> None:
    """The others go on; the run counts it as aborted."""
    tolerant = site.machines.add("tolerant", distributed(ToleratedFailureCount=2))
    arn = site.start(tolerant, input="[1, 2]")
    tokens, run = [site.work.token(), site.work.token()], run_of(site, arn)
    first = children(site, run)[-1]["executionArn"]
    site.call("stop_execution", executionArn=first, error="Enough")
    told = site.call("describe_execution", executionArn=first)
    assert (told["status"], told["error"]) == ("ABORTED", "Enough")
    assert site.refused("redrive_execution", executionArn=first)[0] == "ExecutionNotRedrivable"
    assert site.refused("send_task_success", taskToken=tokens[0], output="1")[0] == "TaskTimedOut"
    site.call("send_task_success", taskToken=tokens[1], output="1")
    assert site.ended(arn) == "SUCCEEDED"
    assert counted(site, run) == {"aborted": 1, "succeeded": 1, "total": 2}


def test_a_redrive_of_the_execution_redrives_the_children_that_failed(site: Site) -> None:
    """Those that wait for their turn say so; the run tells how often that was."""
    arn = site.start(
        site.machines.add("strict", distributed(MaxConcurrency=1, ToleratedFailureCount=1)), input="[1, 2]"
    )
    for _ in range(2):
        site.call("send_task_failure", taskToken=site.work.token(), error="E")
    assert site.ended(arn) == "FAILED"
    run = run_of(site, arn)
    site.call("redrive_execution", executionArn=arn)
    tokens = [site.work.token()]
    assert counted(site, run) == {"pendingRedrive": 1, "running": 1, "total": 2}
    [waits] = children(site, run, statusFilter="PENDING_REDRIVE")
    [runs] = children(site, run, redriveFilter="REDRIVEN")
    assert (waits["redriveCount"], runs["redriveCount"], "redriveDate" in runs) == (0, 1, True)
    site.call("send_task_success", taskToken=tokens[0], output="1")
    site.call("send_task_success", taskToken=site.work.token(), output="1")
    assert site.ended(arn) == "SUCCEEDED"
    told = site.call("describe_map_run", mapRunArn=run)
    assert (told["redriveCount"], told["status"], "redriveDate" in told) == (1, "SUCCEEDED", True)


def test_results_that_were_written_to_s3_are_counted(site: Site) -> None:
    """Those of children that failed as well; without a ResultWriter none is."""
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
    states = distributed("EXPRESS", ToleratedFailurePercentage=50, ResultWriter=writer)
    arn = site.start(site.machines.add("writes", states), input="[1, 2]")
    for _ in range(3):
        task = site.work.tasks.get(timeout=20).task
        site.api.driver.happened(arn, lambda at, task=task: TaskSucceeded(at, task, {}))  # type: ignore[misc]
    assert site.ended(arn) == "SUCCEEDED"
    assert counted(site, run_of(site, arn)) == {"failed": 1, "succeeded": 1, "resultsWritten": 2, "total": 2}


@pytest.mark.parametrize("operation", ["describe_map_run", "update_map_run"])
@pytest.mark.parametrize(
    ("run", "code"),
    [
        pytest.param(f"{PREFIX}:mapRun:sorts/each:none", "ResourceNotFound", id="none"),
        pytest.param(machine("sorts"), "InvalidArn", id="a machine"),
        pytest.param("none", "InvalidArn", id="no ARN"),
    ],
)
def test_an_arn_that_names_no_map_run_is_refused(site: Site, operation: str, run: str, code: str) -> None:
    """With AWS's code."""
    assert site.refused(operation, mapRunArn=run)[0] == code


def test_a_map_run_that_has_ended_is_not_changed(site: Site) -> None:
    """The message says how it ended."""
    run = run_of(site, site.run(machine("sorts"), input="[1]"))
    code, message = site.refused("update_map_run", mapRunArn=run, maxConcurrency=3)
    assert (code, "SUCCEEDED" in message) == ("ValidationException", True)


def test_a_page_of_map_runs_has_its_token(site: Site) -> None:
    """The newest come first."""
    body = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P1"}
    first, second = (
        {"Type": "Map", "Label": label, "ItemProcessor": {**body, "StartAt": label, "States": {label: PASS}}, **then}
        for label, then in (("one", {"Next": "N"}), ("two", {"End": True}))
    )
    arn = site.run(site.machines.add("twice", {"M": first, "N": second}), input="[1]")
    page = site.call("list_map_runs", executionArn=arn, maxResults=1)
    rest = site.call("list_map_runs", executionArn=arn, maxResults=1, nextToken=page["nextToken"])
    labels = [run["mapRunArn"].split("/")[1].split(":")[0] for run in page["mapRuns"] + rest["mapRuns"]]
    assert (labels, "nextToken" in rest) == (["two", "one"], False)
    assert site.refused("list_map_runs", executionArn=arn, nextToken="x") == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )
