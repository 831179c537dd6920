"""`handrail local FILE`: a machine is registered, started and followed, in its own server or in the running one."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from handrail.cli.machine import Chosen, Wanted, input_text, one
from handrail.cli.place import Place
from handrail.errors import HandrailError
from tests.cli.conftest import Desk, written
from tests.cli.test_joined import serving, stopped
from tests.cli.test_local import reached, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")

MACHINE = {
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 5000, "Next": "Good?"},
        "Good?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Done"}],
            "Default": "Bad",
        },
        "Done": {"Type": "Pass", "End": True},
        "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "It is not good."},
    },
}

NOTHING = (None, None)

YAML = """
StartAt: Done
States:
  Done: {Type: Succeed}
"""


def gives(value: str) -> str:
    """A machine that ends with this output."""
    return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": value, "End": True}}})


def template(**machines: Any) -> str:
    """A CloudFormation template with these state machines."""
    resource = "AWS::StepFunctions::StateMachine"
    made = {name: {"Type": resource, "Properties": {"Definition": machine}} for name, machine in machines.items()}
    return json.dumps({"Resources": made})


TEMPLATE = template(A=MACHINE, B=MACHINE)


def waits(seconds: int) -> str:
    return json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}})


@pytest.mark.parametrize(
    ("file", "text", "arguments", "status", "shown"),
    [
        pytest.param(
            "m.asl.json",
            json.dumps(MACHINE),
            ["--input", '{"good": true}'],
            0,
            ["✓ Wait", "✓ SUCCEEDED"],
            id="succeeds",
        ),
        pytest.param(
            "m.asl.json", json.dumps(MACHINE), ["--input-file", "in.json"], 1, ["✗ Bad", "It is not good."], id="fails"
        ),
        pytest.param("m.asl.yaml", YAML, [], 0, ["✓ Done", "✓ SUCCEEDED", "handrail show m-2"], id="YAML"),
    ],
)
def test_runs_a_machine_from_a_file(
    alone: Desk, file: str, text: str, arguments: list[str], status: int, shown: list[str]
) -> None:
    """Outside of any project: each state as it ends, the execution's status as ours, waits as long as is wished."""
    folder = written(alone.home.parent / "elsewhere", {file: text, "in.json": '{"good": false}'})
    done = alone.run("local", file, "--wait-scale", "0", *arguments, cwd=folder, HANDRAIL_HOME="")
    kept = alone.run("show", "last", cwd=folder, HANDRAIL_HOME="")

    assert (done.returncode, done.stderr) == (status, "")
    assert re.match(
        r"m runs at http://127\.0\.0\.1:\d+ · registered as arn:aws:states:us-east-1:\d+:state", done.stdout
    )
    assert [each for each in shown if each not in done.stdout] == []
    assert kept.stdout.startswith("m-2")


def test_what_was_run_stays_registered_and_is_updated(alone: Desk) -> None:
    """The file is edited and run again: boto3 sees the newest, with the file's name, and can start it once more."""
    file = alone.project / "order.asl.json"
    done = []
    for text in (gives("one"), gives("one"), gives("two")):
        file.write_text(text, encoding="utf-8")
        done.append(alone.run("local", "order.asl.json").stdout.split(" · ")[1].split()[0])
    server = alone.begin("local")
    [line] = until(server.stdout, "AWS at")
    states = reached(line)
    [machine] = [each for each in states.list_state_machines()["stateMachines"] if each["name"] == "order"]
    begun = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    while (ended := states.describe_execution(executionArn=begun))["status"] == "RUNNING":
        time.sleep(0.05)
    stopped(server)

    assert done == ["registered", "known", "updated"]
    assert ended["output"] == '"two"'


def test_a_running_server_takes_it(alone: Desk) -> None:
    """It is registered, started and followed there; what only a server's beginning takes is refused, naming it."""
    server = serving(alone)
    written(alone.project, {"order.asl.json": gives("one")})
    done = alone.run("local", "order.asl.json")
    staying = alone.run("local", "order.asl.json", "--stay")
    refused = alone.run("local", "order.asl.json", "--wait-scale", "0", "--mock-config", "none.json")
    stopped(server)

    assert (done.returncode, done.stderr, staying.returncode) == (0, "", 0)
    assert "✓ P" in done.stdout
    assert "✓ SUCCEEDED" in done.stdout
    assert refused.returncode == 2
    assert (
        "answers as it was begun: say --wait-scale, --mock-config when it is begun, or stop it first" in refused.stderr
    )


