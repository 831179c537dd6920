"""What is emitted: variables hold what is read and no more, payloads stay small, bodies get what they close over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st
from pydantic import BaseModel

from handrail.asl.check import check
from handrail.asl.functions import FUNCTIONS
from handrail.machine import (
    Choice,
    Machine,
    Map,
    Parallel,
    Pass,
    Steps,
    Succeed,
    Task,
    Wait,
    begun,
    count,
    execution,
    given,
    jsonata,
    not_,
    state,
    text,
    when,
)
from handrail.machine import where as those
from handrail.schema import Ask, Input
from handrail.task import TaskError, task
from handrail.testing import play, redrive


class Fields(Input):
    """What is asked."""

    name: str = Ask("Name?", ja="名前")
    deep: bool = Ask("Deep?", ja="深く", default=False)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])


class Busy(TaskError):
    """It is busy."""


class Owner(BaseModel):
    """Who has it."""

    team: str
    email: str


@dataclass(frozen=True)
class Shard:
    """Some of the work."""

    number: int
    names: list[str]


class Found(BaseModel):
    """What a task found."""

    owner: Owner
    deputy: Owner | None
    shards: list[Shard]
    count: int


@task
def find(*, name: str = "") -> Found:
    """Find something."""
    raise AssertionError(name)


@task
def tell(*, text: str = "", number: int = 0) -> int:
    """Tell something."""
    return number


fields = given(Fields)


def states(*steps: Any) -> dict[str, Any]:
    """The states of a machine that our own check finds nothing wrong with."""
    definition = Machine("small", input=Fields, steps=steps, timeout=timedelta(hours=1)).definition()
    assert check(definition) == ()
    found: Any = definition["States"]
    return found  # type: ignore[no-any-return]


def say(name: str, words: str) -> Task[int]:
    """A step that reads a text."""
    return Task(name, tell, text=words)


P = "{% $states.result.Payload"


@pytest.mark.parametrize(
    ("reading", "assign"),
    [
        pytest.param(lambda found: [], None, id="nothing is read"),
        pytest.param(
            lambda found: [found.owner.team], {"find_it": {"owner": {"team": f"{P}.owner.team %}}"}}}, id="one field"
        ),
        pytest.param(
            lambda found: [found.owner.team, found.owner.email, text("{}", found.count)],
            {
                "find_it": {
                    "owner": {"team": f"{P}.owner.team %}}", "email": f"{P}.owner.email %}}"},
                    "count": f"{P}.count %}}",
                }
            },
            id="some fields",
        ),
        pytest.param(
            lambda found: [found.shards[0].names[0]],
            {"find_it": {"shards": f"{P}.shards %}}"}},
            id="lists are kept whole",
        ),
        pytest.param(
            lambda found: [found.deputy.team, text("{}", found.count)],
            {
                "find_it": '{% {"deputy": {"team": $states.result.Payload.deputy.team}, '
                '"count": $states.result.Payload.count} %}'
            },
            id="what may be missing is left out, and fails nobody who does not read it",
        ),
    ],
)
def test_only_what_is_read_is_kept(reading: Callable[[Any], list[str]], assign: Any) -> None:
    """A variable is named after its step and has the fields that later steps read."""
    found = Task("Find it", find)
    readers = [say(f"Say {number}", words) for number, words in enumerate(reading(found.result))]
    made = states(found, *readers)["Find it"]

    assert made.get("Assign") == assign


@pytest.mark.parametrize(
    ("names", "variables"),
    [
        pytest.param(["Look", "look", "Look?"], ["look", "look_2", "look_3"], id="alike"),
        pytest.param(["Settled?", "1st", "見る", "---"], ["settled", "step_1st", "見る", "step_"], id="signs"),
        pytest.param(["m²", "½ size", "x__y", "²"], ["m", "size", "x_y", "step_"], id="letters that no name has"),
        pytest.param(["Asked", "States", "Item", "item2"], ["asked_2", "states_2", "item_", "item2_"], id="taken"),
        pytest.param(["Count", "count", "Not", "now"], ["count_", "count__2", "not_", "now_"], id="functions"),
    ],
)
def test_variables_have_names_of_their_own(names: list[str], variables: list[str]) -> None:
    """No two steps share a variable, whatever they are called, and none takes a name that is in use."""
    tasks = [Task(name, tell) for name in names]
    end = Succeed("End", [fields.name, *[one.result for one in tasks]])
    made = states(*tasks, end)

    assert [next(iter(made[name]["Assign"])) for name in names] == variables


@forall(name=st.sampled_from(sorted(FUNCTIONS)) | st.text(min_size=1, max_size=80).filter(str.strip))
def test_any_name_gives_a_variable(name: str) -> None:
    """Whatever a step is called, AWS takes the variable, and it hides no function."""
    one = Task(name, tell)
    found = states(one, Succeed("The end that nobody else is", one.result))
    [variable] = found[name]["Assign"]

    assert variable not in FUNCTIONS


def test_variables_hide_no_function() -> None:
    """Steps may be called what the expressions call: Count, Filter, String, Not, and what an author's own needs."""
    named = {name: Task(name, find) for name in ("Count", "Filter", "String", "Not", "Now")}
    few = those(named["Filter"].result.shards, lambda shard: not_(shard.number == 1))
    end = Succeed(
        "End",
        {
            "count": count(named["Count"].result.shards),
            "few": few,
            "text": text("{}", named["String"].result.count),
            "deep": not_(named["Not"].result.count == 2),
            "later": jsonata(bool, "$length($now()) > $n", n=named["Now"].result.count),
        },
    )
    machine = Machine("small", input=Fields, steps=[*named.values(), end], timeout=timedelta(hours=1))
    answer = {"count": 2, "shards": [{"number": 1, "names": []}, {"number": 2, "names": []}]}
    run = play(machine, {}, {"Accept": [{"name": "x"}]} | {name: [answer] for name in named})

    assert run.ended == "SUCCEEDED", run.cause
    assert run.output == {"count": 2, "few": [answer["shards"][1]], "text": "2", "deep": False, "later": True}  # type: ignore[index]


