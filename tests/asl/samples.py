"""Definitions that are right, for tests that read, break or draw them."""

from itertools import pairwise
from typing import Any

LAMBDA = "arn:aws:states:::lambda:invoke"


def task(resource: str = LAMBDA, **fields: Any) -> dict[str, Any]:
    """A Task state of a JSONata machine."""
    return {"Type": "Task", "Resource": resource, "Arguments": {}, **fields}


def one(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine of this one state, which ends it unless it says otherwise."""
    leaves = {"Next", "End"} & set(state) or state.get("Type") in ("Choice", "Succeed", "Fail")
    ending: dict[str, Any] = {} if leaves else {"End": True}
    return {"StartAt": "X", "States": {"X": {**state, **ending}}, **fields}


def flow(*names: str, **fields: Any) -> dict[str, Any]:
    """A flow of Pass states with these fields, one after the other."""
    states: dict[str, Any] = {name: {"Type": "Pass", **fields, "Next": follower} for name, follower in pairwise(names)}
    return {"StartAt": names[0], "States": states | {names[-1]: {"Type": "Pass", **fields, "End": True}}}


LINEAR: dict[str, Any] = {
    "Comment": "one after the other",
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 3600,
    "StartAt": "Accept",
    "States": {
        "Accept": task(Next="List stacks"),
        "List stacks": task("arn:aws:states:::codebuild:startBuild.sync", Next="Pause"),
        "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Reduce"},
        "Reduce": {"Type": "Pass", "Output": "{% $states.input %}", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}

LOOP: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Order",
    "States": {
        "Order": task(
            Retry=[{"ErrorEquals": ["ClusterBusy"], "IntervalSeconds": 60, "MaxAttempts": 10, "BackoffRate": 1.5}],
            Catch=[{"ErrorEquals": ["ClusterBusy", "States.Timeout"], "Next": "Could not order"}],
            Next="Pause",
        ),
        "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Look"},
        "Look": task(Assign={"look": "{% $states.result.Payload %}"}, Next="Settled?"),
        "Settled?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $look.settled = false %}", "Next": "Pause"},
                {"Condition": "{% $look.status = 'failed' %}", "Next": "Could not order"},
            ],
            "Default": "Tell",
        },
        "Tell": task(End=True),
        "Could not order": {"Type": "Fail", "Error": "NotOrdered", "Cause": "{% 'after ' & $string($look) %}"},
    },
}

NESTED: dict[str, Any] = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Find",
                    "States": {
                        "Find": {"Type": "Pass", "Parameters": {"roots.$": "$.roots", "n": 3}, "Next": "Each"},
                        "Each": {
                            "Type": "Map",
                            "ItemsPath": "$.roots",
                            "MaxConcurrency": 5,
                            "ItemProcessor": {
                                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                                **flow("Plan", "Judge"),
                            },
                            "ItemReader": {
                                "Resource": "arn:aws:states:::s3:getObject",
                                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                                "Parameters": {"Bucket": "b", "Key.$": "$.key"},
                            },
                            "ItemBatcher": {"MaxItemsPerBatch": 10},
                            "ResultWriter": {"WriterConfig": {"OutputType": "JSON", "Transformation": "FLATTEN"}},
                            "Label": "each-root",
                            "End": True,
                        },
                    },
                },
                {"Comment": "the other branch", **flow("Say hello")},
            ],
            "ResultPath": None,
            "Next": "Any?",
        },
        "Any?": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [
                        {"Variable": "$.n", "NumericGreaterThan": 0},
                        {"Not": {"Variable": "$.quiet", "BooleanEquals": True}},
                    ],
                    "Next": "Old map",
                }
            ],
            "Default": "Done",
        },
        "Old map": {"Type": "Map", "Iterator": flow("Inner"), "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}

ODD_NAMES: dict[str, Any] = {
    "StartAt": 'Say "hi" [now] <b>',
    "States": {
        'Say "hi" [now] <b>': {"Type": "Pass", "Next": "クラスターを起動する"},
        "クラスターを起動する": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.名前", "StringEquals": 'a"b|c`d', "Next": "end"},
                {"Variable": "$.n", "IsPresent": False, "Next": "クラスターを起動する"},
            ],
            "Default": "#quot; %%{init}%% ]]--> & `x`",
        },
        "end": {"Type": "Succeed"},
        "#quot; %%{init}%% ]]--> & `x`": {"Type": "Fail"},
    },
}

MACHINES: dict[str, Any] = {"linear": LINEAR, "loop": LOOP, "nested": NESTED, "odd names": ODD_NAMES}
