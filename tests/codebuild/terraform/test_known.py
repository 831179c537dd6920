"""What a mask is made of: every place where a root's secrets and variables are known."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform import known
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
    "broken.auto.tfvars.json": '{"a": "CANARY cut',
    "template.auto.tfvars": 'a = "CANARY $${x} %%{y}"',
    "open.auto.tfvars": "key = <<EOT\nCANARY open\n",
}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('CANARY "x"', id="escaped"),
        pytest.param("CANARY line", id="heredoc"),
        pytest.param("CANARY json", id="JSON"),
        pytest.param("CANARY listed", id="named by the configuration"),
        pytest.param("CANARY cut", id="JSON without its end"),
        pytest.param("CANARY ${x} %{y}", id="no template"),
        pytest.param("CANARY open", id="heredoc without its end"),
    ],
)
def test_knows_the_variable_files(tmp_path: Path, value: str) -> None:
    """What a variable file holds is hidden in sentences, be it read by itself or named."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    hidden = mask(tmp_path, tmp_path, [tmp_path / "named.tfvars", tmp_path / "missing.tfvars"], {}, {})

    assert hidden.sentence(f"it says {value} here") == "it says *** here"


@pytest.mark.parametrize(
    ("target", "named", "known"),
    [
        pytest.param("infra/inside", "infra/a/x.auto.tfvars", True, id="a link within the repository"),
        pytest.param("outside", "infra/a/x.auto.tfvars", False, id="a link out of it"),
        pytest.param("/dev/zero", "infra/a/x.auto.tfvars", False, id="a link to what has no end"),
        pytest.param("infra/a/x.auto.tfvars", "infra/a/x.auto.tfvars", False, id="a link to itself"),
        pytest.param("outside", "elsewhere", True, id="what the configuration names elsewhere"),
        pytest.param("/dev/zero", "elsewhere", False, id="named elsewhere, and without an end"),
        pytest.param("outside", "nul\0l", False, id="not even a name"),
    ],
)
def test_reads_no_further_than_the_repository(tmp_path: Path, target: str, named: str, known: bool) -> None:
    """A variable file is read where it is a plain file, and not through a link that leads out of the checkout."""
    (tmp_path / "infra" / "a").mkdir(parents=True)
    for name in ("infra/inside", "outside"):
        (tmp_path / name).write_text('x = "CANARY value"')
    if "\0" not in named:
        (tmp_path / named).symlink_to(tmp_path / target)

    hidden = mask(tmp_path / "infra", tmp_path / "infra" / "a", [tmp_path / named], {}, {})

    assert hidden.sentence("CANARY value") == ("***" if known else "CANARY value")


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> int:
    """How much of a file is read: an eighth of it is enough to tell what reads a text again and again."""
    most = known.MOST if "HANDRAIL_PROVE" in os.environ else known.MOST // 8
    monkeypatch.setattr(known, "MOST", most)
    return most


@pytest.mark.parametrize(
    ("name", "begin", "repeated"),
    [
        pytest.param("x.auto.tfvars", "", "x", id="long"),
        pytest.param("x.auto.tfvars", "", '\\"', id="one literal"),
        pytest.param("x.auto.tfvars", "", "<<A\n", id="heredocs"),
        pytest.param("x.auto.tfvars", "<<A\n", "\n", id="empty lines"),
        pytest.param("x.auto.tfvars.json", "", "[", id="deep JSON"),
    ],
)
@pytest.mark.prove
def test_no_variable_file_takes_long(tmp_path: Path, most: int, name: str, begin: str, repeated: str) -> None:
    """The beginning of a hostile file is read within seconds, the rest not at all."""
    text = begin + repeated * (most // len(repeated))
    (tmp_path / name).write_text(text + '\nx = "CANARY at the end"\n')
    began = time.process_time()

    hidden = mask(tmp_path, tmp_path, [], {}, {})

    assert hidden.sentence("CANARY at the end") == "CANARY at the end"
    assert time.process_time() - began < 20


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

    hidden = mask(tmp_path, tmp_path, [], environment, {})

    assert (hidden.sentence(value), hidden.name(value)) == (sentence, name)
