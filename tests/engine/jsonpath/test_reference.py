"""Reference paths: ResultPath puts a value into a document, which stays as it was."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.jsonpath import NoMatch, PathSyntaxError, compile_reference

NAMES = st.sampled_from("abc") | st.text(max_size=3)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("path", "data", "result"),
    [
        pytest.param("$", {"a": 1}, "new", id="everything"),
        pytest.param("$.b", {"a": 1}, {"a": 1, "b": "new"}, id="added"),
        pytest.param("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}, id="replaced in its place"),
        pytest.param("$.a", {"a": {"x": 1}}, {"a": "new"}, id="an object replaced"),
        pytest.param("$.a.b.c", {}, {"a": {"b": {"c": "new"}}}, id="objects made"),
        pytest.param("$.a.b", {"a": {"x": 1}}, {"a": {"x": 1, "b": "new"}}, id="beside others"),
        pytest.param("$['a b']", {}, {"a b": "new"}, id="brackets"),
        pytest.param("$[1].a", [1, {}], [1, {"a": "new"}], id="in an item"),
        pytest.param("$.a[0]", {"a": [1, 2]}, {"a": ["new", 2]}, id="an item"),
    ],
)
def test_insert(path: str, data: Json, result: Json) -> None:
    """The value stands where the path says, and the rest of the document is as before."""
    before = deepcopy(data)

    assert compile_reference(path).insert(data, "new") == result
    assert data == before


@pytest.mark.parametrize(
    ("path", "data", "cause"),
    [
        pytest.param("$.a", "x", 'Unable to apply ReferencePath $.a to input "x"', id="a text"),
        pytest.param("$.a", [1], 'Unable to apply step "a" to input [1]', id="a name in an array"),
        pytest.param("$.a.b", {"a": 5}, 'Unable to apply step "b" to input {"a":5}', id="a number on the way"),
        pytest.param("$.a[2]", {"a": [1]}, 'Unable to apply step "2" to input {"a":[1]}', id="past the end"),
        pytest.param("$[0]", {"a": 1}, 'Unable to apply step "0" to input {"a":1}', id="an index in an object"),
    ],
)
def test_conflict(path: str, data: Json, cause: str) -> None:
    """Something else in the way fails the state with States.ReferencePathConflict."""
    with pytest.raises(Failure) as raised:
        compile_reference(path).insert(data, "new")

    assert (raised.value.error, raised.value.cause) == ("States.ReferencePathConflict", cause)


@pytest.mark.parametrize(
    "path", ["$.a[*]", "$..a", "$.a[1:2]", "$.a[?(@.b)]", "$['a','b']", "$$.a", "$v.a", "$[-1]", "a"]
)
def test_refused(path: str) -> None:
    """A path that could lead to several places, or does not begin at `$`, is no reference path."""
    with pytest.raises(PathSyntaxError):
        compile_reference(path)


def test_find() -> None:
    """A reference path also finds; what is not there is a NoMatch."""
    path = compile_reference("$.a[1]")

    assert path.find({"a": [1, 2]}) == 2
    with pytest.raises(NoMatch):
        path.find({"a": [1]})


@given(VALUES, VALUES, st.lists(NAMES, min_size=1, max_size=3))
def test_insert_then_find(data: Json, value: Json, names: list[str]) -> None:
    """What was inserted is found again, unless something stood in the way; the document is never changed."""
    path = compile_reference("$" + "".join(f"[{quoted(name)}]" for name in names))
    before = deepcopy(data)
    try:
        found = path.find(path.insert(data, value))
    except Failure as failure:
        if failure.error != "States.ReferencePathConflict":
            raise
        found = value
    assert found == value
    assert data == before


def quoted(name: str) -> str:
    """A name in single quotes."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
