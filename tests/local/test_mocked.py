"""Executions with a test case of a MockConfigFile: nothing is called, and the states go on as if it had been."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import Started, TaskSucceeded
from handrail.local.driver import Answer, Driver
from handrail.local.store import Store, Stored
from handrail.mockconfig import MockConfig, read
from tests.local.api.serving import Site, serving
from tests.local.driving import Seen

FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:charge"
INVOKE = "arn:aws:states:::lambda:invoke"
ACTIVITY = "arn:aws:states:eu-west-1:111111111111:activity:nobody-made-it"
AGAIN = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3}]


def task(resource: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def each(inner: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map with one state, Call, over two items."""
    processor = {"StartAt": "Call", "States": {"Call": inner}, **fields}
    return {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True}


def both(inner: Mapping[str, Any]) -> dict[str, Any]:
    branches = [{"StartAt": name, "States": {name: dict(inner)}} for name in ("Call", "Other")]
    return {"Type": "Parallel", "Branches": branches, "End": True}


RESPONSES: dict[str, Any] = {
    "Done": {"0-9": {"Return": {"ok": True}}},
    "Invoked": {"0": {"Return": {"StatusCode": 200, "Payload": {"paid": 5}}}},
    "Busy": {"0-1": {"Throw": {"Error": "Busy", "Cause": "Not now."}}, "2": {"Return": "third"}},
    "Turns": {str(number): {"Return": number} for number in range(4)},
    "BusyOnce": {"0": {"Throw": {"Error": "Busy", "Cause": ""}}, "1": {"Return": "one"}, "2": {"Return": "two"}},
    "Broken": {"0": {"Throw": {"Error": "Broken", "Cause": "For good."}}},
    "Nothing": {},
}
NONE_LEFT = 'The mocked response "Nothing" has no answer for call 0 of Call; the first call is 0.'


