"""Order an Aurora cluster to start or stop, and look at how it is doing."""

from pydantic import BaseModel

from handrail.task import TaskError, options, task
from schemas.cluster_power import Power

# The status in which each order comes to rest.
SETTLED = {"start": "available", "stop": "stopped"}


class ClusterBusy(TaskError):
    """The cluster is changing and accepts no order yet."""


class Status(BaseModel):
    """How a cluster is doing."""

    status: str
    settled: bool


@options
def clusters() -> list[str]:
    """The clusters of the sample."""
    return ["orders", "users"]


@task
def set_power(*, cluster: str, power: Power) -> None:
    """Send the order."""


@task
def look(*, cluster: str, power: Power) -> Status:
    """Read the status once; waiting is the machine's work."""
    return judge("available", power)


def judge(status: str, power: Power) -> Status:
    """Whether the order has come to rest."""
    return Status(status=status, settled=status == SETTLED[power])
