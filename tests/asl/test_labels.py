"""The words on a graph: conditions as a person writes them, and what a state does."""

from typing import Any

import pytest

from handrail.asl.labels import called, caught, condition, detail
from handrail.asl.read import read
from tests.asl.samples import NESTED, one


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param({"Condition": "{% $look.settled\n   = false %}"}, "$look.settled = false", id="JSONata"),
        pytest.param({"Condition": True}, "True", id="constant"),
        pytest.param({"Variable": "$.n", "NumericGreaterThanEquals": 3}, "$.n ≥ 3", id="number"),
        pytest.param({"Variable": "$.s", "StringEquals": "on"}, '$.s = "on"', id="text"),
        pytest.param({"Variable": "$.s", "StringMatches": "a*"}, '$.s matches "a*"', id="pattern"),
        pytest.param({"Variable": "$.b", "BooleanEquals": False}, "$.b = false", id="truth"),
        pytest.param({"Variable": "$.a", "TimestampLessThanPath": "$.b"}, "$.a < $.b", id="path"),
        pytest.param({"Variable": "$.a", "IsPresent": True}, "$.a is present", id="test"),
        pytest.param({"Variable": "$.a", "IsNull": False}, "$.a is not null", id="test that is not"),
        pytest.param(
            {
                "Or": [
                    {"And": [{"Variable": "$.a", "IsNull": True}, {"Variable": "$.b", "NumericEquals": 0}]},
                    {"Not": {"Variable": "$.c", "BooleanEquals": True}},
                ]
            },
            "($.a is null and $.b = 0) or not $.c = true",
            id="nested",
        ),
    ],
)
def test_writes_conditions(rule: dict[str, Any], words: str) -> None:
    """A rule reads as it would be said."""
    assert condition(rule) == words


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        pytest.param("arn:aws:states:::codebuild:startBuild.sync", "codebuild startBuild.sync", id="integration"),
        pytest.param("arn:aws:states:::aws-sdk:rds:startDBCluster", "rds startDBCluster", id="AWS call"),
        pytest.param("arn:aws:lambda:eu-west-1:123456789012:function:list", "lambda list", id="function"),
        pytest.param("arn:aws:states:eu-west-1:123456789012:activity:a", "activity a", id="activity"),
        pytest.param("${FunctionArn}", "${FunctionArn}", id="filled in later"),
    ],
)
def test_says_what_is_called(resource: str, words: str) -> None:
    """A Resource is told without what every ARN has."""
    assert called(resource) == words


def test_says_what_is_caught() -> None:
    """A catcher's errors are told without the prefix of the built-in ones."""
    assert caught({"ErrorEquals": ["ClusterBusy", "States.Timeout"]}) == "Catch ClusterBusy, Timeout"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param({"Type": "Wait", "Seconds": 30}, "30 s", id="seconds"),
        pytest.param({"Type": "Wait", "Timestamp": "2024-01-01T00:00:00Z"}, "2024-01-01T00:00:00Z", id="until"),
        pytest.param({"Type": "Wait", "SecondsPath": "$.s"}, "", id="computed"),
        pytest.param({"Type": "Pass"}, "", id="nothing to say"),
        pytest.param(NESTED["States"]["Both"]["Branches"][0]["States"]["Each"], "distributed", id="Map"),
    ],
)
def test_says_what_a_state_does(state: dict[str, Any], words: str) -> None:
    """A few words tell what the name may not."""
    assert detail(read(one(state)).states["X"]) == words
