"""Payload templates, by "Manipulate parameters in Step Functions workflows" in the Developer Guide."""

from collections.abc import Mapping
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.template import TemplateSyntaxError, compile_expression, compile_template


class Surroundings:
    """A variable and a Context Object."""

    variables: Mapping[str, Json] = {"region": "eu-west-1"}

    def context(self) -> Json:
        return {"Execution": {"Name": "run-1"}}

    def random(self) -> float:
        raise AssertionError("no template here draws a random number")

    def now(self) -> float:
        raise AssertionError("a template does not ask for the time")


INPUT: Json = {"product": {"details": {"color": "blue", "size": "small"}}, "sizes": ["S", "M"], "null": None}


def fill(template: Json, data: Json = INPUT) -> Json:
    return compile_template(template)(data, Surroundings())


@pytest.mark.parametrize(
    ("template", "value"),
    [
        pytest.param(
            {"comment": "fixed", "n": [1, {"a": None}]}, {"comment": "fixed", "n": [1, {"a": None}]}, id="fixed"
        ),
        pytest.param(
            {"size.$": "$.product.details.size", "exists": "in stock"},
            {"exists": "in stock", "size": "small"},
            id="paths beside fixed values",
        ),
        pytest.param({"a": {"b": {"color.$": "$..color"}}}, {"a": {"b": {"color": ["blue"]}}}, id="nested"),
        pytest.param(
            {"a": [1, {"s.$": "$.sizes[0]"}, [{"n.$": "$.null"}]]}, {"a": [1, {"s": "S"}, [{"n": None}]]}, id="array"
        ),
        pytest.param(
            {"name.$": "$$.Execution.Name", "r.$": "$region"}, {"name": "run-1", "r": "eu-west-1"}, id="roots"
        ),
        pytest.param({"n.$": "States.ArrayLength($.sizes)"}, {"n": 2}, id="intrinsic function"),
        pytest.param({"all.$": "$"}, {"all": INPUT}, id="everything"),
        pytest.param({"path": "$.sizes", "f": "States.UUID()"}, {"path": "$.sizes", "f": "States.UUID()"}, id="no .$"),
        pytest.param({".$": "$.null"}, {"": None}, id="no name"),
        pytest.param({"third.$": "$.sizes[2]"}, {"third": None}, id="past the end of an array"),
        pytest.param("text", "text", id="not an object"),
    ],
)
def test_fill(template: Json, value: Json) -> None:
    """Members named `….$` are computed and lose the ending; everything else stays as written."""
    before = deepcopy(template)

    assert fill(template) == value
    assert template == before


def test_order() -> None:
    """Computed members come after the fixed ones, each group in the order of the template."""
    template: Json = {"d.$": "$.null", "b": 1, "c.$": "$.null", "a": {"x.$": "$.null", "y": 1}}

    result = fill(template)

    assert isinstance(result, dict)
    assert list(result) == ["b", "a", "d", "c"]
    assert list(result["a"]) == ["y", "x"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "field"),
    [("$.gone", "a.$"), ("$.sizes[2].x", "a.$"), ("$.product.sizes[0]", "a.$"), ("$gone", "a.$"), ("$.null.x", "a.$")],
)
def test_miss(path: str, field: str) -> None:
    """A path that finds nothing fails the state, and the cause names the member."""
    with pytest.raises(Failure) as raised:
        fill({"outer": {field: path}})

    assert raised.value.error == "States.Runtime"
    assert raised.value.cause.startswith(
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '"
    )


def test_expression() -> None:
    """Fields that take a path or a call take either, and past the end of an array there is nothing for them."""
    assert compile_expression("$.sizes[0]", "CausePath")(INPUT, Surroundings()) == "S"
    assert compile_expression("States.Format('{}', $.sizes[1])", "CausePath")(INPUT, Surroundings()) == "M"
    with pytest.raises(Failure, match="specified for the field 'CausePath'"):
        compile_expression("$.sizes[2]", "CausePath")(INPUT, Surroundings())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "The value for the field 'a.$' must be a STRING that contains a JSONPath but was an ARRAY"),
        ({}, "The value for the field 'a.$' must be a STRING that contains a JSONPath but was an OBJECT"),
        (1, "The value for the field 'a.$' must be a STRING that contains a JSONPath but was a NUMBER"),
        ("text", "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"),
        ("$.a[", "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"),
        ("States.Nope()", "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"),
    ],
)
def test_refused(value: Json, message: str) -> None:
    """A member `….$` that holds neither a path nor a call is refused when the template is compiled."""
    with pytest.raises(TemplateSyntaxError) as raised:
        compile_template({"outer": [{"a.$": value}]})

    assert str(raised.value) == message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda name: not name.endswith(".$")), inner),
        max_leaves=10,
    )
)
def test_fixed_template(template: Json) -> None:
    """A template without anything computed gives itself."""
    assert fill(template) == template