class Worked:
    """Really does what is not mocked: answers with the name of the state."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        answer(lambda at: TaskSucceeded(at, task.task, f"really {task.state}"))
        return lambda: None


def config(folder: Path, machine: str, cases: Mapping[str, Mapping[str, str]]) -> Path:
    path = folder / "MockConfigFile.json"
    value = {"StateMachines": {machine: {"TestCases": cases}}, "MockedResponses": RESPONSES}
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("mocked")
    cases = {name: {"Call": name} for name in RESPONSES}
    with serving(folder / "home", Worked()) as site:
        site.api.driver.mocked.config = read(config(folder, "orders", cases))
        site.api.driver.wait_scale = 0
        yield site


@pytest.mark.parametrize(
    ("first", "case", "status", "told"),
    [
        pytest.param(task(INVOKE), "Invoked", "SUCCEEDED", {"StatusCode": 200, "Payload": {"paid": 5}}, id="invoke"),
        pytest.param(task(FUNCTION), "Invoked", "SUCCEEDED", {"paid": 5}, id="a function, as Invoke answers"),
        pytest.param(task(FUNCTION), "Done", "SUCCEEDED", {"ok": True}, id="a function, as it answers"),
        pytest.param(task("arn:aws:states:::codebuild:startBuild.sync"), "Done", "SUCCEEDED", {"ok": True}, id="sync"),
        pytest.param(task("arn:aws:states:::aws-sdk:rds:stopDBCluster"), "Done", "SUCCEEDED", {"ok": True}, id="sdk"),
        pytest.param(
            task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", HeartbeatSeconds=60),
            "Done",
            "SUCCEEDED",
            {"ok": True},
            id="a callback",
        ),
        pytest.param(task(ACTIVITY), "Done", "SUCCEEDED", {"ok": True}, id="an activity that nobody made"),
        pytest.param(task(ACTIVITY), "Broken", "FAILED", ["Broken", "For good."], id="an activity that fails"),
        pytest.param(task(INVOKE), "Broken", "FAILED", ["Broken", "For good."], id="a failure"),
        pytest.param(
            task(INVOKE, Catch=[{"ErrorEquals": ["Broken"], "Next": "Caught"}]),
            "Broken",
            "SUCCEEDED",
            {"Error": "Broken", "Cause": "For good."},
            id="a failure that is caught",
        ),
        pytest.param(task(INVOKE, Retry=AGAIN), "Busy", "SUCCEEDED", "third", id="retries"),
        pytest.param(each(task(INVOKE)), "Turns", "SUCCEEDED", [0, 1], id="the items of a Map count on"),
        pytest.param(
            each(task(INVOKE, Retry=AGAIN)), "BusyOnce", "SUCCEEDED", ["one", "two"], id="and so do their retries"
        ),
        pytest.param(
            each(task(INVOKE), ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}),
            "Turns",
            "SUCCEEDED",
            [0, 1],
            id="children of a Map Run",
        ),
        pytest.param(
            both(task(INVOKE)), "Done", "SUCCEEDED", [{"ok": True}, "really Other"], id="a branch, beside real work"
        ),
        pytest.param(task(INVOKE), "Nothing", "FAILED", ["States.Runtime", NONE_LEFT], id="no answer for this call"),
    ],
)
def test_a_mocked_task(site: Site, first: dict[str, Any], case: str, status: str, told: Any) -> None:
    """Whatever a task would have called, its state goes on with the mocked answer."""
    arn = site.machines.add("orders", states(first))
    begun = site.start(f"{arn}#{case}", input=json.dumps({"items": ["a", "b"]}))
    assert site.ended(begun) == status
    ended = site.call("describe_execution", executionArn=begun)
    assert (json.loads(ended["output"]) if status == "SUCCEEDED" else [ended["error"], ended["cause"]]) == told
    assert ended["stateMachineArn"] == arn


def states(first: Mapping[str, Any]) -> dict[str, Any]:
    """A Task is the state Call itself; what a Catch of it leads to is there as well."""
    caught = {"Caught": {"Type": "Pass", "End": True}} if "Catch" in first else {}
    return {"Call" if first["Type"] == "Task" else "All": first, **caught}


def test_an_activity_has_its_events(site: Site) -> None:
    """The history of a mocked activity is one of a worker who took the task."""
    arn = site.machines.add("orders", {"Call": task(ACTIVITY)})
    begun = site.run(f"{arn}#Done")
    events = site.call("get_execution_history", executionArn=begun)["events"]
    assert [event["type"] for event in events][2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


def test_start_sync_execution(site: Site) -> None:
    """An Express execution that is waited for has its test case too."""
    arn = site.machines.add("orders", {"Call": task(INVOKE)}, type="EXPRESS")
    told = site.call("start_sync_execution", stateMachineArn=f"{arn}#Turns")
    assert (told["status"], told["output"], told["stateMachineArn"]) == ("SUCCEEDED", "0", arn)


def test_without_a_test_case_all_is_real(site: Site) -> None:
    """The file changes nothing for an execution that names no test case."""
    arn = site.machines.add("orders", {"Call": task(INVOKE)})
    begun = site.run(arn)
    assert site.call("describe_execution", executionArn=begun)["output"] == '"really Call"'


@pytest.mark.parametrize(
    ("machine", "states", "case", "told"),
    [
        pytest.param("orders", ["Call"], "Dune", 'has no test case "Dune" of orders. Did you mean "Done"?', id="case"),
        pytest.param("order", ["Call"], "Done", 'state machine order. Did you mean "orders"?', id="machine"),
        pytest.param("orders", ["Cal"], "Done", 'Call is no state of the machine. Did you mean "Cal"?', id="state"),
    ],
)
def test_a_wrong_test_case_is_refused(site: Site, machine: str, states: list[str], case: str, told: str) -> None:
    """StartExecution says what is wrong with the test case, and begins nothing."""
    arn = site.machines.add(machine, {name: task(INVOKE) for name in states})
    code, message = site.refused("start_execution", stateMachineArn=f"{arn}#{case}")
    assert code == "ValidationException"
    assert told in message


def test_a_test_case_without_a_file_is_refused(tmp_path: Path) -> None:
    """A server that was given no file tells which option gives it one."""
    with serving(tmp_path, Worked()) as site:
        arn = site.machines.add("orders", {"Call": task(INVOKE)})
        code, message = site.refused("start_execution", stateMachineArn=f"{arn}#Done")
    assert (code, "--mock-config" in message) == ("ValidationException", True)


TWICE = {
    "Call": {"Type": "Task", "Resource": INVOKE, "ResultPath": "$.turn", "Next": "More"},
    "More": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.turn", "NumericEquals": 0, "Next": "Pause"}],
        "Default": "Enough",
    },
    "Pause": {"Type": "Wait", "Seconds": 3600, "Next": "Call"},
    "Enough": {"Type": "Succeed"},
}
"""Calls, waits for an hour, and calls again."""


@pytest.fixture
def begun() -> Stored:
    arn = "arn:aws:states:us-east-1:123456789012:execution:orders:one"
    definition = json.dumps({"StartAt": "Call", "States": TWICE})
    return Stored(arn, "one", "orders", definition, "{}", "RUNNING", 0.0, test_case="Turns")


def resumed(folder: Path, mocks: MockConfig | None) -> tuple[str, str | None]:
    """Go on in another process, in which waits take no time; gives the status, and the output or the cause."""
    with Store.writing(folder, 0) as store:
        driver = Driver(store, Worked())
        driver.mocked.config, driver.wait_scale = mocks, 0
        [left] = store.executions(status="RUNNING")
        driver.resume(left.arn)
        assert driver.wait(left.arn, 20)
        driver.close()
        ended = store.find(left.arn)
        return ended.status, ended.output or ended.cause


def test_counts_on_after_a_restart(tmp_path: Path, begun: Stored) -> None:
    """How often a state was called stands in the journal: the next process goes on with the next answer."""
    mocks = read(config(tmp_path, "orders", {"Turns": {"Call": "Turns"}}))
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, Worked())
        driver.mocked.config = mocks
        seen = Seen(driver)
        driver.begin(begun)
        seen.until("WaitStateEntered")
        driver.close()
    assert resumed(tmp_path, mocks) == ("SUCCEEDED", '{"turn":1}')


def test_what_was_asked_before_a_kill_is_answered(tmp_path: Path, begun: Stored) -> None:
    """A mocked task that was under way has not failed with its process: the next one answers it."""
    with Store.writing(tmp_path, 0) as store:
        store.add(begun)
        store.append(begun.arn, 0, Started(0.0, "{}", 1))
    mocks = read(config(tmp_path, "orders", {"Turns": {"Call": "Turns"}}))
    assert resumed(tmp_path, mocks) == ("SUCCEEDED", '{"turn":1}')


def test_without_the_file_nothing_real_is_called(tmp_path: Path, begun: Stored) -> None:
    """A process that was not given the file again ends the execution, and says why."""
    with Store.writing(tmp_path, 0) as store:
        store.add(begun)
        store.append(begun.arn, 0, Started(0.0, "{}", 1))
    status, cause = resumed(tmp_path, None)
    assert (status, "--mock-config" in str(cause)) == ("FAILED", True)
