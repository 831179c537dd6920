"""The store keeps what happened, lets one process write, and says what is wrong with its file."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from handrail.engine.events import Event, Redriven, Started, TaskFailed, TimerFired
from handrail.errors import HandrailError
from handrail.local.store import Store, Stored
from handrail.local.tables import VERSION


def stored(name: str, started: float = 1.0, machine: str = "drift-check") -> Stored:
    arn = f"arn:aws:states:us-east-1:1:execution:{machine}:{name}"
    return Stored(arn, name, machine, "{}", "{}", "RUNNING", started)


def test_a_journal_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Events read back are equal to those written, in their order."""
    events: list[Event] = [
        Started(1.5, '{"a": "é"}', 7),
        TaskFailed(2.0, 5, "Boom", None, "submit"),
        TimerFired(3.25, 1),
    ]
    with Store.writing(tmp_path, 0) as store:
        store.add(stored("one"))
        for place, event in enumerate(events):
            store.append(stored("one").arn, place, event)
    with Store.reading(tmp_path) as store:
        assert list(store.journal(stored("one").arn)) == events


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("run-b", "run-b", id="by name"),
        pytest.param("run-bb", "run-bb", id="a longer name beats a name that begins so"),
        pytest.param("last", "run-bb", id="the newest"),
        pytest.param("arn:aws:states:us-east-1:1:execution:drift-check:run-a", "run-a", id="by ARN"),
        pytest.param("run-a", "run-a", id="by its beginning, which is whole"),
        pytest.param("oth", "other", id="by its beginning"),
        pytest.param("run", "fits 3 executions", id="too short a beginning"),
        pytest.param("nope", "handrail executions", id="nothing"),
        pytest.param("'; DROP TABLE execution; --", "No execution is called", id="a name is data"),
    ],
)
def test_an_execution_is_found_by_what_a_person_types(tmp_path: Path, text: str, found: str) -> None:
    """A name, its unique beginning, an ARN or `last` finds an execution; anything else says why not."""
    with Store.writing(tmp_path, 0) as store:
        for number, name in enumerate(["other", "run-a", "run-b", "run-bb"]):
            store.add(stored(name, started=number))
        try:
            told = store.find(text).name
        except HandrailError as error:
            told = str(error)
    assert found in told


def test_no_execution_costs_a_look_at_all_others(tmp_path: Path) -> None:
    """Beginning one, ending it and finding it by its ARN takes as many steps of SQLite's among many as among few."""
    steps = {few: steps_of_one(tmp_path / str(few), among=few) for few in (20, 500)}
    assert steps[500] < 2 * steps[20]


def steps_of_one(folder: Path, among: int) -> int:
    counted: list[int] = []
    with Store.writing(folder, 0) as store:
        for number in range(among):
            store.add(stored(f"other-{number}", started=number))
        one = stored("one")
        store.connection.set_progress_handler(lambda: counted.append(1), 1)
        store.add(one)
        store.append(one.arn, 0, Started(1.0, "{}", 7))
        store.ended(one.arn, "SUCCEEDED", 2.0, "{}", None, None)
        assert (store.knows(one.arn), store.find(one.arn).status) == (True, "SUCCEEDED")
    return len(counted)


IN_USE = """
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from handrail.errors import HandrailError
from handrail.local.store import Store, Stored

def use(store, thread):
    number = 0
    with suppress(HandrailError):
        while True:
            number += 1
            arn = f"arn:aws:states:us-east-1:1:execution:m:{thread}-{number}"
            store.add(Stored(arn, arn, "m", "{}", "{}", "RUNNING", 1.0))
            store.get(arn)
            store.executions(most=5)

for turn in range(25):
    store = Store.writing(Path(sys.argv[1]) / str(turn), 0)
    threads = [Thread(target=use, args=(store, each)) for each in range(6)]
    for thread in threads:
        thread.start()
    while len(store.executions(most=50)) < 50:
        pass
    store.close()
    for thread in threads:
        thread.join()
"""


