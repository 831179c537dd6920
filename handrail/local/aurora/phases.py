"""An Aurora cluster's phases: what it is doing now, which orders it takes, and how it can be made to fail.

Everything here is a value or a pure function, and time comes in with the arguments: a cluster holds the status that an
order led to and since when, and `at` says what has become of it by itself.

    creating ─► available ─► stopping ─► stopped ─► starting ─► available
                 │      ▲                 (for a week, then it is started)
                 └─► modifying, backing-up, failing-over

Source: "Viewing DB cluster status" and "Stopping and starting an Amazon Aurora DB cluster", Amazon Aurora User Guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.local.refusal import Refusal, Refused

# What each status turns into by itself when its time is over; `available` stays.
NEXT: Final[Mapping[str, str]] = {
    "creating": "available",
    "starting": "available",
    "stopping": "stopped",
    "stopped": "starting",
    "modifying": "available",
    "backing-up": "available",
    "failing-over": "available",
}
STATUSES: Final = ("available", *NEXT)

# The statuses in which a cluster rests; the others are phases, which a stuck cluster never leaves.
RESTING: Final = frozenset({"available", "stopped"})

# The instances of a cluster say the same as the cluster when it is switched on or off; a backup of the cluster's volume
# or a change to its settings leaves them available.
FOLLOWED: Final = frozenset({"creating", "starting", "stopping", "stopped"})

Durations = Mapping[str, timedelta]

# Minutes on AWS. Here as long as it takes to watch; but the week is a week.
DURATIONS: Final[Durations] = {
    **dict.fromkeys(NEXT, timedelta(seconds=3)),
    "starting": timedelta(seconds=6),
    "stopping": timedelta(seconds=6),
    "stopped": timedelta(days=7),
}

# The longest that a phase may be set to.
LONGEST: Final = timedelta(days=365)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a cluster on demand; `left` is how many more times, None is every time."""

    kind: str
    left: int | None = None


@dataclass(frozen=True)
class Cluster:
    """The status that a cluster was in at `since`, and what goes wrong with it."""

    status: str
    since: datetime
    fault: Fault | None = None


@dataclass(frozen=True)
class Order:
    """The statuses in which AWS takes an order, the one it leads to (None: it stays), and the words of a refusal."""

    taken: Sequence[str]
    leads: str | None
    refused: str = "DbCluster {name} is in {status} state but expected it to be one of {taken}."


ORDERS: Final[Mapping[str, Order]] = {
    "StartDBCluster": Order(("stopped", "inaccessible-encryption-credentials-recoverable"), "starting"),
    "StopDBCluster": Order(("available",), "stopping"),
    "ModifyDBCluster": Order(("available",), "modifying"),
    "FailoverDBCluster": Order(("available",), "failing-over"),
    "CreateDBClusterSnapshot": Order(
        ("available",),
        "backing-up",
        "Can't create a snapshot because the database cluster {name} isn't currently in the available state.",
    ),
    # "Deleting stopped Aurora clusters": it has to be started first.
    "DeleteDBCluster": Order(
        ("available", "creating", "modifying", "backing-up"), None, "Db cluster {name} is in {status} state"
    ),
}

# The kinds of fault, and what each does; those with a number may be limited: `throttling:3`.
FAULTS: Final[Mapping[str, str]] = {
    "stuck": "the cluster never leaves the phase that it is in",
    "invalid-state": "orders are refused with InvalidDBClusterStateFault",
    "throttling": "orders and looks at this cluster are refused with Throttling",
    "access-denied": "orders are refused with AccessDenied",
    "backup": "a backup runs for a while, now or as soon as the cluster is available",
}
COUNTED: Final = frozenset({"invalid-state", "throttling", "access-denied"})

# What a cluster says that refuses an order although it looked ready a moment ago.
MEANWHILE: Final = "maintenance"


def at(cluster: Cluster, now: datetime, durations: Durations = DURATIONS) -> Cluster:
    """What has become of a cluster by itself."""
    while (after := _after(cluster, durations)) is not None and after.since <= now:
        cluster = after
    return cluster


def _after(cluster: Cluster, durations: Durations) -> Cluster | None:
    kind = cluster.fault.kind if cluster.fault else ""
    if cluster.status == "available":
        return replace(cluster, status="backing-up", fault=None) if kind == "backup" else None
    if kind == "stuck" and cluster.status not in RESTING:
        return None
    return replace(cluster, status=NEXT[cluster.status], since=cluster.since + durations[cluster.status])


