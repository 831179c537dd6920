"""What is kept of executions: a journal of everything that happened to them from outside, in one SQLite file.

A history is not stored: the engine makes the same one again from the journal. Writers hold a lock on the store, so
there is one at a time; readers open the file read-only and need none.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NoReturn, Self

from handrail.engine.commands import Status
from handrail.engine.events import Event, as_json, from_json
from handrail.errors import HandrailError

VERSION = 2

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
  redrive_date REAL
);
CREATE INDEX execution_by_start ON execution (started DESC);
CREATE TABLE journal (
  execution TEXT NOT NULL REFERENCES execution (arn) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (execution, place)
) WITHOUT ROWID;
"""

UPGRADES = {
    1: "ALTER TABLE execution ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE execution ADD COLUMN redrive_date REAL;",
}
"""What makes the tables of each earlier version those of the next."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One execution as the store has it; times in seconds since the epoch, input and output as JSON text."""

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


COLUMNS = ", ".join(Stored.__dataclass_fields__)
# A look leaves no trace: an older store is read as it is.
OLD_COLUMNS = {1: COLUMNS.replace("redrive_count, redrive_date", "0, NULL")}


class NothingYet(HandrailError):
    """There is no store to read."""


class Store:
    """The executions of one project."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None, columns: str = COLUMNS
    ) -> None:
        self.path = path
        self.connection = connection
        self.lock = lock
        self.columns = columns

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
        self.connection.close()
        if self.lock is not None:
            self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add(self, execution: Stored) -> None:
        """Keep a new execution."""
        values = [getattr(execution, name) for name in Stored.__dataclass_fields__]
        marks = ", ".join("?" * len(values))
        self.write(f"INSERT INTO execution ({COLUMNS}) VALUES ({marks})", *values)  # noqa: S608  # ours

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
        self.write("BEGIN")
        try:
            self.append(arn, place, event)
            self.write(
                "UPDATE execution SET status='RUNNING', stopped=NULL, output=NULL, error=NULL, cause=NULL, "
                "redrive_count=redrive_count+1, redrive_date=? WHERE arn=?",
                *(event.at, arn),
            )
        except BaseException:
            self.connection.rollback()
            raise
        self.write("COMMIT")

    def write(self, statement: str, *values: object) -> None:
        """Change the file; raises HandrailError where it cannot be written, as on a full disk."""
        with told_where(self.path):
            self.connection.execute(statement, values)

    def read(self, query: str, values: Mapping[str, object] | Sequence[object]) -> list[tuple[Any, ...]]:
        """All rows of a query; raises HandrailError where the file is damaged."""
        with told_where(self.path):
            return self.connection.execute(query, values).fetchall()

    def journal(self, arn: str) -> Iterator[Event]:
        """What happened to an execution, in order."""
        for (text,) in self.read("SELECT event FROM journal WHERE execution=? ORDER BY place", (arn,)):
            yield from_json(json.loads(text))

    def executions(
        self, *, machine: str | None = None, status: Status | None = None, most: int | None = None
    ) -> list[Stored]:
        """The newest first."""
        asked = {"machine": machine, "status": status}
        given = {name: value for name, value in asked.items() if value is not None}
        where = f"WHERE {' AND '.join(f'{name} = :{name}' for name in given)}" if given else ""
        query = f"SELECT {self.columns} FROM execution {where} ORDER BY started DESC LIMIT :most"  # noqa: S608  # ours
        return [Stored(*row) for row in self.read(query, {**given, "most": -1 if most is None else most})]

    def has(self, machine: str, name: str) -> bool:
        """Whether a machine has an execution of this name."""
        return bool(self.read("SELECT 1 FROM execution WHERE machine=? AND name=?", (machine, name)))

    def machines(self) -> set[str]:
        """The names of all machines that have an execution."""
        return {name for (name,) in self.read("SELECT DISTINCT machine FROM execution", ())}

    def find(self, text: str) -> Stored:
        """The execution with this ARN or name, or the only one whose name begins so; `last` is the newest."""
        if text == "last":
            newest = self.executions(most=1)
            return newest[0] if newest else refuse("Nothing has run here yet. Start with `handrail list`.")
        text = text.encode(errors="replace").decode()
        query = f"SELECT {self.columns} FROM execution WHERE arn = :text OR substr(name, 1, length(:text)) = :text"  # noqa: S608
        found = [Stored(*row) for row in self.read(query, {"text": text})]
        exact = [execution for execution in found if text in (execution.arn, execution.name)]
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


def taken(path: Path, now: float) -> IO[str]:
    """Take the writer's lock, or say who has it."""
    private(path)
    lock = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise HandrailError(
            f"Another handrail works in {path.parent}: {holder or 'it has not said who it is'}. "
            "Wait until it has ended, or stop it; two runs at once would not see each other's locks."
        ) from None
    since = datetime.fromtimestamp(now).astimezone()
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, since {since:%Y-%m-%d %H:%M:%S}")
    lock.flush()
    return lock


def private(path: Path) -> None:
    """Make the file where there is none yet, for this person alone, whoever may read the folder."""
    path.touch(mode=0o600)


@contextmanager
def reached(folder: Path) -> Iterator[None]:
    """Say which folder cannot be written, and what can be done."""
    try:
        yield
    except OSError as error:
        raise HandrailError(
            f"{error.filename or folder} cannot be written: {error.strerror}. What runs here is kept in {folder}; "
            "HANDRAIL_HOME names another folder."
        ) from None


@contextmanager
def told_where(path: Path) -> Iterator[None]:
    """Say which file SQLite complains about, and what can be done."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise HandrailError(
            f"The store {path} cannot be used: {error}. If the disk is full, make room; if the file is damaged, "
            "move it away and a new one is made (past executions are only shown, nothing depends on them)."
        ) from error


def connected(path: Path) -> sqlite3.Connection:
    """A connection that writes; the tables of a new store are made, those of an older one upgraded."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;")
    version = check_version(connection, path)
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
