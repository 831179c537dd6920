"""Tasks and builds: called with their own arguments, and told when they would not take them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from handrail.catalogue import Catalogue
from handrail.errors import Problems
from handrail.machine import Build, Machine, Succeed, Task, execution, given
from handrail.schema import Ask, Input
from handrail.task import task


class Fields(Input):
    """What is asked."""

    name: str = Ask("Name?", ja="名前")
    number: int = Ask("Number?", ja="番号", default=1)
    deep: bool = Ask("Deep?", ja="深く", default=False)
    prefix: str | None = Ask("Prefix?", ja="接頭辞", default=None)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])


class Point(BaseModel):
    """An argument with fields."""

    x: int
    y: int = 0


@task
def draw(*, name: str, points: list[Point], scale: float = 1, labels: dict[str, str] | None = None) -> None:
    """Draw something."""


fields = given(Fields)


def made(*steps: Any) -> dict[str, Any]:
    """The states of a machine of these steps."""
    definition: Any = Machine("small", input=Fields, steps=steps, timeout=timedelta(hours=1)).definition()
    return definition["States"]  # type: ignore[no-any-return]


def test_arguments_become_the_payload() -> None:
    """References, values and whatever holds them, as JSON."""
    payload = made(Task("Draw", draw, name=fields.name, points=[Point(x=1)], labels={"a": fields.name}))["Draw"]

    assert payload["Resource"] == "arn:aws:states:::lambda:invoke"
    assert payload["Arguments"] == {
        "FunctionName": "handrail-test_work-draw",
        "Payload": {"name": "{% $asked.name %}", "points": [{"x": 1, "y": 0}], "labels": {"a": "{% $asked.name %}"}},
    }


def test_a_dangerous_task_says_which_run_wants_it() -> None:
    """And when: a redrive enters no state again, so the later of both moments counts."""
    dangerous = Task("Draw", draw, name="x", points=[]).dangerous()
    states: Any = Machine(
        "small", input=Fields, steps=[dangerous], timeout=timedelta(hours=1), lock=fields.name
    ).definition()["States"]

    assert states["Draw"]["Arguments"]["Payload"] == {
        "name": "x",
        "points": [],
        "handrail:guard": {
            "execution": "{% $states.context.Execution.Id %}",
            "now": "{% $sort([$states.context.State.EnteredTime, $states.context.Execution.RedriveTime])[-1] %}",
        },
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            {"nmae": "x"},
            [
                'gives test_work.draw nmae, which it does not take. Did you mean "name"?',
                "does not give test_work.draw its name",
                "its points",
            ],
            id="names",
        ),
        pytest.param({"name": 5, "points": []}, ["a wrong name: Input should be a valid string"], id="kind"),
        pytest.param({"name": fields.number, "points": []}, ["this is a int, not a str"], id="kind of a reference"),
        pytest.param({"name": "x", "points": [{"x": "1"}]}, ["0.x: Input should be a valid integer"], id="deep inside"),
        pytest.param(
            {"name": "x", "points": fields.name},
            [
                "this is a str, not a list[",
            ],
            id="no list",
        ),
        pytest.param({"name": "x", "points": [], "scale": "big"}, ["a wrong scale: Input should be"], id="a default's"),
    ],
)
def test_arguments_that_a_task_would_refuse_are_told(arguments: dict[str, Any], told: list[str]) -> None:
    """What Lambda would refuse in a run is refused when the machine is made, also without a type checker."""
    with pytest.raises(Problems) as caught:
        made(Task("Draw", draw, **arguments))

    assert len(caught.value.problems) == len(told), caught.value.problems
    for words, problem in zip(told, caught.value.problems, strict=True):
        assert words in problem
        assert '"Draw" ' in problem


Building = Callable[..., dict[str, Any]]


@pytest.fixture
def build(sample: Catalogue) -> Building:
    """The variables of a build of the sample's project that is started with these."""

    def built(**variables: Any) -> dict[str, Any]:
        state = made(Build("Count", sample.projects["census"], **variables))["Count"]
        assert state["Resource"] == "arn:aws:states:::codebuild:startBuild.sync"
        assert state["Arguments"]["ProjectName"] == "handrail-census"
        listed = state["Arguments"]["EnvironmentVariablesOverride"]
        assert {one["Type"] for one in listed} == {"PLAINTEXT"}
        return {one["Name"]: one["Value"] for one in listed}

    return built