def test_an_inline_body_reads_the_item_and_the_variables() -> None:
    """The item travels from state to state; what is known outside is read where it is."""
    found = Task("Find", find)

    def body(shard: Shard) -> list[Any]:
        first = say("First", text("{} {}", shard.number, found.result.owner.team))
        again = Choice("Again?", when(first.result < 3, goto="First"))
        return [first, Wait("Pause", timedelta(seconds=1)), again, say("Last", text("{}", shard.number)).catch(Busy)]

    each = states(found, Map("Each", items=found.result.shards, steps=body))["Each"]
    inside = each["ItemProcessor"]["States"]

    assert "ItemSelector" not in each
    assert inside["First"]["Arguments"]["Payload"] == {"text": '{% $states.input.number & " " & $find.owner.team %}'}
    assert inside["First"]["Output"] == "{% $states.input %}"
    assert inside["Last"]["Arguments"]["Payload"] == {"text": "{% $string($states.input.number) %}"}
    assert inside["Last"]["Catch"][0]["Output"] == "{% $states.input %}"
    assert inside["Last"]["Output"] == {}


def test_a_distributed_body_gets_what_it_closes_over() -> None:
    """A child execution sees no variable and has a name of its own, so all of it goes with the item."""
    found = Task("Find", find)

    def body(shard: Shard) -> Steps[int]:
        names = those(shard.names, lambda name: name != fields.name)
        inner = Map(
            "Inner", items=names, steps=lambda name: say("Say", text("{} {} {}", name, shard.number, fields.name))
        )
        last = say("Last", text("{} {} {}", execution.name, shard.number, found.result.owner.team))
        return Steps([inner, last], result=last.result)

    each = Map("Each", items=found.result.shards, steps=body, concurrency=1000, distributed=True)
    outer = states(found, each, Succeed("End", each.result))["Each"]
    inside = outer["ItemProcessor"]["States"]

    assert outer["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert outer["MaxConcurrency"] == 1000
    assert outer["Label"] == "each"
    assert outer["ItemSelector"] == {
        "item": "{% $states.context.Map.Item.Value %}",
        "asked": {"name": "{% $asked.name %}"},
        "context": {"Execution": {"Name": "{% $states.context.Execution.Name %}"}},
        "find": {"owner": {"team": "{% $find.owner.team %}"}},
    }
    assert inside["Last"]["Arguments"]["Payload"]["text"] == (
        '{% $states.input.context.Execution.Name & " " & $states.input.item.number & " " & '
        "$states.input.find.owner.team %}"
    )
    assert inside["Last"]["Output"] == "{% $states.result.Payload %}"
    assert inside["Inner"]["ItemSelector"] == {
        "item": "{% $states.context.Map.Item.Value %}",
        "each_item": {"number": "{% $states.input.item.number %}"},
        "asked": {"name": "{% $states.input.asked.name %}"},
    }
    say_it = inside["Inner"]["ItemProcessor"]["States"]["Say"]["Arguments"]["Payload"]["text"]
    assert say_it == '{% $states.input.item & " " & $states.input.each_item.number & " " & $states.input.asked.name %}'


def test_a_distributed_body_has_moments_of_its_own() -> None:
    """Of the run it knows what has travelled; when a step of its own was entered, it says itself."""
    body = lambda name: [say("Say", text("{} {} {}", execution.start_time, state.entered_time, begun))]  # noqa: E731
    each = states(Map("Each", items=fields.names, steps=body, distributed=True))["Each"]
    words = each["ItemProcessor"]["States"]["Say"]["Arguments"]["Payload"]["text"]

    assert each["ItemSelector"] == {
        "context": {"Execution": {"StartTime": "{% $states.context.Execution.StartTime %}"}}
    }
    assert words == (
        '{% $states.input.context.Execution.StartTime & " " & $states.context.State.EnteredTime & " " & '
        "$sort([$states.context.State.EnteredTime, $states.context.Execution.RedriveTime])[-1] %}"
    )


def test_a_step_begins_when_it_is_entered_or_redriven() -> None:
    """A redrive enters no state again, but begins it again."""
    told: list[str] = []

    def telling(arguments: Any) -> object:
        told.append(arguments["text"])
        return Busy() if len(told) == 1 else 5

    lines = text("{} {}", state.entered_time, begun)
    machine = Machine("small", input=Fields, steps=[say("Say", lines)], timeout=timedelta(hours=1))
    run = play(machine, {}, {"Accept": [{"name": "x"}], "Say": telling})
    redrive(run, {"Say": telling}, after=timedelta(days=2))

    nine = "2026-01-05T09:00:00.000Z"
    assert told == [f"{nine} {nine}", f"{nine} 2026-01-07T09:00:00.000Z"]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        pytest.param(["Plan roots"], ["plan-roots"], id="plain"),
        pytest.param(["Plan: [all] *roots*?"], ["plan-all-roots"], id="what an ARN cannot hold"),
        pytest.param(["計画", "実行"], ["map", "map_2"], id="no letter that it can"),
        pytest.param(["Plan a", "Plan-a", "Plan/A"], ["plan-a", "plan-a_2", "plan-a_3"], id="alike"),
        pytest.param(["x" * 80], ["x" * 36], id="long"),
    ],
)
def test_every_distributed_map_has_a_label_of_its_own(names: list[str], labels: list[str]) -> None:
    """It stands in the ARN of each Map Run, so it is the same with every version; AWS's own rules hold it."""

    def far(name: str) -> Map[int]:
        return Map(name, items=fields.names, steps=lambda _: say(f"Say {names.index(name)}", "x"), distributed=True)

    made = states(*map(far, names))

    assert [made[name]["Label"] for name in names] == labels
    assert check({"StartAt": "Accept", "States": made, "QueryLanguage": "JSONata"}) == ()


