"""handrail test: a machine of any tool, its tasks mocked in a file, and an exit status for CI."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from handrail.cli import app

ORDER = {
    "StartAt": "Reserve",
    "States": {
        "Reserve": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "reserve", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "MaxAttempts": 3, "BackoffRate": 1}],
            "Catch": [{"ErrorEquals": ["SoldOut"], "Next": "Sorry"}],
            "Next": "Approved?",
        },
        "Approved?": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
            "TimeoutSeconds": 28800,
            "End": True,
        },
        "Sorry": {"Type": "Fail", "Error": "SoldOut"},
    },
}
GOOD = """
mocks:
  Reserve:
    - throw: {error: Busy, cause: All lines are busy.}
      times: 2
    - return: {seats: 2}
      after: 1h30m
  "Approved?": {return: {approved: true}, after: 30s}
input: {order: 7}
"""
CONFIG = {
    "StateMachines": {
        "order": {"TestCases": {"Good": {"Reserve": "Seats", "Approved?": "Yes"}, "Out": {"Reserve": "None"}}},
        "other": {"TestCases": {"Good": {"X": "Seats"}}},
    },
    "MockedResponses": {
        "Seats": {
            "0-1": {"Throw": {"Error": "Busy", "Cause": "Later"}},
            "2": {"Return": {"StatusCode": 200, "Payload": {"seats": 2}}},
        },
        "Yes": {"0": {"Return": {"approved": True}}},
        "None": {"0": {"Throw": {"Error": "SoldOut", "Cause": ""}}},
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a machine and its mocks, in which somebody works."""
    monkeypatch.chdir(tmp_path)
    Path("order.asl.json").write_text(json.dumps(ORDER, indent=1), encoding="utf-8")
    Path("mocks.yaml").write_text(GOOD, encoding="utf-8")
    Path("MockConfigFile.json").write_text(json.dumps(CONFIG, indent=1), encoding="utf-8")
    return tmp_path


def ran(*options: str) -> Result:
    return CliRunner().invoke(app, ["test", "order.asl.json", "--json", *options])


def report(*options: str) -> Any:
    return json.loads(ran(*options).stdout)


def refused(mocks: str, *options: str) -> str:
    """What is said about a mocks file that cannot be used."""
    Path("mocks.yaml").write_text(mocks, encoding="utf-8")
    return str(ran("--mock", "mocks.yaml", *options).exception)


def test_tells_how_it_went(folder: Path) -> None:
    """Status, output, the time that it would have taken, the states in order, and each call."""
    assert ran("--mock", "mocks.yaml").exit_code == 0
    run = report("--mock", "mocks.yaml")

    assert (run["status"], run["output"], run["took"]) == ("SUCCEEDED", {"approved": True}, 120 + 5400 + 30)
    assert run["visited"] == ["Reserve", "Approved?"]
    assert [(call["state"], call["at"], call["took"], call["error"]) for call in run["calls"]] == [
        ("Reserve", 0, 0, "Busy"),
        ("Reserve", 60, 0, "Busy"),
        ("Reserve", 120, 5400, None),
        ("Approved?", 5520, 30, None),
    ]
    assert run["calls"][0]["arguments"] == {"order": 7}


def test_a_person_sees_the_same(folder: Path) -> None:
    """Without --json, too, the exit status says how it ended."""
    done = CliRunner().invoke(app, ["test", "order.asl.json", "--mock", "mocks.yaml"])

    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        pytest.param(["--input", '{"order": 9}'], {"order": 9}, id="on the command line"),
        pytest.param(["--input", "@input.json"], {"order": 8}, id="in a file"),
        pytest.param([], {"order": 7}, id="in the mocks file"),
    ],
)
def test_takes_the_input(folder: Path, options: list[str], arguments: object) -> None:
    """What is said on the command line comes before the mocks file."""
    Path("input.json").write_text('{"order": 8}', encoding="utf-8")

    assert report("--mock", "mocks.yaml", *options)["calls"][0]["arguments"] == arguments


