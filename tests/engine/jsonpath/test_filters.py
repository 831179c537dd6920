"""Filters, `[?(…)]`, with the operators that the Jayway documentation lists ("Filter Operators")."""

import pytest

from handrail.asl.model import Json
from handrail.engine.jsonpath.search import compile_search
from handrail.engine.jsonpath.steps import PathSyntaxError
from handrail.engine.jsonpath.text import read_path

ITEMS: Json = [
    {"id": 1, "size": 10, "tags": ["new", "red"], "name": "Ada", "on": True},
    {"id": 2, "size": 2.5, "tags": [], "name": "bob", "on": False, "text": "10"},
    {"id": 3, "size": None, "tags": ["old"], "name": "Cy's", "inner": {"at": [1, 2]}},
    "text",
    4,
]


def chosen(condition: str) -> list[Json]:
    """The ids of the items that satisfy a condition."""
    hits: list[Json] = []
    document: Json = {"items": ITEMS, "limit": 5, "names": ["Ada", "bob"]}
    compile_search(read_path(f"$.items[?({condition})].id").steps)(document, document, hits)
    return hits


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        pytest.param("@.inner", [3], id="exists"),
        pytest.param("@.on", [1, 2], id="false exists"),
        pytest.param("@.size", [1, 2, 3], id="null exists"),
        pytest.param("!@.on", [3], id="exists not"),
        pytest.param("@.inner.at[1]", [3], id="exists further in"),
        pytest.param("@['name'] == 'Ada'", [1], id="brackets"),
        pytest.param("@.id == 2", [2], id="number"),
        pytest.param("@.id==2", [2], id="no blanks"),
        pytest.param("2 == @.id", [2], id="value first"),
        pytest.param("@.id == 2.0", [2], id="a number in another form"),
        pytest.param("@.text == 10", [2], id="a text that looks like the number"),
        pytest.param("10.0 == @.text", [2], id="a number and a text that reads as it"),
        pytest.param("@.text == 10.0", [], id="a text and a number that is written otherwise"),
        pytest.param("@.text === 10", [], id="of one kind"),
        pytest.param("@.text !== 10", [1, 2, 3], id="not the same"),
        pytest.param("@.on == true", [1], id="true"),
        pytest.param("@.id == true", [], id="1 is not true"),
        pytest.param("@.size == null", [3], id="null"),
        pytest.param("@.gone == null", [], id="what is missing is not null"),
        pytest.param("@.gone != null", [1, 2, 3], id="what is missing differs"),
        pytest.param('@.name == "Cy\'s"', [3], id="double quotes"),
        pytest.param(r"@.name == 'Cy\'s'", [3], id="an escaped quote"),
        pytest.param("@.size < 5", [2], id="less"),
        pytest.param("@.size >= 2.5", [1, 2], id="at least"),
        pytest.param("@.size <= $.limit", [2], id="the document"),
        pytest.param("@.name < 'a'", [1, 3], id="texts by code"),
        pytest.param("@.text < 9", [2], id="a text and a number as texts"),
        pytest.param("@.tags < 9", [], id="arrays are in no order"),
        pytest.param("@.name =~ /a.*/i", [1], id="pattern"),
        pytest.param("@.name =~ /d/", [], id="a pattern matches the whole text"),
        pytest.param("@.tags =~ /r.d/", [1], id="a pattern and any item"),
        pytest.param("@.id in [1, 3]", [1, 3], id="in"),
        pytest.param("@.name in ['Ada', \"bob\"]", [1, 2], id="in texts"),
        pytest.param("@.name in $.names", [1, 2], id="in an array of the document"),
        pytest.param("@.id nin [1, 3]", [2], id="not in"),
        pytest.param("@.tags contains 'red'", [1], id="array contains"),
        pytest.param("@.name contains 'o'", [2], id="text contains"),
        pytest.param("@.tags size 2", [1], id="size"),
        pytest.param("@.name size 4", [3], id="length of a text"),
        pytest.param("@.tags empty true", [2], id="empty"),
        pytest.param("@.tags empty false", [1, 3], id="not empty"),
        pytest.param("@.tags subsetof ['new', 'red', 'old']", [1, 2, 3], id="subset"),
        pytest.param("@.tags anyof ['red', 'old']", [1, 3], id="any of"),
        pytest.param("@.tags noneof ['red']", [2, 3], id="none of"),
        pytest.param("@.tags all ['new']", [1], id="all"),
        pytest.param("@.inner == {'at': [1, 2]}", [3], id="object"),
        pytest.param("@.id == 1 || @.id == 3", [1, 3], id="or"),
        pytest.param("@.on && @.id > 1", [2], id="and"),
        pytest.param("@.id == 3 || @.on && @.id == 1", [1, 3], id="and before or"),
        pytest.param("(@.id == 3 || @.on) && @.id != 1", [2, 3], id="parentheses"),
        pytest.param("!(@.id == 1)", [2, 3], id="not"),
        pytest.param("@.inner.at[?(@ == 1)]", [], id="@ alone holds for no number"),
    ],
)
def test_condition(condition: str, ids: list[Json]) -> None:
    """A filter keeps the items that satisfy its condition, and of other values none."""
    assert chosen(condition) == ids


def test_object() -> None:
    """A filter judges an object itself, not its members."""
    hits: list[Json] = []
    document: Json = {"a": {"on": 1, "id": 9}}
    compile_search(read_path("$.a[?(@.on == 1)].id").steps)(document, document, hits)

    assert hits == [9]


def test_anywhere() -> None:
    """After `..` a filter keeps every object that satisfies it, outer ones first."""
    hits: list[Json] = []
    document: Json = {"on": 1, "id": 1, "in": [{"on": 1, "id": 2}, {"on": 0, "id": 3}]}
    compile_search(read_path("$..[?(@.on == 1)].id").steps)(document, document, hits)

    assert hits == [1, 2]


@pytest.mark.parametrize(
    "condition",
    ["@.a =~ /(/", "@.a ==", "@.a == 'x", "@.a && ", "@.a == [1", "@.a == {x}", "@.a == 1 2", "=='a'", "@.a[=="],
)
def test_refused(condition: str) -> None:
    """A condition that cannot be read is refused with the place at which it goes wrong."""
    with pytest.raises(PathSyntaxError):
        read_path(f"$.items[?({condition})]")
