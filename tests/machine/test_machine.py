"""Machines: what an author writes is what runs, and whoever reads the definition finds the line."""

import json
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from handrail.asl.check import check
from handrail.asl.write import write
from handrail.catalogue import Catalogue
from handrail.errors import Problems
from handrail.machine import Machine, Succeed, Task, Wait, execution, given, text
from handrail.schedule import Schedule
from handrail.schema import Ask, Input
from handrail.task import task
from handrail.testing import play

SAMPLE = Path(__file__).parents[1] / "types" / "project"
GOLDEN = SAMPLE / "tests" / "golden" / "asl"


class Small(Input):
    """Say something. It is not much."""

    words: str = Ask("What?", ja="何を")


class Room(Input):
    """Where."""

    floor: int = Ask("Which floor?", ja="階", default=1)


class Large(Input):
    """Say something somewhere."""

    words: str = Ask("What?", ja="何を", default="x")
    room: Room = Ask("Where?", ja="どこで", default=Room())


@task
def say(*, words: str) -> str:
    """Say it."""
    return words


def small(name: str = "small", **changes: Any) -> Machine:
    """A machine of one step."""
    told: dict[str, Any] = {
        "steps": [Task("Say", say, words=given(Small).words)],
        "timeout": timedelta(minutes=5),
    } | changes
    return Machine(name, input=Small, **told)


def large(**changes: Any) -> Machine:
    """A machine of one step that may be asked nothing."""
    return Machine("large", input=Large, steps=[Task("Say", say, words="x")], timeout=timedelta(minutes=5), **changes)


@pytest.mark.parametrize("name", ["cluster-power", "census-taking"])
def test_the_sample_equals_its_golden_file(name: str, sample: Catalogue) -> None:
    """What reviewers read is what is emitted; `python ../../../build.py --golden`, run in the sample, writes it."""
    golden = (GOLDEN / f"{name}.asl.json").read_text(encoding="utf-8")

    assert write(sample.runbooks[name].machine.definition()) == golden


@pytest.mark.parametrize("name", ["cluster-power", "census-taking"])
def test_nothing_is_wrong_with_what_is_emitted(name: str, sample: Catalogue) -> None:
    """What passes our authoring passes our checks, warnings included."""
    assert check(sample.runbooks[name].machine.definition()) == ()


def test_every_state_has_its_line(sample: Catalogue) -> None:
    """A message about a state leads to whoever wrote it."""
    machine = sample.runbooks["census-taking"].machine
    source = (SAMPLE / "machines" / "census_taking.py").read_text(encoding="utf-8").splitlines()

    assert set(machine.sources) == {state.pointer for state in machine.flow().walk()}
    for pointer, place in machine.sources.items():
        file, _, line = place.rpartition(":")
        name = pointer.rpartition("/")[2]
        assert file == "machines/census_taking.py"
        expected = {"Accept": "Machine(", "Each done": "Map("}.get(name, f'"{name}"')
        assert expected in source[int(line) - 1] or expected in source[int(line)]


def test_the_definition_is_the_readers_own() -> None:
    """Whoever changes a definition changes a copy."""
    machine = small()
    machine.definition()["States"] = {}

    assert machine.definition()["States"]
    assert machine.definition()["Comment"] == "Say something. It is not much."
    assert machine.definition()["TimeoutSeconds"] == 300


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"name": "Small Machine"}, "is not named with small letters, digits and single dashes", id="name"),
        pytest.param({"steps": []}, "has no steps", id="steps"),
        pytest.param({"timeout": timedelta(0)}, "its timeout is 0:00:00; it must be 1 to", id="timeout"),
        pytest.param({"steps": Wait("W", timedelta(1))}, "has steps that are not a list; write [step]", id="no list"),
    ],
)
def test_a_machine_that_cannot_be_is_told(changes: dict[str, Any], told: str) -> None:
    """The machine's own line, and what is wrong with it."""
    with pytest.raises(Problems, match=r"test_machine\.py:\d+: the machine ") as caught:
        small(**changes)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("lock", "parts"),
    [
        pytest.param(None, [], id="nothing"),
        pytest.param("everything", ["everything"], id="a text"),
        pytest.param(given(Large).words, [".words"], id="a field"),
        pytest.param((given(Large).words, given(Large).room.floor, "x"), [".words", ".room.floor", "x"], id="several"),
    ],
)
def test_a_lock_is_given_to_the_first_state(lock: object, parts: list[str]) -> None:
    """As paths into what was asked, for it is complete only there."""
    states: Any = large(lock=lock).definition()["States"]
    payload = states["Accept"]["Arguments"]["Payload"]

    assert (payload["lock"], payload["seconds"], payload["quiet"]) == (parts, 300, False)


