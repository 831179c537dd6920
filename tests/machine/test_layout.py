"""Lists of steps: they run from top to bottom, branches meet again, only jumps are spelled out."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from handrail.errors import Problems
from handrail.machine import Choice, Fail, Goto, Machine, Map, Parallel, Steps, Succeed, Task, Wait, given, when
from handrail.schema import Ask, Input
from handrail.task import TaskError, task

Making = Callable[[Sequence[Any]], Machine]


class Fields(Input):
    """What the conditions read."""

    deep: bool = Ask("Deep?", ja="深く", default=False)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])


class Busy(TaskError):
    """It is busy."""


@task
def work() -> int:
    """Do something."""
    return 1


# The layout does not ask what is read; the machines here are asked another input than this one.
deep = given(Fields).deep
names = given(Fields).names


def do(name: str) -> Task[int]:
    """One step."""
    return Task(name, work)


def edges(states: dict[str, Any]) -> dict[str, Any]:
    """Where each state goes: Next, the targets of choices, `!` before those of catches; `.` is the end."""
    found: dict[str, Any] = {}
    for name, state in states.items():
        ways = [rule["Next"] for rule in state.get("Choices", [])]
        ways += [state[field] for field in ("Default", "Next") if field in state]
        ways += ["." for _ in range(state.get("End", False))] + [
            f"!{catch['Next']}" for catch in state.get("Catch", [])
        ]
        found[name] = " ".join(ways)
        for inner in [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", []):
            found |= edges(inner["States"])
    return found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(lambda: [do("A"), do("B")], {"A": "B", "B": "."}, id="top to bottom"),
        pytest.param(
            lambda: [Choice("C?", when(deep, [do("A")])), do("B")],
            {"C?": "A B", "A": "B", "B": "."},
            id="falls through",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, [do("A")]), otherwise=[do("X"), do("Y")]), do("B")],
            {"C?": "A X", "A": "B", "X": "Y", "Y": "B", "B": "."},
            id="branches meet again",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, [do("A")]))],
            {"C?": "A Done", "A": ".", "Done": ""},
            id="ends in a Succeed",
        ),
        pytest.param(
            lambda: [do("Done"), Choice("C?", when(deep, []))],
            {"Done": "C?", "C?": "Done 2 Done 2", "Done 2": ""},
            id="the Succeed has a name of its own",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, [Choice("D?", when(deep, [do("A")])), do("B")])), do("E")],
            {"C?": "D? E", "D?": "A B", "A": "B", "B": "E", "E": "."},
            id="choices inside choices",
        ),
        pytest.param(
            lambda: [
                do("A"),
                Wait("W", timedelta(seconds=1)),
                Choice("C?", when(deep, goto="A"), when(deep, []), otherwise=[Goto("W")]),
                do("E"),
            ],
            {"A": "W", "W": "C?", "C?": "A E W", "E": "."},
            id="jumps back",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, goto="B")), do("A"), do("B")],
            {"C?": "B A", "A": "B", "B": "."},
            id="jumps ahead",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, [do("X"), Goto("B")])), do("A"), do("B")],
            {"C?": "X A", "X": "B", "A": "B", "B": "."},
            id="a jump at the end of a list",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, [Fail("F", "No")]), otherwise=[Succeed("S")])],
            {"C?": "F S", "F": "", "S": ""},
            id="ends of its own",
        ),
        pytest.param(
            lambda: [do("A").catch(Busy, [do("X")]).catch("States.Timeout", goto="A"), do("B")],
            {"A": "B !X !A", "X": "B", "B": "."},
            id="catches meet again or jump",
        ),
        pytest.param(lambda: [do("A").catch(Busy)], {"A": ". !Done", "Done": ""}, id="caught and done"),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: [do("A"), Choice("C?", when(deep, goto="A"))]), do("B")],
            {"M": "B", "A": "C?", "C?": "A M done", "M done": "", "B": "."},
            id="a Map's body ends by itself",
        ),
        pytest.param(
            lambda: [Parallel("P", do("A"), [do("B"), Choice("C?", when(deep, []))]), do("E")],
            {"P": "E", "A": ".", "B": "C?", "C?": "P 2 done P 2 done", "P 2 done": "", "E": "."},
            id="branches of a Parallel end by themselves",
        ),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: Map("N", items=names, steps=lambda _: do("A"))).catch(Busy)],
            {"M": ". !Done", "N": ".", "A": ".", "Done": ""},
            id="Map in Map",
        ),
    ],
)
def test_where_each_step_goes(steps: Callable[[], list[Any]], expected: dict[str, str]) -> None:
    """What is written below comes next; everything else is a jump."""
    made = Machine("small", input=Fields, steps=steps(), timeout=timedelta(hours=1))
    states: Any = made.definition()["States"]

    assert edges(states) == {"Accept": next(iter(list(states)[1:])), **expected}


def twice() -> list[Any]:
    """One step in two places."""
    one = do("A")
    return [one, do("B"), one]


def lost() -> list[Any]:
    """A retry that nobody kept."""
    one = do("A")
    one.retry(Busy)
    return [one]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param(
            lambda: [do("Pause"), Choice("Settled?", when(deep, goto="Pasue"))],
            ['"Settled?" jumps to "Pasue", which is not a step. Did you mean "Pause"?'],
            id="to nowhere",
        ),
        pytest.param(
            lambda: [do("A"), Choice("C?", when(deep, goto=do("A")))],
            [r'"C\?" jumps to the "A" of \S+, which is not a step of this machine; the one that is stands at \S+\.'],
            id="to a step that looks the same",
        ),
        pytest.param(
            lambda: [do("A"), Map("M", items=names, steps=lambda _: [do("B"), Goto("A")])],
            ['"B" jumps to "A", which is outside of it; a jump stays in its own list.'],
            id="out of a Map",
        ),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: do("A")), Choice("C?", when(deep, goto="A"))],
            ['"C?" jumps to "A", which is inside "M"; a jump stays in its own list.'],
            id="into a Map",
        ),
        pytest.param(lambda: [do("A"), do("A")], ['"A" is the name of another step, too: '], id="one name for two"),
        pytest.param(
            lambda: [do("A"), Map("M", items=names, steps=lambda _: do("A"))],
            ['"A" is the name of another step, too: '],
            id="one name inside and outside",
        ),
        pytest.param(lambda: [do("Accept")], ['"Accept" is the name of another step, too: '], id="the built-in name"),
        pytest.param(twice, ['"A" stands in the machine twice; to run it again, jump to it.'], id="twice"),
        pytest.param(lost, ['"A" was given something here that the step in the list does not have'], id="lost"),
        pytest.param(
            lambda: [Succeed("S"), do("A")], ['"A" can never be reached; nothing leads to it.'], id="behind an end"
        ),
        pytest.param(
            lambda: [do("A"), Goto("A"), do("B")],
            ['"B" can never be reached; nothing leads to it.'],
            id="behind a jump",
        ),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: [])], ['"M" has no steps inside.'], id="an empty body"
        ),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: Steps([Succeed("S", 1)], result=2))],
            ['"S" ends with an output of its own, where "M" is given a result.'],
            id="two answers",
        ),
        pytest.param(lambda: [Parallel("P")], ['"P" has no branch.'], id="no branch"),
        pytest.param(
            lambda: [Map("M", items=names, steps=lambda _: do("A"), concurrency=41)],
            ['"M" has a concurrency of 41; a Map like this takes at most 40.'],
            id="too much at a time",
        ),
        pytest.param(
            lambda: [Map("M", items=deep, steps=lambda _: do("A"))],  # type: ignore[arg-type]
            ['"M" has items that are not a list.'],
            id="no list",
        ),
        pytest.param(
            lambda: [Choice("C?", when(deep, goto="X")), do("A"), do("A"), Wait("W")],
            ['"A" is the name of another', '"C?" jumps to "X"', '"W" waits for exactly one'],
            id="all problems of a machine together",
        ),
    ],
)
def test_what_cannot_be_laid_out_is_told(steps: Callable[[], list[Any]], told: list[str]) -> None:
    """Each problem has the line of whoever can mend it, and no problem hides another."""
    with pytest.raises(Problems, match=r'^The machine "small" has \d+ problems?:') as caught:
        Machine("small", input=Fields, steps=steps(), timeout=timedelta(hours=1))

    assert len(caught.value.problems) == len(told), caught.value.problems
    for words, problem in zip(told, sorted(caught.value.problems, key=lambda p: p.partition(": ")[2]), strict=True):
        where, _, text = problem.partition(": ")
        assert re.fullmatch(r"\S*test_layout\.py:\d+", where)
        assert text.startswith(words) or re.match(words, text), text