@pytest.mark.parametrize(
    ("expect", "exit_code", "told"),
    [
        pytest.param("{status: SUCCEEDED, output: {approved: true}, visited: [Reserve, Approved?]}", 0, [], id="all"),
        pytest.param("{status: FAILED}", 1, ["status: expected 'FAILED', but it is 'SUCCEEDED'"], id="status"),
        pytest.param(
            "{output: null, visited: [Sorry]}",
            1,
            [
                "output: expected None, but it is {'approved': True}",
                "visited: expected ['Sorry'], but it is ['Reserve', 'Approved?']",
            ],
            id="output and visited",
        ),
    ],
)
def test_holds_a_run_to_what_is_expected(folder: Path, expect: str, exit_code: int, told: list[str]) -> None:
    """What `expect` says must be true; what it does not say is not looked at."""
    Path("mocks.yaml").write_text(f"{GOOD}expect: {expect}\n", encoding="utf-8")

    assert ran("--mock", "mocks.yaml").exit_code == exit_code
    assert report("--mock", "mocks.yaml")["unexpected"] == told


@pytest.mark.parametrize(
    ("mocks", "exit_code"),
    [
        pytest.param("mocks: {Reserve: {throw: {error: SoldOut}}}", 1, id="failed"),
        pytest.param("mocks: {Reserve: {throw: {error: SoldOut}}}\nexpect: {error: SoldOut}", 0, id="as expected"),
        pytest.param("mocks: {Reserve: {return: 1}, Approved?: {after: 9h}}", 1, id="too late"),
        pytest.param("mocks: {Reserve: [{throw: {error: Busy}, times: 1}]}", 1, id="answers have run out"),
    ],
)
def test_the_exit_status_says_how_it_ended(folder: Path, mocks: str, exit_code: int) -> None:
    """0 where it succeeded or was expected to end so, else 1."""
    Path("mocks.yaml").write_text(mocks, encoding="utf-8")

    assert ran("--mock", "mocks.yaml").exit_code == exit_code


@pytest.mark.parametrize(
    ("mocks", "told"),
    [
        pytest.param("mocks:\n  Reserve: {return: 1}\n",
                     ["Approved? has no mock. Add to mocks.yaml, below mocks:\n  \"Approved?\":\n    - return: {}"],
                     id="one more mock"),
        pytest.param("input: {}\n", ["mocks:\n  Reserve:\n    - return: {}", "in case the run comes there: Approved?"],
                     id="no mock at all"),
        pytest.param("mocks:\n  Resreve: {retrun: 1}\n  Approved?: [{return: 1, throw: {}}]\n"
                     "expect:\n  visited: [Sory]",
                     ["mocks.yaml:2: mocks.Resreve is no state of the machine. Did you mean \"Reserve\"?",
                      "mocks.yaml:2: mocks.Resreve.retrun is none of", 'Did you mean "return"?',
                      "mocks.yaml:3: mocks.Approved?[0].throw cannot stand beside return",
                      "mocks.yaml:3: mocks.Approved?[0].throw must be {error: NAME",
                      "mocks.yaml:5: expect.visited[0] \"Sory\" is no state of the machine. Did you mean \"Sorry\"?"],
                     id="all mistakes at once"),
        pytest.param("mocks:\n  Reserve:\n    - return: 1\n      after: soon\n      times: 0\n    - 5\n  Sorry: []\n"
                     "moks: 1",
                     ["mocks.yaml:4: mocks.Reserve[0].after is \"soon\"",
                      "mocks.yaml:5: mocks.Reserve[0].times must be",
                      "mocks.yaml:6: mocks.Reserve[1] must say what is answered: return: 5",
                      "mocks.yaml:7: mocks.Sorry must be a list",
                      'mocks.yaml:8: moks is not a setting here. Did you mean'],
                     id="times, answers and settings"),
        pytest.param("mocks: [", ["this is not YAML"], id="no YAML"),
    ],
)  # fmt: skip
def test_says_what_to_mend(folder: Path, mocks: str, told: list[str]) -> None:
    """Every mistake with its line and what was probably meant; a mock that is missing as the lines to add."""
    said = refused(mocks)

    assert [each for each in told if each not in said] == []
    # As the person who stands in this folder has named it.
    assert f"{folder.name}/mocks.yaml" not in said


