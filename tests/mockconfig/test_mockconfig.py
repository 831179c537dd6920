"""A MockConfigFile as Step Functions Local has it: what it answers, and what is told of a wrong one."""

import json
from pathlib import Path
from typing import Any

import pytest

from handrail.errors import HandrailError
from handrail.mockconfig import MockConfig, Return, Throw, read

# The example of the Developer Guide, with its retried function.
GUIDE: dict[str, Any] = {
    "StateMachines": {
        "LambdaSQSIntegration": {
            "TestCases": {
                "HappyPath": {"LambdaState": "MockedLambdaSuccess", "SQSState": "MockedSQSSuccess"},
                "RetryPath": {"LambdaState": "MockedLambdaRetry", "SQSState": "MockedSQSSuccess"},
                "HybridPath": {"LambdaState": "MockedLambdaSuccess"},
            }
        }
    },
    "MockedResponses": {
        "MockedLambdaSuccess": {"0": {"Return": {"StatusCode": 200, "Payload": {"body": "Hello"}}}},
        "MockedSQSSuccess": {"0": {"Return": {"MessageId": "3bcb6e8e"}}},
        "MockedLambdaRetry": {
            "0": {"Throw": {"Error": "Lambda.ResourceNotReadyException", "Cause": "Not ready."}},
            "1-2": {"Throw": {"Error": "Lambda.TimeoutException", "Cause": "Timed out."}},
            "3": {"Return": {"StatusCode": 200, "Payload": "at last"}},
        },
    },
}
NOT_READY = Throw("Lambda.ResourceNotReadyException", "Not ready.")
TIMED_OUT = Throw("Lambda.TimeoutException", "Timed out.")


def written(folder: Path, value: object) -> Path:
    path = folder / "MockConfigFile.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1), encoding="utf-8")
    return path


@pytest.fixture
def guide(tmp_path: Path) -> MockConfig:
    return read(written(tmp_path, GUIDE))


@pytest.mark.parametrize(
    ("case", "state", "attempt", "answer"),
    [
        pytest.param("HappyPath", "SQSState", 0, Return({"MessageId": "3bcb6e8e"}), id="a result"),
        pytest.param("RetryPath", "LambdaState", 0, NOT_READY, id="the first call"),
        pytest.param("RetryPath", "LambdaState", 1, TIMED_OUT, id="the first of a range"),
        pytest.param("RetryPath", "LambdaState", 2, TIMED_OUT, id="the last of a range"),
        pytest.param("RetryPath", "LambdaState", 3, Return({"StatusCode": 200, "Payload": "at last"}), id="after it"),
        pytest.param("HybridPath", "SQSState", 0, None, id="not mocked"),
        pytest.param(
            "HappyPath",
            "SQSState",
            1,
            Throw(
                "States.Runtime",
                'The mocked response "MockedSQSSuccess" has no answer for call 1 of SQSState; the first call is 0.',
            ),
            id="one call more than there are answers",
        ),
    ],
)
def test_answers_by_state_and_call(guide: MockConfig, case: str, state: str, attempt: int, answer: object) -> None:
    """A state's task is answered by the number of the call; a state that is not named really does its work."""
    assert guide.answer("LambdaSQSIntegration", case, state, attempt) == answer


@pytest.mark.parametrize(
    ("machine", "case", "told"),
    [
        pytest.param("LambdaSQSIntegratoin", "HappyPath", 'Did you mean "LambdaSQSIntegration"?', id="machine"),
        pytest.param("LambdaSQSIntegration", "HapyPath", 'Did you mean "HappyPath"?', id="case"),
        pytest.param("LambdaSQSIntegration", "", "It has: HappyPath, RetryPath, HybridPath.", id="no case"),
    ],
)
def test_names_what_was_meant(guide: MockConfig, machine: str, case: str, told: str) -> None:
    """A machine or a test case that the file does not have is told with a near one."""
    with pytest.raises(HandrailError) as refused:
        guide.answer(machine, case, "LambdaState", 0)
    assert told in str(refused.value)


