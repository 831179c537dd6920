"""Paths as Step Functions documents them: "Using JSONPath paths" and "Reference paths" in the Developer Guide."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import jsonpath
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from handrail.asl.model import Json
from handrail.engine.jsonpath import NoMatch, PathSyntaxError, compile_path, is_path


class Surroundings:
    """Variables and a Context Object; no path asks for more."""

    variables: Mapping[str, Json] = {"order": {"id": 7, "lines": [{"sku": "a"}, {"sku": "b"}]}, "größe": 3}

    def context(self) -> Json:
        return {"Execution": {"Id": "arn:1", "Input": {"n": 1}}, "State": {"Name": "Look"}}

    def random(self) -> float:
        raise AssertionError("a path draws no random number")

    def now(self) -> float:
        raise AssertionError("a path does not ask for the time")


ENV = Surroundings()
STORE: Json = {
    "name": "Corner",
    "open": True,
    "note": None,
    "rooms": [{"no": 1, "beds": [1, 2]}, {"no": 2, "beds": []}, {"no": 3, "view": "sea"}],
    "matrix": [[1, 2], [3, 4]],
    "odd.name": 1,
    "two words": 2,
    "length()": "a field",
    "deep": {"a": {"b": {"c": {"d": "bottom"}}}},
}


def find(path: str, data: Json = STORE) -> Json:
    return compile_path(path)(data, ENV)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("$", STORE, id="everything"),
        pytest.param("$.name", "Corner", id="name"),
        pytest.param("$.note", None, id="null is a value"),
        pytest.param("$.deep.a", {"b": {"c": {"d": "bottom"}}}, id="two names"),
        pytest.param("$.deep.a.b", {"c": {"d": "bottom"}}, id="three names"),
        pytest.param("$.deep.a.b.c.d", "bottom", id="five names"),
        pytest.param("$['name']", "Corner", id="brackets"),
        pytest.param('$["two words"]', 2, id="double quotes"),
        pytest.param("$.['name']", "Corner", id="a dot before brackets"),
        pytest.param("$['deep']['a'].b.c['d']", "bottom", id="mixed"),
        pytest.param(r"$.odd\.name", 1, id="an escaped dot"),
        pytest.param("$.length()", "a field", id="no path functions"),
        pytest.param("$.rooms[0].no", 1, id="index"),
        pytest.param("$.rooms[-1].no", 3, id="from the end"),
        pytest.param("$.matrix[1][0]", 3, id="index in index"),
        pytest.param("$['name','open']", {"name": "Corner", "open": True}, id="several names give one object"),
        pytest.param("$['name','gone']", {"name": "Corner"}, id="of several names those there are"),
        pytest.param(" $.name ", "Corner", id="blanks around"),
        pytest.param("$$", ENV.context(), id="Context Object"),
        pytest.param("$$.Execution.Input.n", 1, id="in the Context Object"),
        pytest.param("$$['State']['Name']", "Look", id="Context Object in brackets"),
        pytest.param("$order", ENV.variables["order"], id="variable"),
        pytest.param("$order.lines[1].sku", "b", id="in a variable"),
        pytest.param("$order.lines[*].sku", ["a", "b"], id="all in a variable"),
        pytest.param("$größe", 3, id="a variable's name in any script"),
    ],
)
def test_definite(path: str, value: Json) -> None:
    """A path of names and indices gives the value that it leads to."""
    assert find(path) == value


@pytest.mark.parametrize(
    ("path", "values"),
    [
        pytest.param("$.rooms[*].no", [1, 2, 3], id="of every item"),
        pytest.param("$.deep.a.*", [{"c": {"d": "bottom"}}], id="every member"),
        pytest.param("$.rooms[*].view", ["sea"], id="only where it is"),
        pytest.param("$.rooms[0,2].no", [1, 3], id="several indices"),
        pytest.param("$.matrix[0,9]", [[1, 2], None], id="an index past the end among several"),
        pytest.param("$.rooms[1:].no", [2, 3], id="slice to the end"),
        pytest.param("$.rooms[:1].no", [1], id="slice from the start"),
        pytest.param("$.rooms[1:2].no", [2], id="slice"),
        pytest.param("$.rooms[-1:].no", [3], id="slice of the last"),
        pytest.param("$.rooms[5:9]", [], id="slice past the end"),
        pytest.param("$.matrix[*][*]", [1, 2, 3, 4], id="flattened"),
        pytest.param("$..no", [1, 2, 3], id="anywhere"),
        pytest.param("$..beds[0]", [1, None], id="a step after anywhere, past the end of an array"),
        pytest.param("$.rooms..beds", [[1, 2], []], id="anywhere below"),
        pytest.param("$..beds[*]", [1, 2], id="all of what is anywhere"),
        pytest.param("$['name','deep']['a']", [{"b": {"c": {"d": "bottom"}}}], id="several names, and on"),
        pytest.param("$.rooms[?(@.view)].no", [3], id="filter"),
        pytest.param("$.rooms[?(@.no > 1)].no", [2, 3], id="filter by number"),
        pytest.param("$.gone[*]", [], id="nothing to go through"),
        pytest.param("$.gone[0:2].x", [], id="nothing to slice"),
        pytest.param("$.name[*]", [], id="a text has no items"),
        pytest.param("$.gone..x", [], id="nowhere to search"),
    ],
)
def test_indefinite(path: str, values: list[Json]) -> None:
    """A path that could lead to several values gives a list, which may be empty."""
    assert find(path) == values


@pytest.mark.parametrize(
    "path",
    [
        "$.gone",
        "$.name.x",
        "$.name[0]",
        "$.rooms.no",
        "$.rooms[3]",
        "$.rooms[-4]",
        "$.rooms[0].gone",
        "$.note.x",
        "$.open[0]",
        "$.deep.a.b.x",
        "$.deep.a.b.c.x",
        "$.name['a','b']",
        "$$.Task.Token",
        "$gone",
        "$order.gone",
    ],
)
def test_miss(path: str) -> None:
    """A definite path that leads nowhere raises NoMatch, a runtime error."""
    with pytest.raises(NoMatch) as raised:
        find(path)

    assert raised.value.error == "States.Runtime"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "name",
        "@.name",
        "$.",
        "$..",
        "$.a.",
        "$.a..",
        "$...a",
        "$.a b",
        "$[]",
        "$[a]",
        "$['a'",
        "$['a'b]",
        "$['a',]",
        "$.a[",
        "$.a[1",
        "$.a[:]",
        "$.a[::2]",
        "$.a[1,]",
        "$.a[99999999999]",
        "$.a[?]",
        "$.a[?@.b]",
        "$.a[?()]",
        "$.a[?(@.b ==)]",
        "$.a[?(@.b == 1]",
        "$.a[?(@.b like 1)]",
        "$.a[?(1)]",
        "$.a(",
        "$1a",
        "$a-b",
        "$ .a",
    ],
)
def test_syntax(path: str) -> None:
    """Text that is no path is refused when it is compiled."""
    assert not is_path(path)
    with pytest.raises(PathSyntaxError):
        compile_path(path)


def test_syntax_position() -> None:
    """A refusal says what is lacking, and where."""
    with pytest.raises(PathSyntaxError, match=r'The path "\$\.a\[1" lacks .* at "1"') as raised:
        compile_path("$.a[1")

    assert raised.value.position == 4


WORDS = "$ $$ $x . .. * a 'a' \"b\" [ ] ( ) ?( @ == =~ /a/ && || ! in 0 -1 : , \\ ' \" { } 1.5 true null é (? < f()"
PIECES = st.sampled_from([*WORDS.split(), " "])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(lambda parts: "$" + "".join(parts))))
@example("$" + "[?(@" * 400)
@example("$[?(@ == " + "[" * 3000 + ")]")
@example("$[?(" + "(" * 3000 + "@.a" + ")" * 3001 + "]")
def test_any_text(text: str) -> None:
    """Any text is either a path that can be evaluated or a syntax error."""
    try:
        evaluate = compile_path(text)
    except PathSyntaxError:
        return
    with suppress(NoMatch):
        evaluate(STORE, ENV)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
STEPS = st.sampled_from([".a", "['b']", "[0]", "[-1]", ".*", "[*]", "[0:2]", "[1:]", "[:1]", "..a", "..b"])


@given(VALUES, st.lists(STEPS, max_size=4).map("".join))
def test_against_another_implementation(data: Any, steps: str) -> None:
    """Where the dialects agree, an independent implementation finds the same values in the same order."""
    assume(".." not in steps or "[" not in steps.partition("..")[2])  # a known difference, see search.scan
    path = f"${steps}"
    expected = jsonpath.findall(path, data)
    try:
        found = find(path, data)
    except NoMatch:
        assert expected == []
        return
    indefinite = any(mark in steps for mark in ("*", ":", ".."))
    if not indefinite:
        assert [found] == expected
    elif "[0]" in steps or "[-1]" in steps:
        assert [value for value in found if value is not None] == [value for value in expected if value is not None]  # type: ignore[union-attr]
    else:
        assert found == expected
