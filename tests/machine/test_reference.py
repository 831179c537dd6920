"""References: they read fields as their type has them, and refuse at once what only a run could answer."""

import copy
import math
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Literal, NotRequired

import pytest
from pydantic import BaseModel, Field, computed_field
from typing_extensions import TypedDict

from handrail.machine import MachineError, given
from handrail.machine.expression import Path, Source
from handrail.machine.reference import annotation_of, lift, node_of, refer
from handrail.schema import Ask, Input


class Colour(Enum):
    """A choice with values."""

    RED = "red"


class Owner(BaseModel):
    """Who has it."""

    team: str
    slack_id: str = Field(serialization_alias="slackId")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def handle(self) -> str:
        """As it is written."""
        return f"@{self.team}"


@dataclass(frozen=True)
class Place:
    """Where it is."""

    zone: str


class Extra(TypedDict):
    """What else there is."""

    cost: float
    until: NotRequired[str]


class Everything(Input):
    """Every kind of field."""

    name: str = Ask("Name?", ja="名前")
    limit: int = Ask("Limit?", ja="上限")
    share: float = Ask("Share?", ja="割合")
    deep: bool = Ask("Deep?", ja="深く")
    power: Literal["start", "stop"] = Ask("Power?", ja="電源")
    colour: Colour = Ask("Colour?", ja="色")
    day: date = Ask("Day?", ja="日")
    at: datetime = Ask("At?", ja="時刻")
    names: list[str] = Ask("Names?", ja="名前の一覧")
    labels: dict[str, int] = Ask("Labels?", ja="ラベル")
    place: Place = Ask("Place?", ja="場所")
    spare: Place | None = Ask("Spare?", ja="予備", default=None)
    extra: Extra = Ask("Extra?", ja="その他")


class Answer(BaseModel):
    """What a task might give."""

    owner: Owner
    deputies: list[Owner]
    backup: Owner | None


asked = given(Everything)
unchecked: Any = asked
Act = Callable[[], object]


