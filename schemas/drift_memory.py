"""What the drift check remembers of each root, and the news that it makes of that: names, times, and no value."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from schemas.drift_result import Record, RuleSeen, Verdict

# What happened to a root since the last run, in the order in which it is told. `found` is what the first look at a
# repository finds; `open` is what the weekly digest tells again; `ignored` is hidden by a new ignore rule, so nobody
# knows whether it is gone; `closed` is no longer checked, whatever became of it.
Kind = Literal["failed", "new", "changed", "found", "open", "remind", "resolved", "ignored", "recovered", "closed"]


class Author(Record):
    """Who changed something, by the cloud's own log."""

    name: str
    """A person's or a role's name as CloudTrail has it; foreign text."""
    event: str
    """The operation, such as ModifyDBInstance."""
    at: datetime


class Open(Record):
    """A difference that was told and is still there."""

    verdict: Verdict
    fingerprint: str
    cause: str
    opened: datetime
    """The start of the run that found it; a change of it does not change this."""
    case: str
    """An opaque id, the same for all roots that were told in one row."""
    thread: str = ""
    """The post in whose thread the rest of it is told; empty before it was posted."""
    reminded: datetime | None = None
    """When whoever claimed it was last asked about it."""
    rules: tuple[str, ...] = ()
    """The terms of the ignore rules that counted when it was last seen: none of these hides it."""


class Trouble(Record):
    """Why a root gives no verdict, run after run: it fails, it is locked, or only a part of it can be planned."""

    verdict: Verdict
    since: datetime
    times: int
    told: bool = False
    thread: str = ""


class Memory(Record):
    """What is known of one root; or, where the path is empty, of a repository as a whole."""

    repository: str
    path: str
    owner: str = ""
    run: str
    """The last run that saw it."""
    checked: datetime
    """The start of that run."""
    judged: datetime | None = None
    """The start of the last run that gave a verdict; of a repository: that found roots in it."""
    seconds: float = 0.0
    """How long its last plan took."""
    open: Open | None = None
    trouble: Trouble | None = None
    claimed_by: str = ""
    claimed_at: datetime | None = None

    @property
    def name(self) -> str:
        """`repository/path`, or the repository's name."""
        return f"{self.repository}/{self.path}" if self.path else self.repository


class Item(Record):
    """One root in the news."""

    name: str
    kind: Kind
    verdict: Verdict
    owner: str = ""
    opened: datetime
    """When the difference, or the trouble, was first seen."""
    day: int = 1
    """The day it is on, by the calendar of the schedule's time zone; 1 is the first."""
    cause: str = ""
    case: str = ""
    thread: str = ""
    """Where it was told first."""
    claimed_by: str = ""
    claimed_at: datetime | None = None
    author: Author | None = None
    rules: tuple[str, ...] = ()
    """Ids of the ignore rules that hide it from now on."""


class State(Record):
    """What the check remembers of itself."""

    week: str = ""
    """The ISO week whose digest has been told, such as 2026-W05; empty before the first run."""
    denied: bool = False
    """Whether it was told that CloudTrail may not be read."""
    rules: tuple[str, ...] = ()
    """Ids of the ignore rules that were told to be of no use any more."""


class News(Record):
    """news.json: what one run has to tell, and what is remembered once it is told. Made once a run."""

    run: str
    started: datetime
    first: bool = False
    """The first look at everything that was checked: told as one digest, and nobody is mentioned."""
    weekly: bool = False
    """What is open is told with it."""
    items: tuple[Item, ...] = ()
    """In the order of their kinds, then of their names."""
    open: int = 0
    """How many differences are open after this run, in all repositories."""
    since: datetime | None = None
    """When the oldest of them was found."""
    unchecked: int = 0
    """How many roots and repositories have no verdict after this run, in all repositories; told or not."""
    late: bool = False
    """The run takes longer than the time to the next one."""
    denied: bool = False
    """CloudTrail may not be read, and nobody was told so yet."""
    rules: tuple[RuleSeen, ...] = ()
    """Ignore rules that have become of no use: they match nothing, or do not count any more."""
    rows: tuple[Memory, ...] = ()
    """What is remembered from now on."""
    gone: tuple[str, ...] = ()
    """Names of which nothing is remembered any more."""
    before: Mapping[str, str] = {}
    """The run that each of these was remembered from when the news was made; whoever is not in it was not known."""
    state: State = State()

    @property
    def tell(self) -> bool:
        """Whether anybody has to be told anything."""
        return bool(self.items or self.rules) or self.late


class Told(Record):
    """told.json: what of a run's news has been posted; written after each post."""

    post: str = ""
    """The id of the run's message."""
    threads: tuple[str, ...] = ()
    """The threads in which the rest has been told."""
