"""The tables of the store: each definition is there once, and an older Handrail's store becomes this one's."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from handrail.engine.events import Started
from handrail.local.retention import prune
from handrail.local.store import Store, Stored
from tests.local.api.serving import serving
from tests.local.api.test_memory import Answers

ARN = "arn:aws:states:us-east-1:123456789012:execution:m:"
LONG = '{"Comment": "' + "é" * 20_000 + '"}'

EVER = """
CREATE TABLE execution (
  arn TEXT PRIMARY KEY, name TEXT NOT NULL, machine TEXT NOT NULL, definition TEXT NOT NULL, input TEXT NOT NULL,
  status TEXT NOT NULL, started REAL NOT NULL, stopped REAL, output TEXT, error TEXT, cause TEXT{more}
);
CREATE TABLE journal (
  execution TEXT NOT NULL REFERENCES execution (arn) ON DELETE CASCADE, place INTEGER NOT NULL, event TEXT NOT NULL,
  PRIMARY KEY (execution, place)
) WITHOUT ROWID;
CREATE INDEX execution_by_start ON execution (started DESC);
"""
SECOND = ", redrive_count INTEGER NOT NULL DEFAULT 0, redrive_date REAL"
THIRD = (
    ", machine_arn TEXT NOT NULL DEFAULT '', type TEXT NOT NULL DEFAULT 'STANDARD', role TEXT NOT NULL DEFAULT '', "
    "version_arn TEXT, alias_arn TEXT, trace_header TEXT, test_case TEXT"
)
OF_MACHINE = "CREATE INDEX execution_of_machine ON execution (machine_arn, coalesce(stopped, redrive_date, started));"
OLDER = {
    1: EVER.format(more=""),
    2: EVER.format(more=SECOND),
    3: EVER.format(more=SECOND + THIRD) + OF_MACHINE,
}
"""The tables as each earlier version made them."""


@contextmanager
def older(path: Path, version: int) -> Iterator[sqlite3.Connection]:
    """A store as a Handrail of an earlier version leaves it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.executescript(f"PRAGMA journal_mode=WAL; {OLDER[version]} PRAGMA user_version={version};")
        yield store


def filled(folder: Path, version: int, many: int = 9) -> None:
    """An older store in which so many executions have run, of three definitions."""
    with older(folder / "store.sqlite3", version) as store:
        for number in range(many):
            text = [LONG, "{}", '{"StartAt": "A"}'][number % 3]
            row = (f"{ARN}{number}", str(number), "m", text, "{}", "FAILED", number, 99.0, None, "Boom", None)
            names = "arn, name, machine, definition, input, status, started, stopped, output, error, cause"
            store.execute(f"INSERT INTO execution ({names}) VALUES ({', '.join('?' * len(row))})", row)
            if version == 3:
                store.execute("UPDATE execution SET machine_arn=replace(arn, 'execution', 'stateMachine')")
            event = '{"kind":"started","at":1.0,"input":"{}","seed":7}'
            store.execute("INSERT INTO journal VALUES (?, 0, ?)", (row[0], event))


def looked(folder: Path) -> tuple[list[Stored], list[object]]:
    """Everything that a reader finds."""
    with Store.reading(folder) as store:
        found = store.executions()
        return found, [list(store.journal(each.arn)) for each in found]


def tables(folder: Path) -> dict[str, object]:
    """Tables with their columns, and indexes with theirs."""
    with closing(sqlite3.connect(folder / "store.sqlite3")) as store:
        names = store.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        told = {"table": "table_info", "index": "index_xinfo"}
        return {name: store.execute(f"PRAGMA {told[kind]}({name})").fetchall() for kind, name in names}


def count(folder: Path, what: str) -> int:
    with closing(sqlite3.connect(folder / "store.sqlite3")) as store:
        [(number,)] = store.execute(f"SELECT {what}").fetchall()
        return int(number)


def stored(name: str, definition: str) -> Stored:
    return Stored(f"{ARN}{name}", name, "m", definition, "{}", "RUNNING", 1.0)


@pytest.mark.parametrize(
    ("definitions", "kept"),
    [
        pytest.param([LONG] * 100, 1, id="one machine"),
        pytest.param([LONG, "{}", LONG, "{} "], 3, id="a blank more is another"),
        pytest.param(['"\ud800"', '"?"'], 1, id="as it can be written"),
    ],
)
def test_a_definition_is_kept_once(tmp_path: Path, definitions: list[str], kept: int) -> None:
    """However many executions have it, and each of them tells it as it was."""
    with Store.writing(tmp_path, 0) as store:
        for number, text in enumerate(definitions):
            store.add(stored(str(number), text))
        told = [store.find(str(number)).definition for number in range(len(definitions))]
    assert told == [text.encode(errors="replace").decode() for text in definitions]
    assert count(tmp_path, "count(*) FROM definition") == kept
    assert (tmp_path / "store.sqlite3").stat().st_size < 20 * len(LONG)


