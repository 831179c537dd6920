"""What is kept of executions: a journal of everything that happened to them from outside, in one SQLite file.

A history is not stored: the engine makes the same one again from the journal. Writers hold a lock on the store, so
there is one at a time; readers open the file read-only and need none.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import IO, Any, NoReturn, Self

from handrail.engine.commands import Status
from handrail.engine.events import Event, as_json, from_json
from handrail.errors import HandrailError
from handrail.local.holder import private, taken
from handrail.local.trouble import damaged, reached, told_where

VERSION = 3

CHECKPOINT = 4_000
"""Pages of what was written, 16 MB, after which they go into the file itself.

Whoever writes then waits for the disk, and a page that was written several times in between goes there once: with four
times SQLite's usual number, StartExecution takes a sixth less of the processor.
"""

TABLES = """
CREATE TABLE execution (
  arn TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  machine TEXT NOT NULL,          -- the runbook's name, or the file's for a plain definition
  definition TEXT NOT NULL,       -- ASL, as it was when the execution began
  input TEXT NOT NULL,
  status TEXT NOT NULL,
  started REAL NOT NULL,          -- seconds since the epoch
  stopped REAL,
  output TEXT,
  error TEXT,
  cause TEXT,
  redrive_count INTEGER NOT NULL DEFAULT 0,
  redrive_date REAL,
  machine_arn TEXT NOT NULL DEFAULT '',
  type TEXT NOT NULL DEFAULT 'STANDARD',
  role TEXT NOT NULL DEFAULT '',
  version_arn TEXT,
  alias_arn TEXT,
  trace_header TEXT,
  test_case TEXT                  -- the case of the mocks' file with which it runs
);
CREATE INDEX execution_by_start ON execution (started DESC);
CREATE INDEX execution_of_machine ON execution (machine_arn, coalesce(stopped, redrive_date, started));
CREATE TABLE journal (
  execution TEXT NOT NULL REFERENCES execution (arn) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (execution, place)
) WITHOUT ROWID;
"""

ATTENDED = """
CREATE TABLE IF NOT EXISTS attended (  -- what ends with the process that began it, as somebody waits for it there
  execution TEXT PRIMARY KEY REFERENCES execution (arn) ON DELETE CASCADE
) WITHOUT ROWID;
"""
"""Beside the versions: an older Handrail does without it."""

REGISTRY = """
CREATE TABLE IF NOT EXISTS registry (  -- state machines, their versions and aliases, activities
  arn TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  document TEXT NOT NULL
);
"""

UPGRADES = {
    1: "ALTER TABLE execution ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE execution ADD COLUMN redrive_date REAL;",
    2: "ALTER TABLE execution ADD COLUMN machine_arn TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE execution ADD COLUMN type TEXT NOT NULL DEFAULT 'STANDARD';"
    "ALTER TABLE execution ADD COLUMN role TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE execution ADD COLUMN version_arn TEXT;"
    "ALTER TABLE execution ADD COLUMN alias_arn TEXT;"
    "ALTER TABLE execution ADD COLUMN trace_header TEXT;"
    "ALTER TABLE execution ADD COLUMN test_case TEXT;"
    "UPDATE execution SET machine_arn = substr(arn, 1, instr(arn, ':execution:')) || 'stateMachine:' || machine "
    "WHERE instr(arn, ':execution:');"
    "CREATE INDEX execution_of_machine ON execution (machine_arn, coalesce(stopped, redrive_date, started));",
}
"""What makes the tables of each earlier version those of the next."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One execution as the store has it; times in seconds since the epoch, input and output as JSON text.

    `machine` is the machine's name; its ARN and its role are made up where nobody says them. `version_arn` and
    `alias_arn` are what it was begun by, `type` is STANDARD or EXPRESS; `test_case` is one of a mocks' file.
    """

    arn: str
    name: str
    machine: str
    definition: str
    input: str
    status: Status
    started: float
    stopped: float | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    machine_arn: str = ""
    type: str = "STANDARD"
    role: str = ""
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None
    test_case: str | None = None

    def __post_init__(self) -> None:
        parts = self.arn.split(":")
        account = parts[4] if len(parts) > 4 else ""
        if not self.machine_arn:
            object.__setattr__(self, "machine_arn", ":".join([*parts[:5], "stateMachine", self.machine]))
        if not self.role:
            object.__setattr__(self, "role", f"arn:aws:iam::{account}:role/handrail-{self.machine}")

    def ended(self, status: Status, stopped: float, output: str | None, error: str | None, cause: str | None) -> Self:
        """The same after its end, as the store has it then."""
        output, error, cause = map(writable, (output, error, cause))
        return replace(self, status=status, stopped=stopped, output=output, error=error, cause=cause)


COLUMNS = ", ".join(Stored.__dataclass_fields__)
# A look leaves no trace: an older store is read as it is.
SECOND = COLUMNS.replace(
    "machine_arn, type, role, version_arn, alias_arn, trace_header, test_case",
    "'', 'STANDARD', '', NULL, NULL, NULL, NULL",
)
OLD_COLUMNS = {1: SECOND.replace("redrive_count, redrive_date", "0, NULL"), 2: SECOND}


class NothingYet(HandrailError):
    """There is no store to read."""


class Store:
    """The executions of one project.

    `attended` is whether those that begin here end with this process; all others go on in the next one.
    """

    attended = False

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None, columns: str = COLUMNS
    ) -> None:
        self.path = path
        self.connection = connection
        self.lock = lock
        self.columns = columns
        self.using = RLock()

    @classmethod
    def writing(cls, folder: Path, now: float) -> Self:
        """Open for writing, which one process may do at a time."""
        with reached(folder):
            # What was asked and answered is for the person who ran it.
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = taken(folder / "lock", now)
        path = folder / "store.sqlite3"
        try:
            with reached(folder), told_where(path):
                private(path)
                return cls(path, connected(path), lock)
        except HandrailError:
            lock.close()
            raise

    @classmethod
    def reading(cls, folder: Path) -> Self:
        """Open read-only, also while another process writes."""
        path = folder / "store.sqlite3"
        with told_where(path):
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) if path.exists() else None
            version = check_version(connection, path) if connection is not None else 0
            if connection is None or not version:
                raise NothingYet(f"Nothing has run here yet: {folder} holds no execution. Start with `handrail list`.")
        return cls(path, connection, None, OLD_COLUMNS.get(version, COLUMNS))

    def close(self) -> None:
        # Whoever is in the middle of something, in another thread, ends that; to close it then would end the process.
        with self.using:
            self.connection.close()
        if self.lock is not None:
            self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add(self, execution: Stored) -> None:
        """Keep a new execution."""
        told = (getattr(execution, name) for name in Stored.__dataclass_fields__)
        values = [writable(each) if isinstance(each, str) else each for each in told]
        marks = ", ".join("?" * len(values))
        with self.whole() if self.attended else nullcontext():
            self.write(f"INSERT INTO execution ({COLUMNS}) VALUES ({marks})", *values)  # noqa: S608  # ours
            if self.attended:
                self.belong(execution.arn)

    def append(self, arn: str, place: int, event: Event) -> None:
        """Write down what happened, before anybody acts on it."""
        # In ASCII, since JSON may hold halves of characters (lone surrogates), which SQLite's text cannot.
        text = json.dumps(as_json(event), allow_nan=False, separators=(",", ":"))
        self.write("INSERT INTO journal VALUES (?, ?, ?)", arn, place, text)

    def ended(
        self, arn: str, status: Status, stopped: float, output: str | None, error: str | None, cause: str | None
    ) -> None:
        self.write(
            "UPDATE execution SET status=?, stopped=?, output=?, error=?, cause=? WHERE arn=?",
            *(status, stopped, *map(writable, (output, error, cause)), arn),
        )

    def redriven(self, arn: str, place: int, event: Event) -> None:
        """Write a redrive down, and let the execution be RUNNING again: both or neither."""
        with self.whole():
            self.append(arn, place, event)
            self.write(
                "UPDATE execution SET status='RUNNING', stopped=NULL, output=NULL, error=NULL, cause=NULL, "
                "redrive_count=redrive_count+1, redrive_date=? WHERE arn=?",
                *(event.at, arn),
            )
            self.belong(arn)

    def belong(self, arn: str) -> None:
        """Note whether an execution ends with this process."""
        if self.attended:
            self.write("INSERT OR IGNORE INTO attended VALUES (?)", arn)
        else:
            self.write("DELETE FROM attended WHERE execution=?", arn)

    def cut_off(self) -> list[Stored]:
        """What says RUNNING and was to end with a process; all of it is cut off where no process has the store."""
        if not self.read("SELECT 1 FROM sqlite_master WHERE name='attended'", ()):
            return []
        query = (
            f"SELECT {self.columns} FROM execution WHERE status='RUNNING' AND arn IN (SELECT execution FROM attended)"  # noqa: S608
        )
        return [Stored(*row) for row in self.read(query, ())]

    def prune(self, before: float, most: int) -> int:
        """Remove executions that ended before a time, with their journal, at most so many; gives their number."""
        old = "SELECT arn FROM execution WHERE status!='RUNNING' AND coalesce(stopped, started)<? LIMIT ?"
        with told_where(self.path), self.using:
            return self.connection.execute(f"DELETE FROM execution WHERE arn IN ({old})", (before, most)).rowcount  # noqa: S608

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Several writes: all or none."""
        # One connection serves all threads: what another one writes meanwhile would be part of this.
        with self.using:
            self.write("BEGIN")
            try:
                yield
                self.write("COMMIT")
            except BaseException:
                self.connection.rollback()
                raise

    def write(self, statement: str, *values: object) -> None:
        """Change the file; raises HandrailError where it cannot be written, as on a full disk."""
        with told_where(self.path), self.using:
            self.connection.execute(statement, values)

    def read(self, query: str, values: Mapping[str, object] | Sequence[object]) -> list[tuple[Any, ...]]:
        """All rows of a query; raises HandrailError where the file is damaged."""
        with told_where(self.path), self.using:
            return self.connection.execute(query, values).fetchall()

    def journal(self, arn: str, since: int = 0) -> Iterator[Event]:
        """What happened to an execution, in order; `since` leaves out so many at the beginning."""
        query = "SELECT event FROM journal WHERE execution=? AND place>=? ORDER BY place"
        for (text,) in self.read(query, (arn, since)):
            try:
                event = from_json(json.loads(text))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                name = arn.rpartition(":")[2]
                raise damaged(self.path, f"what it holds of {name} cannot be read ({type(error).__name__})") from error
            yield event

    def length(self, arn: str) -> int:
        """How many events an execution's journal has."""
        [(count,)] = self.read("SELECT count(*) FROM journal WHERE execution=?", (arn,))
        return int(count)

    def executions(
        self, *, machine: str | None = None, status: Status | None = None, most: int | None = None
    ) -> list[Stored]:
        """The newest first."""
        asked = {"machine": machine, "status": status}
        given = {name: value for name, value in asked.items() if value is not None}
        where = f"WHERE {' AND '.join(f'{name} = :{name}' for name in given)}" if given else ""
        query = f"SELECT {self.columns} FROM execution {where} ORDER BY started DESC LIMIT :most"  # noqa: S608  # ours
        return [Stored(*row) for row in self.read(query, {**given, "most": -1 if most is None else most})]

    def knows(self, arn: str) -> bool:
        """Whether there is, or was, an execution with this ARN."""
        return bool(self.read("SELECT 1 FROM execution WHERE arn=?", (arn,)))

    def has(self, machine: str, name: str) -> bool:
        """Whether a machine has an execution of this name."""
        return bool(self.read("SELECT 1 FROM execution WHERE machine=? AND name=?", (machine, name)))

    def machines(self) -> set[str]:
        """The names of all machines that have an execution."""
        return {name for (name,) in self.read("SELECT DISTINCT machine FROM execution", ())}

    def get(self, arn: str) -> Stored | None:
        """The execution with this ARN."""
        found = self.read(f"SELECT {self.columns} FROM execution WHERE arn=?", (arn,))  # noqa: S608  # ours
        return Stored(*found[0]) if found else None

    def find(self, text: str) -> Stored:
        """The execution with this ARN or name, or the only one whose name begins so; `last` is the newest."""
        if text == "last":
            newest = self.executions(most=1)
            return newest[0] if newest else refuse("Nothing has run here yet. Start with `handrail list`.")
        text = text.encode(errors="replace").decode()
        # By its ARN it is found at once, by its name only by looking at all.
        if (one := self.get(text)) is not None:
            return one
        query = f"SELECT {self.columns} FROM execution WHERE substr(name, 1, length(:text)) = :text"  # noqa: S608
        found = [Stored(*row) for row in self.read(query, {"text": text})]
        exact = [execution for execution in found if text == execution.name]
        match exact or found:
            case [one]:
                return one
            case []:
                return refuse(f'No execution is called "{text}". `handrail executions` lists them.')
            case several:
                names = ", ".join(sorted(execution.name for execution in several)[:5])
                return refuse(f'"{text}" fits {len(several)} executions: {names}. Give more of the name.')


def writable(text: str | None) -> str | None:
    """A text that SQLite takes: halves of characters become question marks."""
    return None if text is None else text.encode(errors="replace").decode()


def refuse(message: str) -> NoReturn:
    raise HandrailError(message)


def connected(path: Path) -> sqlite3.Connection:
    """A connection that writes; the tables of a new store are made, those of an older one upgraded."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        f"PRAGMA wal_autocheckpoint={CHECKPOINT};"
    )
    version = check_version(connection, path)
    connection.executescript(ATTENDED + REGISTRY)
    if version < VERSION:
        steps = "".join(UPGRADES[older] for older in range(version, VERSION)) if version else TABLES
        connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version={VERSION}; COMMIT;")
    return connection


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables, 0 where there are none yet. Raises HandrailError for one that is not known."""
    version: int
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise HandrailError(
            f"{path} was written by a newer Handrail (store version {version}, this one knows {VERSION}). "
            "Install the newer one, or use another folder with HANDRAIL_HOME."
        )
    return version
