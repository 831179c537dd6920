"""Choices: what is none of them is refused, and a list that cannot be had refuses nobody."""

from collections.abc import Iterator

import pytest

from handrail.aws import client
from handrail.catalogue import load
from handrail.choices import listing, problems
from handrail.local.laptop import Laptop
from handrail.schema import Ask, Input
from tests.content import put_back


class Window(Input):
    """When."""

    zone: str = Ask("Which zone?", ja="タイムゾーン", options="zones", default="")


class Move(Input):
    """Move something."""

    what: str = Ask("What?", ja="何を", options="things")
    tags: list[str] = Ask("Tags?", ja="タグ", options="colours", default=[])
    windows: list[Window] = Ask("When?", ja="いつ", default=[])
    near: str | None = Ask("Near what?", ja="近く", options="nothing", default=None)


LISTS = {
    "things": ["box", "books"],
    "colours": [f"colour-{number}" for number in range(25)],
    "zones": ["Asia/Tokyo"],
    "nothing": [],
}
NONE = "this is none of the choices:"
MOST = ", ".join(LISTS["colours"][:20])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({"what": "box"}, [], id="a choice"),
        pytest.param({"what": "bix"}, [f'what: {NONE} box, books. Did you mean "box"?'], id="a slip"),
        pytest.param({"what": "xyz"}, [f"what: {NONE} box, books."], id="nothing near"),
        pytest.param({"what": ""}, [], id="left empty"),
        pytest.param({"near": None}, [], id="no answer"),
        pytest.param({"near": "box"}, ["near: there is nothing to choose from."], id="there are none"),
        pytest.param({"tags": ["colour-1", "colour-24"]}, [], id="several"),
        pytest.param({"tags": ["colour-1", "?"]}, [f"tags: {NONE} {MOST} and 5 more."], id="many"),
        pytest.param(
            {"windows": [{"zone": "Asia/Tokyo"}, {"zone": "Asia/Kyoto"}]},
            [f'windows.zone: {NONE} Asia/Tokyo. Did you mean "Asia/Tokyo"?'],
            id="in a group",
        ),
        pytest.param({"what": "x", "near": "y"}, ["what", "near"], id="two fields"),
    ],
)
def test_a_field_takes_what_is_listed(asked: dict[str, object], told: list[str]) -> None:
    """Each value for itself; a few of the choices are named, and the nearest."""
    with listing(LISTS.get):
        found = list(problems(Move, {"what": "box", **asked}))

    assert len(found) == len(told), found
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True)), found


TASKS = '''"""Lists."""
from handrail.aws import client
from handrail.task import TaskError, options

class Tired(TaskError):
    """Not now."""

@options
def things() -> list[str]:
    """In buckets."""
    return ["box", *(bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"])]

@options
def colours() -> list[str]:
    """Nobody knows."""
    raise Tired("sekrit")
'''


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """One that has these functions, and this process turned to it."""
    root = tmp_path_factory.mktemp("team")
    (root / "pyproject.toml").write_text("[tool.handrail]\n")
    (root / "tasks").mkdir()
    (root / "tasks/lists.py").write_text(TASKS)
    with put_back(), Laptop.open(load(root), root / "home") as laptop:
        laptop.prepare()
        yield laptop


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({"what": "box"}, [], id="a choice"),
        pytest.param({"what": "bxo"}, [f'what: {NONE} box, handrail-results. Did you mean "box"?'], id="a slip"),
        pytest.param({"what": "box", "tags": ["red"]}, [], id="the list fails"),
        pytest.param({"what": "box", "near": "red"}, [], id="nobody lists"),
    ],
)
def test_choices_are_asked_of_a_lambda_function(
    laptop: Laptop, asked: dict[str, object], told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its own function lists them, with whatever it may look up; where it fails, a log says so and nothing more."""
    assert list(problems(Move, asked)) == told
    assert ("cannot be listed now" in caplog.text) == (len(asked) > 1)
    assert "sekrit" not in caplog.text


def test_where_no_aws_answers_nobody_is_refused(monkeypatch: pytest.MonkeyPatch, laptop: Laptop) -> None:
    """It is asked once, and then the run goes on."""
    del laptop
    client.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    try:
        assert list(problems(Move, {"what": "anything"})) == []
    finally:
        client.cache_clear()
