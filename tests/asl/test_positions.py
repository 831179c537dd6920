"""Positions: from a pointer to line and column, and JSON syntax errors in words."""

import json
from json import JSONDecodeError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.pointer import child, tokens
from handrail.asl.positions import explain, offset, position

TEXT = """{
  "StartAt": "A",
  "States": {
    "A": { "Type": "Choice", "Choices": [
        { "Next": "B, \\"C\\" ] }" },
        {"Next" : "D"}
    ]},
    "ki\\u006ed / of ~": [1, [2, 3], {}]
  }
}
"""


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        pytest.param("", (1, 1), id="the whole"),
        pytest.param("/StartAt", (2, 3), id="a member, at its name"),
        pytest.param("/States/A", (4, 5), id="inside"),
        pytest.param("/States/A/Choices", (4, 30), id="on one line"),
        pytest.param("/States/A/Choices/0", (5, 9), id="an element, at its value"),
        pytest.param("/States/A/Choices/1/Next", (6, 10), id="after brackets inside a text"),
        pytest.param("/States/kind ~1 of ~0", (8, 5), id="a name written with escapes"),
        pytest.param("/States/kind ~1 of ~0/1/1", (8, 33), id="nested lists"),
        pytest.param("/States/A/Default", (4, 5), id="what is not there: around it"),
        pytest.param("/States/A/Choices/7", (4, 30), id="an index that is not there"),
        pytest.param("/States/A/Choices/x", (4, 30), id="no index"),
        pytest.param("/StartAt/x", (2, 3), id="below a scalar"),
    ],
)
def test_finds_line_and_column(pointer: str, found: tuple[int, int]) -> None:
    """A pointer leads to where an editor should point; what is missing leads to what should hold it."""
    assert position(TEXT, pointer) == found


def test_finds_the_last_of_several() -> None:
    """Where a name stands twice, the one that counts is found."""
    assert position('{"a": 1,\n "a": 2}', "/a") == (2, 2)


def test_depth_is_no_obstacle() -> None:
    """A place a hundred thousand levels down is found without recursion."""
    levels = 100_000

    assert position("[" * levels + "]" * levels + "\n", "/0" * (levels - 1)) == (1, levels)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def places(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(pointer, value), *(place for name, inner in items for place in places(inner, child(pointer, name)))]


@given(JSON, st.sampled_from([None, 2]), st.booleans(), st.data())
def test_finds_every_value(value: Any, indent: int | None, ascii_only: bool, data: st.DataObject) -> None:
    """In any JSON text, what stands where a pointer leads is the name or the value that it names."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    pointer, wanted = data.draw(st.sampled_from(places(value)))
    found, _ = json.JSONDecoder().raw_decode(text, offset(text, pointer))

    assert found in (wanted, tokens(pointer)[-1] if pointer else wanted)


@given(st.text(alphabet='{}[]",:0a \n\\', max_size=30), st.sampled_from(["", "/a", "/0", "/a/0", "/"]))
def test_never_raises(text: str, pointer: str) -> None:
    """Broken text gives some place in it."""
    line, column = position(text, pointer)

    assert line >= 1
    assert column >= 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            '{"a": 1,\n}', "line 2, column 1: a comma stands before the closing bracket", id="comma at the end"
        ),
        pytest.param("[1,]", "line 1, column 4: a comma stands before the closing bracket", id="comma in a list"),
        pytest.param('{"a" 1}', "line 1, column 6: a colon is expected, and here is 1", id="no colon"),
        pytest.param('{"a":}', "line 1, column 6: a value is expected, and here is }", id="no value"),
        pytest.param("{a: 1}", "line 1, column 2: a name in double quotes is expected, and here is a:", id="bare name"),
        pytest.param("{'a': 1}", "line 1, column 2: names and texts stand in double quotes", id="single quotes"),
        pytest.param(
            '{"a": 1\n "b": 2}',
            'line 2, column 2: a comma or a closing bracket is expected, and here is "b"',
            id="no comma",
        ),
        pytest.param(
            '{"a": 1',
            "line 1, column 8: a comma or a closing bracket is expected, and the text ends here",
            id="cut off",
        ),
        pytest.param('{"a": "x', "line 1, column 7: the text that begins here has no closing quote", id="open text"),
        pytest.param(
            '{"a": "x\ny"}',
            "line 1, column 9: a line break or a tab inside a text is written \\n or \\t",
            id="line break",
        ),
        pytest.param('{"a": "\\q"}', "line 1, column 8: a backslash in a text is written \\\\", id="backslash"),
        pytest.param("{}\n}", "line 2, column 1: the definition has ended before this", id="too much"),
        pytest.param("// why\n{}", "line 1, column 1: JSON has no comments; a state has a Comment field", id="comment"),
        pytest.param('{"a": tru}', "line 1, column 7: a value is expected, and here is tru", id="misspelt value"),
        pytest.param("\ufeff{}", "line 1, column 1: the text begins with a byte order mark", id="byte order mark"),
    ],
)
def test_explains_syntax_errors(text: str, told: str) -> None:
    """A syntax error says where it is, what was expected, and what stands there."""
    with pytest.raises(JSONDecodeError) as caught:
        json.loads(text)

    assert explain(text, caught.value) == f"The definition is not JSON: {told}"


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        pytest.param('{"a": 1 ,\n}', "Illegal trailing comma before end of object", 8, id="comma at the end, 3.13"),
        pytest.param('{"a": 1 ,\n}', "Expecting property name enclosed in double quotes", 10, id="before 3.13"),
        pytest.param("[1\n, \n]", "Illegal trailing comma before end of array", 3, id="comma in a list, 3.13"),
        pytest.param("[1\n, \n]", "Expecting value", 6, id="in a list before 3.13"),
    ],
)
def test_explains_the_same_in_every_python(text: str, message: str, at: int) -> None:
    """A comma too many is told in one way, whether Python names the comma or what stands after it."""
    line = text.count("\n") + 1
    told = f"The definition is not JSON: line {line}, column 1: a comma stands before the closing bracket"

    assert explain(text, JSONDecodeError(message, text, at)) == told
