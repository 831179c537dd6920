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
        pytest.param('m.x["password=hunter two"].y', 'm.x["password=***"].y', id="with a space in an address"),
        pytest.param("x['db token: a b'], y", "x['db token: ***'], y", id="with a space in other quotes"),
        pytest.param(r'm.x["p\"w token=a \"b"].y', r'm.x["p\"w token=***"].y', id="among quoted quotes"),
        pytest.param(r'x["{\"password\": \"a b\"}"]', r'x["{\"password\": ***"]', id="JSON in an address"),
        pytest.param('x["AKIAABCDEFGHIJKLMNOP token=a b"]', 'x["*** token=***"]', id="two in an address"),
        pytest.param('x["a"], y["b"] token: a b "]', 'x["a"], y["b"] token: *** b "]', id="behind an address"),
        pytest.param('{"password": "a b", "n": 1}', '{"password": ***, "n": 1}', id="in JSON"),
        pytest.param(r"{\"token\": \"a \\\" b\", 1", r"{\"token\": ***, 1", id="in JSON in JSON"),
        pytest.param('secrets = ["a b", "c"], n', "secrets = ***, n", id="a list"),
        pytest.param('token = { a = "b c" } n', "token = *** n", id="an object"),
    ],
)
def test_only_secrets_are_hidden(text: str, shown: str | None) -> None:
    """What people need to read stays."""
    assert masked(text) == (text if shown is None else shown)
