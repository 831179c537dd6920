"""What a mask is made of: every place where a root's secrets and variables are known."""

from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.known import mask, sensitive

RESOURCE = {"values": {"name": "n", "secret": "CANARY", "list": [{"a": "CANARY2", "b": "open"}]},
            "sensitive_values": {"secret": True, "list": [{"a": True}]}}  # fmt: skip
CHANGE = {"before": {"s": "CANARY"}, "after": {"s": "CANARY2", "t": "open"}, "before_sensitive": {"s": True},
          "after_sensitive": {"s": True}}  # fmt: skip
BARE = {"before": None, "after": "CANARY", "before_sensitive": False, "after_sensitive": True}
VALUES = {"root_module": {"child_modules": [{"resources": [RESOURCE]}]}}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param({"resource_changes": [{"change": CHANGE}]}, {"CANARY", "CANARY2"}, id="change"),
        pytest.param({"resource_drift": [{"change": CHANGE}]}, {"CANARY", "CANARY2"}, id="drift"),
        pytest.param({"output_changes": {"o": BARE}}, {"CANARY"}, id="an output, marked as a whole"),
        pytest.param({"planned_values": VALUES}, {"CANARY", "CANARY2"}, id="planned, in a module"),
        pytest.param({"prior_state": {"values": VALUES}}, {"CANARY", "CANARY2"}, id="prior state"),
        pytest.param({"values": VALUES}, {"CANARY", "CANARY2"}, id="a state instead of a plan"),
        pytest.param({"prior_state": {}}, set(), id="no state"),
        pytest.param({"planned_values": {"outputs": {"o": {"sensitive": True, "value": ["CANARY"]},
                                                     "p": {"sensitive": False, "value": "open"}}}}, {"CANARY"},
                     id="outputs"),
        pytest.param({"variables": {"v": {"value": "CANARY"}, "w": {"value": "open"}},
                      "configuration": {"root_module": {"variables": {"v": {"sensitive": True}, "w": {}}}}}, {"CANARY"},
                     id="variables"),
        pytest.param({"output_changes": {"o": {**BARE, "after": '{"a": ["CANARY2"]}'}}},
                     {'{"a": ["CANARY2"]}', "CANARY2"}, id="JSON inside a text"),
    ],
)  # fmt: skip
def test_finds_everything_that_is_marked_as_sensitive(document: dict[str, Any], found: set[str]) -> None:
    """Values are found by the mirrors that mark them, wherever a plan or a state has them."""
    assert sensitive(document) == found


FILES = {
    "terraform.tfvars": 'password = "CANARY \\"x\\""',
    "more.auto.tfvars": "key = <<-EOT\n  CANARY line\n  EOT\n",
    "terraform.tfvars.json": '{"a": {"b": ["CANARY json"]}}',
    "named.tfvars": 'list = ["first", "CANARY listed"]',
    "broken.auto.tfvars.json": "{",
}


@pytest.mark.parametrize("value", ['CANARY "x"', "CANARY line", "CANARY json", "CANARY listed"])
def test_knows_the_variable_files(tmp_path: Path, value: str) -> None:
    """What a variable file holds is hidden in sentences, be it read by itself or named."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    hidden = mask(tmp_path, [tmp_path / "named.tfvars", tmp_path / "missing.tfvars"], {}, {})

    assert hidden.sentence(f"it says {value} here") == "it says *** here"


@pytest.mark.parametrize(
    ("environment", "sentence", "name"),
    [
        pytest.param({"DB_PASSWORD": "hunter2"}, "***", "***", id="a secret by its name"),
        pytest.param({"TF_VAR_region": "tokyo-1"}, "***", "tokyo-1", id="a variable"),
        pytest.param({"TF_VAR_list": '["tokyo-1"]'}, "***", "tokyo-1", id="in a list"),
        pytest.param({"GIVEN": "tokyo-1"}, "***", "tokyo-1", id="of the configuration"),
        pytest.param({"INHERITED": "tokyo-1"}, "tokyo-1", "tokyo-1", id="of this machine"),
        pytest.param({"TF_VAR_x": "CANARY-0123456789"}, "***", "***", id="a variable like a token"),
    ],
)
def test_knows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str, name: str
) -> None:
    """Secrets are hidden everywhere; plain variables only in sentences, or no address could be read."""
    monkeypatch.setenv("INHERITED", "tokyo-1")
    [value] = [each for each in ("hunter2", "tokyo-1", "CANARY-0123456789") if each in str(environment)]

    hidden = mask(tmp_path, [], environment, {})

    assert (hidden.sentence(value), hidden.name(value)) == (sentence, name)