@pytest.mark.parametrize(
    ("act", "remedy"),
    [
        pytest.param(lambda: "x" if asked.deep else "y", "Branch with Choice and when(…)", id="if"),
        pytest.param(lambda: asked.deep and asked.limit > 1, "all_of, any_of and not_", id="and"),
        pytest.param(lambda: not asked.deep, "all_of, any_of and not_", id="not"),
        pytest.param(lambda: 1 < asked.limit < 5, "a chain of comparisons", id="chain"),
        pytest.param(lambda: "a" in asked.names, "Write is_in(value, options).", id="in"),
        pytest.param(lambda: asked.name in ["a"], "all_of, any_of and not_", id="in a list"),
        pytest.param(lambda: list(asked.names), "Map(…, items=…)", id="loop"),
        pytest.param(lambda: len(asked.names), "Write count(…).", id="len"),
        pytest.param(lambda: f"{asked.name} is up", 'text("… {} …", value)', id="f-string"),
        pytest.param(lambda: str(asked.name), 'text("… {} …", value)', id="str"),
        pytest.param(lambda: f"{asked.name}", 'text("… {} …", value)', id="format"),
        pytest.param(lambda: "%s" % asked.name, 'text("… {} …", value)', id="percent"),  # noqa: UP031
        pytest.param(lambda: asked.name + "!", 'text("{}{}", a, b)', id="text plus"),
        pytest.param(lambda: "!" + asked.name, 'text("{}{}", a, b)', id="plus text"),
        pytest.param(lambda: asked.limit + 1, "jsonata(int,", id="plus"),
        pytest.param(lambda: 2 * asked.limit, "jsonata(int,", id="times"),
        pytest.param(lambda: -asked.limit, "jsonata(int,", id="minus"),
        pytest.param(lambda: range(asked.limit), "jsonata(int,", id="range"),
        pytest.param(lambda: int(asked.limit), "jsonata(int,", id="int"),
        pytest.param(lambda: float(asked.share), "jsonata(int,", id="float"),
        pytest.param(lambda: (asked.limit > 1) & (asked.limit < 5), "all_of, any_of and not_", id="&"),
        pytest.param(lambda: (asked.limit > 1) | (asked.limit < 5), "all_of, any_of and not_", id="|"),
        pytest.param(lambda: {asked.name: 1}, "Use the reference as a value.", id="key"),
        pytest.param(lambda: asked.name.upper(), "Do it in a task, or write jsonata(…).", id="method"),
        pytest.param(lambda: asked.names[1:], "has no item slice", id="slice"),
        pytest.param(lambda: setattr(asked, "name", "x"), "a machine reads the values of a run", id="set"),
    ],
)
def test_what_needs_the_value_is_refused_at_once(act: Act, remedy: str) -> None:
    """Python would decide it while the machine is written; the error says so, where, and what to write instead."""
    with pytest.raises(
        MachineError, match=r"^machine/test_reference\.py:\d+: |^tests/machine/test_reference\.py:\d+: "
    ) as caught:
        act()

    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(
            lambda: asked.nmae,  # type: ignore[attr-defined]
            "Everything has no field nmae; it has name, limit, share, deep, power, colour, day, at, names, labels, "
            'place, spare, extra. Did you mean "name"?',
            id="field",
        ),
        pytest.param(
            lambda: asked.place.zoen,  # type: ignore[attr-defined]
            'Place has no field zoen; it has zone. Did you mean "zone"?',
            id="field of a field",
        ),
        pytest.param(lambda: asked.names["a"], "list[str] has no item 'a'.", id="key of a list"),  # type: ignore[call-overload]
        pytest.param(lambda: asked.labels[0], "dict[str, int] has no item 0.", id="index of a dict"),  # type: ignore[index]
    ],
)
def test_a_field_that_is_not_there_is_told_where_it_is_read(act: Act, told: str) -> None:
    """The author reads the line, what there is, and what was meant."""
    with pytest.raises(MachineError) as caught:
        act()

    assert re.sub(r"^\S+: ", "", str(caught.value)) == told


def reference(annotation: Any) -> Any:
    """A reference to a task's result of this type."""
    return refer(Path(Source("result")), annotation)


