"""TestState: one state, its mock, and what its data was on the way."""

import json
from typing import Any

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.local.teststate import Refused, answer

LAMBDA: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": "{% $states.input.n %}"},
    "QueryLanguage": "JSONata",
    "End": True,
}
PATHS: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "t", "Key.$": "$.key"},
    "ResultSelector": {"found.$": "$.Item"},
    "ResultPath": "$.row",
    "Next": "After",
}
MAP: dict[str, Any] = {
    "Type": "Map",
    "QueryLanguage": "JSONata",
    "Items": "{% $states.input.items %}",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    },
    "ToleratedFailureCount": 1,
    "End": True,
}
PARALLEL: dict[str, Any] = {
    "Type": "Parallel",
    "Branches": [
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}},
        {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}},
    ],
    "End": True,
}
ROLE = "arn:aws:iam::123456789012:role/r"


def nobody(task: RunTask) -> TaskSucceeded | TaskFailed:
    raise AssertionError(f"{task.resource} was called")


def ask(definition: object, input: object = None, raw: str | None = None, **request: Any) -> dict[str, Any]:
    given = {"input": raw or json.dumps(input)} if raw or input is not None else {}
    return answer({"definition": json.dumps(definition), **given, **request}, nobody)


def mocked(result: object, **more: object) -> dict[str, Any]:
    return {"mock": {"result": json.dumps(result), **more}}


def failing(error: str, cause: str = "why") -> dict[str, Any]:
    return {"mock": {"errorOutput": {"error": error, "cause": cause}}}


@pytest.mark.parametrize(
    ("definition", "input", "request_", "told"),
    [
        pytest.param({"Type": "Pass", "Next": "B"}, {"a": 1}, {}, {"output": '{"a": 1}', "nextState": "B"}, id="Pass"),
        pytest.param({"Type": "Wait", "Seconds": 9, "Next": "B"}, 1, {}, {"output": "1", "nextState": "B"}, id="Wait"),
        pytest.param({"Type": "Succeed"}, {"a": 1}, {}, {"output": '{"a": 1}'}, id="Succeed"),
        pytest.param(
            {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}], "Default": "Other"},
            {"n": 2}, {}, {"output": '{"n": 2}', "nextState": "Other"}, id="Choice",
        ),
        pytest.param(LAMBDA, {"n": 1}, mocked({"Payload": 2}), {"output": '{"Payload":2}'}, id="a mocked Task"),
        pytest.param(MAP, {"items": [1, 2]}, mocked([5, 6]), {"output": "[5,6]"}, id="a mocked Map"),
        pytest.param(PARALLEL, {}, mocked([1, 2]), {"output": "[1,2]"}, id="a mocked Parallel"),
        pytest.param(
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + 1 %}", "End": True}, {},
            {"variables": '{"x": 4}'}, {"output": "5"}, id="variables",
        ),
        pytest.param(
            LAMBDA | {"Output": "{% $states.context.Execution.Name %}"}, {"n": 1},
            mocked({}) | {"context": '{"Execution": {"Name": "mine"}}'}, {"output": '"mine"'}, id="a context",
        ),
    ],
)  # fmt: skip
def test_a_state_succeeds_with_its_output(
    definition: dict[str, Any], input: object, request_: dict[str, Any], told: dict[str, Any]
) -> None:
    """Nothing is waited for, and nothing is called that a mock stands for."""
    assert ask(definition, input, **request_) == {"status": "SUCCEEDED", **told}


RETRY = LAMBDA | {"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 3}]}
CATCH = LAMBDA | {"Catch": [{"ErrorEquals": ["X"], "Next": "N"}, {"ErrorEquals": ["States.ALL"], "Next": "C"}]}


@pytest.mark.parametrize(
    ("definition", "request_", "status", "details"),
    [
        pytest.param(LAMBDA, {}, "FAILED", None, id="nobody answers it"),
        pytest.param(RETRY, {}, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 2}, id="first"),
        pytest.param(
            RETRY, {"stateConfiguration": {"retrierRetryCount": 2}}, "RETRIABLE",
            {"retryIndex": 0, "retryBackoffIntervalSeconds": 18}, id="third",
        ),
        pytest.param(
            RETRY, {"stateConfiguration": {"retrierRetryCount": 3}}, "FAILED", {"retryIndex": 0}, id="used up"
        ),
        pytest.param(CATCH, {}, "CAUGHT_ERROR", {"catchIndex": 1}, id="caught"),
    ],
)  # fmt: skip
def test_an_error_is_retried_or_caught_or_fails_the_state(
    definition: dict[str, Any], request_: dict[str, Any], status: str, details: object
) -> None:
    """The retrier's count is the one that was given; which clause it is, is told."""
    told = ask(definition, {"n": 1}, inspectionLevel="DEBUG", **failing("E"), **request_)

    assert (told["status"], told["error"], told["cause"]) == (status, "E", "why")
    assert told["inspectionData"].get("errorDetails") == details
    assert told.get("nextState") == ("C" if status == "CAUGHT_ERROR" else None)