def test_only_a_distributed_map_has_a_label() -> None:
    """An inline one has no runs."""
    assert "Label" not in states(Map("Each", items=fields.names, steps=lambda name: say("Say", name)))["Each"]


def test_a_distributed_body_runs_as_an_execution_of_its_own() -> None:
    """What it reads from outside has travelled with the item, and its answers come back in the items' order."""
    found = Task("Find", find)
    each = Map(
        "Each",
        items=found.result.shards,
        steps=lambda shard: Steps(
            [last := say("Say", text("{} {}", shard.number, fields.name))],
            result={"number": shard.number, "of": last.result},
        ),
        concurrency=2,
        distributed=True,
    )
    machine = Machine(
        "small", input=Fields, steps=[found, each, Succeed("End", each.result)], timeout=timedelta(hours=1)
    )
    shards = {"count": 3, "shards": [{"number": number, "names": []} for number in (1, 2, 3)]}
    run = play(machine, {}, {"Accept": [{"name": "x"}], "Find": [shards], "Say": [7, 8, 9]})

    assert (run.ended, run.error) == ("SUCCEEDED", None)
    assert [(each["number"], each["of"]) for each in run.output] == [(1, 7), (2, 8), (3, 9)]


def test_what_travels_with_an_item_has_names_of_its_own() -> None:
    """A step may be called Context or Each item; the context and the item are something else."""
    context, each_item = Task("Context", tell), Task("Each item", tell)

    def body(name: str) -> Task[int]:
        return say("Say", text("{} {} {} {}", name, execution.name, context.result, each_item.result))

    def outer(name: str) -> Map[int]:
        return Map("Inner", items=fields.names, steps=lambda _: say("Out", text("{} {}", name, each_item.result)))

    quiet = Map("Far", items=fields.names, steps=body, distributed=True)
    made = states(context, each_item, quiet, Map("Each", items=fields.names, steps=outer))

    assert made["Far"]["ItemSelector"] == {
        "item": "{% $states.context.Map.Item.Value %}",
        "context": "{% $context %}",
        "each_item": "{% $each_item %}",
        "context_2": {"Execution": {"Name": "{% $states.context.Execution.Name %}"}},
    }
    inner = made["Each"]["ItemProcessor"]["States"]["Inner"]
    assert inner["ItemSelector"] == {"each_item_2": "{% $states.input %}"}