@pytest.mark.parametrize(
    ("variables", "texts"),
    [
        pytest.param({}, {"RUN": "{% $states.context.Execution.Name %}", "NUMBER": "7", "DEEP": "true"}, id="defaults"),
        pytest.param({"number": fields.number}, {"NUMBER": "{% $string($asked.number) %}"}, id="a number"),
        pytest.param({"deep": fields.deep}, {"DEEP": "{% $string($asked.deep) %}"}, id="a boolean"),
        pytest.param({"prefix": "x"}, {"PREFIX": "x"}, id="a text"),
        pytest.param({"prefix": ""}, {"PREFIX": '{% "" %}'}, id="an empty text"),
        pytest.param({"prefix": None}, {"PREFIX": None}, id="nothing, as by default"),
        pytest.param(
            {"prefix": fields.prefix}, {"PREFIX": '{% $asked.prefix = null ? "" : $asked.prefix %}'}, id="maybe nothing"
        ),
    ],
)
def test_variables_become_an_environment(variables: dict[str, Any], texts: dict[str, Any], build: Building) -> None:
    """An environment knows nothing but text."""
    found = build(**{"run": execution.name, "region": "x", "number": 7} | variables)

    assert {name: found.get(name) for name in texts} == texts


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        pytest.param({"run": "r", "regoin": "x", "number": 1}, ['Did you mean "region"?', "its region"], id="names"),
        pytest.param({"run": "r", "region": "x", "number": "one"}, ["a wrong number"], id="kinds"),
        pytest.param({"run": "r", "region": fields.names, "number": 1}, ["this is a list[str], not a str"], id="list"),
    ],
)
def test_variables_that_a_build_does_not_know_are_told(variables: Any, told: list[str], build: Building) -> None:
    """A build that would start with half of its variables is not started."""
    with pytest.raises(Problems) as caught:
        build(**variables)

    assert len(caught.value.problems) == len(told)
    for words, problem in zip(told, caught.value.problems, strict=True):
        assert words in problem


def test_a_build_tells_what_it_exported(sample: Catalogue) -> None:
    """Exported variables are texts in CodeBuild, and what the project says here."""
    count = Build("Count", sample.projects["census"], run="r", region="x", number=1)
    exports: Any = count.result.exports
    states = made(count, Succeed("End", [exports.total, exports.digest, count.result.status, count.result.id]))
    exported = "$states.result.Build.ExportedEnvironmentVariables"

    assert states["Count"]["TimeoutSeconds"] == 50 * 60
    assert states["Count"]["Assign"] == {
        "count_": {
            "exports": {
                "total": f'{{% $number({exported}[Name = "TOTAL"].Value) %}}',
                "digest": f'{{% {exported}[Name = "DIGEST"].Value %}}',
            },
            "status": "{% $states.result.Build.BuildStatus %}",
            "id": "{% $states.result.Build.Id %}",
        }
    }


def test_a_whole_build_is_an_object(sample: Catalogue) -> None:
    """Who reads the result as a whole gets its fields by the names that they have here."""
    count = Build("Count", sample.projects["census"], run="r", region="x", number=1)
    whole = made(count, Succeed("End", count.result))["Count"]["Assign"]["count_"]

    for name in ("id", "arn", "number", "status", "logs", "exports", "total", "digest"):
        assert f'"{name}": $' in whole or f'"{name}": {{' in whole
