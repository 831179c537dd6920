"""The end of every run: its lock is released, a failure is told once, the audit knows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.ended import ended, event
from handrail.notify import posts
from handrail.runs import Busy, Run, keep, take_lock, unfinished
from handrail.table import MemoryTable, using

ARN = "arn:aws:states:us-east-1:123456789012:execution:handrail-cluster-power:one"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
RUN = Run(arn=ARN, runbook="cluster-power", name="one", started=START, seconds=3600, target="orders", thread="1.000001")
LAMBDA = json.dumps({"errorType": "Stuck", "errorMessage": "orders did not stop.", "stackTrace": ["secret"]})
BUILD = json.dumps({"Build": {"Id": "plan:1", "BuildStatus": "FAILED", "Environment": {"TOKEN": "secret"}}})

PHASES = [
    {"PhaseType": "PRE_BUILD", "PhaseStatus": "SUCCEEDED", "Contexts": [{"Message": "", "StatusCode": ""}]},
    {"PhaseType": "BUILD", "PhaseStatus": "FAILED", "Contexts": [{"Message": "Reason: exit status 1"}]},
    {"PhaseType": "COMPLETED"},
]
LOG = {"Logs": {"DeepLink": "https://logs.example/1"}}
LOGGED = json.dumps({"Build": {**json.loads(BUILD)["Build"], "Phases": PHASES, **LOG}})
SAID = "the build plan:1 failed in BUILD: Reason: exit status 1. Its log: https://logs.example/1"


@pytest.fixture(autouse=True)
def rows() -> Iterator[MemoryTable]:
    with using(table := MemoryTable()):
        yield table


@pytest.fixture(autouse=True)
def posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(tmp_path / "messages.jsonl"))
    return tmp_path / "messages.jsonl"


def end(status: str, error: str | None = None, cause: str | None = None, *, after: float = 600) -> None:
    told = event(ARN, status, START.timestamp(), START.timestamp() + after, error=error, cause=cause)
    ended(told, None)


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_the_lock_is_released_however_the_run_ended(status: str) -> None:
    """And nothing is left to be done about it."""
    keep(RUN)
    take_lock(RUN, START)
    end(status)

    take_lock(RUN.model_copy(update={"arn": ARN + "2", "name": "two"}), START)
    assert unfinished() == []


@pytest.mark.parametrize(
    ("status", "error", "cause", "told"),
    [
        pytest.param("SUCCEEDED", None, None, [], id="nothing of a success"),
        pytest.param("FAILED", "Stuck", LAMBDA, ["cluster-power failed: orders did not stop."], id="a function"),
        pytest.param("FAILED", "States.Error", BUILD, ["cluster-power failed: the build plan:1 failed"], id="a build"),
        pytest.param("FAILED", "E", LOGGED, [f"cluster-power failed: {SAID}"], id="a build's phase"),
        pytest.param("FAILED", "E", "why", ["cluster-power failed: E: why"], id="an error and its cause"),
        pytest.param("TIMED_OUT", "States.Timeout", None, ["cluster-power took too long and was ended: States.Timeout"],
                     id="too long"),
        pytest.param("ABORTED", None, None, ["cluster-power was stopped"], id="stopped"),
    ],
)  # fmt: skip
def test_a_failure_is_told(posted: Path, status: str, error: str | None, cause: str | None, told: list[str]) -> None:
    """In one sentence, in the thread of the start; nothing else of the cause is repeated, since it may hold secrets."""
    keep(RUN)
    end(status, error, cause)

    assert [post.message.text for post in posts(posted)] == told
    assert [post.thread_ts for post in posts(posted)] == ["1.000001"] * len(told)
    assert "secret" not in "".join(post.model_dump_json() for post in posts(posted))


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        pytest.param("xoxb-123456789-abc", "E: ***", id="a key"),
        pytest.param("https://me:pass@git.example.com/x", "E: https://***@git.example.com/x", id="in a URL"),
        pytest.param(f"{'x' * 2400} password=hunter2", "E: xxx", id="behind where it is cut off"),
    ],
)
def test_what_is_shaped_like_a_secret_is_not_told(posted: Path, cause: str, told: str) -> None:
    """Whoever wrote the error."""
    end("FAILED", "E", cause)
    [post] = posts(posted)

    assert post.message.text.startswith(f"cluster-power failed: {told}")
    assert [word for word in ("hunter2", "xoxb", "pass@") if word in str(post)] == []


def test_markup_in_a_reason_calls_nobody(posted: Path) -> None:
    """It is shown as it was written."""
    end("FAILED", "E", "<!channel> <http://x|Approve>")
    [post] = posts(posted)

    assert "&lt;!channel&gt;" in post.message.blocks[0].model_dump_json()
    assert "<!channel>" not in post.message.model_dump_json()


def test_an_end_that_comes_after_a_redrive_leaves_its_lock(posted: Path) -> None:
    """The run is at it again."""
    keep(RUN)
    take_lock(RUN, START + timedelta(minutes=11))
    end("FAILED", "E")
    with pytest.raises(Busy, match="by one"):
        take_lock(RUN.model_copy(update={"arn": ARN + "2", "name": "two"}), START + timedelta(minutes=12))


def test_a_run_that_was_refused_is_told_as_well(posted: Path) -> None:
    """It has no row and no thread, so it is told in the channel."""
    end("FAILED", "Busy", json.dumps({"errorMessage": "Somebody else is working on this: orders."}))
    [post] = posts(posted)

    assert post.thread_ts is None
    assert post.message.text == "cluster-power failed: Somebody else is working on this: orders."


def test_an_event_that_comes_twice_is_told_once(rows: MemoryTable, posted: Path) -> None:
    """EventBridge delivers at least once; a redriven run may fail again, which is another end."""
    keep(RUN)
    end("FAILED", "E")
    end("FAILED", "E")
    assert len(posts(posted)) == 1

    end("FAILED", "E", after=1200)
    assert len(posts(posted)) == 2
    assert [row["what"] for row in rows.query("audit#2026-01-05")] == ["FAILED", "FAILED"]


def test_a_later_run_keeps_its_lock(posted: Path) -> None:
    """The end of a run whose lock has expired releases nothing of another's."""
    keep(RUN)
    other = RUN.model_copy(update={"arn": ARN + "2", "name": "two"})
    take_lock(other, START)
    end("FAILED", "E")
    with pytest.raises(Busy, match="by two"):
        take_lock(RUN, START)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"detail": {"executionArn": "x"}}, id="half of it"),
        pytest.param({"detail": "x"}, id="a text"),
    ],
)
def test_what_is_no_such_event_is_refused(event: Any, posted: Path) -> None:
    """Nothing is released or told for it."""
    with pytest.raises(ValueError, match="Ending"):
        ended(event, None)
    assert posts(posted) == ()
