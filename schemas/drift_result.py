"""What travels between the drift check's builds and tasks: names, counts and verdicts, never an attribute's value."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Mode = Literal["plan", "refresh-only"]

# In the order of urgency: a root gets the first that holds.
Verdict = Literal["failed", "busy", "drift", "incomplete", "unapplied", "benign", "clean"]

# Where a root failed. `checkout` and `lost` (its build gave no result) are set by drift.reduce, which knows every root.
Phase = Literal["checkout", "init", "auth", "plan", "timeout", "lost"]

Severity = Literal["error", "warning"]

# Whether an ignore rule counts: until its day has passed, and not where that day is more than a year ahead.
RuleState = Literal["active", "expired", "too long"]


class Record(BaseModel):
    """A value that travels: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(Record):
    """What happened, or would happen, to one resource instance."""

    address: str
    actions: tuple[str, ...]
    """Terraform's words: ("update",), ("delete", "create"), …"""
    attributes: tuple[str, ...] = ()
    """Names of the top-level attributes that differ, sorted; deeper names may be user data (map keys)."""
    reason: str = ""
    """Terraform's `action_reason`, such as replace_because_tainted."""
    moved_from: str = ""
    arn: str = ""
    """Its ARN, of what changed outside and says one in `arn` or `id`: by it the cloud's own log is searched."""


class Counts(Record):
    """How many resource instances (or outputs, or checks) each thing is true of."""

    drifted: int = 0
    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    forget: int = 0
    moved: int = 0
    imported: int = 0
    deferred: int = 0
    outputs: int = 0
    failing_checks: int = 0
    noise: int = 0
    """Differences between null and an empty collection, which mean nothing."""


class Diagnostic(Record):
    """A message of Terraform's, reduced to what cannot hold a value."""

    severity: Severity
    summary: str
    file: str = ""
    """Relative to the repository's top, where the message names a file of the repository."""
    line: int | None = None
    address: str = ""


class RootResult(Record):
    """The verdict on one root at one commit."""

    repository: str
    path: str
    """Relative to the repository's top; `.` is the top itself."""
    sha: str
    owner: str = ""
    mode: Mode = "plan"
    verdict: Verdict
    phase: Phase | None = None
    """Only of a failed root."""
    drift: tuple[Change, ...] = ()
    """What changed outside of Terraform."""
    changes: tuple[Change, ...] = ()
    """What an apply would do."""
    counts: Counts = Counts()
    notes: tuple[str, ...] = ()
    """What else a reader should know, in words: "1 output would change", "1 resource moved"."""
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0
    fingerprint: str = ""
    """Of the difference, made with the installation's key: equal exactly where that is. Empty: nothing differs."""
    cause: str = ""
    """The same without the root's own names: equal in every root that has the same change."""
    ignored: int = 0
    """Resources of which an ignore rule left out a difference, or all of them."""
    rules: Mapping[str, int] = {}
    """Of how many resources here, by the rule's id."""

    @property
    def name(self) -> str:
        """`repository/path`, the one name of a root in lists and messages."""
        return f"{self.repository}/{self.path}"


class RepositoryFound(Record):
    """One repository as drift_roots saw it; every shard plans this commit."""

    name: str
    sha: str = ""
    """The full commit; of a working tree with uncommitted changes it ends in `+changes`. Empty: none, or unreadable."""
    roots: tuple[str, ...] = ()
    """Paths, sorted."""
    problems: tuple[str, ...] = ()
    """Why no root of this repository is planned: unreachable, no access, a glob that matches nothing."""


class RuleFound(Record):
    """An ignore rule of config/terraform.yaml as drift_roots read it."""

    id: str
    repository: str = ""
    """Where it stands at one; else it is for all."""
    address: str
    terms: str = ""
    """Made of what it ignores: a rule that was changed has other ones, though it kept its id."""
    reason: str
    until: date
    state: RuleState = "active"
    whole: bool = True
    """Whether all repositories that it is for are in this run."""


class RootsFound(Record):
    """roots.json: what drift_roots found."""

    run: str
    repositories: tuple[RepositoryFound, ...]
    rules: tuple[RuleFound, ...] = ()
    day: date | None = None
    """By which the rules' states were decided: that of the run's start, in UTC."""


class RepositoryProblem(Record):
    """A repository that a shard could not check out."""

    repository: str
    problem: str


class ShardResult(Record):
    """result.json: what one drift_plan build found, in the order in which the roots finished."""

    run: str
    shard: int
    problems: tuple[RepositoryProblem, ...] = ()
    roots: tuple[RootResult, ...] = ()
    rules: Mapping[str, int] = {}
    """Every ignore rule that was applied, by its id: to how many resources of these roots it applied."""


class RuleSeen(RuleFound):
    """An ignore rule after a whole run."""

    matches: int = 0
    idle: bool = False
    """It matched nothing, though every root in which it could match was planned to the end."""


class Report(Record):
    """report.json: a whole run, its shards put together."""

    run: str
    repositories: tuple[RepositoryFound, ...]
    counts: Mapping[Verdict, int]
    roots: tuple[RootResult, ...]
    """Sorted by urgency, then by name."""
    rules: tuple[RuleSeen, ...] = ()
    """The ignore rules for what was looked at, in the order of the file."""
