"""Find the clusters that AWS has started after seven days, put them back to sleep, and say so.

AWS starts a cluster that has been stopped for seven days, so that it does not miss its maintenance. Whether it was AWS
is read from the cluster's events: a cluster that a person has started is left alone.
Source: "Stopping and starting an Amazon Aurora DB cluster", Amazon Aurora User Guide.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from handrail.notify import Message, batches, code, context, escape, notifier, section
from handrail.task import TaskError, task
from tasks.cluster_wanted import Wanted, remember_sleep, wanted, wants
from tasks.rds import ON_THE_WAY, SETTLED, status_of
from tasks.rds_faults import ClusterBusy, Throttled, explained
from tasks.rds_reach import Cluster, configured, find

# RDS-EVENT-0153 in its own words: an event of the API has a message and no number.
# Source: "Amazon RDS event categories and event messages for Aurora", Amazon Aurora User Guide.
BY_AWS = "exceeding the maximum allowed time being stopped"

# How far back DescribeEvents looks, and how long a cluster may take to fall asleep.
REMEMBERED = timedelta(days=14)
PATIENCE = timedelta(hours=1)

ASLEEP = "stopped again"

# What a section has room for.
ROOM = 2_900


class Sleeper(BaseModel):
    """How far one cluster is on its way back to sleep, and how it ended."""

    cluster: str
    done: bool = True
    outcome: str = ""


class Restarted(BaseModel):
    """The clusters that AWS has started, and those that could not be looked at."""

    clusters: list[str]
    unread: list[Sleeper]
    attention: int
    """How many there are of both; with none there is nothing to do and nothing to tell."""


@task
def restarted(*, now: datetime) -> Restarted:
    """Look at every cluster that should be stopped; one that cannot be looked at hides no other."""
    known = {cluster.name: cluster for cluster in configured()}
    found, unread = [], []
    for each in wanted():
        if each.power == "stop" and each.cluster in known:
            try:
                if started_by_aws(known[each.cluster], each, now):
                    found.append(each.cluster)
            except TaskError as error:
                unread.append(Sleeper(cluster=each.cluster, outcome=str(error)))
    return Restarted(clusters=found, unread=unread, attention=len(found) + len(unread))


def started_by_aws(cluster: Cluster, wanted: Wanted, now: datetime) -> bool:
    """Whether a cluster that should be stopped runs, because AWS has started it since."""
    with explained(cluster):
        if status_of(cluster) in (SETTLED["stop"], ON_THE_WAY["stop"]):
            return False
        since = max(wanted.since, now - REMEMBERED)
        pages = cluster.rds.get_paginator("describe_events").paginate(
            SourceType="db-cluster", SourceIdentifier=cluster.identifier, StartTime=since, EndTime=now
        )
        # moto looks at neither time.
        events = [event for page in pages for event in page["Events"] if event["Date"] >= since]
    return any(BY_AWS in event["Message"] for event in events)


@task
def doze(*, cluster: str, started: datetime, now: datetime) -> Sleeper:
    """One step on the way back to sleep: order the stop as soon as Aurora takes it, else look how far it is."""
    if not wants(cluster, "stop"):
        return Sleeper(cluster=cluster, outcome="left alone: a start was ordered in the meantime")
    found = find(cluster)
    try:
        with explained(found):
            status = status_of(found)
            if status == SETTLED["start"]:
                found.rds.stop_db_cluster(DBClusterIdentifier=found.identifier)
                remember_sleep(cluster, now)
    except (ClusterBusy, Throttled):
        status = "busy"
    except TaskError as error:
        return Sleeper(cluster=cluster, outcome=f"not stopped: {error}")
    return judge(cluster, status, now - started)


def judge(cluster: str, status: str, passed: timedelta) -> Sleeper:
    """Whether a cluster is asleep, or has taken too long."""
    if status == SETTLED["stop"]:
        return Sleeper(cluster=cluster, outcome=ASLEEP)
    if passed >= PATIENCE:
        return Sleeper(cluster=cluster, outcome=f"not stopped: it is still {status}")
    return Sleeper(cluster=cluster, done=False)


@task
def tell(*, sleepers: list[Sleeper], unread: list[Sleeper]) -> None:
    """Say which clusters sleep again, and of every other one why not."""
    owners = {cluster.name: cluster.owner for cluster in configured()}
    notifier().post(message([*sleepers, *unread], owners))


def message(sleepers: Sequence[Sleeper], owners: Mapping[str, str]) -> Message:
    """One line for each cluster, those that need somebody first."""
    asleep = sum(each.outcome == ASLEEP for each in sleepers)
    line = f"{asleep} of {len(sleepers)} cluster{'s'[: len(sleepers) != 1]} put back to sleep"
    rows = sorted(sleepers, key=lambda each: (each.outcome == ASLEEP, each.cluster))
    parts = ["\n".join(part) for part in batches(_lines(rows, owners), ROOM)]
    return Message(text=line, blocks=(section(f"*{line}*"), *map(section, parts), context(WHY)))


WHY = "AWS starts a cluster that was stopped for seven days. `cluster-power` with start keeps it awake."


def _lines(sleepers: Sequence[Sleeper], owners: Mapping[str, str]) -> Iterator[str]:
    for each in sleepers:
        owner = f" ({escape(owners[each.cluster], 100)})" if each.cluster in owners else ""
        yield f"{code(each.cluster)}{owner}: {escape(each.outcome, 500)}"
