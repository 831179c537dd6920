"""Random expressions give the same from our compiler, our fallback and jsonata-python."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from handrail.engine.jsonata.scope import UnsupportedError
from tests.engine.jsonata.oracle import Outcome, compiled, fallen_back, is_plain, library, same
from tests.engine.jsonata.trees import FULL, JSON, PLAIN, texts

THOROUGH = settings(
    max_examples=10_000 if os.environ.get("HANDRAIL_PROVE") else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
VARIABLES: dict[str, Any] = {"v": [{"a": 1, "b": [2, 3]}, {"a": None}]}


def answered(expression: str, data: Any) -> Outcome:
    try:
        return compiled(expression, data, VARIABLES)
    except UnsupportedError:
        assume(False)
        raise


@pytest.mark.prove
@THOROUGH
@given(texts(PLAIN), JSON)
def test_the_library_agrees(expression: str, data: Any) -> None:
    """Paths, filters, constructors and operators: the library, left alone, gives what our compiler gives."""
    assert same(answered(expression, data), library(expression, data))


@pytest.mark.prove
@THOROUGH
@given(texts(FULL), JSON)
def test_the_fallback_agrees(expression: str, data: Any) -> None:
    """Everything that we compile, functions and lambdas too, gives the same through the fallback."""
    ours, theirs = answered(expression, data), fallen_back(expression, data, VARIABLES)

    assert same(ours, theirs) or ours[0] == theirs[0] == "error"
    assert ours[0] != "value" or (is_plain(ours[1]) and is_plain(theirs[1]))
