"""A store that cannot be used says so in a sentence, with what to do; what was written down is not lost."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from handrail.engine.commands import RunTask
from handrail.engine.events import Started, TaskSucceeded
from handrail.errors import HandrailError
from handrail.local.driver import Answer, Driver
from handrail.local.store import Store, Stored
from handrail.local.trouble import told_where
from tests.local.driving import machine

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def full(store: Store) -> None:
    """No page more than there is."""
    [(pages,)] = store.read("PRAGMA page_count", ())
    store.connection.execute(f"PRAGMA max_page_count={pages}")


class Large:
    """Answers with more than a page holds."""

    def begin(self, task: RunTask, execution: Stored, answer: Answer) -> Callable[[], None]:
        answer(lambda at: TaskSucceeded(at, task.task, "x" * 100_000))
        return lambda: None


def test_a_full_disk_ends_the_driver_and_not_what_it_ran(tmp_path: Path) -> None:
    """Whoever waits is told what to do; with room again everything goes on from what was written down."""
    again = machine(FUNCTION, Retry=[{"ErrorEquals": ["States.ALL"]}])
    with Store.writing(tmp_path, 0) as store:
        first = Driver(store, Large())
        first.happened("nobody", lambda at: Started(at, "{}"))
        arn = first.start("m", flow_of_waits(again), "{}", "run")
        full(store)
        first.wait_scale = 0.0
        with pytest.raises(HandrailError, match="The disk is full, or its quota is used up: make room"):
            first.wait(arn, 20)
        with pytest.raises(HandrailError, match="make room"):
            first.start("m", again, "{}", "another")
        first.close()
    with Store.writing(tmp_path, 0) as store:
        second = Driver(store, Large())
        second.wait_scale = 0.0
        second.resume_all()
        assert second.wait(arn, 20)
        second.close()
        assert store.find("run").status == "SUCCEEDED"


def test_what_cannot_be_written_down_is_not_begun(tmp_path: Path) -> None:
    """Whoever begins it on a full disk is told so, and there is none; with room again it begins."""
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, Large())
        begun: list[Stored] = []
        driver.begun_listeners.append(begun.append)
        full(store)
        with pytest.raises(HandrailError, match="make room"):
            driver.start("m", machine(FUNCTION, Comment="x" * 100_000), "{}", "run")
        assert (begun, driver.running, store.executions()) == ([], {}, [])
        store.connection.execute("PRAGMA max_page_count=100000")
        arn = driver.start("m", machine(FUNCTION, Comment="x" * 100_000), "{}", "run")
        assert driver.wait(arn, 20)
        assert store.find("run").status == "SUCCEEDED"
        driver.close()


def flow_of_waits(task: str) -> str:
    """The task, after a wait that leaves time to fill the disk."""
    flow = json.loads(task)
    return json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "A"}, **flow["States"]}})


def torn(path: Path) -> None:
    """Half of it is not what was written."""
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


def short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def foreign(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)


@pytest.mark.parametrize(
    "damage", [pytest.param(torn, id="torn"), pytest.param(short, id="short"), pytest.param(foreign, id="foreign")]
)
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Whoever reads or writes is told the file, and that it can be moved away."""
    path = tmp_path / "store.sqlite3"
    with Store.writing(tmp_path, 0) as store:
        for number in range(50):
            store.add(Stored(f"arn:{number}", f"run-{number}", "m", "{}" * 500, "{}", "RUNNING", 1.0))
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    for opening in (Store.reading, lambda folder: Store.writing(folder, 0)):
        with pytest.raises(HandrailError, match="move it away and a new one is made"), opening(tmp_path) as store:
            store.executions()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no event"),
        pytest.param('{"kind": "Later"}', id="an unknown one"),
        pytest.param('{"kind": "Started"}', id="half an event"),
    ],
)
def test_a_damaged_journal_is_told_with_whose_it_is(tmp_path: Path, text: str) -> None:
    """What cannot be read is nobody's traceback."""
    with Store.writing(tmp_path, 0) as store:
        store.add(Stored("arn:x:run", "run", "m", "{}", "{}", "RUNNING", 1.0))
        store.write("INSERT INTO journal VALUES ('arn:x:run', 0, ?)", text)
        with pytest.raises(HandrailError, match="what it holds of run cannot be read"):
            [*store.journal("arn:x:run")]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(sqlite3.SQLITE_FULL, "make room", id="full"),
        pytest.param(sqlite3.SQLITE_IOERR_WRITE, "look whether it is full, or broken", id="a disk that does not write"),
        pytest.param(sqlite3.SQLITE_READONLY_DBMOVED, "may not be written by this person", id="read-only"),
        pytest.param(sqlite3.SQLITE_CANTOPEN, "look at who may read and write", id="cannot be opened"),
        pytest.param(sqlite3.SQLITE_CORRUPT_INDEX, "is damaged", id="damaged"),
        pytest.param(sqlite3.SQLITE_NOTADB, "is damaged", id="something else"),
        pytest.param(sqlite3.SQLITE_BUSY, "If the disk is full", id="anything else"),
    ],
)
def test_each_trouble_has_its_remedy(tmp_path: Path, code: int, told: str) -> None:
    """The file, what SQLite says, and what can be done; extended codes count as their kind."""
    error = sqlite3.OperationalError("said SQLite")
    error.sqlite_errorcode = code
    path = tmp_path / "store.sqlite3"
    with pytest.raises(HandrailError) as raised, told_where(path):
        raise error
    assert str(raised.value).startswith(f"The store {path} cannot be used: said SQLite. ")
    assert told in str(raised.value)


def test_two_writes_are_both_kept_or_neither(tmp_path: Path) -> None:
    """Where the second fails, the first is taken back."""
    with Store.writing(tmp_path, 0) as store:
        store.attended = True
        store.connection.execute("DROP TABLE attended")
        with pytest.raises(HandrailError):
            store.add(Stored("arn:1", "one", "m", "{}", "{}", "RUNNING", 1.0))
        assert store.executions() == []


def test_a_reader_of_an_older_store_finds_nothing_cut_off(tmp_path: Path) -> None:
    """Before there was such a table, nothing stood in it; a look makes none."""
    with Store.writing(tmp_path, 0) as store:
        store.connection.execute("DROP TABLE attended")
    with Store.reading(tmp_path) as store:
        assert store.cut_off() == []
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as file:
        assert file.execute("SELECT 1 FROM sqlite_master WHERE name='attended'").fetchall() == []
