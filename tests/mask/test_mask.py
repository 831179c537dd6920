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
        pytest.param('x.y["password=hunter2"]', 'x.y["password=***"]', id="in an address"),
        pytest.param('x.y["a/token=hunter2"].z["b"]: no', 'x.y["a/token=***"].z["b"]: no', id="in the middle of one"),
        pytest.param("x['token=hunter2'], y", "x['token=***'], y", id="in other quotes"),
        pytest.param('password=hun"]ter2 x', "password=*** x", id="a value that looks like the end of one"),
    ],
)
def test_only_secrets_are_hidden(text: str, shown: str | None) -> None:
    """What people need to read stays."""
    assert masked(text) == (text if shown is None else shown)
