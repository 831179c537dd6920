"""The first task of every run: whoever starts it, the input is checked and complete."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.accept import InvalidInput, UnknownRunbook, accept, accepted, digest, target_of
from handrail.choices import listing
from handrail.notify import posts
from handrail.runs import Busy, find, unfinished
from handrail.schema import Ask, Input
from handrail.table import MemoryTable, using

SAMPLE = Path(__file__).parents[1] / "types" / "project"


class Move(Input):
    """Move something."""

    what: str = Ask("What?", ja="何を")
    far: int = Ask("How far?", ja="距離", default=1, ge=1)


ARN = "arn:aws:states:us-east-1:123456789012:execution:handrail-cluster-power:{}"
ASKED = {"cluster": "orders", "power": "stop"}


def event(run: str = "one", **changes: Any) -> dict[str, Any]:
    """What the machine's first state sends."""
    return {
        "runbook": "cluster-power",
        "input": ASKED,
        "execution": ARN.format(run),
        "started": "2026-01-05T09:00:00Z",
        "now": "2026-01-05T09:00:01Z",
        "seconds": 3600,
        "lock": [".cluster"],
        "quiet": False,
        **changes,
    }


def ask(run: str = "one", **changes: Any) -> Any:
    return accept(event(run, **changes), None)  # type: ignore[call-arg, arg-type]


@pytest.fixture(autouse=True)
def rows() -> Iterator[MemoryTable]:
    """An empty table."""
    with using(table := MemoryTable()):
        yield table


@pytest.fixture(autouse=True)
def unlisted() -> Iterator[None]:
    """Nobody can say which clusters there are."""
    with listing(lambda _: None):
        yield


@pytest.fixture(autouse=True)
def posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The channel."""
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(tmp_path / "messages.jsonl"))
    monkeypatch.setenv("HANDRAIL_TIMEZONE", "Asia/Tokyo")
    return tmp_path / "messages.jsonl"


def audited(rows: MemoryTable) -> list[tuple[str, str]]:
    return [(row["execution"].rpartition(":")[2], row["what"]) for row in rows.query("audit#2026-01-05")]


@pytest.fixture(autouse=True)
def schemas(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sample's schemas, where a Lambda's zip would have them."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "schemas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(SAMPLE))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "schemas"]:
        monkeypatch.delitem(sys.modules, name)


def test_defaults_are_filled_in() -> None:
    """The machine goes on with every field."""
    assert accepted(Move, {"what": "a box"}) == {"what": "a box", "far": 1}


def test_it_answers_as_a_lambda() -> None:
    """The schema is found by the runbook's name."""
    assert ask() == ASKED


def test_a_run_is_written_down_and_told(rows: MemoryTable, posted: Path) -> None:
    """One post with what was asked, one audit row, and the run is known until its end was dealt with."""
    ask()
    [post] = posts(posted)
    run = find(ARN.format("one"))

    assert post.message.text == "cluster-power began: cluster orders, power stop"
    assert run is not None
    assert (run.target, run.thread) == ("orders", post.ts)
    assert unfinished() == [ARN.format("one")]
    assert audited(rows) == [("one", "accepted")]


def test_once_more_changes_nothing(rows: MemoryTable, posted: Path) -> None:
    """Lambda may call a function twice for one state."""
    assert [ask(), ask()] == [ASKED, ASKED]
    assert (len(posts(posted)), len(audited(rows))) == (1, 1)


def test_a_quiet_runbook_says_nothing(rows: MemoryTable, posted: Path) -> None:
    """A check that finds nothing is no news; it is written down all the same."""
    ask(quiet=True)

    assert (posts(posted), audited(rows)) == ((), [("one", "accepted")])


def test_a_second_run_on_the_same_target_is_refused(rows: MemoryTable, posted: Path) -> None:
    """It is told who is at it and since when on the clock of the place; it has nothing that it could release."""
    ask("one")
    with pytest.raises(Busy) as refused:
        ask("two", now="2026-01-05T09:30:00Z")

    assert str(refused.value) == "Somebody else is working on this: orders, since 18:00 JST by one."
    assert len(posts(posted)) == 1
    assert rows.query("lock#cluster-power#orders")[0]["owner"] == ARN.format("one")
    assert audited(rows) == [("one", "accepted"), ("two", "refused")]


def test_a_run_is_written_down_before_it_has_its_lock(rows: MemoryTable) -> None:
    """So whoever deals with its end knows what to release, whenever it dies."""
    ask("one")
    with pytest.raises(Busy):
        ask("two")

    assert sorted(unfinished()) == [ARN.format("one"), ARN.format("two")]


