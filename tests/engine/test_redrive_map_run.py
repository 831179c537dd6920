"""A Distributed Map goes on with the children that did not succeed, as AWS documents it and was seen to do it.

The promises follow "Redriving Map Runs in Step Functions executions" in the Developer Guide.
"""

import json
from typing import Any

import pytest

from tests.engine.redriving import BOOM, HANG, TASK, Play, machine, mapped


def distributed(body: dict[str, Any], kind: str = "STANDARD", **more: Any) -> dict[str, Any]:
    return mapped(body | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}, Label="L", **more)


PUT = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
BODY = machine(A=TASK, B=TASK)


def test_the_history_of_a_redriven_map_run_is_the_one_that_aws_wrote() -> None:
    """MapRunRedriven follows the start of the Map, and the state's exit follows it."""
    play = Play(machine(M=distributed(BODY)), {"items": [0, 1]}).run({"B": ["kept", BOOM]}).redrive({"B": "fixed"})
    assert play.output == ["kept", "fixed"]
    assert play.since == [
        ("MapRunRedriven", "MapStateStarted"),
        ("MapRunSucceeded", "MapRunRedriven"),
        ("MapStateSucceeded", "MapRunSucceeded"),
        ("MapStateExited", "MapRunRedriven"),
        ("ExecutionSucceeded", "MapStateExited M"),
    ]
    [told] = [each["mapRunRedrivenEventDetails"] for each in play.execution.history() if "MapRunRed" in each["type"]]
    assert (told["redriveCount"], told["mapRunArn"]) == (1, *play.execution.map_runs)


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        pytest.param("STANDARD", ["B", "A", "B"], id="standard children go on where they ended"),
        pytest.param("EXPRESS", ["A", "A", "B", "B"], id="express children begin again"),
    ],
)
def test_only_children_that_did_not_succeed_are_run(kind: str, called: list[str]) -> None:
    """Of three, one had ended well, one failed, and one was never begun."""
    play = Play(machine(M=distributed(BODY, kind, MaxConcurrency=2)), {"items": [0, 1, 2]})
    play.run({"B": ["kept", BOOM], "A": [0, 1, HANG]}).redrive()
    assert sorted(play.called) == sorted(called)
    assert play.output == ["kept", 1, 2]
    assert len({child.execution.arn for run in play.execution.map_runs.values() for child in run.children}) == 3


def test_children_beyond_the_concurrency_wait_for_their_redrive() -> None:
    """No more children are redriven at once than MaxConcurrency."""
    definition = machine(M=distributed(machine(T=TASK), MaxConcurrency=2, ToleratedFailureCount=3))
    play = Play(definition, {"items": [0, 1, 2, 3]}).run({"T": BOOM})
    play.redrive({"T": HANG})
    assert (play.execution.status, len(play.calls)) == ("RUNNING", 2)


@pytest.mark.parametrize("redrives", [pytest.param(999, id="once more"), pytest.param(1_000, id="never again")])
def test_a_map_run_is_redriven_a_thousand_times_at_most(redrives: int) -> None:
    """Beyond the limit the state fails with States.Runtime."""
    play = Play(machine(M=distributed(machine(T=TASK))), {"items": [0]}).run({"T": BOOM})
    for run in play.execution.map_runs.values():
        run.redrives = redrives  # type: ignore[attr-defined]
    play.redrive()
    assert play.execution.error == (None if redrives < 1_000 else "States.Runtime")


def test_a_run_that_never_found_its_items_reads_them_again() -> None:
    """After States.ItemReaderFailed the redrive asks S3 once more."""
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    definition = machine(M=without_items(distributed(machine(T=TASK), ItemReader=reader)))
    play = Play(definition).run({"M": BOOM})
    assert play.execution.error == "States.ItemReaderFailed"
    play.redrive({"M": "[1, 2]"})
    assert (play.called, play.output) == (["M", "T", "T"], [1, 2])


def without_items(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "ItemsPath"}


@pytest.mark.parametrize(
    ("more", "result", "error"),
    [
        pytest.param({"ResultSelector": {"t.$": "$$.Execution.RedriveTime"}}, 1, "States.Runtime", id="data not there"),
        pytest.param({}, "x" * 150_000, "States.DataLimitExceeded", id="too much data"),
    ],
)
def test_data_that_is_wrong_starts_a_new_map_run(more: dict[str, Any], result: Any, error: str) -> None:
    """The existing run is not redriven, even where all its children had ended well: another one is started."""
    play = Play(machine(M=distributed(machine(T=TASK), **more)), {"items": [0, 1]}).run({"T": result})
    assert play.execution.error == error
    play.redrive()
    assert play.execution.status == "SUCCEEDED"
    assert (len(play.execution.map_runs), play.called) == (2, ["T", "T"])


def test_each_redrive_writes_its_results_into_a_folder_of_its_own() -> None:
    """The manifest also names what was written before; a success is written once."""
    definition = machine(M=distributed(machine(T=TASK), ResultWriter=PUT))
    play = Play(definition, {"items": [0, 1]}).run({"T": ["kept", BOOM]})
    play.redrive({"T": "fixed"})
    written: dict[str, Any] = {
        task.arguments["Key"]: task.arguments["Body"] for task in play.calls if task.state == "M"
    }
    succeeded, manifest = (next(key for key in written if name in key) for name in ("SUCCEEDED", "manifest"))
    listed = json.loads(written[manifest])["ResultFiles"]
    assert "/Redrive-1/" in manifest
    assert len(json.loads(written[succeeded])) == 1
    assert [each["Key"] for each in listed["SUCCEEDED"]] == [succeeded.replace("/Redrive-1", ""), succeeded]
    assert listed["FAILED"] == []
