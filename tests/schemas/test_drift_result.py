"""What travels between builds and tasks: strict, frozen, and with one name for a root."""

import pytest
from pydantic import ValidationError

from schemas.drift_result import RootResult, ShardResult

ROOT = RootResult(repository="infra", path="services/web", sha="1", verdict="clean")


def test_a_root_has_one_name() -> None:
    """Its repository and its path."""
    assert ROOT.name == "infra/services/web"


def test_what_is_written_is_what_is_read() -> None:
    """JSON there and back, field by field."""
    result = ShardResult(run="r", shard=1, roots=(ROOT,))

    assert ShardResult.model_validate_json(result.model_dump_json()) == result


def test_a_field_that_is_not_named_does_not_travel() -> None:
    """Fields are named one by one: what nobody named cannot slip through (T6)."""
    with pytest.raises(ValidationError, match="values"):
        RootResult.model_validate({**ROOT.model_dump(), "values": {"password": "x"}})
