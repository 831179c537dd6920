"""An execution is made again from its journal; one that was cut off comes to an end that the journal tells, too."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handrail.engine.events import Event, Redriven, Started, TaskFailed, TaskSucceeded
from handrail.errors import Problems
from handrail.local.builds.workspace import Workspace
from handrail.local.replay import CAUSE, CUT_OFF, end_cut_off, new, reading, replayed
from handrail.local.store import NothingYet, Store, Stored

TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}
DEFINITION = json.dumps({"StartAt": "A", "States": {"A": TASK}})
BEGUN: list[Event] = [Started(1.0, '{"n": 1}', 7)]
# The task is scheduled by the third event of the history.
DONE: list[Event] = [*BEGUN, TaskSucceeded(2.0, 3, "well")]


def stored(definition: str = DEFINITION) -> Stored:
    arn = "arn:aws:states:us-east-1:123456789012:execution:m:run"
    return Stored(arn, "run", "m", definition, '{"n": 1}', "RUNNING", 1.0)


@pytest.fixture
def left(tmp_path: Path) -> Callable[[Stored, list[Event]], Path]:
    """A store in which somebody was killed after these events."""

    def made(execution: Stored, events: list[Event]) -> Path:
        with Store.writing(tmp_path, 0) as store:
            store.attended = True
            store.add(execution)
            for place, event in enumerate(events):
                store.append(execution.arn, place, event)
        return tmp_path

    return made


Left = Callable[[Stored, list[Event]], Path]


def ended(folder: Path) -> Iterator[tuple[Stored, list[str]]]:
    """What a reader finds, with the types of the history's events."""
    with reading(folder, 9.0) as store:
        for found in store.executions():
            yield found, [event["type"] for event in replayed(store, found).history()]


STARTED = ["ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted"]


@pytest.mark.parametrize(
    ("events", "history"),
    [
        pytest.param(BEGUN, [*STARTED, "ExecutionAborted"], id="in the middle"),
        pytest.param([], [*STARTED, "ExecutionAborted"], id="before its first event was written"),
    ],
)
def test_what_was_cut_off_is_aborted_and_its_journal_says_so(
    left: Left, events: list[Event], history: list[str]
) -> None:
    """Whoever looks next ends it; store and replay agree on status, time and cause."""
    [(found, told)] = ended(left(stored(), events))

    assert (found.status, found.stopped, found.error, found.cause) == ("ABORTED", 9.0, CUT_OFF, CAUSE)
    assert told == history


def test_what_was_cut_off_in_a_redrive_is_aborted_and_can_be_redriven_again(left: Left) -> None:
    """The redrive counts; its own end follows it in the history, and the state is still entered once."""
    events: list[Event] = [*BEGUN, TaskFailed(2.0, 3, "Boom"), Redriven(3.0)]
    [(found, told)] = ended(left(stored(), events))
    scheduled = STARTED[2:]

    assert (found.status, found.stopped, found.error) == ("ABORTED", 9.0, CUT_OFF)
    failed = ["LambdaFunctionFailed", "ExecutionFailed"]
    assert told == [*STARTED, *failed, "ExecutionRedriven", *scheduled, "ExecutionAborted"]


def test_a_redrive_of_which_only_the_row_was_written_is_as_it_was(left: Left) -> None:
    """A row that says RUNNING where the journal says FAILED gets its end back."""
    [(found, _)] = ended(left(stored(), [*BEGUN, TaskFailed(2.0, 3, "Boom")]))

    assert (found.status, found.stopped, found.error) == ("FAILED", 2.0, "Boom")


def test_what_had_ended_keeps_its_end(left: Left) -> None:
    """Where only the last note was missing, the journal knows how it ended."""
    [(found, told)] = ended(left(stored(), DONE))

    assert (found.status, found.stopped, found.output) == ("SUCCEEDED", 2.0, '"well"')
    assert told[-1] == "ExecutionSucceeded"


def test_what_cannot_be_replayed_is_ended_all_the_same(left: Left) -> None:
    """A definition that this engine does not take keeps nobody from running another one."""
    folder = left(stored('{"StartAt": "A", "States": {"A": {"Type": "Later"}}}'), BEGUN)
    with reading(folder, 9.0) as store:
        [found] = store.executions()

        assert (found.status, found.error) == ("ABORTED", CUT_OFF)
        with pytest.raises(Problems, match="m cannot be run here:"):
            replayed(store, found)


def test_what_runs_is_left_alone(left: Left) -> None:
    """While somebody has the store, a reader sees RUNNING and changes nothing."""
    folder = left(stored(), BEGUN)
    with Store.writing(folder, 5.0):
        [(found, told)] = ended(folder)

    assert (found.status, told) == ("RUNNING", STARTED)


def leftover(folder: Path) -> Path:
    """What a killed process leaves of a build: the environment of its commands, and a place for temporary files."""
    space = Workspace(folder / "builds/handrail-dig-12345678-1234-4234-8234-123456789abc")
    space.make()
    space.fill(folder / "nothing")
    (space.state / "environment").write_text("export TOKEN=canary\n")
    space.log.write_text("said\n")
    return space.temporary


def test_a_look_clears_what_a_killed_build_left(left: Left) -> None:
    """Secrets do not wait for the next run, even where every execution has ended already; the log stays."""
    folder = left(stored(), BEGUN)
    [*ended(folder)]
    temporary = leftover(folder)
    [*ended(folder)]

    assert not temporary.exists()
    assert [path.name for path in folder.glob("builds/*/*")] == ["log.txt"]


def test_a_look_leaves_a_build_that_runs_alone(left: Left) -> None:
    """While somebody has the store, its builds' folders are theirs."""
    folder = left(stored(), BEGUN)
    temporary = leftover(folder)
    with Store.writing(folder, 5.0):
        [*ended(folder)]

    assert temporary.exists()
    [*ended(folder)]
    assert not temporary.exists()


def test_ending_twice_changes_nothing(left: Left) -> None:
    """The second look finds nothing to end."""
    folder = left(stored(), BEGUN)
    with Store.writing(folder, 9.0) as store:
        end_cut_off(store, 9.0)
        end_cut_off(store, 99.0)
        [found] = store.executions()

    assert found.stopped == 9.0


def test_a_new_execution_has_its_names() -> None:
    """The names of machine and role follow from the ARN."""
    execution = new(stored())

    assert execution.machine_arn == "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    assert (execution.role, execution.region) == ("arn:aws:iam::123456789012:role/handrail-m", "us-east-1")


def test_reading_where_nothing_ran_makes_nothing(tmp_path: Path) -> None:
    """A look leaves no trace."""
    with pytest.raises(NothingYet), reading(tmp_path, 1.0):
        pass

    assert list(tmp_path.iterdir()) == []