def test_what_nobody_reads_is_not_answered() -> None:
    """A Map over thousands of items gives thousands of nothing, unless somebody wants what they give."""
    quiet = Map("Quiet", items=fields.names, steps=lambda name: say("Say", name))
    loud = Map("Loud", items=fields.names, steps=lambda name: say("Shout", name))
    made = states(quiet, loud, Succeed("End", loud.result))

    assert made["Quiet"]["ItemProcessor"]["States"]["Say"]["Output"] == {}
    assert made["Loud"]["ItemProcessor"]["States"]["Shout"]["Output"] == "{% $states.result.Payload %}"
    assert "Assign" not in made["Loud"]["ItemProcessor"]["States"]["Shout"]
    assert made["Loud"]["Assign"] == {"loud": "{% $states.result %}"}
    assert made["Quiet"]["Output"] == {}


def test_every_end_of_a_branch_answers() -> None:
    """Where a branch may end in several ways, each of them gives the result."""
    named = Pass("Named", {"from": fields.name})
    tried = say("Try", fields.name).catch(Busy, [say("Sorry", "x")], instead=7)
    both = Parallel("Both", Steps([tried], result=[tried.result, fields.name]), Steps([named], result=named.result))
    made = states(both, Succeed("End", both.result))
    left, right = [branch["States"] for branch in made["Both"]["Branches"]]

    assert left["Try"]["Output"] == ["{% $states.result.Payload %}", "{% $asked.name %}"]
    assert left["Try"]["Catch"][0]["Assign"] == {"try": 7}
    assert left["Sorry"]["Output"] == ["{% $try %}", "{% $asked.name %}"]
    assert right["Both 2 done"] == {"Type": "Succeed", "Output": "{% $named %}"}


def test_an_error_is_kept_where_it_is_read() -> None:
    """Of an error only what its answer reads is kept, under a name that tells whose it was."""
    risky = say("Try", "x").catch(Busy, lambda error: [say("A", error.error)]).catch("States.Timeout", goto="End")
    risky = risky.catch("States.TaskFailed", lambda error: [say("B", error.cause)])
    caught = states(risky, say("End", "x"))["Try"]["Catch"]

    assert caught == [
        {
            "ErrorEquals": ["Busy"],
            "Assign": {"try_error": {"Error": "{% $states.errorOutput.Error %}"}},
            "Output": {},
            "Next": "A",
        },
        {"ErrorEquals": ["States.Timeout"], "Output": {}, "Next": "End"},
        {
            "ErrorEquals": ["States.TaskFailed"],
            "Assign": {"try_error_2": {"Cause": "{% $states.errorOutput.Cause %}"}},
            "Output": {},
            "Next": "B",
        },
    ]


def test_a_stand_in_has_what_is_read() -> None:
    """What stands for a result has the same fields in the variable as the result would."""
    nobody = Found(owner=Owner(team="none", email="x@y"), deputy=None, shards=[], count=0)
    found = Task("Find", find).catch(Busy, instead=nobody)
    made = states(found, say("Say", text("{} {}", found.result.owner.team, found.result.count)))

    assert made["Find"]["Catch"][0]["Assign"] == {"find": {"owner": {"team": "none"}, "count": 0}}
