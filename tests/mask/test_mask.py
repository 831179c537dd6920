"""What is shaped like a secret is taken out of any text; `tests/codebuild/terraform/test_mask.py` has the shapes."""

import pytest

from handrail.mask import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("orders did not stop", "orders did not stop", id="nothing to hide"),
        pytest.param("arn:aws:rds:us-east-1:123456789012:cluster:orders", None, id="an ARN"),
        pytest.param("2026-01-05 09:00 UTC by cluster-power-20260105-090000-1f3a", None, id="a run's name"),
        pytest.param("say xoxb-123456789-abc", "say ***", id="a token"),
        pytest.param("password=hunter2 was wrong", "password=*** was wrong", id="after its name"),
    ],
)
def test_only_secrets_are_hidden(text: str, shown: str | None) -> None:
    """What people need to read stays."""
    assert masked(text) == (text if shown is None else shown)