def test_a_definition_goes_with_the_last_execution_that_has_it(tmp_path: Path) -> None:
    """Not with one that leaves others behind, whether these have ended or run; it comes back with a new one."""
    with Store.writing(tmp_path, 0) as store:
        for name, text, stopped in [
            ("a", "{1}", 5.0), ("b", "{1}", 50.0), ("c", "{2}", 5.0), ("d", "{2}", None), ("e", "{3}", 5.0)
        ]:  # fmt: skip
            store.add(stored(name, text))
            if stopped is not None:
                store.ended(f"{ARN}{name}", "SUCCEEDED", stopped, "{}", None, None)
        prune(store, 10.0)
        assert store.read("SELECT text FROM definition ORDER BY text", ()) == [("{1}",), ("{2}",)]
        assert {each.name: each.definition for each in store.executions()} == {"b": "{1}", "d": "{2}"}
        store.add(stored("f", "{3}"))
        assert store.find("f").definition == "{3}"


@pytest.mark.parametrize("version", OLDER)
def test_an_upgraded_store_is_what_a_new_one_is(tmp_path: Path, version: int) -> None:
    """It has the same tables and indexes, and everything that was in it, which a reader finds before and after."""
    upgraded, new = tmp_path / "upgraded", tmp_path / "new"
    upgraded.mkdir()
    filled(upgraded, version)
    before = looked(upgraded)
    Store.writing(upgraded, 0).close()
    Store.writing(new, 0).close()

    assert len(before[0]) == 9
    assert before[1] == [[Started(1.0, "{}", 7)]] * 9
    assert looked(upgraded) == before
    assert tables(upgraded) == tables(new)
    assert count(upgraded, "count(*) FROM definition") == 3


KILLED = """
import os, signal, sys
from pathlib import Path
from handrail.local import tables
from handrail.local.store import Store

last, plain, count = int(sys.argv[2]), tables.digest_of, 0

def digest_of(text):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(text)

tables.digest_of = digest_of
Store.writing(Path(sys.argv[1]), 0)
"""


@pytest.mark.parametrize("digests", [pytest.param(number, id=f"at digest {number}") for number in (1, 3, 4, 200, 303)])
def test_who_is_killed_while_upgrading_leaves_the_older_store(tmp_path: Path, digests: int) -> None:
    """It is read as before, and the next one upgrades it: nothing is lost, and nothing is there twice."""
    filled(tmp_path, 3, many=300)
    before = looked(tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(digests)], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert count(tmp_path, "user_version FROM pragma_user_version") == 3
    assert looked(tmp_path) == before
    Store.writing(tmp_path, 0).close()
    assert looked(tmp_path) == before
    assert count(tmp_path, "count(*) FROM definition") == 3


@pytest.mark.parametrize("version", OLDER)
def test_who_reads_is_not_disturbed_by_an_upgrade(tmp_path: Path, version: int) -> None:
    """A reader that opened the older store goes on in the one that another process has made of it."""
    filled(tmp_path, version)
    with Store.reading(tmp_path) as reader:
        before = reader.executions()
        upgrade = "import sys; from pathlib import Path; from handrail.local.store import Store\n"
        upgrade += "Store.writing(Path(sys.argv[1]), 0).close()"
        subprocess.run([sys.executable, "-c", upgrade, str(tmp_path)], timeout=60, check=True)
        assert reader.executions() == before
        assert reader.find("3") == before[-4]


FAILS = {"Bad": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:bad", "End": True}}
PASSES = {"Good": {"Type": "Pass", "End": True}}


def test_an_execution_keeps_its_definition_over_an_upgrade(tmp_path: Path) -> None:
    """Its machine has another one since: it is described and redriven with the one that it was begun with."""
    with serving(tmp_path, Answers()) as site:
        machine = site.machines.add("m", FAILS)
        arn = site.run(machine)
        began = site.call("describe_state_machine", stateMachineArn=machine)["definition"]
    back_to_third(tmp_path / "store.sqlite3")
    with serving(tmp_path, Answers()) as site:
        site.machines.add("m", PASSES)
        told = site.call("describe_state_machine_for_execution", executionArn=arn)
        site.call("redrive_execution", executionArn=arn)
        assert site.ended(arn) == "FAILED"
        events = site.call("get_execution_history", executionArn=arn)["events"]
    assert told["definition"] == began
    assert [each["type"] for each in events][-3:] == [
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]


def back_to_third(path: Path) -> None:
    """Make of a store what the third version would have written."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        names = [name for _, name, *_ in store.execute("PRAGMA table_info(execution)").fetchall()]
        was = ", ".join(
            "(SELECT text FROM definition d WHERE d.digest=e.digest)" if n == "digest" else n for n in names
        )
        now = ", ".join(names).replace("digest", "definition")
        rows = store.execute(f"SELECT {was} FROM execution e").fetchall()
        journal = store.execute("SELECT execution, place, event FROM journal").fetchall()
        store.executescript("DROP TABLE journal; DROP TABLE execution; DROP TABLE definition;" + OLDER[3])
        store.executemany(f"INSERT INTO execution ({now}) VALUES ({', '.join('?' * len(names))})", rows)
        store.executemany("INSERT INTO journal VALUES (?, ?, ?)", journal)
        store.execute("PRAGMA user_version=3")