@pytest.mark.parametrize("text", ["", "\n", "# my mocks\n---\n", "mocks:\nsubstitutions:\n"])
def test_one_may_begin_with_an_empty_file(folder: Path, text: str) -> None:
    """What is missing in it is told as the lines to write there."""
    told = "Reserve has no mock. Write mocks.yaml:\n\nmocks:\n  Reserve:\n    - return: {}"

    assert told in refused(text)
    machine = Path("order.asl.json")
    machine.write_text(machine.read_text().replace('"reserve"', '"${Reserving}"'), encoding="utf-8")
    assert "order.asl.json:8: ${Reserving} has no value." in refused(text)
    assert told in refused(text, "--set", "Reserving=x")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--input", "{"], "--input:1:2: this is not JSON", id="input"),
        pytest.param(["--input", "@gone.json"], "gone.json cannot be read", id="its file"),
        pytest.param(["--test-case", "Good"], "names one of a MockConfigFile.json", id="a test case of ours"),
        pytest.param(["--set", "X"], "--set takes NAME=VALUE", id="a value without a name"),
    ],
)
def test_says_which_option_is_wrong(folder: Path, options: list[str], told: str) -> None:
    """An option that cannot be read is told, not guessed."""
    assert told in refused(GOOD, *options)


@pytest.mark.parametrize(
    ("case", "exit_code", "visited"),
    [
        pytest.param("Good", 0, ["Reserve", "Approved?"], id="by its name, the file's name says the machine"),
        pytest.param("order#Good", 0, ["Reserve", "Approved?"], id="as Step Functions Local has it"),
        pytest.param("Out", 1, ["Reserve", "Sorry"], id="an error"),
    ],
)
def test_reads_the_mocks_of_step_functions_local(folder: Path, case: str, exit_code: int, visited: list[str]) -> None:
    """A MockConfigFile.json works as it is: attempts by number, and whole results."""
    options = ("--mock", "MockConfigFile.json", "--test-case", case)

    assert ran(*options).exit_code == exit_code
    assert report(*options)["visited"] == visited


def test_a_call_without_an_answer_ends_the_run_as_in_step_functions_local(folder: Path) -> None:
    """No Retry and no Catch takes it, and the cause names the response and the call."""
    config = json.loads(json.dumps(CONFIG))
    del config["MockedResponses"]["Seats"]["2"]
    Path("MockConfigFile.json").write_text(json.dumps(config), encoding="utf-8")
    run = report("--mock", "MockConfigFile.json", "--test-case", "Good")

    assert (run["status"], run["error"]) == ("FAILED", "States.Runtime")
    assert run["cause"].startswith('The mocked response "Seats" has no answer for call 2 of Reserve')


def test_a_function_called_by_its_arn_answers_bare(folder: Path) -> None:
    """Where the file has Invoke's whole answer, its Payload is the result, as in Step Functions Local."""
    order = json.loads(json.dumps(ORDER))
    order["States"]["Reserve"]["Resource"] = "arn:aws:lambda:us-east-1:123456789012:function:reserve"
    del order["States"]["Reserve"]["OutputPath"]
    Path("order.asl.json").write_text(json.dumps(order), encoding="utf-8")
    run = report("--mock", "MockConfigFile.json", "--test-case", "Good")

    assert run["calls"][2]["output"] == {"seats": 2}
    assert run["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("old", "new", "case", "told"),
    [
        pytest.param("", "", "Goood", 'has no test case "Goood". Did you mean "Good"?', id="a test case"),
        pytest.param("", "", None, "name one: --test-case order#Good | order#Out", id="which of two"),
        pytest.param('?": "Yes"', '?": "Yse"', "Good", 'has no "Yse". Did you mean "Yes"?', id="a response"),
        pytest.param('"Approved?"', '"Aproved?"', "Good", 'Did you mean "Approved?"?', id="a state"),
        pytest.param('"0-1"', '"first"', "Good", 'line 24: "first" is no number of calls', id="an attempt"),
        pytest.param('"0-1"', '"0"', "Good", "Seats has no answer for call 1, but for later ones.", id="a gap"),
        pytest.param('"Return"', '"Returns"', "Good", "an answer has either Return or Throw", id="an answer"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_those(folder: Path, old: str, new: str, case: str | None, told: str) -> None:
    """Mistakes in a MockConfigFile.json are told with near names."""
    text = json.dumps(CONFIG, indent=1).replace(old, new) if old else json.dumps(CONFIG)
    Path("MockConfigFile.json").write_text(text, encoding="utf-8")
    options = [] if case is None else ["--test-case", case]

    assert told in str(ran("--mock", "MockConfigFile.json", *options).exception)
