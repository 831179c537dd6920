"""Adding an item to a list of a YAML file: the item is there afterwards, and nothing else is touched."""

import difflib
import stat
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from handrail.amend import added, replace
from handrail.errors import HandrailError

ITEM = {
    "address": "a.b",
    "attributes": ["x", 'tags["a.b"]'],
    "reason": "it's: known # here",
    "until": date(2026, 12, 31),
}

LINES = """\
  - address: a.b
    attributes: [x, 'tags["a.b"]']
    reason: "it's: known # here"
    until: 2026-12-31
"""


def lines(indent: int, key: str = "") -> str:
    head = f"{' ' * indent}{key}:\n" if key else ""
    return head + "".join(f"{' ' * indent}{line}\n" for line in LINES.splitlines())


def new_lines(before: str, after: str) -> list[str]:
    """What a reviewer sees: nothing taken away, and these lines added."""
    told = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in told if line.startswith("-")], "\n".join(told)
    return [line[2:] for line in told if line.startswith("+")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("ignore:\n  - {a: b}\n", "ignore:\n  - {a: b}\n" + LINES, id="a list with an item"),
        pytest.param("ignore:\n- address: c.d\n", "ignore:\n- address: c.d\n" + "".join(
            line[2:] + "\n" for line in LINES.splitlines()), id="dashes below the key"),
        pytest.param("# top\nignore:   # why\n  # first\n  - address: c.d   # its own\n    b: x\n\n# next\nother: 1\n",
                     "# top\nignore:   # why\n  # first\n  - address: c.d   # its own\n    b: x\n" + LINES
                     + "\n# next\nother: 1\n", id="comments all around"),
        pytest.param("ignore:\n    -   address: c.d\nother:   'x'\n",
                     "ignore:\n    -   address: c.d\n" + lines(2) + "other:   'x'\n", id="other indents"),
        pytest.param("other: 1\n", "other: 1\n" + lines(0, "ignore"), id="no list yet"),
        pytest.param("other: 1", "other: 1\n" + lines(0, "ignore"), id="no line break at the end"),
        pytest.param("other: 1\n\n# end\n", "other: 1\n" + lines(0, "ignore") + "\n# end\n", id="a last comment"),
        pytest.param("ignore:  # none\nother: 1\n", "ignore:  # none\n" + LINES + "other: 1\n", id="an empty key"),
        pytest.param("other: 1\nignore:\n", "other: 1\nignore:\n" + LINES, id="an empty key at the end"),
        pytest.param("other:\n  - x\n  - y: |\n      text\n\n      more\n\n", "other:\n  - x\n  - y: |\n      text\n\n"
                     "      more\n" + lines(0, "ignore") + "\n", id="a text in many lines before it"),
        pytest.param("x: {a: 1,\n  b: 2\n}\n", "x: {a: 1,\n  b: 2\n}\n" + lines(0, "ignore"), id="braces before it"),
        pytest.param("a: 1\r\nignore:\r\n  - b\r\n", "a: 1\r\nignore:\r\n  - b\r\n" + LINES.replace("\n", "\r\n"),
                     id="line breaks of another system"),
        pytest.param("\ufeffa: 1\n", "\ufeffa: 1\n" + lines(0, "ignore"), id="a mark at the beginning"),
        pytest.param("---\na: 1\n...\n", "---\na: 1\n" + lines(0, "ignore") + "...\n", id="a document with an end"),
    ],
)  # fmt: skip
def test_only_new_lines(before: str, after: str) -> None:
    """Comments, indents, quotes and line breaks of the rest stay as somebody wrote them."""
    assert added(before, ("ignore",), ITEM) == after
    assert new_lines(before, after)


JSON = (
    '{"address": "a.b", "attributes": ["x", "tags[\\"a.b\\"]"], "reason": "it\'s: known # here", "until": "2026-12-31"}'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("ignore: []\n", f"ignore: [{JSON}]\n", id="an empty list"),
        pytest.param("ignore: null # x\n", f"ignore: [{JSON}] # x\n", id="null"),
        pytest.param("ignore: [{address: c.d}]\n", f"ignore: [{{address: c.d}}, {JSON}]\n", id="a list in brackets"),
        pytest.param("ignore: [\n  {address: c.d},  # x\n]\n", f"ignore: [\n  {{address: c.d}}, {JSON},  # x\n]\n",
                     id="with a last comma"),
        pytest.param('{"other": 1}', f'{{"other": 1, "ignore": [{JSON}]}}', id="JSON"),
        pytest.param("{other: 1}", f"{{other: 1, ignore: [{JSON}]}}", id="braces"),
    ],
)  # fmt: skip
def test_where_the_list_is_on_one_line(before: str, after: str) -> None:
    """It stays on it: what is written in brackets goes on in brackets."""
    assert added(before, ("ignore",), ITEM) == after


def test_deep_inside() -> None:
    """A list of the second of two, and the third is not touched."""
    before = "all:\n  - name: a\n  - name: b   # x\n    roots: ['*']\n\n  # the last\n  - name: c\n"
    after = added(before, ("all", 1, "ignore"), ITEM)

    assert after == before.replace("    roots: ['*']\n", "    roots: ['*']\n" + lines(4, "ignore"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x [1]\nignore: *x\n", id="a list that another one shares"),
        pytest.param("ignore: text\n", id="no list"),
        pytest.param("base: &b {ignore: [1]}\nother:\n  <<: *b\n", id="no list of its own"),
    ],
)
def test_what_cannot_be_added_to_is_told(text: str) -> None:
    """Nothing is guessed: either exactly one item is added, or a person has to do it."""
    place = ("other", "ignore") if "other" in text else ("ignore",)
    with pytest.raises(
        HandrailError, match=r"ignore is written in a way to which nothing can be added. Do it by hand."
    ):
        added(text, place, ITEM)


NAMES = st.text("ab-_ :#'\"[]{},&*!|>%@`", min_size=1, max_size=6)
TEXTS = st.text("ab \n\t:#'\"[]{},&*!|>%@`日", max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, min_size=1), st.booleans(), TEXTS)
def test_whatever_is_written_stays(document: dict[str, Any], flow: bool, text: str) -> None:
    """Any document in any style: the value is the old one with the item, and every old character is still there."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.width = 40
    written = StringIO()
    yaml.dump({**document, "ignore": [{"address": "c"}]}, written)
    before = written.getvalue()
    assume(readable(before))
    after = added(before, ("ignore",), {"reason": text})

    loaded = YAML(typ="safe", pure=True).load(after)
    assert loaded == {**YAML(typ="safe", pure=True).load(before), "ignore": [{"address": "c"}, {"reason": text}]}
    at = next(n for n, (one, other) in enumerate(zip(before + "\0", after, strict=False)) if one != other)
    assert after.endswith(before[at:])


def readable(text: str) -> bool:
    """ruamel writes some keys so that it cannot read them again."""
    try:
        YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return False
    return True


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    """With its rights, through a link, and without a trace where that fails."""
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)

    replace(link, "new\r\n")

    assert (real.read_bytes(), stat.S_IMODE(real.stat().st_mode), link.is_symlink()) == (b"new\r\n", 0o640, True)
    with pytest.raises(UnicodeEncodeError):
        replace(link, "\ud800")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]
    assert real.read_bytes() == b"new\r\n"
