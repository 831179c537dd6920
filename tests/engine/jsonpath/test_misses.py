"""The words for a path that finds nothing, by the field in which the path stands."""

from collections.abc import Mapping

import pytest

from handrail.asl.model import Json
from handrail.engine.jsonpath import NoMatch, compile_path, missing

INPUT: Json = {"a": {"b": [1, 2]}, "t": "x", "n": 5, "big": 5_000_000_000, "null": None}
NO_OBJECT = (
    "This is not a json object according to the JsonProvider: "
    "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
)
NODE = "com.fasterxml.jackson.databind.node"


class Surroundings:
    """A Context Object and no variables."""

    variables: Mapping[str, Json] = {}

    def context(self) -> Json:
        return {"State": {"Name": "Look"}}

    def random(self) -> float:
        raise AssertionError("a path draws no random number")

    def now(self) -> float:
        raise AssertionError("a path does not ask for the time")


def miss(path: str, field: str = "", data: Json = INPUT) -> NoMatch:
    """How this path fails."""
    with pytest.raises(NoMatch) as raised:
        compile_path(path, field)(data, Surroundings())
    return raised.value


@pytest.mark.parametrize(
    ("path", "field", "cause"),
    [
        pytest.param(
            "$.x",
            "name.$",
            "The JSONPath '$.x' specified for the field 'name.$' could not be found in the input '{\"a\":1}'",
            id="payload template",
        ),
        pytest.param(
            "$.x",
            "CausePath",
            "The JSONPath '$.x' specified for the field 'CausePath' could not be found in the input '{\"a\":1}'",
            id="CausePath",
        ),
        pytest.param("$.x", "InputPath", "Invalid path '$.x' : No results for path: $['x']", id="InputPath"),
        pytest.param("$.x", "OutputPath", "Invalid path '$.x' : No results for path: $['x']", id="OutputPath"),
        pytest.param(
            "$.x", "TimeoutSecondsPath", "Invalid path '$.x' : No results for path: $['x']", id="TimeoutSecondsPath"
        ),
        pytest.param(
            "$.x", "SecondsPath", "The SecondsPath parameter does not reference an input value: $.x", id="SecondsPath"
        ),
        pytest.param(
            "$.x",
            "Variable",
            "Invalid path '$.x': The choice state's condition path references an invalid value.",
            id="Variable",
        ),
        pytest.param("$.x", "ItemsPath", 'Unable to apply step "x" to input {"a":1}', id="ItemsPath"),
        pytest.param(
            "$$.Task.Token",
            "token.$",
            "The JSONPath '$$.Task.Token' specified for the field 'token.$' could not be found in the input "
            '\'{"State":{"Name":"Look"}}\'',
            id="in the Context Object",
        ),
    ],
)
def test_words(path: str, field: str, cause: str) -> None:
    """Each kind of field has its own words."""
    assert miss(path, field, {"a": 1}).cause == cause


def test_errors() -> None:
    """A miss is a runtime error, but for ItemsPath, which is a reference path."""
    assert miss("$.x", "x.$").error == "States.Runtime"
    assert miss("$.x", "ItemsPath").error == "States.ReferencePathConflict"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("$.x", "No results for path: $['x']", id="last name"),
        pytest.param("$.a.x", "No results for path: $['a']['x']", id="last of two"),
        pytest.param("$.x.y", "Missing property in path $['x']", id="name on the way"),
        pytest.param("$.a.b[2]", "No results for path: $['a']['b'][2]", id="past the end"),
        pytest.param(
            "$.t.x",
            f"Expected to find an object with property ['x'] in path $['t'] but found '{NODE}.TextNode'. {NO_OBJECT}",
            id="a name in a text",
        ),
        pytest.param(
            "$.n.x.y",
            f"Expected to find an object with property ['x'] in path $['n'] but found '{NODE}.IntNode'. {NO_OBJECT}",
            id="a name in a number",
        ),
        pytest.param(
            "$.big.x",
            f"Expected to find an object with property ['x'] in path $['big'] but found '{NODE}.LongNode'. {NO_OBJECT}",
            id="a name in a large number",
        ),
        pytest.param(
            "$.t[0]", "Filter: [0] can only be applied to arrays. Current context is: x", id="an index in a text"
        ),
        pytest.param("$.null[0]", "The path $['null'] is null", id="an index in null"),
        pytest.param("$v.a", "No results for path: $", id="no such variable"),
    ],
)
def test_reason(path: str, reason: str) -> None:
    """The words say where along the path the document ends."""
    assert miss(path).reason == reason


@pytest.mark.parametrize(
    ("path", "past_end"),
    [
        ("$.a.b[2]", True),
        ("$.a.b[-3]", True),
        ("$.a.b[2].x", False),
        ("$.a.c", False),
        ("$.t[0]", False),
        ("$v[0]", False),
    ],
)
def test_past_end(path: str, past_end: bool) -> None:
    """What lies past the end of an array that is there can be told from everything else."""
    assert miss(path).past_end is past_end


def test_retold() -> None:
    """A miss can be told again for another field, with the input as it was written."""
    retold = missing("x.$", miss("$.x", data={}), '{ "a" : 1 }')

    assert retold.cause.endswith("for the field 'x.$' could not be found in the input '{ \"a\" : 1 }'")


def test_nothing_to_search() -> None:
    """There is no path into null."""
    assert miss("$.x", "InputPath", None).cause == "Unable to apply Path transformation to null or empty input."
