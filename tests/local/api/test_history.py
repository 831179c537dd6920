"""GetExecutionHistory: pages from either end, without data where none is wanted, also while the execution runs."""

import json
from itertools import pairwise
from typing import Any

import pytest

from handrail.engine.history import HistoryEvent, rendered
from handrail.local.api.history import texts
from tests.local.api.serving import PREFIX, Site
from tests.local.driving import CALLBACK

CHAIN = {
    "A": {"Type": "Pass", "Assign": {"v": 7}, "Next": "B"},
    "B": {"Type": "Pass", "Result": {"b": 1}, "Next": "C"},
    "C": {"Type": "Pass", "End": True},
}
TYPES = ["ExecutionStarted", *["PassStateEntered", "PassStateExited"] * 3, "ExecutionSucceeded"]


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    site.machines.add("chain", CHAIN)
    return site


@pytest.fixture(scope="module")
def arn(site: Site) -> str:
    return site.run(f"{PREFIX}:stateMachine:chain", input='{"a": "secret"}')


def pages(site: Site, **given: Any) -> list[list[dict[str, Any]]]:
    size = given.pop("size")
    found = site.client.get_paginator("get_execution_history").paginate(**given, PaginationConfig={"PageSize": size})
    return [page["events"] for page in found]


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
@pytest.mark.parametrize("back", [False, True])
def test_the_pages_together_are_the_history(site: Site, arn: str, size: int, back: bool) -> None:
    """No event is missing or comes twice, whatever the size of a page and the direction."""
    found = pages(site, executionArn=arn, size=size, reverseOrder=back)
    events = [event for page in found for event in page]
    assert all(len(page) == size for page in found[:-1])
    assert [event["type"] for event in events] == (TYPES[::-1] if back else TYPES)
    assert all(abs(one["id"] - two["id"]) == 1 for one, two in pairwise(events))


def test_without_its_data_a_history_tells_no_input_and_no_output(site: Site, arn: str) -> None:
    """The names of states and the types of events stay."""
    whole = site.call("get_execution_history", executionArn=arn)["events"]
    bare = site.call("get_execution_history", executionArn=arn, includeExecutionData=False)["events"]
    assert "secret" in str(whole)
    assert "secret" not in str(bare)
    assert bare[1]["stateEnteredEventDetails"] == {"name": "A"}
    assert bare[2]["stateExitedEventDetails"] == {"name": "A"}
    assert [event["type"] for event in bare] == TYPES


def test_the_history_of_one_that_runs_is_read_as_far_as_it_is(site: Site) -> None:
    """What has happened is there at once, what comes later is on the page that follows."""
    arn = site.start(site.machines.add("asks", {"A": {"Type": "Task", "Resource": CALLBACK, "End": True}}))
    token = site.work.token()
    before = site.call("get_execution_history", executionArn=arn)["events"]
    site.call("send_task_success", taskToken=token, output="1")
    site.ended(arn)
    after = site.call("get_execution_history", executionArn=arn)["events"]
    assert [event["type"] for event in before][:3] == ["ExecutionStarted", "TaskStateEntered", "TaskScheduled"]
    assert after[: len(before)] == before
    assert after[-1]["type"] == "ExecutionSucceeded"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("nothing", id="no token"),
        pytest.param("W10=", id="JSON of another shape"),
        pytest.param("é" * 5, id="no ASCII"),
        pytest.param("[" * 1000, id="deep"),
    ],
)
def test_what_is_no_page_token_is_refused(site: Site, arn: str, token: str) -> None:
    """Whatever it is, the answer is AWS's."""
    told = site.refused("get_execution_history", executionArn=arn, nextToken=token)
    assert told == ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_a_page_token_is_good_for_its_own_request_only(site: Site, arn: str) -> None:
    """One of another execution, or of the other direction, is refused."""
    token = site.call("get_execution_history", executionArn=arn, maxResults=2)["nextToken"]
    assert (
        site.refused("get_execution_history", executionArn=arn, nextToken=token, reverseOrder=True)[0] == "InvalidToken"
    )
    other = site.run(f"{PREFIX}:stateMachine:chain")
    assert site.refused("get_execution_history", executionArn=other, nextToken=token)[0] == "InvalidToken"


def test_a_long_history_is_kept_for_all_its_pages(site: Site) -> None:
    """Two thousand events come from what is kept; the next page reads nothing from the journal."""
    loop = {
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 500, "Next": "Count"}],
            "Default": "Done",
        },
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
        "Done": {"Type": "Succeed"},
    }
    arn = site.run(site.machines.add("loop", loop), input='{"n": 0}')
    events = [event for page in pages(site, executionArn=arn, size=700) for event in page]
    made = site.api.histories.cache.get((arn, 0))
    assert made is not None
    assert [event["id"] for event in events] == [*range(1, len(events) + 1)]
    assert len(events) > 2000
    assert site.call("get_execution_history", executionArn=arn)["events"] == events[:100]
    assert site.api.histories.cache.get((arn, 0)) is made


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(HistoryEvent("PassStateEntered", 0, 1.5, ("A", '{"a": "é\\ud83d\\n"}')), id="entered"),
        pytest.param(HistoryEvent("PassStateExited", 1, 1.25, ('"A"\u2028', "null", None)), id="left"),
        pytest.param(HistoryEvent("MapStateExited", 1, 7e20, ("A", "1", {})), id="left, with nothing assigned"),
        pytest.param(HistoryEvent("TaskStateExited", 9, 2.0, ("A", "1", {"v": "[1]"})), id="left, with variables"),
        pytest.param(HistoryEvent("TaskFailed", 3, 1760000000.123, {"error": "<b>"}), id="of another kind"),
        pytest.param(HistoryEvent("ParallelStateSucceeded", 3, 1.0, None), id="without details"),
    ],
)
def test_an_event_s_text_is_the_json_of_the_event(event: HistoryEvent) -> None:
    """The short way and the long way say the same, in the same order of members."""
    events = [HistoryEvent("ExecutionStarted", 0, 0.0, {"input": "{}"}), event]
    found = [json.loads(text, object_pairs_hook=list) for text in texts(events, range(2, 0, -1))]
    long = [json.dumps(each) for each in rendered(events)]
    assert found == [json.loads(text, object_pairs_hook=list) for text in reversed(long)]
