"""Every change that moto accepted, kept so that it can be done again when moto is loaded the next time.

A request is written down before moto sees it and struck out if moto refuses it, as a process may end in between. With
it goes what moto's chance and clock are seeded with, so that the second time gives the same identifiers and times.
"""

import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from handrail.local.cloudfile import CloudFile
from handrail.local.doors import ACCOUNT_HEADER, Asked, Environ
from handrail.local.moto.changes import ITEMS, of_objects
from handrail.local.moto.superseded import Kept, expired, superseded

SNAPSHOT: Final = "handrail:Items"
"""The action of a row that is no request: all items of one DynamoDB table, as they were."""

MANY: Final = 1000
"""So many changes after the last time, what they superseded is cleared away."""

RUNS: Final = 50
"""How many runs of each runbook keep their results in the bucket."""

SESSIONS: Final = 36 * 3600.0
"""Seconds after which every session of STS has ended; "GetSessionToken" has the longest."""

# What of an environ is the request. A session's token opens nothing, and conditions were met when it was accepted.
PARTS: Final = frozenset(
    {"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI", "CONTENT_TYPE"}
)
DROPPED: Final = frozenset(
    {"HTTP_X_AMZ_SECURITY_TOKEN", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_EXPECT", "HTTP_CONNECTION"}
)
SPELLED: Final = "moto.preserved_header_names"

# Whose replay needs the items as they were in between.
OF_THE_PAST: Final = (
    "CreateBackup",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
)


@dataclass(frozen=True)
class Change:
    """One kept request."""

    place: int
    at: float
    account: str
    service: str
    action: str
    environ: str
    body: bytes

    def asked(self) -> Asked:
        """The request as it was, of the account that it was of."""
        again: Environ = {**WSGI, **json.loads(self.environ), ACCOUNT_HEADER: self.account}
        again |= {"wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body))}
        return Asked(again, _nobody)


@dataclass(frozen=True)
class Items:
    """All items of one table of DynamoDB, as JSON."""

    account: str
    region: str
    table: str
    body: bytes


WSGI: Final[Mapping[str, Any]] = {
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def _nobody(asked: Asked) -> Any:
    raise AssertionError(f"{asked} is done again, and asks nobody else")


class Journal:
    """The kept changes, in the order in which moto accepted them. Whoever keeps or forgets is alone meanwhile."""

    def __init__(self, home: Path, bucket: str) -> None:
        self.file = CloudFile(home)
        self.bucket = bucket
        self.file.write("INSERT OR IGNORE INTO about VALUES ('chance', ?)", (token_hex(16),))
        [[self._chance]] = self.file.read("SELECT value FROM about WHERE name='chance'")
        self._since = 0
        if self.file.read("SELECT 1 FROM about WHERE name='furnishing'"):
            self.clear()

    @property
    def new(self) -> bool:
        """Whether nothing was ever kept here."""
        return not self.file.read("SELECT 1 FROM request LIMIT 1")

    def has(self, services: Sequence[str]) -> bool:
        """Whether a change of one of these services is kept."""
        marks = ", ".join("?" * len(services))
        return bool(self.file.read(f"SELECT 1 FROM request WHERE service IN ({marks}) LIMIT 1", tuple(services)))  # noqa: S608

    @contextmanager
    def furnishing(self) -> Iterator[None]:
        """What is kept inside is kept whole or not at all, also if the process is killed meanwhile."""
        self.file.write("INSERT OR IGNORE INTO about VALUES ('furnishing', '')")
        try:
            yield
        except BaseException:
            self.clear()
            raise
        self.file.write("DELETE FROM about WHERE name='furnishing'")

    def clear(self) -> None:
        """Forget everything, as if nothing had been."""
        with self.file.at_once():
            for table in ("request", "event"):
                self.file.write(f"DELETE FROM {table}")  # noqa: S608  # ours
            self.file.write("DELETE FROM about WHERE name='furnishing'")

    def close(self) -> None:
        self.file.close()

    def seed(self, place: int) -> str:
        """What chance follows during the request at this place."""
        return f"{self._chance}:{place}"

    def keep(self, asked: Asked, at: float) -> int:
        """Write a request down and give its place; raises HandrailError where that cannot be done."""
        parts = {name: value for name, value in asked.environ.items() if _part(name)}
        values = (at, asked.account, asked.service, asked.action, _subject(asked), json.dumps(parts), asked.body)
        self._since += 1
        columns = "at, account, service, action, subject, environ, body"
        return self.file.write(f"INSERT INTO request ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608

    def strike(self, place: int) -> None:
        """Forget a request that moto refused."""
        self.file.write("DELETE FROM request WHERE place=?", (place,))

    def refuse(self, place: int) -> None:
        """Leave a request out from now on: moto does not take it again."""
        self.file.write("UPDATE request SET refused=1 WHERE place=?", (place,))

    def changes(self) -> Iterator[Change]:
        """All that are to be done again."""
        columns = "place, at, account, service, action, environ, body"
        # One by one: the bodies of all objects together may be large.
        for (place,) in self.file.read("SELECT place FROM request WHERE NOT refused ORDER BY place"):
            [row] = self.file.read(f"SELECT {columns} FROM request WHERE place=?", (place,))  # noqa: S608
            yield Change(*row)

    # ------------------------------------------------------------------ so that it does not grow for ever

    @property
    def due(self) -> bool:
        """Whether enough was written to look for what can go."""
        return self._since >= MANY

    def tidy(self, now: float) -> None:
        """Clear away overwritten and deleted objects, the results of old runs, and sessions that have ended."""
        query = "SELECT place, action, subject FROM request WHERE service='s3' AND subject NOT NULL ORDER BY place"
        objects = [Kept(*row) for row in self.file.read(query)]
        gone = superseded(objects) | expired(objects, self.bucket, RUNS)
        with self.file.at_once():
            for place in gone:
                self.strike(place)
            self.file.write("DELETE FROM request WHERE service='sts' AND at<?", (now - SESSIONS,))

    @property
    def written(self) -> int:
        """Bytes of the requests that wrote items of DynamoDB's tables since the last snapshot."""
        [[size]] = self.file.read(f"SELECT total(length(environ) + length(body)) FROM request WHERE {WRITES}", WRITERS)  # noqa: S608
        return int(size)

    def snapshot(self, tables: Sequence[Items], now: float) -> None:
        """Keep the items of all tables in the place of the requests that wrote them."""
        self._since = 0
        marks = ", ".join("?" * len(OF_THE_PAST))
        if self.file.read(f"SELECT 1 FROM request WHERE service='dynamodb' AND action IN ({marks})", OF_THE_PAST):  # noqa: S608
            return
        columns = "at, account, service, action, environ, body"
        with self.file.at_once():
            self.file.write(f"DELETE FROM request WHERE {WRITES} OR action=?", (*WRITERS, SNAPSHOT))  # noqa: S608
            for one in tables:
                where = json.dumps([one.region, one.table])
                values = (now, one.account, "dynamodb", SNAPSHOT, where, one.body)
                self.file.write(f"INSERT INTO request ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608


WRITERS: Final = tuple(sorted(ITEMS))
WRITES: Final = f"service='dynamodb' AND action IN ({', '.join('?' * len(WRITERS))})"


def _part(name: str) -> bool:
    return name in PARTS or name == SPELLED or (name.startswith("HTTP_") and name not in DROPPED)


def _subject(asked: Asked) -> str | None:
    if asked.service != "s3" or not asked.action:
        return None
    bucket, key = asked.parameters.get("Bucket", ""), asked.parameters.get("Key", "")
    return f"{bucket}\n{key}" if of_objects("s3", asked.action) else str(bucket)
