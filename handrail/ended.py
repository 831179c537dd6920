"""The one place that deals with ends: the rule on execution status change calls it, however a run has ended.

It releases the run's lock, tells a failure, and writes the audit row. Machines need no catch-all for that, which would
make every failure a Fail state and let a redrive resume there.

Source: "Step Functions Execution Status Change" in the EventBridge section of the Developer Guide.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from handrail import runs
from handrail.names import PREFIX
from handrail.notices import failed, reason_of
from handrail.notify import notifier
from handrail.table import Taken, table
from handrail.task import TaskFunction


class Ending(BaseModel):
    """The detail of the event; times are in milliseconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    arn: str = Field(alias="executionArn")
    name: str
    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    started: int = Field(alias="startDate")
    stopped: int = Field(alias="stopDate")
    error: str | None = None
    cause: str | None = None

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.stopped / 1000, UTC)


class RuleFunction(TaskFunction[..., None]):
    """A function that a rule calls: its argument is the detail of the event."""

    def arguments(self, event: object) -> dict[str, Any]:
        detail = event.get("detail") if isinstance(event, dict) else None
        return {"ending": Ending.model_validate(detail)}


def _ended(*, ending: Ending) -> None:
    """Release, tell, write down; an event that comes twice does it once."""
    run = runs.find(ending.arn)
    if run is not None:
        runs.release_lock(run, ending.at)
    if ending.status != "SUCCEEDED" and _first(ending):
        runbook = runs.runbook_of(ending.arn, PREFIX)
        began = datetime.fromtimestamp(ending.started / 1000, UTC)
        told = failed(runbook, ending.name, ending.status, reason_of(ending.error, ending.cause), ending.at - began)
        notifier().post(told, thread=run.thread if run else None)
    runs.audit(ending.arn, ending.status, ending.at, error=ending.error)
    runs.dealt_with(ending.arn)


def _first(ending: Ending) -> bool:
    """Whether nobody has told this end yet; a redriven run may end once more, at another time."""
    expires = int((ending.at + runs.KEPT).timestamp())
    try:
        table().claim({"pk": f"run#{ending.arn}", "sk": f"told#{ending.stopped}", "expires": expires})
    except Taken:
        return False
    return True


ended = RuleFunction(_ended)
ended.name = "handrail.ended"
ended.function_name = "ended"


def event(arn: str, status: str, started: float, stopped: float, **told: str | None) -> dict[str, Any]:
    """The event that EventBridge hands to the rule's target; `started` and `stopped` in seconds since the epoch."""
    parts = arn.split(":")
    return {
        "version": "0",
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "account": parts[4],
        "region": parts[3],
        "time": datetime.fromtimestamp(stopped, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [arn],
        "detail": {
            "executionArn": arn,
            "stateMachineArn": ":".join([*parts[:5], "stateMachine", parts[6]]),
            "name": parts[7],
            "status": status,
            "startDate": round(started * 1000),
            "stopDate": round(stopped * 1000),
            **told,
        },
    }
