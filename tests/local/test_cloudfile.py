"""The file of the laptop's AWS: private, and its troubles are told in words."""

import sqlite3
import threading
from pathlib import Path

import pytest

from handrail.errors import HandrailError
from handrail.local.cloudfile import CloudFile

NOTE = "INSERT INTO about VALUES (?, ?)"


def test_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else may read secrets in it, nor in what SQLite puts beside it."""
    home = tmp_path / "home"
    file = CloudFile(home)
    file.write(NOTE, ("a", "b"))

    assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}
    assert home.stat().st_mode & 0o777 == 0o700


def test_forgets_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, nothing is written anywhere."""
    monkeypatch.chdir(tmp_path)
    CloudFile(None).write(NOTE, ("a", "b"))

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """What cannot be kept is refused with the file and what can be done, and nothing is half written."""
    file = CloudFile(tmp_path)
    [[pages]] = file.read("PRAGMA page_count")
    file.write(f"PRAGMA max_page_count={pages}")

    with pytest.raises(
        HandrailError, match=r"cloud\.sqlite3, .* cannot be used: database or disk is full\. .*make room"
    ):
        file.write(NOTE, ("a", "b" * 100_000))
    assert file.read("SELECT * FROM about") == []


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """With what is lost if it is moved away."""
    (tmp_path / "cloud.sqlite3").write_text("not a database" * 100)

    with pytest.raises(HandrailError, match=r"not a database\. .*move it away: AWS then begins empty"):
        CloudFile(tmp_path)


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A version that is not known is not written to."""
    CloudFile(tmp_path).write("PRAGMA user_version=99")

    with pytest.raises(HandrailError, match=r"newer Handrail \(version 99"):
        CloudFile(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the setting that names another one."""
    (tmp_path / "file").write_text("")

    with pytest.raises(HandrailError, match="HANDRAIL_HOME names another folder"):
        CloudFile(tmp_path / "file" / "home")


def test_what_goes_together_is_written_together(tmp_path: Path) -> None:
    """If the second cannot be written, the first is not there either."""
    file = CloudFile(tmp_path)

    def both() -> None:
        with file.at_once():
            file.write(NOTE, ("a", "1"))
            file.write(NOTE, ("a", "2"))

    with pytest.raises(HandrailError, match="UNIQUE"):
        both()
    assert file.read("SELECT * FROM about") == []


def test_many_threads_and_another_process_write(tmp_path: Path) -> None:
    """Each gets its turn."""
    file, other = CloudFile(tmp_path), sqlite3.connect(tmp_path / "cloud.sqlite3", timeout=30, isolation_level=None)

    def write(start: int) -> None:
        for number in range(start, start + 20):
            file.write(NOTE, (str(number), ""))

    threads = [threading.Thread(target=write, args=(100 * each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        other.execute(NOTE, (f"other {number}", ""))
    for thread in threads:
        thread.join()

    assert file.read("SELECT count(*) FROM about") == [(100,)]


def test_is_opened_while_somebody_else_writes(tmp_path: Path) -> None:
    """Whoever comes later waits for its turn, and is not refused."""
    first, over = CloudFile(tmp_path), threading.Event()

    def write() -> None:
        while not over.is_set():
            first.write("INSERT OR REPLACE INTO about VALUES ('any', '')")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for _ in range(50):
            CloudFile(tmp_path).close()
    finally:
        over.set()
        writing.join()
        first.close()