@pytest.mark.parametrize(
    "lock",
    [
        pytest.param(given(Small).words, id="another runbook's field"),
        pytest.param(text("{}!", given(Large).words), id="a text that is made of one"),
        pytest.param(execution.name, id="the run's own name"),
        pytest.param(("x", 5), id="a number"),
        pytest.param("", id="an empty text"),
        pytest.param(".words", id="a path"),
    ],
)
def test_a_lock_that_is_none_is_told(lock: object) -> None:
    """A lock that every run would get is none."""
    with pytest.raises(Problems, match="locks something that is neither a field of its input nor a text"):
        large(lock=lock)


@pytest.mark.parametrize(
    ("input", "told"),
    [
        pytest.param({}, None, id="nothing, where all has a default"),
        pytest.param({"words": "x"}, None, id="a field"),
        pytest.param({"wrods": "x"}, 'wrods: there is no such field. Did you mean "words"?', id="no field"),
        pytest.param({"words": 5}, "words: this must be text", id="another kind"),
    ],
)
def test_a_schedule_asks_what_the_runbook_accepts(input: dict[str, Any], told: str | None) -> None:
    """Or it would fail each morning."""
    schedule = Schedule("rate(1 day)", input=input)
    if told is None:
        assert large(schedule=schedule).schedule == schedule
        return
    with pytest.raises(Problems) as caught:
        large(schedule=schedule)
    assert f"would not accept what its schedule asks: {told}" in str(caught.value)


def test_a_dangerous_step_needs_a_lock() -> None:
    """There would be nothing to look at."""
    steps = [Task("Say", say, words="x").dangerous()]
    small(steps=steps, lock="x")

    with pytest.raises(Problems, match=r'test_machine\.py:\d+: "Say" is dangerous, and its machine has no lock'):
        small(steps=steps)


STATUS = {"status": "stopping", "settled": False}
STOPPED = {"status": "stopped", "settled": True}


@pytest.mark.parametrize(
    ("orders", "looks", "told", "took", "ended"),
    [
        pytest.param([0], [STOPPED], ["orders is stopped"], "0:00:30", "SUCCEEDED", id="at once"),
        pytest.param([0], [STATUS, STOPPED], ["orders is stopped"], "0:01:00", "SUCCEEDED", id="second look"),
        pytest.param([1, 0], [STOPPED], ["orders is stopped"], "0:01:30", "SUCCEEDED", id="busy once"),
        pytest.param([1] * 11, [], [], "0:10:00", "FAILED", id="busy for good"),
    ],
)
def test_the_sample_runs_as_it_reads(
    orders: list[int], looks: list[Any], told: list[str], took: str, ended: str, sample: Catalogue
) -> None:
    """Order, pause, look, and again until it has settled."""
    order, look, finished = (sample.functions[name] for name in ("rds-set_power", "rds-look", "notify-finished"))
    busy = import_module("tasks.rds").ClusterBusy
    heard: list[str] = []
    answers: dict[Any, Any] = {
        order: [busy() if refused else None for refused in orders],
        look: looks,
        finished: lambda arguments: heard.append(arguments["text"]),
    }
    run = play(sample.runbooks["cluster-power"].machine, {"cluster": "orders", "power": "stop"}, answers)

    assert (heard, str(run.took), run.ended) == (told, took, ended)


