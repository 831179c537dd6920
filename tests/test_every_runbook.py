"""What every runbook keeps, whoever wrote it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.accept import is_input_of
from handrail.artefacts.asl import definition, problems
from handrail.asl.graph import graph, mermaid
from handrail.asl.model import Flow, Json, State
from handrail.asl.svg import svg
from handrail.catalogue import Runbook, load
from handrail.machine import Task
from handrail.schema import questions
from handrail.table import MemoryTable
from handrail.testing import play

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests/golden/asl"
RUNBOOKS = load(ROOT).runbooks
PAID_BY_USE = tuple(f"arn:aws:states:::{service}:" for service in ("lambda", "codebuild", "aws-sdk"))
EVERYTHING = {"States.ALL", "States.TaskFailed"}


@pytest.fixture(params=sorted(RUNBOOKS))
def runbook(request: pytest.FixtureRequest) -> Runbook:
    return RUNBOOKS[request.param]


def targets(state: State) -> Iterator[object]:
    """Where a state may go on to."""
    for holder in (state.fields, *listed(state, "Choices"), *listed(state, "Catch")):
        yield from (holder[field] for field in ("Next", "Default") if field in holder)


def listed(state: State, field: str) -> list[dict[str, Json]]:
    entries = state.fields.get(field, [])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def flows(flow: Flow) -> Iterator[Flow]:
    yield flow
    for state in flow.states.values():
        for inner in (state.processor, *state.branches):
            yield from flows(inner) if inner is not None else ()


def reached(flow: Flow) -> set[str]:
    """The states of one flow that a run can come to."""
    found: set[str] = set()
    ahead: list[object] = [flow.start_at]
    while ahead:
        name = str(ahead.pop())
        if name not in found:
            found.add(name)
            ahead.extend(targets(flow.states[name]))
    return found


def test_there_are_runbooks() -> None:
    """The promises below are kept by somebody."""
    assert "drift-check" in RUNBOOKS


def test_has_one_name(runbook: Runbook) -> None:
    """Its schema, its machine, its file and its test share one word."""
    word = runbook.name.replace("-", "_")

    assert runbook.machine.name == runbook.name
    assert runbook.path.name == f"{word}.py"
    assert runbook.input.__module__ == f"schemas.{word}"
    assert is_input_of(runbook.input, runbook.name)
    assert (ROOT / f"tests/machines/test_{word}.py").is_file()


def test_reaches_every_step(runbook: Runbook) -> None:
    """No step stands where no run comes to."""
    for flow in flows(runbook.machine.flow()):
        assert reached(flow) == set(flow.states)


def test_ends_in_time(runbook: Runbook) -> None:
    """The run as a whole and each task in it are given up after a while."""
    flow = runbook.machine.flow()

    assert flow.fields.get("TimeoutSeconds")
    assert [state.name for state in flow.walk() if state.type == "Task" and not timed(state)] == []


def timed(state: State) -> bool:
    return bool(state.fields.get("TimeoutSeconds") or state.fields.get("TimeoutSecondsPath"))


def test_catches_only_what_it_can_answer(runbook: Runbook) -> None:
    """No step catches everything: a failure that nobody foresaw stays a failure, and can be redriven."""
    for state in runbook.machine.flow().walk():
        caught = {name for catcher in listed(state, "Catch") for name in as_names(catcher["ErrorEquals"])}
        assert caught & EVERYTHING == set(), state.name


def as_names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def test_begins_by_accepting(runbook: Runbook) -> None:
    """Whoever starts it, its first step checks the input: the console and a schedule come in without any form."""
    flow = runbook.machine.flow()
    arguments = flow.states[flow.start_at].fields["Arguments"]

    assert flow.start_at == "Accept"
    assert isinstance(arguments, dict)
    assert arguments["FunctionName"] == "handrail-accept"


def test_holds_what_it_endangers(runbook: Runbook) -> None:
    """A step that changes something has a lock around it, and looks at it right before it begins."""
    guarded = [step.name for step in runbook.machine.steps if isinstance(step, Task) and step.guarded]

    assert not guarded or runbook.machine.lock


def test_a_failure_is_told_and_stays_one(runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks, the channel hears of it and the lock is free again."""
    monkeypatch.syspath_prepend(str(ROOT))
    table = MemoryTable()
    run = play(runbook.machine, {"nobody": "asks this"}, table=table)

    assert (run.ended, run.error) == ("FAILED", "InvalidInput")
    assert run.told[-1].startswith(f"{runbook.name} failed: The runbook does not accept this input: ")
    assert table.query("open-run") == []


def test_needs_no_server(runbook: Runbook) -> None:
    """Its work is done by functions, builds and AWS's own APIs, which cost nothing between two runs (S003-18)."""
    called = [str(state.fields["Resource"]) for state in runbook.machine.flow().walk() if state.type == "Task"]

    assert [resource for resource in called if not resource.startswith(PAID_BY_USE)] == []


def test_asks_in_both_languages(runbook: Runbook) -> None:
    """Each field has a question in English and one in Japanese, and they are two texts."""
    english, japanese = questions(runbook.input, "en"), questions(runbook.input, "ja")

    assert set(english) == set(japanese)
    assert [field for field in english if not english[field].strip() or english[field] == japanese[field]] == []
    assert [field for field in japanese if japanese[field].isascii()] == []


def test_passes_our_check(runbook: Runbook) -> None:
    """Neither an error nor a warning."""
    assert list(problems(runbook)) == []


def test_equals_its_golden_file(runbook: Runbook) -> None:
    """What reviewers read is what runs; `make golden` writes it after a change that was meant."""
    assert definition(runbook) == (GOLDEN / f"{runbook.name}.asl.json").read_text(encoding="utf-8")


def test_draws(runbook: Runbook) -> None:
    """Its graph has every step, and is a picture."""
    flow = runbook.machine.flow()
    labels = {node.label for node in graph(flow).nodes}

    assert {state.name for state in flow.walk()} <= labels
    assert mermaid(flow).startswith(("flowchart", "stateDiagram"))
    assert svg(flow).startswith("<svg")


def test_golden_files_have_runbooks() -> None:
    """No golden file outlives its runbook."""
    assert sorted(path.name for path in GOLDEN.glob("*")) == [f"{name}.asl.json" for name in sorted(RUNBOOKS)]