def test_it_can_be_closed_while_others_are_in_it(tmp_path: Path) -> None:
    """They are refused from then on; SQLite itself would take the whole process down."""
    ended = subprocess.run(
        [sys.executable, "-c", IN_USE, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_half_of_a_character_is_kept_as_a_question_mark(tmp_path: Path) -> None:
    """JSON can spell what SQLite's text cannot hold; the store goes on."""
    with Store.writing(tmp_path, 0) as store:
        store.add(replace(stored("one"), definition='"\ud800"', input='"\udfff"'))
        assert [(each.definition, each.input) for each in store.executions()] == [('"?"', '"?"')]


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    """While one process writes, another is refused by name, and readers still read."""
    holder = "import sys, time; from pathlib import Path; from handrail.local.store import Store\n"
    holder += "store = Store.writing(Path(sys.argv[1]), 0); print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(HandrailError, match=f"process {other.pid}, since"):
            Store.writing(tmp_path, time.time())
        Store.reading(tmp_path).close()
        other.kill()
    Store.writing(tmp_path, 0).close()


FIRST_VERSION = """
CREATE TABLE execution (
  arn TEXT PRIMARY KEY, name TEXT NOT NULL, machine TEXT NOT NULL, definition TEXT NOT NULL, input TEXT NOT NULL,
  status TEXT NOT NULL, started REAL NOT NULL, stopped REAL, output TEXT, error TEXT, cause TEXT
);
CREATE TABLE journal (
  execution TEXT NOT NULL REFERENCES execution (arn) ON DELETE CASCADE, place INTEGER NOT NULL, event TEXT NOT NULL,
  PRIMARY KEY (execution, place)
) WITHOUT ROWID;
INSERT INTO execution VALUES ('arn:1', 'old', 'm', '{}', '{}', 'FAILED', 1.0, 2.0, NULL, 'Boom', NULL);
PRAGMA user_version=1;
"""


def test_a_store_of_the_first_version_is_read_as_it_is_and_upgraded_by_who_writes(tmp_path: Path) -> None:
    """What ran before there were redrives was never redriven; a look changes nothing."""
    path = tmp_path / "store.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST_VERSION)
    before = path.read_bytes()
    with Store.reading(tmp_path) as store:
        [read] = store.executions()
    assert path.read_bytes() == before
    with Store.writing(tmp_path, 0) as store:
        assert store.executions() == [read]
        store.redriven("arn:1", 0, Redriven(9.0))
    Store.writing(tmp_path, 0).close()
    with Store.reading(tmp_path) as store:
        again = store.find("old")
    assert (read.redrive_count, read.redrive_date, read.error) == (0, None, "Boom")
    assert (again.status, again.redrive_count, again.redrive_date, again.error) == ("RUNNING", 1, 9.0, None)


def test_executions_of_the_second_version_are_given_their_machine(tmp_path: Path) -> None:
    """They are listed with those that came later, by the ARN of the machine."""
    arn = "arn:aws:states:us-east-1:123456789012:execution:m:old"
    second = "ALTER TABLE execution ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;"
    second += "ALTER TABLE execution ADD COLUMN redrive_date REAL; PRAGMA user_version=2;"
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as old:
        old.executescript(FIRST_VERSION.replace("arn:1", arn) + second)
    with Store.reading(tmp_path) as store:
        [read] = store.executions()
    with Store.writing(tmp_path, 0) as store:
        told = store.read("SELECT machine_arn, type FROM execution", ())
        assert store.executions() == [read]
    assert (
        told
        == [(read.machine_arn, read.type)]
        == [("arn:aws:states:us-east-1:123456789012:stateMachine:m", "STANDARD")]
    )


def test_a_redrive_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where its event cannot be kept, the execution stays ended."""
    with Store.writing(tmp_path, 0) as store:
        store.add(stored("one"))
        store.append(stored("one").arn, 0, Redriven(1.0))
        store.ended(stored("one").arn, "FAILED", 2.0, None, "Boom", None)
        with pytest.raises(HandrailError):
            store.redriven(stored("one").arn, 0, Redriven(9.0))
        assert (store.find("one").status, store.find("one").redrive_count) == ("FAILED", 0)
        store.redriven(stored("one").arn, 1, Redriven(9.0))
        assert store.find("one").status == "RUNNING"


def corrupt(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)


def newer(path: Path) -> None:
    sqlite3.connect(path).execute(f"PRAGMA user_version={VERSION + 1}")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        pytest.param(corrupt, "move it away", id="not a database"),
        pytest.param(newer, "written by a newer Handrail", id="a newer version"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path: Path, damage: object, told: str) -> None:
    """A damaged or newer store is refused with the remedy, for reading and for writing."""
    assert callable(damage)
    damage(tmp_path / "store.sqlite3")
    for opening in (Store.reading, lambda folder: Store.writing(folder, 0)):
        with pytest.raises(HandrailError, match=told):
            opening(tmp_path)


def test_what_is_kept_is_for_its_owner(tmp_path: Path) -> None:
    """In a folder that everybody may read, every file of the store is private all the same."""
    tmp_path.chmod(0o755)
    with Store.writing(tmp_path, 0) as store:
        store.add(stored("one"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert set(modes) >= {"lock", "store.sqlite3", "store.sqlite3-wal"}
    assert set(modes.values()) == {0o600}


def test_reading_where_nothing_ran_says_so(tmp_path: Path) -> None:
    """A reader makes no store where there is none."""
    with pytest.raises(HandrailError, match="Nothing has run here yet"):
        Store.reading(tmp_path)
    assert list(tmp_path.iterdir()) == []
