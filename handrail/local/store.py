"""What is kept of executions: a journal of everything that happened to them from outside, in one SQLite file.

A history is not stored: the engine makes the same one again from the journal. Writers hold a lock on the store, so
there is one at a time; readers open the file read-only and need none.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from sys import getsizeof
from threading import RLock
from typing import IO, Any, Final, NoReturn, Self

from handrail.engine.commands import Status
from handrail.engine.events import Event, as_json, from_json
from handrail.errors import HandrailError
from handrail.local.cache import Cache
from handrail.local.holder import private, taken
from handrail.local.tables import VERSION, check_version, columns_of, connected, digest_of
from handrail.local.trouble import damaged, reached, told_where, unusable


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


NAMES: Final = ", ".join(Stored.__dataclass_fields__)
COLUMNS: Final = columns_of(VERSION, NAMES)
LISTED: Final = NAMES.replace("definition", "''")
"""The same without the definition, which no list tells."""

VALUES: Final = attrgetter(*Stored.__dataclass_fields__)
DEFINITION: Final = [*Stored.__dataclass_fields__].index("definition")

INSERT: Final = (
    f"INSERT INTO execution ({NAMES.replace('definition', 'digest')}) "  # noqa: S608  # ours
    f"VALUES ({', '.join('?' * len(Stored.__dataclass_fields__))})"
)


WRITER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))

MOST: Final = 4 * 1024**2
"""Bytes of definitions whose digests are at hand, which are those of the last executions."""


BEGIN: Final = "Begin one: `handrail run RUNBOOK`, or `handrail local FILE`."


class NothingYet(HandrailError):
    """There is no store to read."""


class Store:
    """The executions of one project.

    `attended` is whether those that begin here end with this process; all others go on in the next one.
    """

    attended = False

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None) -> None:
        self.path = path
        self.connection = connection
        self.lock = lock
        self.using = RLock()
        self.digests: Cache[str, str] = Cache(MOST)

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
                raise NothingYet(f"Nothing has run here yet: {folder} holds no execution. {BEGIN}")
        return cls(path, connection, None)

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
        """Keep a new execution, and its definition where no other has it."""
        told: list[Any] = [writable(value) if isinstance(value, str) else value for value in VALUES(execution)]
        text = execution.definition
        # Nobody removes the definition in between.
        with self.using:
            known = self.digests.get(text)
            with nullcontext() if known and not self.attended else self.whole():
                told[DEFINITION] = known or self.define(told[DEFINITION])
                self.write(INSERT, *told)
                if self.attended:
                    self.belong(execution.arn)
            if known is None:
                self.digests.put(text, told[DEFINITION], getsizeof(text))

    def define(self, text: str) -> str:
        """Keep a definition, where it is new; gives its digest."""
        digest = digest_of(text)
        self.write("INSERT OR IGNORE INTO definition VALUES (?, ?)", digest, text)
        return digest

    def append(self, arn: str, place: int, event: Event) -> None:
        """Write down what happened, before anybody acts on it."""
        # In ASCII, since JSON may hold halves of characters (lone surrogates), which SQLite's text cannot.
        text = WRITER.encode(as_json(event))
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
        return self.select("WHERE status='RUNNING' AND arn IN (SELECT execution FROM attended)")

    def prune(self, before: float, most: int) -> int:
        """Remove executions that ended before a time, with their journal, at most so many; gives their number.

        With the last of them go the definitions that no execution has any more.
        """
        old = "SELECT arn FROM execution WHERE status!='RUNNING' AND coalesce(stopped, started)<? LIMIT ?"
        with told_where(self.path), self.using:
            removed = self.connection.execute(f"DELETE FROM execution WHERE arn IN ({old})", (before, most)).rowcount  # noqa: S608
            if removed < most:
                self.digests = Cache(MOST)
                self.connection.execute("DELETE FROM definition WHERE digest NOT IN (SELECT digest FROM execution)")
            return removed

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
        with self.using:
            try:
                self.connection.execute(statement, values)
            except sqlite3.DatabaseError as error:
                raise unusable(self.path, error) from error

    def read(self, query: str, values: Mapping[str, object] | Sequence[object]) -> list[tuple[Any, ...]]:
        """All rows of a query; raises HandrailError where the file is damaged."""
        with self.using:
            try:
                return self.connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise unusable(self.path, error) from error

    def select(self, which: str, values: Mapping[str, object] | Sequence[object] = ()) -> list[Stored]:
        """The executions that a query's clauses, which come after its FROM, leave."""
        if self.lock is not None:
            return self.found(COLUMNS, which, values)
        # Another process may upgrade what is only read here, so the tables are looked at and read in one go.
        with told_where(self.path), self.using, self.connection:
            self.connection.execute("BEGIN")
            return self.found(columns_of(check_version(self.connection, self.path), NAMES), which, values)

    def found(
        self, columns: str, which: str, values: Mapping[str, object] | Sequence[object]
    ) -> list[Stored]:  # fmt: skip
        return [Stored(*row) for row in self.read(f"SELECT {columns} FROM execution {which}", values)]  # noqa: S608

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
        values = {**given, "most": -1 if most is None else most}
        return self.select(f"{where} ORDER BY started DESC LIMIT :most", values)

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
        return next(iter(self.select("WHERE arn=?", (arn,))), None)

    def find(self, text: str) -> Stored:
        """The execution with this ARN or name, or the only one whose name begins so; `last` is the newest."""
        if text == "last":
            newest = self.executions(most=1)
            return newest[0] if newest else refuse(f"Nothing has run here yet. {BEGIN}")
        text = text.encode(errors="replace").decode()
        # By its ARN it is found at once, by its name only by looking at all.
        if (one := self.get(text)) is not None:
            return one
        found = self.select("WHERE substr(name, 1, length(:text)) = :text", {"text": text})
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
    return text if text is None or text.isascii() else text.encode(errors="replace").decode()


def refuse(message: str) -> NoReturn:
    raise HandrailError(message)