@pytest.mark.parametrize("joins", [pytest.param(False, id="in its own server"), pytest.param(True, id="in another")])
def test_ctrl_c_aborts_what_it_follows(alone: Desk, joins: bool) -> None:
    """It is this person's, who waits for it here; a server that runs goes on."""
    written(alone.project, {"order.asl.json": waits(3600)})
    server = serving(alone) if joins else None
    run = alone.begin("local", "order.asl.json")
    [*until(run.stdout, "order runs at")]
    while "RUNNING" not in alone.run("executions").stdout:
        pass
    run.send_signal(signal.SIGINT)
    told, _ = run.communicate(timeout=30)
    listed = json.loads(alone.run("executions", "--json").stdout)
    alive = server is None or server.poll() is None
    if server is not None:
        stopped(server)

    assert (run.returncode, alive) == (130, True)
    assert "■ ABORTED" in told
    assert [(each["status"], each["error"]) for each in listed] == [("ABORTED", "Handrail.Interrupted")]


def test_who_came_meanwhile_is_waited_for(alone: Desk) -> None:
    """Its own server ends when the others' executions have ended, too."""
    written(alone.project, {"order.asl.json": waits(2), "slow.asl.json": waits(4)})
    first = alone.begin("local", "order.asl.json")
    [*until(first.stdout, "order runs at")]
    second = alone.run("local", "slow.asl.json")
    told, _ = first.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "✓ SUCCEEDED" in second.stdout
    assert "slow" not in told


def test_a_server_that_stays(alone: Desk) -> None:
    """It shows the execution to its end, then serves like any other, and leaves what runs at Ctrl-C."""
    written(alone.project, {"order.asl.json": gives("one")})
    server = alone.begin("local", "order.asl.json", "--stay")
    lines = [*until(server.stdout, "✓ SUCCEEDED in")]
    states = reached(lines[0])
    [machine] = [m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"] if m["name"] == "order"]
    states.update_state_machine(stateMachineArn=machine, definition=waits(3600))
    states.start_execution(stateMachineArn=machine)
    server.send_signal(signal.SIGINT)
    rest, told = server.communicate(timeout=30)

    assert [line for line in lines if "✓ P" in line] != []
    assert "1 execution stays RUNNING" in rest
    assert (server.returncode, told) == (130, "")


# ---------------------------------------------------------------------- test cases

TASK = {
    "StartAt": "T",
    "States": {
        "T": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "none", "Payload": {}},
            "End": True,
        }
    },
}

MOCKS = {
    "StateMachines": {
        "Orders": {"TestCases": {"Happy": {"T": "good"}, "Sad": {"T": "bad"}}},
        "Others": {"TestCases": {"Sad": {"T": "bad"}}},
    },
    "MockedResponses": {
        "good": {"0": {"Return": {"StatusCode": 200, "Payload": "well"}}},
        "bad": {"0": {"Throw": {"Error": "Boom", "Cause": "as it was told"}}},
    },
}


@pytest.mark.parametrize(
    ("file", "case", "status", "shown"),
    [
        pytest.param("Orders.asl.json", "Happy", 0, "Orders runs at", id="of the file's name"),
        pytest.param("Orders.asl.json", "Sad", 1, "Boom: as it was told", id="of the file's name among others"),
        pytest.param("m.asl.json", "Happy", 0, "Orders runs at", id="of the only machine that has it"),
        pytest.param("m.asl.json", "Others#Sad", 1, "Others runs at", id="of a machine that is named"),
        pytest.param("m.asl.json", "Sad", 2, "--test-case Orders#Sad | Others#Sad", id="of several machines"),
        pytest.param("m.asl.json", "Orders#Hapy", 2, 'Did you mean "Orders#Happy"?', id="of none"),
        pytest.param("m.asl.json", "Hapy", 2, 'Did you mean "Happy"?', id="of none, without a machine"),
        pytest.param("m.asl.json", None, 1, "No test case is named, so every task is called for real", id="not named"),
    ],
)
def test_runs_with_a_test_case(alone: Desk, file: str, case: str | None, status: int, shown: str) -> None:
    """Of a MockConfigFile.json as Step Functions Local has it; the machine gets the name that it has there."""
    folder = written(alone.project, {file: json.dumps(TASK), "mocks.json": json.dumps(MOCKS)})
    named = [] if case is None else ["--test-case", case]
    done = alone.run("local", file, "--mock-config", "mocks.json", *named, cwd=folder)

    assert done.returncode == status
    assert shown in done.stdout + done.stderr


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        pytest.param('{"StartAt": "A"\n', NOTHING, "m.json:2:1: this is not JSON", id="no JSON"),
        pytest.param(
            '{"StartAt": "A",\n "States": {"A": {"Type": "Pass",\n "Next": "B"}}}',
            NOTHING,
            "m.json:3: /States/A/Next:",
            id="no such state",
        ),
        pytest.param('{"a": 1}', NOTHING, "m.json holds no state machine", id="no machine"),
        pytest.param(gives("${A}"), NOTHING, "${A} has no value.\n", id="no value"),
        pytest.param(TEMPLATE, NOTHING, "m.json holds 2 state machines; name one: --machine A | B", id="two"),
        pytest.param(YAML, ('{"a":', None), "--input:1:6: this is not JSON", id="input"),
        pytest.param(YAML, (None, Path("none.json")), "none.json cannot be read", id="no input file"),
        pytest.param(YAML, ("1", Path("x")), "two inputs", id="two inputs"),
    ],
)
def test_a_file_that_cannot_be_run_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, given: tuple[str | None, Path | None], told: str
) -> None:
    """What is wrong and where, before anything runs."""
    monkeypatch.chdir(written(tmp_path, {"m.json": text}))

    with pytest.raises(HandrailError, match=re.escape(told)):
        one(Wanted.of(Chosen(Path("m.json")), input_text(*given), None, None), Place("127.0.0.1", 0))
    assert not (tmp_path / ".handrail").exists()


