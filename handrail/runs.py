"""What the table holds of runs: one row a run, one lock a target, one audit row a decision.

A run has its lock from Accept until the rule on its end releases it. A redrive comes back after that, so a dangerous
step takes the lock again; a lock whose run was never heard of again ends by itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from handrail.clock import read_clock
from handrail.errors import HandrailError, TaskError
from handrail.table import Taken, table

OPEN = "open-run"
"""The kind of the rows that name the runs whose end was not dealt with yet."""

KEPT = timedelta(days=90)
"""How long a run's row is kept: as long as Step Functions keeps its history."""

AUDITED = timedelta(days=400)

MARGIN = timedelta(minutes=5)
"""A lock outlives the longest run by this much: the rule on the run's end releases it before."""


class Busy(TaskError):
    """Somebody else is working on this:"""


class NotRunning(TaskError):
    """This step may only run inside a run that was accepted:"""


class Run(BaseModel):
    """What is kept of one run. Times are in seconds since the epoch where they have no zone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    arn: str
    runbook: str
    name: str
    started: datetime
    seconds: int
    """The longest that a run may take."""
    target: str | None = None
    """What the run has to itself; None: nothing."""
    thread: str | None = None
    """The post that told of the start."""


def take_lock(run: Run, now: datetime) -> None:
    """Have the target for as long as a run may take; raises Busy, naming who has it. Once more is no harm."""
    if run.target is None:
        return
    key, moment = lock_key(run.runbook, run.target), now.isoformat()
    held = table().get(**key)
    mine = held is not None and held["owner"] == run.arn
    row = {
        **key,
        "owner": run.arn,
        "run": run.name,
        "since": held["since"] if held is not None and mine else moment,
        "taken": moment,
        "expires": int((now + timedelta(seconds=run.seconds) + MARGIN).timestamp()),
    }
    try:
        table().claim(row, at=now.timestamp())
    except Taken as taken:
        since = read_clock(datetime.fromisoformat(taken.item["since"]), now)
        raise Busy(f"{run.target}, since {since} by {taken.item['run']}.") from None


def release_lock(run: Run, ended: datetime | None = None) -> None:
    """Give the target back; another run's lock stays, and one that a redrive has taken after this end."""
    if run.target is None:
        return
    key = lock_key(run.runbook, run.target)
    held = table().get(**key)
    if held is not None and (ended is None or datetime.fromisoformat(held["taken"]) <= ended):
        table().delete(**key, owner=run.arn, taken=held["taken"])


def lock_key(runbook: str, target: str) -> dict[str, str]:
    return {"pk": f"lock#{runbook}#{target}", "sk": "lock"}


def hold(arn: str, now: datetime) -> None:
    """Before a dangerous step: the run has its target still, or takes it again; raises Busy, or NotRunning."""
    run = find(arn)
    if run is None:
        raise NotRunning(arn.rpartition(":")[2])
    # Its end has to be dealt with once more.
    table().put({"pk": OPEN, "sk": arn})
    take_lock(run, now)


def keep(run: Run) -> None:
    """Write a run down, as one whose end is still to come."""
    expires = int((run.started + KEPT).timestamp())
    table().put({"pk": OPEN, "sk": run.arn})
    table().put({"pk": f"run#{run.arn}", "sk": "run", **run.model_dump(mode="json"), "expires": expires})


def find(arn: str) -> Run | None:
    """A run by its execution's ARN."""
    row = table().get(f"run#{arn}", "run")
    return None if row is None else Run.model_validate(row)


def dealt_with(arn: str) -> None:
    """Nothing is left to be done about this run's end."""
    table().delete(OPEN, arn)


def unfinished() -> list[str]:
    """The executions whose end was not dealt with yet."""
    return [row["sk"] for row in table().query(OPEN)]


def audit(arn: str, what: str, at: datetime, **told: Any) -> None:
    """One decision about a run, refusals too; the same decision at the same moment is one row."""
    name = arn.rpartition(":")[2]
    table().put(
        {
            "pk": f"audit#{at.astimezone(UTC):%Y-%m-%d}",
            "sk": f"{at.astimezone(UTC).isoformat()}#{name}#{what}",
            "what": what,
            "execution": arn,
            "expires": int((at + AUDITED).timestamp()),
            **told,
        }
    )


def runbook_of(arn: str, prefix: str) -> str:
    """The runbook of an execution, from its ARN; raises HandrailError for an ARN that is none."""
    parts = arn.split(":")
    if len(parts) < 8 or parts[5] not in ("execution", "express"):
        raise HandrailError(f"{arn[:200]} is no execution's ARN.")
    return parts[6].removeprefix(prefix)
