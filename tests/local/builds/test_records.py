"""What is known of builds outlives the process that ran them."""

from pathlib import Path
from typing import Any

import pytest

from handrail.local.builds.records import Records

ID = "work:01234567-89ab-cdef-0123-456789abcdef"


def build(**members: Any) -> dict[str, Any]:
    began = {"id": ID, "buildNumber": 1, "startTime": 5.0}
    return {**began, "buildComplete": True, "buildStatus": "SUCCEEDED", "phases": [], **members}


def test_numbers_go_on(tmp_path: Path) -> None:
    """Each project counts by itself, from one process to the next."""
    first, second = Records(tmp_path), Records(tmp_path)

    assert [first.next_number("a"), first.next_number("b"), second.next_number("a")] == [1, 1, 2]


def test_an_answer_is_found_again(tmp_path: Path) -> None:
    """A build that has ended is answered about as it ended."""
    records = Records(tmp_path)
    records.workspace(ID).make()
    records.write(build())

    assert Records(tmp_path).read(ID) == build()


def test_a_build_that_was_cut_off_has_ended(tmp_path: Path) -> None:
    """Who asks for a build that Handrail's death ended is told so."""
    records = Records(tmp_path)
    records.workspace(ID).make()
    queued = {"phaseType": "QUEUED", "startTime": 5.0}
    records.write(build(buildComplete=False, buildStatus="IN_PROGRESS", phases=[queued]))

    found = records.read(ID)
    assert found is not None
    assert (found["buildStatus"], found["buildComplete"], found["currentPhase"]) == ("FAULT", True, "COMPLETED")
    assert [phase.get("phaseStatus") for phase in found["phases"]] == ["FAULT", None]


def test_what_was_cut_off_is_settled_once(tmp_path: Path) -> None:
    """Its end is written down and told the first time; what was asked for is kept, and so are other builds."""
    asked, other = {"projectName": "work"}, build(id=ID.replace("0", "1"), buildNumber=2)
    under_way = build(buildComplete=False, phases=[{"phaseType": "BUILD", "startTime": 5.0}])
    for one in (under_way, other):
        Records(tmp_path).workspace(one["id"]).make()
        Records(tmp_path).write(one, asked)
    [ended] = Records(tmp_path).settle()
    later = Records(tmp_path)

    assert (ended["id"], ended["buildStatus"]) == (ID, "FAULT")
    assert (later.read(ID), later.request(ID), later.settle()) == (ended, asked, [])
    assert later.listed() == {ID: (5.0, 1), other["id"]: (5.0, 2)}


def test_a_build_is_removed(tmp_path: Path) -> None:
    """It is in no list any more, and nothing of it is left."""
    records = Records(tmp_path)
    records.workspace(ID).make()
    records.write(build())
    records.remove(ID)

    assert (records.listed(), records.read(ID), [*tmp_path.iterdir()]) == ({}, None, [])


@pytest.mark.parametrize("unknown", ["work:1", "../work", f"../{ID}", "work", ID.replace("0", "1")])
def test_what_nobody_knows_is_not_looked_for_elsewhere(tmp_path: Path, unknown: str) -> None:
    """An id is part of a path: only one that could be a build's is looked up."""
    folder = tmp_path / "builds"
    folder.mkdir()
    (tmp_path / "build.json").write_text('{"buildComplete": true}')

    assert Records(folder).read(unknown) is None


def test_a_record_that_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A build that has ended has ended, even where its record finds no room."""
    Records(tmp_path).write(build())

    assert "could not be written" in caplog.text
