"""Schemas: a question in two languages on every field, and every problem of an input told at once."""

import json
import subprocess
import sys
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from handrail.errors import HandrailError, Problems
from handrail.schema import Ask, Input, json_schema, options, parse, questions


class Window(Input):
    """When it may run."""

    start: date = Ask("From which day?", ja="開始日")
    hours: int = Ask("For how many hours?", ja="時間数", default=8, ge=1, le=24)


class Restart(Input):
    """Restart some services. Nothing else is touched."""

    services: list[str] = Ask("Which services?", ja="対象サービス", options="services", min_length=1)
    power: Literal["start", "stop"] = Ask("Start or stop?", ja="起動または停止")
    window: Window | None = Ask("When?", ja="いつ", default=None)


GOOD = {"services": ["web"], "power": "stop", "window": {"start": "2026-01-05"}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"powr": "stop"}, ['powr: there is no such field. Did you mean "power"?'], id="unknown field"),
        pytest.param({"power": "strat"}, ['Did you mean "start"?'], id="near choice"),
        pytest.param({"power": 5}, ["power: this is none of the choices: start, stop."], id="wrong kind of choice"),
        pytest.param(
            {"window": {"start": "2026-01-05", "hours": "two"}},
            ["window.hours: this must be a whole number."],
            id="no number",
        ),
        pytest.param({"services": []}, ["services: List should have at least 1 item"], id="too few"),
        pytest.param({"services": "web"}, ["services: Input should be a valid list"], id="no list"),
        pytest.param({"window": {"start": "soon"}}, ["window.start: Input should be a valid date"], id="nested"),
        pytest.param(
            {"window": {"start": "2026-01-05", "hour": 2}},
            ['window.hour: there is no such field. Did you mean "hours"?'],
            id="unknown nested field",
        ),
        pytest.param(
            {"window": {"hours": 25}, "power": None, "extra": 1},
            [
                "window.start: this is missing.",
                "window.hours: this must be 24 or less.",
                "power: ",
                "extra: there is no",
            ],
            id="everything at once",
        ),
    ],
)
def test_every_problem_of_an_input_is_told(change: dict[str, Any], told: list[str]) -> None:
    """A person mends an input once, not once for each mistake in it."""
    with pytest.raises(Problems) as caught:
        parse(Restart, GOOD | change)

    assert caught.value.heading == "Restart does not accept this:"
    assert len(caught.value.problems) == len(told)
    for words in told:
        assert any(words in problem for problem in caught.value.problems), caught.value.problems


class Door(Input):
    """Which door."""

    room: str = Ask("Which room?", ja="部屋", default="A", pattern="^[A-Z]+$", allowed="capitals")
    code: str = Ask("Which code?", ja="番号", default="1", pattern=r"^\d+$", max_length=4)


class Open(Input):
    """Open a door."""

    door: Door = Ask("Which door?", ja="ドア", default=Door())
    how: list[Literal["gently", "bob's way"]] = Ask("How?", ja="開け方", default=[])
    times: int = Ask("How often?", ja="回数", default=1, gt=0, lt=9)
    sure: bool = Ask("Are you sure?", ja="確認", default=True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"door": {"room": "hunter2"}}, "door.room: this may hold only capitals.", id="by a pattern"),
        pytest.param({"door": {"code": "abc"}}, r"door.code: this must match ^\d+$.", id="which has no words"),
        pytest.param({"door": {"code": "12345"}}, "door.code: this may have at most 4 characters.", id="too long"),
        pytest.param({"how": ["gentle"]}, "how.0: this is none of the choices: gently, bob's way. Did you mean"
                     ' "gently"?', id="none of the choices"),
        pytest.param({"times": 0}, "times: this must be more than 0.", id="too few"),
        pytest.param({"times": 9}, "times: this must be less than 9.", id="too many"),
        pytest.param({"sure": "perhaps"}, "sure: this must be yes or no.", id="neither yes nor no"),
    ],
)  # fmt: skip
def test_what_may_stand_in_a_field_is_told(change: dict[str, Any], told: str) -> None:
    """In words for whoever fills it in, without what was given: that may be a secret in the wrong place."""
    with pytest.raises(Problems) as caught:
        parse(Open, change)

    assert caught.value.problems == (told,)


