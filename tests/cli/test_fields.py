"""A runbook's fields as options and from a file, and what is said about each of them."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from rich.console import Console

from handrail.cli.fields import asked, explained
from handrail.errors import HandrailError, Problems
from handrail.schema import Ask, Input


class Window(Input):
    """When it may be."""

    first: int = Ask("From which hour?", ja="何時から", default=9)
    last_hour: int = Ask("Until which hour?", ja="何時まで", default=17)


class Move(Input):
    """Move things."""

    from_room: str = Ask("From where?", ja="どこから")
    to: Literal["cellar", "attic"] = Ask("Where to?", ja="どこへ", default="attic")
    things: list[str] = Ask("What?", ja="何を", default=[])
    careful: bool = Ask("With care?", ja="慎重に", default=False)
    steps: int = Ask("How many?", ja="何歩", default=1, ge=1, le=9)
    window: Window = Ask("When?", ja="いつ", default=Window())
    input: str = Ask("Which input?", ja="入力", default="")


def given(*arguments: str, file: str | None = None) -> dict[str, Any]:
    """What the machine would be asked."""
    return asked("move", Move, file, arguments).model_dump()


DEFAULTS = {
    "from_room": "a", "to": "attic", "things": [], "careful": False, "steps": 1,
    "window": {"first": 9, "last_hour": 17}, "input": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        pytest.param(["--from-room", "a"], {}, id="with a space"),
        pytest.param(["--from-room=a"], {}, id="with an equals sign"),
        pytest.param(["--from_room=a"], {}, id="with the field's own underscore"),
        pytest.param(["--from-room=a=b"], {"from_room": "a=b"}, id="an equals sign in the value"),
        pytest.param(["--from-room="], {"from_room": ""}, id="an empty value"),
        pytest.param(["--from-room=--to"], {"from_room": "--to"}, id="a value that looks like an option"),
        pytest.param(["--from-room", "部屋 ✓"], {"from_room": "部屋 ✓"}, id="Japanese"),
        pytest.param(["--from-room", "a", "--steps", "3"], {"steps": 3}, id="a number"),
        pytest.param(["--from-room", "a", "--careful", "yes"], {"careful": True}, id="yes or no"),
        pytest.param(["--from-room", "a", "--things", "x"], {"things": ["x"]}, id="one of a list"),
        pytest.param(["--from-room", "a", "--things", "x", "--things=y"], {"things": ["x", "y"]}, id="a list"),
        pytest.param(
            ["--from-room", "a", "--window.last-hour", "3"], {"window": {"first": 9, "last_hour": 3}}, id="in"
        ),
    ],
)
def test_options_are_fields(arguments: Sequence[str], fields: dict[str, Any]) -> None:
    """Each way to write an option gives the field its value; the kinds are the schema's."""
    assert given(*arguments) == {**DEFAULTS, **fields}


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        pytest.param(
            ["--form-room", "a"], ['--form-room: move has no such field. Did you mean "--from-room"?'], id="near"
        ),
        pytest.param(["--from-room"], ["--from-room: its value is missing"], id="at the end"),
        pytest.param(["--from-room", "--to", "attic"], ["--from-room: its value is missing"], id="before an option"),
        pytest.param(["attic"], ["attic: a field is given as --field attic"], id="no option"),
        pytest.param(["-x", "a"], ["-x: a field", "a: a field"], id="one dash"),
        pytest.param(
            ["--inputs=3", "--x", "--to"], ["--inputs: move has", "--x: move has", "--to: its value"], id="all"
        ),
    ],
)
def test_options_that_are_none_are_told_together(
    tmp_path: Path, arguments: Sequence[str], problems: Sequence[str]
) -> None:
    """Every mistake with the option it is about, and after them what the schema says of the values."""
    with pytest.raises(Problems) as caught:
        given(*arguments, file=written(tmp_path, '{"from_room": "a", "steps": 77}'))

    told = caught.value.problems
    assert len(told) == len(problems) + 1
    assert all(each.startswith(begin) for each, begin in zip(told, [*problems, "steps: "], strict=True))


def written(folder: Path, text: str) -> str:
    (folder / "asked.json").write_text(text)
    return str(folder / "asked.json")


def test_options_go_before_the_file(tmp_path: Path) -> None:
    """A file may hold most of it, and an option change a part; what the file holds beside that stays."""
    file = tmp_path / "asked.json"
    file.write_text('\ufeff{"from_room": "a", "steps": 2, "window": {"first": 1}, "input": "i"}', encoding="utf-8")

    found = given("--steps=3", "--window.last-hour=4", file=str(file))

    assert found == {**DEFAULTS, "steps": 3, "window": {"first": 1, "last_hour": 4}, "input": "i"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b'{\n "a": }', ":2:7: this is not JSON: Expecting value.", id="broken"),
        pytest.param(b"", ":1:1: this is not JSON", id="empty"),
        pytest.param(b"[]", "must hold a JSON object", id="no object"),
        pytest.param(b'{"a": "\xff"}', "is not UTF-8: byte 7 is 0xff.", id="bytes"),
        pytest.param(b'{"a": "\\ud800"}', "something that is no text", id="half a pair"),
        pytest.param(b"[" * 100_000, "is not JSON that can be read", id="too deep"),
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "is not JSON that can be read", id="too long a number"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    """What is wrong, and where in the file."""
    file = tmp_path / "asked.json"
    file.write_bytes(content)

    with pytest.raises(HandrailError) as caught:
        given(file=str(file))

    assert told in str(caught.value)


@pytest.mark.parametrize("width", [120, 40])
def test_each_field_is_explained(width: int) -> None:
    """The questions in both languages, what each field takes, and its default; nothing is cut off."""
    shown = io.StringIO()
    Console(width=width, file=shown).print(explained(Move))
    text = "".join(shown.getvalue().split())
    parts = (
        "--from-roomFromwhere?どこからstring,required",
        'oneofcellarattic,default"attic"',
        "integer,1to9,default1",
        "array,default[]",
        "--window.last-hourUntilwhichhour?",
        'inputWhichinput?入力string,default"",givenin--inputFILEonly',
    )

    assert [part for part in parts if part not in text] == []
