"""Types: what a Python annotation says about the JSON value that it will be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar
from uuid import UUID

import pytest
from annotated_types import Gt
from pydantic import BaseModel

from handrail.machine import kinds

T = TypeVar("T")
ClusterName = NewType("ClusterName", str)


class Colour(Enum):
    """Texts."""

    RED = "red"


class Size(IntEnum):
    """Numbers."""

    BIG = 3


class Model(BaseModel):
    """A model."""

    name: str


@dataclass
class Box(Generic[T]):
    """Holds something of any type."""

    inside: T


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        pytest.param(str, {"string"}, id="str"),
        pytest.param(bool, {"boolean"}, id="bool is not a number"),
        pytest.param(int, {"number"}, id="int"),
        pytest.param(Annotated[float, Gt(0)], {"number"}, id="annotated"),
        pytest.param(ClusterName, {"string"}, id="new type"),
        pytest.param(Literal["a", 1, None], {"string", "number", "null"}, id="literal"),
        pytest.param(Colour, {"string"}, id="enum of texts"),
        pytest.param(Size, {"number"}, id="enum of numbers"),
        pytest.param(str | None, {"string", "null"}, id="optional"),
        pytest.param(list[int] | Model, {"array", "object"}, id="union"),
        pytest.param(Mapping[str, int], {"object"}, id="mapping"),
        pytest.param(Box[int], {"object"}, id="generic dataclass"),
        pytest.param(Sequence[int], {"array"}, id="sequence"),
        pytest.param(tuple[int, str], {"array"}, id="tuple"),
        pytest.param(datetime, {"string"}, id="datetime"),
        pytest.param(UUID, {"string"}, id="uuid"),
        pytest.param(Decimal, {"string"}, id="decimal"),
        pytest.param(Any, kinds.ALL, id="anything"),
        pytest.param(object, kinds.ALL, id="object"),
        pytest.param(T, kinds.ALL, id="type variable"),
    ],
)
def test_json_kinds(annotation: Any, expected: set[str]) -> None:
    """Where a type does not say, every kind is possible, so that nothing right is refused."""
    assert kinds.json_kinds(annotation) == expected


@pytest.mark.parametrize(
    ("annotation", "index", "expected"),
    [
        pytest.param(list[int], None, int, id="list"),
        pytest.param(list[int] | None, 0, int, id="optional list"),
        pytest.param(tuple[int, str], 1, str, id="tuple"),
        pytest.param(tuple[int, str], 2, None, id="beyond the tuple"),
        pytest.param(tuple[int, ...], 7, int, id="endless tuple"),
        pytest.param(set[str], None, str, id="set"),
        pytest.param(list, None, Any, id="bare list"),
        pytest.param(str, None, None, id="a text is no list"),
        pytest.param(dict[str, int], None, None, id="a dict is no list"),
        pytest.param(int, None, None, id="number"),
    ],
)
def test_elements(annotation: Any, index: int | None, expected: Any) -> None:
    """What a list holds is known from its type."""
    assert kinds.element(annotation, index) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        pytest.param(Model, {"name": str}, id="model"),
        pytest.param(Model | None, {"name": str}, id="optional model"),
        pytest.param(Box[int], {"inside": int}, id="generic dataclass"),
        pytest.param(Model | Box[int], {}, id="a choice of two has no fields of its own"),
        pytest.param(str, {}, id="text"),
    ],
)
def test_fields(annotation: Any, expected: dict[str, Any]) -> None:
    """The fields of models, dataclasses and typed dicts, with the types that they have here."""
    assert {name: field.annotation for name, field in kinds.fields(annotation).items()} == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        pytest.param(int, True, id="numbers"),
        pytest.param(str, True, id="texts"),
        pytest.param(date, True, id="days"),
        pytest.param(datetime, False, id="moments have zones"),
        pytest.param(timedelta, False, id="durations"),
        pytest.param(Decimal, False, id="decimals are texts"),
        pytest.param(bool, False, id="booleans"),
        pytest.param(int | None, False, id="null has no place in an order"),
    ],
)
def test_orders(annotation: Any, expected: bool) -> None:
    """JSONata orders JSON numbers and texts; only where that is Python's order may a machine use it."""
    assert kinds.ordered(annotation) is expected
