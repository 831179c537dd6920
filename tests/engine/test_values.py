"""JSON text as histories show it."""

import json

import pytest
from hypothesis import given

from handrail.engine.values import text_of
from tests.engine.strategies import JSON


@given(JSON)
def test_text_is_what_json_writes_without_spaces(value: object) -> None:
    """Letters stand as they are; numbers are written as Python's json writes them."""
    assert text_of(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_has_no_number_for_is_refused(value: float) -> None:
    """NaN and the infinities are a ValueError, wherever they stand."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        text_of([{"a": value}])
