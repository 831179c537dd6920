"""What RDS writes down of its own accord: that it has started a cluster because a week was over.

Source: RDS-EVENT-0153 of "Amazon RDS event categories and event messages for Aurora", Amazon Aurora User Guide.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handrail.local.aurora.phases import Cluster, Durations, restarts

STARTED: Final = "DB cluster is being started due to it exceeding the maximum allowed time being stopped."


@dataclass(frozen=True)
class Event:
    """One entry, with the names under which moto shows it."""

    source_identifier: str
    source_arn: str
    date: datetime
    message: str = STARTED
    source_type: str = "db-cluster"
    event_categories: tuple[str, ...] = ("notification",)


def started(cluster: Cluster, now: datetime, durations: Durations) -> datetime | None:
    """When AWS started a cluster by itself, given what its last order left it as; None where it has not."""
    if cluster.status == "stopping":
        cluster = Cluster("stopped", cluster.since + durations["stopping"])
    due = restarts(cluster, durations)
    return due if due is not None and due <= now else None


def write_down(kept: list[Any], event: Event) -> None:
    """Add an event to those that moto keeps, once."""
    if event not in kept:
        kept.append(event)
