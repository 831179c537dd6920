"""The tables of the store, and how those of an older Handrail become the ones of this."""

import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from handrail.errors import HandrailError

VERSION: Final = 4

CHECKPOINT: Final = 4_000
"""Pages of what was written, 16 MB, after which they go into the file itself.

Whoever writes then waits for the disk, and a page that was written several times in between goes there once: with four
times SQLite's usual number, StartExecution takes a sixth less of the processor.
"""

DEFINITION: Final = """
CREATE TABLE definition (         -- once each, however many executions have it; never changed
  digest TEXT PRIMARY KEY,
  text TEXT NOT NULL              -- ASL
) WITHOUT ROWID;
"""

# An index that holds the digests as well answers which of them are in use without a look at the executions.
BY_START: Final = "CREATE INDEX execution_by_start ON execution (started DESC, digest);"

TABLES: Final = f"""
{DEFINITION}
CREATE TABLE execution (
  arn TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  machine TEXT NOT NULL,          -- the runbook's name, or the file's for a plain definition
  digest TEXT NOT NULL,           -- of the definition, as it was when the execution began
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
{BY_START}
CREATE INDEX execution_of_machine ON execution (machine_arn, coalesce(stopped, redrive_date, started));
CREATE TABLE journal (
  execution TEXT NOT NULL REFERENCES execution (arn) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (execution, place)
) WITHOUT ROWID;
"""

ATTENDED: Final = """
CREATE TABLE IF NOT EXISTS attended (  -- what ends with the process that began it, as somebody waits for it there
  execution TEXT PRIMARY KEY REFERENCES execution (arn) ON DELETE CASCADE
) WITHOUT ROWID;
"""
"""Beside the versions: an older Handrail does without it."""

REGISTRY: Final = """
CREATE TABLE IF NOT EXISTS registry (  -- state machines, their versions and aliases, activities
  arn TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  document TEXT NOT NULL
);
"""

# Whoever still reads as the third version was finds no `definition` there, and takes no digest for one.
MOVED: Final = """
ALTER TABLE execution RENAME COLUMN definition TO digest;
INSERT INTO definition SELECT digest_of(text), text FROM (SELECT DISTINCT digest AS text FROM execution);
UPDATE execution SET digest = digest_of(digest);
DROP INDEX IF EXISTS execution_by_start;
"""

UPGRADES: Final[Mapping[int, str]] = {
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
    3: DEFINITION + MOVED + BY_START,
}
"""What makes the tables of each earlier version those of the next."""

# No foreign key: without an index of its own, each definition that goes would cost a look at all executions.
LOOKED_UP: Final = "(SELECT text FROM definition WHERE definition.digest=execution.digest)"
LATER: Final = "machine_arn, type, role, version_arn, alias_arn, trace_header, test_case"
REDRIVES: Final = "redrive_count, redrive_date"


def columns_of(version: int, names: str) -> str:
    """The columns of these names as tables of a version have them: who only looks at an older store leaves it so."""
    if version >= 4:
        names = names.replace("definition", LOOKED_UP)
    if version < 3:
        names = names.replace(LATER, "'', 'STANDARD', '', NULL, NULL, NULL, NULL")
    return names.replace(REDRIVES, "0, NULL") if version < 2 else names


def digest_of(text: str) -> str:
    """The name of a definition, which follows from its text."""
    return sha256(text.encode()).hexdigest()


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
        connection.create_function("digest_of", 1, digest_of, deterministic=True)
        steps = "".join(UPGRADES[older] for older in range(version, VERSION)) if version else TABLES
        # In one piece: whoever is killed here leaves the older store.
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