def test_a_case_fits_its_machine(guide: MockConfig) -> None:
    """All states of a test case that the machine does not have, or that are no Task, are told at once."""
    states = {
        "LambdaStat": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "SQSState"},
        "SQSState": {"Type": "Pass", "End": True},
    }
    with pytest.raises(HandrailError) as refused:
        guide.check("LambdaSQSIntegration", "HappyPath", json.dumps({"StartAt": "LambdaStat", "States": states}))
    assert str(refused.value).splitlines()[1:] == [
        '  line 6: LambdaState is no state of the machine. Did you mean "LambdaStat"?',
        "  line 7: SQSState is a Pass; only the answers of a Task can be mocked.",
    ]


def test_states_inside_others_are_states(guide: MockConfig) -> None:
    """A test case names the states of a Map or a Parallel like any other."""
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    inner = {"StartAt": "LambdaState", "States": {"LambdaState": task}}
    each = {"Type": "Map", "ItemProcessor": inner, "Next": "Both"}
    both = {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "SQSState", "States": {"SQSState": task}}]}
    guide.check(
        "LambdaSQSIntegration", "HappyPath", json.dumps({"StartAt": "Each", "States": {"Each": each, "Both": both}})
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param({"StateMachine": {}}, '"StateMachine" is none of StateMachines and MockedResponses.', id="top"),
        pytest.param([], "the file must be an object.", id="no object"),
        pytest.param({"StateMachines": {"M": {"TestCase": {}}}}, '"TestCase" is not TestCases.', id="no test cases"),
        pytest.param(
            {"StateMachines": {"M": {"TestCases": {"C": {"S": "Gone"}}}}, "MockedResponses": {"Done": {}}},
            'MockedResponses has no "Gone". Did you mean "Done"?',
            id="no response",
        ),
        pytest.param({"StateMachines": {"M": {"TestCases": {"C": {"S": 1}}}}}, "S must name one", id="no name"),
        pytest.param({"MockedResponses": {"R": {"0-": {"Return": 1}}}}, '"0-" is no number of calls', id="open range"),
        pytest.param({"MockedResponses": {"R": {"first": {"Return": 1}}}}, '"first" is no number', id="no number"),
        pytest.param({"MockedResponses": {"R": {"-1": {"Return": 1}}}}, '"-1" is no number', id="below zero"),
        pytest.param({"MockedResponses": {"R": {"2-1": {"Return": 1}}}}, "ends before it begins", id="backwards"),
        pytest.param(
            {"MockedResponses": {"R": {"0-2": {"Return": 1}, "2": {"Return": 2}}}},
            "R has two answers for call 2.",
            id="two answers",
        ),
        pytest.param({"MockedResponses": {"R": {"0": {"Retrun": 1}}}}, 'Did you mean "Return"?', id="misspelt"),
        pytest.param({"MockedResponses": {"R": {"0": {}}}}, "an answer has either Return or Throw.", id="neither"),
        pytest.param(
            {"MockedResponses": {"R": {"0": {"Return": 1, "Throw": {"Error": "E"}}}}},
            "an answer has either Return or Throw.",
            id="both",
        ),
        pytest.param({"MockedResponses": {"R": {"0": {"Throw": {"Cause": "c"}}}}}, "Throw needs an Error.", id="error"),
        pytest.param({"MockedResponses": {"R": {"0": {"Throw": {"Error": 5}}}}}, "Error must be a text.", id="no text"),
        pytest.param('{"MockedResponses": ', "is no JSON", id="no JSON"),
        pytest.param("[" * 100_000, "is no JSON", id="nested too deeply"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, value: object, told: str) -> None:
    """What is wrong with a file is told in words, and where something near is known, with that."""
    with pytest.raises(HandrailError) as refused:
        read(written(tmp_path, value))
    assert told in str(refused.value)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Each mistake has its line, in the order of the file."""
    value = {"MockedResponses": {"R": {"x": {}, "0": {"Return": 1, "Thrw": {}}}}, "Machines": {}}
    with pytest.raises(HandrailError) as refused:
        read(written(tmp_path, value))
    assert [line.strip().partition(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        *("line 4", "line 7", "line 11"),
    ]


def test_a_response_without_answers_is_no_mistake(tmp_path: Path) -> None:
    """Files that programs make have such for states that are never entered; Step Functions Local takes them."""
    config = read(written(tmp_path, {"MockedResponses": {"Nothing": {}}}))
    assert config.responses == {"Nothing": ()}


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is told with its name."""
    with pytest.raises(HandrailError, match=r"none\.json cannot be read: No such file"):
        read(tmp_path / "none.json")
