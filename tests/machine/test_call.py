"""Call: AWS's own description says whether a call can be made, before it is made."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from handrail.errors import Problems
from handrail.machine import Call, Machine, MachineError, given, jsonata, text

Making = Callable[[Sequence[Any]], Machine]


@pytest.mark.parametrize(
    ("action", "parameters", "resource"),
    [
        pytest.param(
            "cloudformation:listStacks",
            {"StackStatusFilter": ["CREATE_COMPLETE"]},
            "arn:aws:states:::aws-sdk:cloudformation:listStacks",
            id="short",
        ),
        pytest.param(
            "arn:aws:states:::aws-sdk:cloudwatchlogs:putRetentionPolicy",
            {"LogGroupName": "/x", "RetentionInDays": 7},
            "arn:aws:states:::aws-sdk:cloudwatchlogs:putRetentionPolicy",
            id="a service by its Java name, members with small letters",
        ),
        pytest.param(
            "arn:aws:states:::sqs:sendMessage",
            {"QueueUrl": "q", "MessageBody": {"any": "json"}},
            "arn:aws:states:::sqs:sendMessage",
            id="optimized, any JSON as the message",
        ),
        pytest.param(
            "arn:aws:states:::events:putEvents",
            {"Entries": [{"Source": "ops", "DetailType": "x", "Detail": {"a": 1}}]},
            "arn:aws:states:::events:putEvents",
            id="optimized, JSON inside",
        ),
        pytest.param(
            "dynamodb:putItem",
            {"TableName": "t", "Item": {"id": {"S": "1"}}},
            "arn:aws:states:::aws-sdk:dynamodb:putItem",
            id="maps of unions",
        ),
        pytest.param(
            "secretsmanager:createSecret",
            {"Name": "x"},
            "arn:aws:states:::aws-sdk:secretsmanager:createSecret",
            id="an idempotency token is not asked for",
        ),
        pytest.param("sts:getCallerIdentity", {}, "arn:aws:states:::aws-sdk:sts:getCallerIdentity", id="no parameters"),
    ],
)
def test_calls_that_aws_takes(action: str, parameters: dict[str, Any], resource: str, machine: Making) -> None:
    """What botocore's model accepts is rendered as it was written."""
    made = machine([Call("Do it", action, **parameters)]).definition()["States"]

    assert made["Do it"]["Resource"] == resource  # type: ignore[index, call-overload]
    assert made["Do it"]["Arguments"] == parameters  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("action", "parameters", "told"),
    [
        pytest.param(
            "rsd:describeDBClusters", {}, ['which Step Functions does not know. Did you mean "rds"?'], id="service"
        ),
        pytest.param(
            "rds:describeDbClusters", {}, ['which it has not. Did you mean "describeDBClusters"?'], id="action"
        ),
        pytest.param(
            "arn:aws:states:::codebuild:startBuilds.sync", {}, ['Did you mean "startBuild"?'], id="optimized action"
        ),
        pytest.param("arn:aws:states:::aws-sdk:codebuild:startBuild.sync", {}, ["only optimized"], id="sync of an SDK"),
        pytest.param("startBuild", {}, ["neither service:action nor the ARN"], id="no service"),
        pytest.param(
            "codebuild:startBuild",
            {"ProjctName": "x"},
            ['Did you mean "ProjectName"?', "ProjectName is missing"],
            id="parameter",
        ),
        pytest.param("codebuild:startBuild", {"projectName": "x"}, ['"ProjectName"?', "missing"], id="small letter"),
        pytest.param(
            "codebuild:startBuild",
            {"ProjectName": 5, "TimeoutInMinutesOverride": "5", "SecondarySourcesOverride": {}},
            ["ProjectName: it is string, not number", "it is number, not string", "it is array, not object"],
            id="kinds",
        ),
        pytest.param(
            "codebuild:startBuild",
            {"ProjectName": "x", "EnvironmentVariablesOverride": [{"Name": "A", "Valeu": "b"}]},
            [
                'a wrong EnvironmentVariablesOverride.0: Valeu is not known. Did you mean "Value"?',
                "a wrong EnvironmentVariablesOverride.0: Value is missing",
            ],
            id="inside a list",
        ),
        pytest.param("sts:getCallerIdentity", {"Name": "x"}, ["wrongly: Name is not known"], id="takes nothing"),
    ],
)
def test_calls_that_aws_would_refuse(action: str, parameters: dict[str, Any], told: list[str], machine: Making) -> None:
    """Every mistake in a call is told with what was meant."""
    with pytest.raises(Problems) as caught:
        machine([Call("Do it", action, **parameters)])

    assert len(caught.value.problems) == len(told), caught.value.problems
    for words, problem in zip(told, caught.value.problems, strict=True):
        assert words in problem
        assert "test_call.py" in problem


def test_references_are_checked_by_their_kind(asked: Any, machine: Making) -> None:
    """A reference of another kind is refused, one of the right kind goes through."""
    fields = given(asked)

    made = machine([Call("Do it", "sns:publish", TopicArn="t", Message=text("{}", fields.limit))])
    assert "$string($asked.limit)" in str(made.definition())
    with pytest.raises(Problems, match="a wrong Message: it is string, not number"):
        machine([Call("Do it", "sns:publish", TopicArn="t", Message=fields.limit)])


def test_a_job_needs_a_timeout(machine: Making) -> None:
    """Nobody knows how long a job may take but its author."""
    start = Call("Run", "arn:aws:states:::states:startExecution.sync:2", StateMachineArn="a", Input={"a": 1})

    with pytest.raises(Problems, match=r'"Run" waits for a job and has no timeout; say \.timeout'):
        machine([start])
    assert '"TimeoutSeconds": 60' in str(machine([start.timeout(timedelta(minutes=1))]).definition()).replace("'", '"')


def test_an_answer_is_reached_by_item(machine: Making) -> None:
    """Of the answer only the members that are read are kept; one that is not there does not fail the call."""
    found = Call("Find", "cloudformation:listStacks")
    more = jsonata(bool, "$exists($token)", token=found.result["NextToken"])
    name = found.result["StackSummaries"][0]["StackName"].typed(str)
    states = machine([found, Call("Tell", "sns:publish", TopicArn="t", Message=name, Subject=text("{}", more))])

    find: Any = states.definition()["States"]
    assert find["Find"]["Assign"] == {
        "find": '{% {"StackSummaries": $states.result.StackSummaries, "NextToken": $states.result.NextToken} %}'
    }
    assert find["Tell"]["Arguments"]["Message"] == "{% $find.StackSummaries[0].StackName %}"


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(lambda answer: answer["StackSumaries"], 'Did you mean "StackSummaries"?', id="member"),
        pytest.param(lambda answer: answer["StackSummaries"]["x"], "has a list here, not x", id="key of a list"),
        pytest.param(lambda answer: answer["StackSummaries"][0]["Nmae"], "The answer has no Nmae here", id="deep"),
        pytest.param(lambda answer: answer.StackSummaries, 'write ["StackSummaries"]', id="attribute"),
        pytest.param(lambda answer: answer[1.5], "has no item 1.5", id="no key"),
    ],
)
def test_an_answer_has_what_aws_says(act: Callable[[Any], object], told: str) -> None:
    """botocore knows the answers, too."""
    with pytest.raises(MachineError, match=r"test_call\.py:\d+: ") as caught:
        act(Call("Find", "cloudformation:listStacks").result)

    assert told in str(caught.value)


def test_machines_that_call_no_api_do_not_load_botocore() -> None:
    """botocore costs a third of a second; who names no API does not pay it."""
    program = "import sys, handrail.machine; print('botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