def test_each_step_of_the_data_is_shown() -> None:
    """From the input to the output, under the names of the fields."""
    told = ask(PATHS, {"key": {"id": {"S": "1"}}}, inspectionLevel="TRACE", **mocked({"Item": {"a": {"S": "x"}}}))
    shown = {name: json.loads(text) for name, text in told["inspectionData"].items()}
    whole, row = {"key": {"id": {"S": "1"}}}, {"found": {"a": {"S": "x"}}}

    assert shown == {
        "input": whole,
        "afterInputPath": whole,
        "afterParameters": {"TableName": "t", "Key": {"id": {"S": "1"}}},
        "result": {"Item": {"a": {"S": "x"}}},
        "afterResultSelector": row,
        "afterResultPath": {**whole, "row": row},
    }


@pytest.mark.parametrize(
    ("failures", "status"), [pytest.param(1, "SUCCEEDED", id="tolerated"), pytest.param(2, "FAILED", id="too many")]
)
def test_failed_iterations_count_against_the_threshold(failures: int, status: str) -> None:
    """As many as ToleratedFailureCount may fail."""
    settings: dict[str, Any] = {"stateConfiguration": {"mapIterationFailureCount": failures}}
    told = ask(MAP, {"items": [1, 2, 3]}, inspectionLevel="DEBUG", **mocked([0, 0, 1]), **settings)

    assert told["status"] == status
    assert told["inspectionData"]["toleratedFailureCount"] == 1
    assert told.get("error") == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


def test_a_state_of_a_machine_is_found_by_name() -> None:
    """Also one that is inside of another."""
    machine = {"StartAt": "M", "States": {"M": MAP}, "QueryLanguage": "JSONata"}

    assert ask(machine, 7, stateName="P") == {"status": "SUCCEEDED", "output": "7"}


def test_without_a_mock_a_task_is_done() -> None:
    """By whoever runs tasks; a failure of it is one of the state."""

    def perform(task: RunTask) -> TaskSucceeded | TaskFailed:
        return TaskSucceeded(0, task.task, {"Payload": "done"})

    told = answer({"definition": json.dumps(LAMBDA), "input": '{"n": 1}', "roleArn": ROLE}, perform)

    assert told == {"status": "SUCCEEDED", "output": '{"Payload":"done"}'}