@pytest.mark.parametrize(
    ("place", "told"),
    [
        pytest.param({"mock_config": Path("none.json")}, "none.json", id="no mocks"),
        pytest.param({"lambda_endpoint": "here"}, '"here" is no address', id="no address"),
    ],
)
def test_who_answers_is_looked_at_before_anybody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: dict[str, Any], told: str
) -> None:
    monkeypatch.chdir(written(tmp_path, {"m.yaml": YAML}))

    with pytest.raises(HandrailError, match=re.escape(told)):
        one(Wanted.of(Chosen(Path("m.yaml")), "{}", None, None), Place("127.0.0.1", 0, **place))


def test_what_a_deployment_fills_in_is_said(alone: Desk) -> None:
    """One machine of a template with several, and a value for what stands in it; or what to say, ready to be copied."""
    folder = written(alone.project, {"t.json": template(A=MACHINE, B=json.loads(gives("${Greeting}")))})

    lacking = alone.run("local", "t.json", "--machine", "B", cwd=folder)
    done = alone.run("local", "t.json", "--machine", "B", "--set", "Greeting=hello", cwd=folder)

    assert (lacking.returncode, done.returncode) == (2, 0)
    assert "--set Greeting=Greeting" in lacking.stderr
    assert "B runs at" in done.stdout + done.stderr
    assert "hello" in alone.run("show", "last", cwd=folder).stdout


@pytest.mark.parametrize(
    "option",
    [["--input", "{}"], ["--test-case", "Happy"], ["--machine", "A"], ["--set", "A=1"], ["--stay"]],
    ids=lambda each: each[0],
)
def test_what_is_said_of_a_machine_needs_one(alone: Desk, option: list[str]) -> None:
    done = alone.run("local", *option)
    assert (done.returncode, done.stdout) == (2, "")
    assert "handrail local FILE --input JSON" in done.stderr


@pytest.mark.parametrize(
    ("text", "more"),
    [
        pytest.param(json.dumps(MACHINE), [], id="as it is"),
        pytest.param(json.dumps(MACHINE).replace("It is not", "${What} is not"), [], id="not filled in yet"),
        pytest.param(TEMPLATE, ["--machine", "B"], id="one of a template"),
    ],
)
def test_a_machine_in_a_file_is_drawn(alone: Desk, text: str, more: list[str]) -> None:
    """Also outside of a project."""
    folder = written(alone.home.parent / "elsewhere", {"m.asl.json": text})
    done = alone.run("graph", "m.asl.json", *more, cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("flowchart TD")
    assert '"Good?"' in done.stdout


@pytest.mark.parametrize("look", [["executions"], ["show", "last"], ["watch"], ["redrive", "last"], ["stop", "last"]])
def test_whoever_looks_where_nothing_ran_is_told_what_runs_there(alone: Desk, look: list[str]) -> None:
    """Outside of a project there is no folder of what ran; a file can be run all the same."""
    folder = alone.home.parent / "elsewhere"
    folder.mkdir()
    done = alone.run(*look, cwd=folder, HANDRAIL_HOME="")

    assert (done.returncode, done.stdout) == (2, "")
    assert "A state machine in a file needs no project: handrail local FILE." in done.stderr


def test_what_ran_outside_of_a_project_is_redriven_there(alone: Desk) -> None:
    """A machine in a file needs no project, whatever is done with what it ran."""
    text = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No"}}})
    folder = written(alone.home.parent / "elsewhere", {"m.asl.json": text})
    first = alone.run("local", "m.asl.json", "--port", "0", cwd=folder)
    again = alone.run("redrive", "last", cwd=folder)

    assert (first.returncode, again.returncode) == (1, 1)
    assert "✗ FAILED" in again.stdout
