"""What the table holds of runs: one row a run, one lock a target, one audit row a decision.

A run has its lock from Accept until the rule on its end releases it. A redrive comes back after that, so a dangerous
step takes the lock again; a lock whose run was never heard of again ends by itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from handrail.errors import HandrailError, TaskError
from handrail.table import Row, Taken, table

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
    expires = now + timedelta(seconds=run.seconds) + MARGIN
    row = {
        **lock_key(run.runbook, run.target),
        "owner": run.arn,
        "run": run.name,
        "since": now.isoformat(),
        "expires": int(expires.timestamp()),
    }
    try:
        table().claim(row, at=now.timestamp())
    except Taken as taken:
        raise Busy(f"{run.target}, {since(taken.item, now)} by {taken.item.get('run', 'somebody')}.") from None


def since(lock: Row, now: datetime) -> str:
    """`since 14:02 UTC`, or with the day where that is another one."""
    began = datetime.fromisoformat(str(lock["since"])).astimezone(UTC)
    day = "" if began.date() == now.astimezone(UTC).date() else f"{began:%Y-%m-%d} "
    return f"since {day}{began:%H:%M} UTC"


def release_lock(run: Run) -> None:
    """Give the target back; a lock that is another run's by now stays."""
    if run.target is not None:
        table().delete(**lock_key(run.runbook, run.target), owner=run.arn)


def lock_key(runbook: str, target: str) -> dict[str, str]:
    return {"pk": f"lock#{runbook}#{target}", "sk": "lock"}


def hold(arn: str, now: datetime) -> None:
    """Before a dangerous step: the run has its target still, or takes it again; raises Busy, or NotRunning."""
    run = find(arn)
    if run is None:
        raise NotRunning(arn.rpartition(":")[2])
    take_lock(run, now)
    # Its end has to be dealt with once more.
    table().put({"pk": OPEN, "sk": arn})


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