def test_a_run_that_was_refused_may_be_redriven(posted: Path) -> None:
    """It begins with this step again, and has all of it."""
    ask("one")
    with pytest.raises(Busy):
        ask("two")
    ask("two", now="2026-01-05T11:00:00Z")

    assert [post.message.text for post in posts(posted)] == ["cluster-power began: cluster orders, power stop"] * 2


def test_the_audit_says_what_was_decided(rows: MemoryTable) -> None:
    """Of the input only whether it was the same; who asked is unknown, since nothing has proven it."""
    ask("one")
    ask("two", input={"power": "stop", "cluster": "search"})
    one, two = rows.query("audit#2026-01-05")

    assert (one["target"], two["target"]) == ("orders", "search")
    assert one["requester"] is None
    assert one["input"] == digest({"power": "stop", "cluster": "orders"}) != two["input"]


def test_what_is_asked_of_another_target_is_free(posted: Path) -> None:
    """Also where another runbook works on the same."""
    ask("one")
    ask("two", input={**ASKED, "cluster": "search"})

    assert len(posts(posted)) == 2


def test_what_is_none_of_the_choices_is_refused_before_it_is_told(rows: MemoryTable, posted: Path) -> None:
    """A slip is answered with the nearest choice; nothing was announced, and nothing is locked."""
    with listing({"clusters": ["orders", "search"]}.get), pytest.raises(InvalidInput) as refused:
        ask(input={**ASKED, "cluster": "ordres"})

    said = 'cluster: this is none of the choices: orders, search. Did you mean "orders"?'
    assert str(refused.value) == f"The runbook does not accept this input: {said}"
    assert (posts(posted), rows.query("lock#cluster-power#ordres")) == ((), [])
    assert audited(rows) == [("one", "refused")]


def test_markup_in_a_field_is_shown_as_it_was_written(posted: Path) -> None:
    """Nobody is called by it, and no link is made of it."""
    ask(input={**ASKED, "cluster": "<!channel> <http://x|Approve>"})
    [post] = posts(posted)
    shown = post.message.model_dump_json()

    assert "<!channel>" not in shown
    assert "&lt;!channel&gt;" in post.message.text


def test_a_key_in_a_field_is_not_shown(posted: Path, rows: MemoryTable) -> None:
    """Somebody pastes one where a name belongs."""
    ask(input={**ASKED, "cluster": "AKIAIOSFODNN7EXAMPLE"})

    assert "AKIA" not in posts(posted)[0].model_dump_json()
    assert posts(posted)[0].message.text == "cluster-power began: cluster ***, power stop"


def test_who_says_to_have_asked_is_not_believed(rows: MemoryTable) -> None:
    """A field that is not the runbook's is refused, whatever it claims."""
    with pytest.raises(InvalidInput, match="requested_by: there is no such field"):
        ask(input={**ASKED, "requested_by": "U123"})
    assert audited(rows) == [("one", "refused")]


@pytest.mark.parametrize(
    ("lock", "target"),
    [
        pytest.param([], None, id="none"),
        pytest.param([".cluster"], "orders", id="a field"),
        pytest.param(["all"], "all", id="a text"),
        pytest.param([".cluster", ".window.start", "x"], "orders / 9 / x", id="several"),
    ],
)
def test_a_target_is_made_of_fields_and_texts(lock: list[str], target: str | None) -> None:
    """Fields by their path after a dot."""
    assert target_of(lock, {"cluster": "orders", "window": {"start": 9}}) == target


def test_every_problem_of_an_input_is_in_the_error() -> None:
    """A wrong input ends the run with all that is wrong with it."""
    with pytest.raises(InvalidInput) as caught:
        accepted(Move, {"waht": "a box", "far": 0})

    assert str(caught.value) == (
        "The runbook does not accept this input: what: this is missing; "
        "far: this must be 1 or more; "
        'waht: there is no such field. Did you mean "what"?'
    )


@pytest.mark.parametrize(
    "runbook",
    [
        pytest.param("cluster-pwoer", id="unknown"),
        pytest.param("../secrets", id="a path"),
        pytest.param("os.path", id="a module"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_unknown_runbook_is_refused(runbook: str) -> None:
    """A name that comes in from outside is never imported as it stands."""
    with pytest.raises(UnknownRunbook):
        ask(runbook=runbook, input={})


@pytest.mark.parametrize(
    "given", [pytest.param([], id="list"), pytest.param(None, id="null"), pytest.param("x", id="text")]
)
def test_an_input_is_an_object(given: Any) -> None:
    """An execution may be started with any JSON; a runbook is asked with an object."""
    with pytest.raises(Exception, match="input: Input should be"):
        ask(input=given)
