"""What is known of builds outlives the process that ran them."""

from pathlib import Path
from typing import Any

import pytest

from handrail.local.builds.records import Records

ID = "work:01234567-89ab-cdef-0123-456789abcdef"


def build(**members: Any) -> dict[str, Any]:
    return {"id": ID, "buildComplete": True, "buildStatus": "SUCCEEDED", "phases": [], **members}


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