def test_a_wrong_input_ends_the_run(sample: Catalogue) -> None:
    """The first state is the border, whoever started the run."""
    run = play(sample.runbooks["cluster-power"].machine, {"cluster": "orders", "power": "strat"}, {})

    assert (run.ended, run.error) == ("FAILED", "InvalidInput")
    assert 'Did you mean \\"start\\"?' in str(run.cause)


REGIONS = [
    {"name": name, "number": number, "open": name != "mars"} for number, name in enumerate(["east", "west", "mars"])
]


def counted(arguments: dict[str, Any]) -> Any:
    """What stands in a region; the west does not answer."""
    if arguments["region"] == "west":
        return import_module("tasks.census").RegionClosed()
    return {"region": arguments["region"], "total": 4, "closed": False}


@pytest.mark.parametrize(
    ("asked", "regions", "reported", "said", "ended"),
    [
        pytest.param({}, [], None, ["{% none %}"], "SUCCEEDED", id="nothing"),
        pytest.param({"limit": 20_000}, REGIONS, None, [], "FAILED", id="too many"),
        pytest.param(
            {},
            REGIONS,
            [("east", 4), ("west", 0)],
            ["west: The region does not answer."],
            "SUCCEEDED",
            id="one does not answer",
        ),
        pytest.param(
            {"deep": True},
            REGIONS[:1],
            [("east", 4)],
            ["3"],
            "SUCCEEDED",
            id="by a build",
        ),
    ],
)
def test_everything_that_can_be_written_runs(
    asked: dict[str, Any],
    regions: list[Any],
    reported: list[Any] | None,
    said: list[str],
    ended: str,
    sample: Catalogue,
) -> None:
    """Branches, a Map with a filter, a caught error, a build, a Parallel and an own JSONata, on the engine."""
    heard: list[str] = []
    reports: list[Any] = []
    answers: dict[Any, Any] = {
        sample.functions["census-regions"]: lambda _: {"regions": regions},
        sample.functions["census-tally"]: counted,
        sample.functions["census-report"]: reports.append,
        sample.functions["notify-finished"]: lambda arguments: heard.append(arguments["text"]),
        sample.projects["census"]: lambda _: {"total": 3, "digest": "abc"},
        "Look around": lambda _: {"DBClusters": [{"Engine": "aurora"}]},
    }
    run = play(sample.runbooks["census-taking"].machine, asked, answers)

    told = [line if line.startswith("{") or line.isdigit() else f"{line[:6]}{cause(line[6:])}" for line in heard]
    assert (run.ended, told) == (ended, said), run.cause
    if reported is None:
        assert reports == []
        return
    [report] = reports
    assert [(tally["region"], tally["total"]) for tally in report["tallies"]] == reported
    assert (report["run"], report["regions"], report["counted"]) == ("run", len(regions) + 100, reported[0][1])
    assert run.output == {"engine": "aurora"}


def cause(shown: str) -> str:
    """The message in what Lambda says of an error."""
    message: str = json.loads(shown)["errorMessage"]
    return message


def test_a_user_s_text_stays_a_text() -> None:
    """What somebody types is said as it was typed, be it JSONata, quotes or another alphabet."""
    typed = '{% $states.context %} "quoted" \\ 日本語 $asked'
    saying = Task("Say", say, words=text("<{}>", given(Small).words))
    run = play(small(steps=[saying, Succeed("End", saying.result)]), {}, {"Accept": [{"words": typed}]})

    assert run.output == f"<{typed}>"


def test_big_machines_are_made_fast() -> None:
    """Two thousand states that read each other, in the time that a person does not notice."""

    def steps() -> list[Any]:
        made = [Task("Say 0", say, words=given(Small).words)]
        for number in range(1, 2000):
            made.append(Task(f"Say {number}", say, words=made[-1].result))
        return made

    began = time.process_time()
    machine = small(steps=steps())
    took = time.process_time() - began

    assert len(machine.sources) == 2001
    assert took < 2.5