@pytest.mark.parametrize(
    ("definition", "request_", "code", "message"),
    [
        pytest.param(LAMBDA, {}, "ValidationException", "RoleArn must be specified", id="no role"),
        pytest.param(MAP, {}, "InvalidDefinition", "does not support Map or Parallel", id="a Map without a mock"),
        pytest.param(
            {**LAMBDA, "Resource": "arn:aws:states:us-east-1:123456789012:activity:a"}, {"roleArn": ROLE},
            "InvalidDefinition", "does not support Activity tasks without a mock", id="an activity without a mock",
        ),
        pytest.param(
            {**LAMBDA, "Resource": f"{LAMBDA['Resource']}.waitForTaskToken"}, {"roleArn": ROLE},
            "InvalidDefinition", "not support .waitForTaskToken tasks", id="a callback without a mock",
        ),
        pytest.param(
            {**LAMBDA, "Resource": "arn:aws:states:::codebuild:startBuild.sync"}, {"roleArn": ROLE},
            "InvalidDefinition", "does not support .sync tasks", id="a job without a mock",
        ),
        pytest.param(
            LAMBDA, mocked(1, errorOutput={"error": "E"}), "ValidationException", "only one of", id="two mocks"
        ),
        pytest.param(LAMBDA, {"mock": {}}, "ValidationException", "only one of the following", id="an empty mock"),
        pytest.param(
            LAMBDA, {"mock": {"errorOutput": {"cause": "c"}}}, "ValidationException", "error of", id="no error"
        ),
        pytest.param(
            {**MAP, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b"}}},
            mocked([]), "ValidationException", "must be a JSON object", id="a list for what is written",
        ),
        pytest.param({"Type": "Succeed"}, mocked(1), "ValidationException", "type 'Succeed' is not", id="no mock"),
        pytest.param(PARALLEL, mocked({}), "ValidationException", "must be an array", id="no array"),
        pytest.param(PARALLEL, mocked([1]), "ValidationException", "same number of items", id="too few branches"),
        pytest.param(LAMBDA, {"stateName": "X"}, "InvalidDefinition", "Invalid State Machine", id="no machine"),
        pytest.param({"Type": "Succeed"}, {"context": "{}"}, "ValidationException", "when a mock", id="no mock for it"),
        pytest.param({"Type": "Nope"}, {}, "InvalidDefinition", "Invalid State Machine Definition", id="no type"),
        pytest.param(
            LAMBDA, mocked({}) | {"revealSecrets": True}, "ValidationException", "RevealSecrets", id="secrets"
        ),
        pytest.param(
            LAMBDA, mocked({}) | {"context": '{"Task": {"Token": "t"}}'}, "ValidationException", "contains 'Task'",
            id="a token for nobody",
        ),
        pytest.param(
            LAMBDA, mocked({}) | {"context": '{"State": {"RetryCount": "1"}}'}, "ValidationException",
            "State.RetryCount must be a number", id="a context of another kind",
        ),
        pytest.param({"Type": "Pass", "End": True}, {"raw": "{"}, "InvalidExecutionInput", "JSON", id="input"),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_is_refused(
    definition: dict[str, Any], request_: dict[str, Any], code: str, message: str
) -> None:
    """With AWS's code, and words that say why."""
    with pytest.raises(Refused, match=message) as refused:
        ask(definition, **request_)
    assert refused.value.code == code


GET_FUNCTION = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:lambda:getFunction", "End": True}


@pytest.mark.parametrize(
    ("definition", "result", "mode", "problem"),
    [
        pytest.param(LAMBDA, {"StatusCode": "200"}, "STRICT", "Field 'StatusCode' must be a number", id="a number"),
        pytest.param(LAMBDA, {"Payload": {"any": 1}}, "STRICT", None, id="what a function returns"),
        pytest.param(LAMBDA, {"Unknown": 1}, "STRICT", None, id="a member that is not the API's"),
        pytest.param(PATHS, {"Item": []}, "PRESENT", "Field 'Item' must be an object", id="an object"),
        pytest.param(
            GET_FUNCTION, {"Configuration": {"MemorySize": 1}}, "PRESENT",
            "Field 'MemorySize' is less than the minimum value", id="a bound",
        ),
        pytest.param(
            GET_FUNCTION, {"Configuration": {"Runtime": "cobol"}}, "PRESENT",
            "Field 'Runtime' is not an expected value", id="an enumeration",
        ),
        pytest.param(GET_FUNCTION, {"Configuration": {"MemorySize": 1}}, "NONE", None, id="not asked"),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}, {}, "STRICT",
            "Required field 'ExecutionArn' is missing", id="a required member",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}, {}, "PRESENT",
            None, id="only what is there",
        ),
        pytest.param(
            {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}, 1, "STRICT",
            None, id="a function by its ARN",
        ),
    ],
)  # fmt: skip
def test_a_mocked_result_looks_like_the_services_answer(
    definition: dict[str, Any], result: object, mode: str, problem: str | None
) -> None:
    """By the API's own model, as strictly as was asked for."""
    state = {name: value for name, value in definition.items() if name not in ("Arguments", "Parameters")}
    request = mocked(result, fieldValidationMode=mode)
    if problem is None:
        assert ask(state, {"n": 1, "key": {}}, **request)["status"] == "SUCCEEDED"
        return
    with pytest.raises(Refused) as refused:
        ask(state, {"n": 1, "key": {}}, **request)
    assert str(refused.value) == f"Mock result schema validation error: {problem}"