def test_missing_fields_are_told_by_name() -> None:
    """What was not answered is missing, and nothing that has a default is."""
    with pytest.raises(Problems) as caught:
        parse(Restart, {})

    assert caught.value.problems == ("services: this is missing.", "power: this is missing.")


def test_defaults_are_filled_in() -> None:
    """A run knows every field, asked or not, typed as the schema says."""
    asked = parse(Restart, GOOD)

    assert asked.window == Window(start=date(2026, 1, 5), hours=8)
    assert asked.model_dump(mode="json")["window"] == {"start": "2026-01-05", "hours": 8}


def test_inputs_cannot_be_changed() -> None:
    """What was accepted stays as it was accepted."""
    with pytest.raises(ValueError, match="frozen"):
        parse(Restart, GOOD).power = "start"


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        pytest.param(
            "en",
            {
                "services": "Which services?",
                "power": "Start or stop?",
                "window": "When?",
                "window.start": "From which day?",
                "window.hours": "For how many hours?",
            },
            id="English",
        ),
        pytest.param(
            "ja",
            {
                "services": "対象サービス",
                "power": "起動または停止",
                "window": "いつ",
                "window.start": "開始日",
                "window.hours": "時間数",
            },
            id="Japanese",
        ),
    ],
)
def test_every_field_has_its_question(language: Any, asked: dict[str, str]) -> None:
    """A form is made from the schema alone, in either language and in the schema's order."""
    assert list(questions(Restart, language).items()) == list(asked.items())


def test_an_unknown_language_is_refused() -> None:
    """Which languages there are is said, not guessed."""
    with pytest.raises(HandrailError, match="in en and ja"):
        questions(Restart, "fr")  # type: ignore[arg-type]


def test_json_schema_carries_questions_and_options() -> None:
    """Who reads only the JSON Schema can still ask."""
    schema = json_schema(Restart)

    assert schema["properties"]["services"]["x-question"] == {"en": "Which services?", "ja": "対象サービス"}
    assert schema["properties"]["services"]["x-options"] == "services"
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["services", "power"]
    assert options(Restart) == {"services": "services"}


def declare(body: str) -> type[Any]:
    """A class statement, run."""
    names: dict[str, Any] = {
        "Ask": Ask,
        "Input": Input,
        "BaseModel": BaseModel,
        "Plain": Plain,
        "__name__": "schemas.made",
    }
    exec(f"class Made(Input):\n{body}", names)
    made: type[Any] = names["Made"]
    return made


class Plain(BaseModel):
    """No Input."""

    name: str


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(
            "    a: str = Ask('A?', ja='エー')", ["it has no docstring; say in one sentence"], id="no docstring"
        ),
        pytest.param("    '''It is.'''\n    a: str", ["a: has no question"], id="no question"),
        pytest.param("    '''It is.'''\n    a: str = 'x'", ["a: has no question"], id="a default only"),
        pytest.param("    '''It is.'''\n    a: str = Ask('', ja='')", ["in en", "in ja"], id="empty questions"),
        pytest.param(
            "    '''It is.'''\n    a: list[Plain] = Ask('A?', ja='エー')",
            ["a: Plain asks no questions; derive it from Input"],
            id="nested model without questions",
        ),
    ],
)
def test_what_no_form_could_be_made_from_is_refused(body: str, told: list[str]) -> None:
    """A schema that forgets a question does not come to life."""
    with pytest.raises(Problems, match=r"schemas\.made\.Made cannot become a form:") as caught:
        declare(body)

    assert len(caught.value.problems) == len(told)
    for words, problem in zip(told, caught.value.problems, strict=True):
        assert words in problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["services", "power", "window", "start", "hours", "x"])


@given(st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON, max_size=3), max_size=5))
def test_any_json_is_accepted_or_told(given: dict[str, Any]) -> None:
    """Whatever comes in is either an input or a list of problems, and what is accepted is accepted again."""
    try:
        accepted = parse(Restart, given)
    except Problems:
        return
    assert parse(Restart, json.loads(accepted.model_dump_json())) == accepted


def test_the_door_of_schemas_is_light() -> None:
    """A form needs pydantic and nothing of authoring, execution or AWS."""
    program = "import sys, handrail.schema; print(*[name for name in sys.modules if name.startswith('handrail')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) == {"handrail", "handrail.errors", "handrail.schema"}
