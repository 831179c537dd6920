"""Who may assume a role: trust policies, judged as IAM judges them."""

import json
from typing import Any

import pytest

from handrail.local.trust import Caller, trusted

OPS = Caller(
    "arn:aws:sts::111111111111:assumed-role/ops/run", "111111111111", "arn:aws:iam::111111111111:role/jobs/ops"
)
ROOT = {"AWS": "arn:aws:iam::111111111111:root"}
ID = {"StringEquals": {"sts:ExternalId": "blue-42"}}


def allow(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole", **changes}


def judged(statements: Any, **asked: str) -> bool:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    keys = {"external_id": "sts:externalid", "account": "aws:principalaccount", "session": "sts:rolesessionname"}
    return trusted(document, OPS, {keys[name]: value for name, value in asked.items()})


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        pytest.param(ROOT, True, id="its account"),
        pytest.param({"AWS": "111111111111"}, True, id="its account by number"),
        pytest.param({"AWS": ["222222222222", "111111111111"]}, True, id="one of several"),
        pytest.param({"AWS": OPS.role}, True, id="its role"),
        pytest.param({"AWS": OPS.arn}, True, id="its session"),
        pytest.param("*", True, id="everybody"),
        pytest.param({"AWS": "*"}, True, id="every AWS principal"),
        pytest.param({"AWS": "222222222222"}, False, id="another account"),
        pytest.param({"AWS": "arn:aws:iam::111111111111:role/ops"}, False, id="a role of another path"),
        pytest.param({"AWS": "arn:aws:iam::111111111111:role/jobs/*"}, False, id="no wildcards in a principal"),
        pytest.param({"Service": "lambda.amazonaws.com"}, False, id="a service"),
        pytest.param({"Federated": "111111111111"}, False, id="an identity provider"),
        pytest.param("111111111111", False, id="not said of whom"),
        pytest.param(None, False, id="nobody"),
    ],
)
def test_who(principal: Any, allowed: bool) -> None:
    """A role is assumed by whom its policy names, and by nobody else."""
    assert judged(allow(Principal=principal)) is allowed


@pytest.mark.parametrize(
    ("condition", "asked", "allowed"),
    [
        pytest.param(ID, {"external_id": "blue-42"}, True, id="right id"),
        pytest.param(ID, {"external_id": "BLUE-42"}, False, id="other letters"),
        pytest.param(ID, {"external_id": "blue-4"}, False, id="part of it"),
        pytest.param(ID, {}, False, id="no id"),
        pytest.param({"StringEquals": {"STS:externalID": "a"}}, {"external_id": "a"}, True, id="keys in any letters"),
        pytest.param({"StringEquals": {"sts:ExternalId": ["a", "b"]}}, {"external_id": "b"}, True, id="one of two"),
        pytest.param({"StringLike": {"sts:ExternalId": "blue-*"}}, {"external_id": "blue-42"}, True, id="wildcard"),
        pytest.param({"StringEquals": {"sts:ExternalId": "*"}}, {"external_id": "a"}, False, id="equals has none"),
        pytest.param({"StringNotEquals": {"sts:ExternalId": "a"}}, {"external_id": "a"}, False, id="not this one"),
        pytest.param({"StringNotEquals": {"sts:ExternalId": "a"}}, {}, True, id="absent is not equal"),
        pytest.param({"StringEqualsIfExists": {"sts:ExternalId": "a"}}, {}, True, id="if it exists"),
        pytest.param({"Null": {"sts:ExternalId": "false"}}, {}, False, id="must be there"),
        pytest.param({"Null": {"sts:ExternalId": "true"}}, {}, True, id="must not be there"),
        pytest.param(
            {"StringEquals": {"sts:ExternalId": "a", "aws:PrincipalAccount": "2"}},
            {"external_id": "a", "account": "1"},
            False,
            id="all keys must hold",
        ),
        pytest.param({**ID, "StringLike": {"sts:RoleSessionName": "x*"}}, {"external_id": "blue-42"}, False, id="all"),
        pytest.param({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False, id="not understood"),
        pytest.param({"DateLessThan": {"sts:ExternalId": "a"}}, {"external_id": "a"}, False, id="operator unknown"),
        pytest.param("sts:ExternalId", {"external_id": "a"}, False, id="no condition at all"),
        pytest.param({"StringEquals": "sts:ExternalId"}, {"external_id": "a"}, False, id="no test at all"),
    ],
)
def test_on_what_condition(condition: Any, asked: dict[str, str], allowed: bool) -> None:
    """Every condition must hold; what is not understood does not hold."""
    assert judged(allow(Condition=condition), **asked) is allowed


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([], False, id="none"),
        pytest.param(allow(Action="sts:*"), True, id="every STS action"),
        pytest.param(allow(Action=["sts:TagSession", "STS:assumerole"]), True, id="in a list, in any letters"),
        pytest.param(allow(Action="sts:TagSession"), False, id="another action"),
        pytest.param(allow(Effect="allow"), False, id="misspelt effect"),
        pytest.param([allow(), allow(Effect="Deny")], False, id="a denial wins"),
        pytest.param([allow(Effect="Deny", Principal={"AWS": "2"}), allow()], True, id="a denial of another"),
        pytest.param([allow(), allow(Effect="Deny", Condition=ID)], True, id="a denial on another condition"),
        pytest.param(
            [allow(), allow(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            False,
            id="a denial that is not understood",
        ),
        pytest.param({"Effect": "Allow", "NotPrincipal": ROOT, "Action": "*"}, False, id="NotPrincipal allows nobody"),
        pytest.param([allow(), {"Effect": "Deny", "NotPrincipal": ROOT, "Action": "*"}], False, id="but may deny"),
        pytest.param({"Effect": "Allow", "Principal": "*", "NotAction": "s3:*"}, False, id="NotAction allows nothing"),
        pytest.param(["Allow", 3], False, id="no statements"),
    ],
)
def test_which_statement(statements: Any, allowed: bool) -> None:
    """One statement must allow it and none deny it; whatever is doubtful is decided against the caller."""
    assert judged(statements) is allowed


@pytest.mark.parametrize("document", ["", "{", "[]", '"*"', "{}"])
def test_no_policy_trusts_nobody(document: str) -> None:
    """A document that is no policy allows nothing."""
    assert not trusted(document, OPS, {})
