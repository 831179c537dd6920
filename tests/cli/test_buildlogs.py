"""The lines of builds that another process runs: each once, when it is whole, before the end of its build is told."""

from pathlib import Path

import pytest

from handrail.asl.model import Json
from handrail.cli.buildlogs import BuildLogs
from handrail.engine.events import Event, TaskFailed, TaskSubmitted, TaskSucceeded

BUILD: Json = {"Build": {"Id": "dig:1"}}
COMPLETE: Json = {"Build": {"Id": "dig:1", "BuildComplete": True}}


def wrote(home: Path, text: bytes) -> None:
    folder = home / "builds" / "dig-1"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("ab") as log:
        log.write(text)


def test_a_line_is_told_once_and_whole(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    logs = BuildLogs(tmp_path, lambda *line: told.append(line))
    logs.look()
    logs.happened(TaskSubmitted(1.0, 5, BUILD))
    logs.look()
    seen = []
    for text in (b"one\ntw", b"o \xe4", b"\xb8\x8b\n", b"", b"\nlast"):
        wrote(tmp_path, text)
        logs.look()
        seen.append([line for _, line in told])
        told.clear()

    assert seen == [["one"], [], ["two 下"], [], [""]]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param([TaskSubmitted(1, 5, BUILD), TaskSucceeded(2, 5, COMPLETE)], ["said"], id="succeeds"),
        pytest.param([TaskSubmitted(1, 5, BUILD), TaskFailed(2, 5, "E", "C")], ["said"], id="fails"),
        pytest.param([TaskSucceeded(2, 5, BUILD)], ["said", "later"], id="nobody waits for it"),
        pytest.param([TaskSucceeded(2, 5, {"Payload": "well"})], [], id="is none"),
    ],
)
def test_the_rest_is_told_at_the_end_of_its_task(tmp_path: Path, events: list[Event], told: list[str]) -> None:
    """And nothing is looked for any more, unless the build outlives its task."""
    seen: list[str] = []
    logs = BuildLogs(tmp_path, lambda _, line: seen.append(line))
    wrote(tmp_path, b"said\n")
    for event in events:
        logs.happened(event)
    wrote(tmp_path, b"later\n")
    logs.look()

    assert seen == told
