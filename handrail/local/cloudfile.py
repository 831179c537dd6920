"""The file in which AWS on a laptop keeps what must outlive the process: `cloud.sqlite3`, for its owner alone.

Values of secrets stand in it in clear, as the requests that set them do; the file has mode 0600 and its folder 0700.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from handrail.errors import HandrailError
from handrail.local.holder import private
from handrail.local.trouble import reached

FILE = "cloud.sqlite3"
VERSION = 1

TABLES = """
CREATE TABLE IF NOT EXISTS request (   -- what changed something, to be done again
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,                    -- seconds since the epoch
  account TEXT NOT NULL,
  service TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,                        -- S3: the bucket, and the key after a line break
  environ TEXT NOT NULL,               -- what WSGI knows of it, as JSON
  body BLOB NOT NULL,
  refused INTEGER NOT NULL DEFAULT 0   -- moto did not take it again: told once, then left out
);
CREATE TABLE IF NOT EXISTS event (     -- CloudTrail's
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at REAL NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  username TEXT NOT NULL,
  access_key TEXT NOT NULL,
  read_only TEXT NOT NULL,
  resources TEXT NOT NULL,             -- [[type, name], …]
  detail TEXT NOT NULL                 -- CloudTrailEvent
);
CREATE INDEX IF NOT EXISTS event_by_time ON event (account, region, at DESC);
CREATE TABLE IF NOT EXISTS delivery (  -- EventBridge's, on its way to a target
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  due REAL NOT NULL,                   -- when it is tried, or tried again
  document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class CloudFile:
    """One connection to the file, for all threads; without a folder it is in memory and forgotten."""

    def __init__(self, home: Path | None) -> None:
        self.path = Path(":memory:") if home is None else home / FILE
        self._lock = RLock()
        if home is not None:
            with reached(home):
                home.mkdir(parents=True, exist_ok=True, mode=0o700)
                private(self.path)
        with self._told():
            self._connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
            self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
            self._made()

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Change the file and give the new row's number; raises HandrailError where it cannot be, as on a full disk."""
        with self._lock, self._told():
            return int(self._connection.execute(statement, values).lastrowid or 0)

    def read(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; raises HandrailError where the file is damaged."""
        with self._lock, self._told():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is written inside is written together, or not at all."""
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        # Closed in the middle of another thread's statement, the process would end.
        with self._lock:
            self._connection.close()

    def _made(self) -> None:
        [[version]] = self._connection.execute("PRAGMA user_version")
        if version > VERSION:
            raise HandrailError(
                f"{self.path} was written by a newer Handrail (version {version}, this one knows {VERSION}). "
                "Install the newer one, or use another folder with HANDRAIL_HOME."
            )
        # At once a writer's: who begins as a reader is refused when somebody else has written meanwhile.
        self._connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version={VERSION}; COMMIT;")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            # Closed already, or our mistake: nothing that the reader can mend.
            raise
        except sqlite3.DatabaseError as error:
            raise HandrailError(
                f"{self.path}, which keeps what AWS on this machine has, cannot be used: {error}. If the disk is "
                "full, make room; if the file is damaged, move it away: AWS then begins empty, without its tables, "
                "secrets and clusters."
            ) from error