@pytest.mark.parametrize(
    ("found", "steps", "sure", "annotation"),
    [
        pytest.param(asked.name, ("name",), 1, str, id="model"),
        pytest.param(asked.place.zone, ("place", "zone"), 2, str, id="dataclass"),
        pytest.param(asked.extra, ("extra",), 1, Extra, id="typed dict"),
        pytest.param(asked.names[0], ("names", 0), 1, str, id="index"),
        pytest.param(asked.names[-1], ("names", -1), 1, str, id="from the end"),
        pytest.param(asked.labels["a"], ("labels", "a"), 1, int, id="key"),
        pytest.param(asked.spare.zone, ("spare", "zone"), 1, str, id="may be null"),  # type: ignore[union-attr]
        pytest.param(reference(Answer).owner.slack_id, ("owner", "slackId"), 2, str, id="alias"),
        pytest.param(reference(Answer).owner.handle, ("owner", "handle"), 2, str, id="computed"),
        pytest.param(reference(Answer).deputies[0].team, ("deputies", 0, "team"), 1, str, id="item's field"),
        pytest.param(reference(Answer).backup.team, ("backup", "team"), 1, str, id="null's field"),
        pytest.param(reference(Extra).until, ("until",), 0, str, id="not required"),
        pytest.param(reference(tuple[int, str])[1], (1,), 0, str, id="tuple"),
    ],
)
def test_fields_are_recorded(found: Any, steps: tuple[object, ...], sure: int, annotation: Any) -> None:
    """A reference knows its path in JSON, how much of it is always there, and its own type."""
    node = node_of(found)

    assert isinstance(node, Path)
    assert (node.steps, node.sure, annotation_of(found)) == (steps, sure, annotation)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(lambda: unchecked.power == "strat", 'Did you mean "start"?', id="no such choice"),
        pytest.param(lambda: unchecked.colour == "rde", "'red'", id="no such value"),
        pytest.param(lambda: unchecked.limit == "5", "Input should be a valid number", id="text for a number"),
        pytest.param(lambda: unchecked.name == 5, "Input should be a valid string", id="number for a text"),
        pytest.param(lambda: unchecked.name == asked.limit, "this is a int, not a str", id="two references"),
        pytest.param(lambda: asked.name == None, "Input should be a valid string", id="never null"),  # noqa: E711
        pytest.param(lambda: asked.deep < True, "JSONata orders only numbers and text", id="order of booleans"),
        pytest.param(lambda: asked.at > datetime.now(), "JSONata orders only numbers and text", id="order of times"),
        pytest.param(lambda: asked.names == [asked.name], "a reference or a plain value", id="list with a reference"),
    ],
)
def test_a_comparison_that_never_holds_is_refused(act: Act, told: str) -> None:
    """What mypy would say, a machine without mypy is told, too."""
    with pytest.raises(MachineError) as caught:
        act()

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "asking", "holds"),
    [
        pytest.param(asked.name == "a", {"name": "a"}, True, id="equal"),
        pytest.param(asked.name != "a", {"name": "a"}, False, id="unequal"),
        pytest.param("a" == asked.name, {"name": "a"}, True, id="the other way round"),  # noqa: SIM300
        pytest.param(asked.limit < 1.5, {"limit": 1}, True, id="less than a fraction"),
        pytest.param(5 < asked.limit, {"limit": 6}, True, id="turned"),  # noqa: SIM300
        pytest.param(asked.limit >= asked.share, {"limit": 2, "share": 2.5}, False, id="two references"),
        pytest.param(asked.colour == Colour.RED, {"colour": "red"}, True, id="enum"),
        pytest.param(asked.day < date(2026, 2, 1), {"day": "2026-01-31"}, True, id="dates"),
        pytest.param(asked.spare == None, {"spare": None}, True, id="null"),  # noqa: E711
        pytest.param(asked.names == ["a", "b"], {"names": ["a", "b"]}, True, id="lists"),
    ],
)
def test_comparisons_mean_what_they_say(
    condition: object, asking: dict[str, Any], holds: bool, evaluate: Callable[..., Any]
) -> None:
    """The condition in JSONata holds where the one in Python would."""
    assert evaluate(condition, **asking) is holds


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        pytest.param(Owner(team="a", slack_id="U1"), {"team": "a", "slackId": "U1", "handle": "@a"}, id="model"),
        pytest.param(Place("z"), {"zone": "z"}, id="dataclass"),
        pytest.param([date(2026, 1, 5), Colour.RED], ["2026-01-05", "red"], id="list"),
        pytest.param((timedelta(hours=1), None, True, 1.5), ["PT1H", None, True, 1.5], id="tuple"),
        pytest.param({"a": {"b": asked.name}}, {"a": {"b": node_of(asked.name)}}, id="references inside"),
    ],
)
def test_values_become_json(value: object, tree: object) -> None:
    """What an author passes may hold references anywhere."""
    assert lift(value) == tree


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="an object"),
        pytest.param(math.nan, id="no number"),
        pytest.param({1: "a"}, id="a key that is no text"),
    ],
)
def test_what_is_not_json_is_refused(value: object) -> None:
    """An execution carries JSON and nothing else."""
    with pytest.raises(MachineError, match="JSON"):
        lift(value)


def test_tools_may_look_at_a_reference() -> None:
    """Debuggers, copy and pickle ask for what is not there, and are not told off."""
    assert repr(asked.limit) == "<a int of the run>"
    assert node_of(copy.copy(asked.limit)) == node_of(asked.limit)
    assert not hasattr(asked, "__wrapped__")
    assert pickle.dumps(asked.name)