def led(cluster: Cluster, status: str | None, now: datetime) -> Cluster:
    """The cluster after an order that was accepted."""
    return cluster if status is None else replace(cluster, status=status, since=now)


def refusal(cluster: Cluster, name: str, order: Order | None, denied: str) -> Refusal | None:
    """Why a cluster, as it is now, does not take an order (None: a look at it); `denied` is who may not do what."""
    wrong = _faulty(cluster.fault.kind, name, order, denied) if cluster.fault else None
    if wrong is None and order is not None and cluster.status not in order.taken:
        return _invalid(name, order, cluster.status)
    return wrong


def _faulty(kind: str, name: str, order: Order | None, denied: str) -> Refusal | None:
    if kind == "throttling":
        return Refusal("Throttling", "Rate exceeded")
    if kind == "access-denied" and order is not None:
        return Refusal("AccessDenied", denied, 403)
    if kind == "invalid-state" and order is not None:
        return _invalid(name, order, MEANWHILE)
    return None


def _invalid(name: str, order: Order, status: str) -> Refusal:
    words = order.refused.format(name=name, status=status, taken=",".join(order.taken))
    return Refusal("InvalidDBClusterStateFault", words)


def counted(cluster: Cluster) -> Cluster:
    """The cluster after its fault has refused something once."""
    fault = cluster.fault
    if fault is None or fault.left is None:
        return cluster
    return replace(cluster, fault=replace(fault, left=fault.left - 1) if fault.left > 1 else None)


def faulty(cluster: Cluster, fault: Fault | None, now: datetime) -> Cluster:
    """The cluster, as it is now, with another fault or with none.

    A backup begins now, and a phase that was stuck begins anew.
    """
    stuck = cluster.fault is not None and cluster.fault.kind == "stuck" and cluster.status not in RESTING
    return replace(cluster, fault=fault, since=now if stuck or cluster.status == "available" else cluster.since)


def read_fault(text: str) -> Fault:
    """`stuck`, `throttling` or `throttling:3`; anything else is refused with a list of the faults."""
    kind, colon, number = text.partition(":")
    if kind in FAULTS and not colon:
        return Fault(kind)
    if kind in COUNTED and number.isascii() and number.isdigit() and int(number) > 0:
        return Fault(kind, int(number))
    known = "; ".join(f"{kind}{'[:n]' if kind in COUNTED else ''}: {means}" for kind, means in FAULTS.items())
    words = f'"{text}" is no fault.{did_you_mean(kind, FAULTS)} There are: {known}.'
    raise Refused(Refusal("InvalidParameterValue", words))


def read_status(text: str) -> str:
    """One of a cluster's statuses; anything else is refused with a list of them."""
    if text in STATUSES:
        return text
    words = f'"{text}" is no status.{did_you_mean(text, STATUSES)} There are: {", ".join(STATUSES)}.'
    raise Refused(Refusal("InvalidParameterValue", words))


def restarts(cluster: Cluster, durations: Durations = DURATIONS) -> datetime | None:
    """When a stopped cluster is started by AWS: after seven days; None for one that is not stopped."""
    return cluster.since + durations["stopped"] if cluster.status == "stopped" else None


def read_durations(text: str) -> Durations:
    """The durations with some of them set in seconds: `stopping=20 stopped=60`; Problems where a word says nothing."""
    found, problems = dict(DURATIONS), []
    for word in text.split():
        status, _, seconds = word.partition("=")
        try:
            found[_phase(status)] = _length(word, seconds)
        except HandrailError as problem:
            problems.append(str(problem))
    if problems:
        raise Problems(
            "HANDRAIL_AURORA sets how long phases take, in seconds, as in `stopping=20 stopped=60`:", problems
        )
    return found


def _phase(status: str) -> str:
    if status not in NEXT:
        raise HandrailError(f'"{status}" is no phase.{did_you_mean(status, NEXT)} There are: {", ".join(NEXT)}.')
    return status


def _length(word: str, seconds: str) -> timedelta:
    try:
        length = timedelta(seconds=float(seconds))
    except (ValueError, OverflowError):
        raise HandrailError(f'"{word}" names no number of seconds.') from None
    if not timedelta(0) <= length <= LONGEST:
        raise HandrailError(f'"{word}" is not between 0 and {LONGEST.days} days.')
    return length
